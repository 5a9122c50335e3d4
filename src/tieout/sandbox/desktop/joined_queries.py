"""Queries over records of several types: entities, items, terms, all transactions, what is to be paid and deposited."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ...catalog.qbxml import record_type
from ...catalog.qbxml.rets import ret_of
from . import refusals
from .currencies import rate_of, with_home_amounts
from .date_ranges import days, moment, period_of, within
from .deposits import waiting
from .filters import NotReproduced, filter_test
from .item_queries import at_sites, with_bar_codes
from .postings import posts
from .records import ZERO, Key, Record, cents, id_of
from .references import PEOPLE, items
from .selecting import Asked, selected, shown
from .settling import left_of, to_settle
from .totals import total_of

if TYPE_CHECKING:
    from .company import DesktopCompany

Row = tuple[str, Record]
"""The name of its element, and a record."""


def joined(company: DesktopCompany, name: str, asked: Asked) -> tuple[list[Row], list[str]] | None:
    """The rows of a query over several types, and what was asked for and is not there; None for any other query."""
    lists: Mapping[str, tuple[str, ...]] = {
        "Entity": PEOPLE,
        "Item": items(),
        "Terms": ("StandardTerms", "DateDrivenTerms"),
    }
    if name in lists:
        return _of_lists(company, lists[name], asked)
    if name == "BarCode":
        return with_bar_codes(company, asked)
    if name == "ItemSites":
        return at_sites(company, asked)
    find = _FOUND.get(name)
    return (list(find(company, asked)), []) if find else None


def _of_lists(company: DesktopCompany, kinds: tuple[str, ...], asked: Asked) -> tuple[list[Row], list[str]]:
    rows: list[Row] = []
    missing: dict[str, int] = {}
    rets = [ret_of(kind, company.edition) for kind in kinds]
    rets = [ret for ret in rets if ret.name]
    for ret in rets:
        found, absent = selected(company, ret, asked)
        rows += [(ret.name, shown(record, ret, asked)) for record in found]
        for each in absent:
            missing[each] = missing.get(each, 0) + 1
    return rows, [each for each, times in missing.items() if times == len(rets)]


def _to_pay(company: DesktopCompany, asked: Asked) -> Iterator[Row]:
    """Bills of a vendor that are open, and its credits."""
    vendor = company.find(("Vendor",), asked["PayeeEntityRef"])
    if vendor is None:
        raise refusals.bad_reference("Entity", str(asked["PayeeEntityRef"].get("FullName")), "BillToPayQuery")
    for kind, part in (("Bill", "BillToPay"), ("VendorCredit", "CreditToApply")):
        for record in company.all_of(kind):
            left = cents(left_of(company, (kind, record["TxnID"])))
            due = str(asked.get("DueDate") or "9999")
            if id_of(record["VendorRef"]) == vendor["ListID"] and left and record.get("DueDate", "") <= due:
                told: Record = {
                    name: record[name]
                    for name in ("TxnID", "APAccountRef", "TxnDate", "RefNumber", "DueDate")
                    if name in record
                }
                amount = "AmountDue" if kind == "Bill" else "CreditRemaining"
                own = {**told, "TxnType": kind, amount: left}
                yield "BillToPayRet", {part: _in_its_currency(company, "BillToPay", part, own, record)}


def _to_deposit(company: DesktopCompany, _: Asked) -> Iterator[Row]:
    for kind, txn_id in waiting(company):
        record = company.records[kind][txn_id]
        told: Record = {
            name: record[name] for name in ("TxnID", "CustomerRef", "TxnDate", "RefNumber") if name in record
        }
        told |= {"TxnType": kind, "Amount": total_of(kind, record)}
        name = "ReceivePaymentToDeposit"
        yield f"{name}Ret", _in_its_currency(company, name, f"{name}Ret", told, record)


def _in_its_currency(company: DesktopCompany, query: str, shape: str, told: Record, record: Record) -> Record:
    """What is told of a transaction, with its currency where the file has several."""
    if not company.home_currency:
        return told
    own = {name: record[name] for name in ("CurrencyRef", "ExchangeRate")}
    kind = record_type(query)
    return with_home_amounts(kind, shape, company.edition, {**told, **own}, rate_of(record))


def _tax_payable(company: DesktopCompany, asked: Asked) -> Iterator[Row]:
    """By agency what is owed to it; the tax items of one agency are not told apart."""
    account = company.special_account("SalesTaxPayable")["ListID"]
    until = str(asked.get("AsOfDate") or "9999")
    owed: dict[Key, Decimal] = {}
    for _, heading, posting in company.books.ledger.lines():
        if posting.account == account and posting.party and heading.date <= until:
            owed[posting.party] = owed.get(posting.party, ZERO) - posting.amount
    for (kind, list_id), amount in owed.items():
        if amount:
            agency = company.records[kind][list_id]
            line = {"Amount": cents(amount)}
            tax = next(
                (
                    each
                    for each in company.all_of("ItemSalesTax")
                    if id_of(each.get("TaxVendorRef")) == list_id
                ),
                None,
            )
            if tax:
                line["ItemSalesTaxRef"] = {"ListID": tax["ListID"], "FullName": tax["Name"]}  # type: ignore[assignment]
            told = {"ListID": list_id, "FullName": agency["Name"]}
            yield (
                "SalesTaxPayableRet",
                {"PayeeEntityRef": told, "Amount": cents(amount), "SalesTaxPayableLineRet": [line]},
            )


# ---- all transactions

_ACCOUNTS = ("ARAccountRef", "APAccountRef", "BankAccountRef", "CreditCardAccountRef", "DepositToAccountRef", "AccountRef",
             "TransferFromAccountRef")  # fmt: skip
_PARTIES = ("CustomerRef", "VendorRef", "PayeeEntityRef")
_NOT_TOLD = ("TimeTracking", "VehicleMileage")
_RENAMED = {
    "TransactionAccountFilter": "AccountFilter",
    "TransactionClassFilter": "ClassFilter",
    "TransactionEntityFilter": "EntityFilter",
    "TransactionItemFilter": "ItemFilter",
}


def transactions_of(company: DesktopCompany) -> Iterator[tuple[str, Record]]:
    """Every transaction with its type, in the order of the day and of writing."""
    found = [
        (kind, record)
        for kind, kept in company.records.items()
        for record in kept.values()
        if "TxnID" in record and kind not in _NOT_TOLD
    ]
    yield from sorted(found, key=lambda each: (each[1].get("TxnDate", ""), each[1].get("TxnNumber", 0)))


def _transactions(company: DesktopCompany, asked: Asked) -> Iterator[Row]:
    if asked.get("TransactionDetailLevelFilter", "SummaryOnly") != "SummaryOnly":
        raise NotReproduced("TransactionDetailLevelFilter")
    tests = list(_transaction_tests(company, asked))
    for kind, record in transactions_of(company):
        if all(test(kind, record) for test in tests):
            told: Record = {"TxnType": kind}
            for name in ("TxnID", "TimeCreated", "TimeModified", "TxnDate", "RefNumber", "Memo"):
                if record.get(name):
                    told[name] = record[name]
            told["EntityRef"] = next((record[name] for name in _PARTIES if record.get(name)), None)
            told["AccountRef"] = next((record[name] for name in _ACCOUNTS if record.get(name)), None)
            told["Amount"] = total_of(kind, record)
            yield "TransactionRet", _in_its_currency(company, "Transaction", "TransactionRet", told, record)


def _transaction_tests(company: DesktopCompany, asked: Asked) -> Iterator[Callable[[str, Record], bool]]:
    today = company.clock().date()
    for name, value in asked.items():
        match name:
            case "TxnID" | "RefNumber" | "RefNumberCaseSensitive":
                field = name.removesuffix("CaseSensitive")
                wanted = {str(each) for each in (value if isinstance(value, list) else [value])}
                yield lambda _, record, field=field, wanted=wanted: str(record.get(field)) in wanted  # type: ignore[misc]
            case "TransactionTypeFilter":
                kinds = set(value.get("TxnTypeFilter", ()))
                yield lambda kind, _, kinds=kinds: "All" in kinds or kind in kinds  # type: ignore[misc]
            case "TransactionPostingStatusFilter":
                wants = value
                yield lambda kind, record, wants=wants: (  # type: ignore[misc]
                    wants == "Either" or (posts(kind) and not record.get("IsPending")) is (wants == "Posting")
                )
            case "TransactionPaidStatusFilter":
                yield (
                    lambda kind, record, value=value: (
                        value == "Either"
                        or _is_closed(company, kind, record)
                        is (  # type: ignore[misc]
                            value == "Closed"
                        )
                    )
                )
            case "TransactionDateRangeFilter":
                period = days(today, value.get("FromTxnDate"), value.get("ToTxnDate"), value.get("DateMacro"))
                yield lambda _, record, period=period: period.holds(record.get("TxnDate", ""))  # type: ignore[misc]
            case "TransactionModifiedDateRangeFilter":
                yield _modified_test(today, value)
            case _ if name in (*_RENAMED, "CurrencyFilter", "RefNumberFilter", "RefNumberRangeFilter"):
                test = filter_test(company, _RENAMED.get(name, name), value)
                yield lambda _, record, test=test: test(record)  # type: ignore[misc]
            case "MaxReturned" | "IncludeRetElement" | "TransactionDetailLevelFilter":
                pass
            case _ if not name.startswith("@"):
                raise NotReproduced(name)


def _modified_test(today: date, value: Mapping[str, Any]) -> Callable[[str, Record], bool]:
    said = dict(value)
    if value.get("DateMacro"):
        period = period_of(today, value["DateMacro"])
        said = {"FromModifiedDate": period.start.isoformat(), "ToModifiedDate": period.end.isoformat()}
    return lambda _, record: within(
        moment(record["TimeModified"]), said, "FromModifiedDate", "ToModifiedDate"
    )


def _is_closed(company: DesktopCompany, kind: str, record: Record) -> bool:
    key = (kind, record["TxnID"])
    return left_of(company, key) == 0 if to_settle(company, key) else True


def _no_returns(_company: DesktopCompany, _asked: Asked) -> Iterator[Row]:
    """Nobody files a sales tax return in the sandbox."""
    return iter(())


_FOUND: Mapping[str, Callable[[DesktopCompany, Asked], Iterator[Row]]] = {
    "BillToPay": _to_pay,
    "ReceivePaymentToDeposit": _to_deposit,
    "SalesTaxPayable": _tax_payable,
    "SalesTaxReturnLine": _no_returns,
    "Transaction": _transactions,
}
