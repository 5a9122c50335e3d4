"""Multi-currency: whose amounts are in which currency, and what they come to in the home currency.

A file that does not use it refuses whatever speaks of a currency with 3250. Where it does, each customer, vendor and account has
one currency; a transaction has that of its customer or vendor, else of its account; and the books are kept in the home currency.
A rate is how many home units one unit is worth; a transaction that says none takes the one of the list (Intuit, Using the
multicurrency feature with the SDK).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ...catalog.qbxml import Edition, RecordType
from . import refusals
from .records import Record, cents, id_of, reference_to
from .references import refers
from .special_accounts import RESULT_TYPES, SPECIAL_ACCOUNTS

if TYPE_CHECKING:
    from .company import DesktopCompany

_ONE = Decimal(1)
_HOME_ONLY = RESULT_TYPES | {"Equity", "NonPosting"}
"""Types of accounts that are in the home currency always."""
_SAY_THEIR_OWN = ("Deposit", "JournalEntry")
_NEVER_FOREIGN = (
    "BuildAssembly", "InventoryAdjustment", "SalesTaxPaymentCheck", "TimeTracking", "TransferInventory", "VehicleMileage",
)  # fmt: skip
_PARTIES = ("CustomerRef", "VendorRef", "PayeeEntityRef")
_ACCOUNTS = (
    "AccountRef", "BankAccountRef", "CreditCardAccountRef", "DepositToAccountRef", "TransferFromAccountRef",
    "TransferToAccountRef",
)  # fmt: skip
_IN_HOME = "InHomeCurrency"


def refuse_while_off(company: DesktopCompany, content: Mapping[str, Any]) -> None:
    """Refused where a file without multi-currency is told of a currency."""
    says = content.get("CurrencyRef") or content.get("IsHomeCurrencyAdjustment")
    if not company.multicurrency and (says or content.get("ExchangeRate") not in (None, _ONE)):
        raise refusals.unavailable()


# ---- lists


def take_list_currency(company: DesktopCompany, kind: str, record: Record, before: Record | None) -> None:
    """The currency of a customer, vendor or account; Refused where it cannot be that one, or cannot be another one any more."""
    if not company.home_currency:
        return
    said = record.get("CurrencyRef")
    if kind == "PriceLevel" and said and record.get("PriceLevelFixedPercentage") is not None:
        raise refusals.invalid("CurrencyRef", said["FullName"], "A percentage has no currency.")
    if kind not in ("Account", "Customer", "Vendor"):
        return
    above = company.records.get(kind, {}).get(id_of(record.get("ParentRef")), {}).get("CurrencyRef")
    own = said or above or reference_to(home(company))
    record["CurrencyRef"] = own
    if above and id_of(own) != id_of(above):
        raise refusals.invalid("CurrencyRef", own["FullName"], "It is not the currency of the one above it.")
    if kind == "Account" and record["AccountType"] in _HOME_ONLY and id_of(own) != company.home_currency:
        raise refusals.invalid("CurrencyRef", own["FullName"], "Such accounts are in the home currency.")
    if before and id_of(before.get("CurrencyRef")) != id_of(own) and _is_used(company, before):
        why = "Its currency cannot be changed any more, because there are transactions in it."
        raise refusals.not_saved(kind, why, str(record.get("FullName") or record.get("Name")))


def _is_used(company: DesktopCompany, record: Record) -> bool:
    """Whether a transaction names it, or anything stands below it, which has its currency."""
    own = record["ListID"]
    kept = [each for all_of in company.records.values() for each in all_of.values()]
    return own in company.books.ledger.accounts or any(
        refers(each, own) for each in kept if "TxnID" in each or id_of(each.get("ParentRef")) == own
    )


def home(company: DesktopCompany) -> Record:
    """The currency of the books."""
    return company.records["Currency"][company.home_currency]


def currency_of_account(company: DesktopCompany, account: str) -> str:
    """The ListID of its currency; empty for the home currency."""
    return currency_of(company, company.records["Account"].get(account, {}))


def currency_of(company: DesktopCompany, record: Mapping[str, Any]) -> str:
    """The same of a transaction, a customer or a vendor."""
    own = id_of(record.get("CurrencyRef"))
    return "" if own == company.home_currency else own


def refuse_mixed(
    company: DesktopCompany, one: Mapping[str, Any], other: Mapping[str, Any], field: str
) -> None:
    """Refused where one transaction names another in this field that is in another currency."""
    if currency_of(company, one) != currency_of(company, other):
        raise refusals.invalid(field, other["TxnID"], "It is in another currency.")


def named_currency(company: DesktopCompany, said: Mapping[str, Any], place: str) -> Record:
    """The `CurrencyRef` of a request, completed; empty where it is the home currency or none. Refused where there is none of that name."""
    asked = said.get("CurrencyRef")
    found = company.find(("Currency",), asked) if asked else None
    if asked and found is None:
        raise refusals.bad_reference("Currency", str(asked.get("FullName") or asked.get("ListID")), place)
    return {"CurrencyRef": reference_to(found)} if found and found["ListID"] != company.home_currency else {}


def own_account(company: DesktopCompany, special: str, record: Mapping[str, Any]) -> Record:
    """Receivables or payables in a transaction's currency; made when they are first needed, as `Accounts Receivable - EUR`."""
    own = currency_of(company, record)
    if not own:
        return company.special_account(special)
    name, kind = SPECIAL_ACCOUNTS[special]
    for each in company.all_of("Account"):
        if each["AccountType"] == kind and id_of(each["CurrencyRef"]) == own:
            return each
    currency = company.records["Currency"][own]
    said = {"AccountType": kind, "CurrencyRef": reference_to(currency)}
    return company.add("Account", {"Name": f"{name} - {currency['CurrencyCode']}", **said})


# ---- transactions


def take_currency_of_transaction(
    company: DesktopCompany, kind: str, record: Record, content: Mapping[str, Any], before: Record | None
) -> None:
    """Give a transaction its currency and rate; Refused where it cannot have that rate."""
    if not company.home_currency:
        return
    rate = None if record.get("IsHomeCurrencyAdjustment") else content.get("ExchangeRate")
    own = next(_currencies(company, kind, record, content), home(company))
    if rate is None:
        same = before is not None and id_of(before["CurrencyRef"]) == own["ListID"]
        rate = before["ExchangeRate"] if before and same else own["ExchangeRate"]
    if rate <= 0 or (own is home(company) and rate != 1):
        raise refusals.invalid("ExchangeRate", rate, "It cannot be the rate of this currency.")
    record["CurrencyRef"], record["ExchangeRate"] = reference_to(own), rate
    if kind == "JournalEntry":
        record.setdefault("IsHomeCurrencyAdjustment", False)
        record.setdefault("IsAmountsEnteredInHomeCurrency", False)


def _currencies(
    company: DesktopCompany, kind: str, record: Mapping[str, Any], content: Mapping[str, Any]
) -> Iterator[Record]:
    """What may say the currency of a transaction, the first first."""
    if kind in _NEVER_FOREIGN or record.get("IsHomeCurrencyAdjustment"):
        return
    currencies = company.records["Currency"]
    if kind in _SAY_THEIR_OWN and record.get("CurrencyRef"):
        yield currencies[id_of(record["CurrencyRef"])]
    if kind == "JournalEntry":
        return
    for name in _PARTIES:
        party = id_of(record.get(name))
        for list_ in ("Customer", "Vendor"):
            if party in company.records.get(list_, {}):
                yield currencies[id_of(company.records[list_][party]["CurrencyRef"])]
    for name in _ACCOUNTS:
        if found := currency_of_account(company, id_of(record.get(name))):
            yield currencies[found]
    for line in content.get("DepositLineAdd") or ():
        payment = company.transaction(str(line.get("PaymentTxnID", "")))
        if payment:
            yield currencies[id_of(company.records[payment[0]][payment[1]]["CurrencyRef"])]


# ---- amounts


def rate_of(record: Mapping[str, Any]) -> Decimal:
    """How many home units one unit of a transaction's currency is worth."""
    rate: Decimal = record.get("ExchangeRate") or _ONE
    return rate


def at_home(record: Mapping[str, Any], amount: Decimal) -> Decimal:
    """An amount of a transaction in the home currency."""
    rate = rate_of(record)
    return amount if rate == 1 else cents(amount * rate)


def with_home_amounts(
    kind: RecordType, shape: str, edition: Edition, record: Record, rate: Decimal
) -> Record:
    """A record with what its amounts come to in the home currency, wherever its shape tells that."""
    shown = dict(record)
    for each in kind.shape(shape, edition).elements():
        value = record.get(each.name.removesuffix(_IN_HOME))
        if each.name.endswith(_IN_HOME) and isinstance(value, Decimal):
            shown.setdefault(each.name, cents(value * rate))
        elif each.name == "RefundAppliedToTxnRet" and value:
            shown[each.name] = [with_home_amounts(kind, each.shape, edition, part, rate) for part in value]
    return shown
