"""A company's records and what every rule asks of them: find one, the date, the currency, the next id."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ...catalog.rest import RecordType, record_type, record_types
from ..ledger.inventory import Inventory
from ..ledger.ledger import Key, Ledger
from .change_log import ChangeLog
from .links import Links
from .records import Record, Store, StoredRecord
from .switches import Switches

Clock = Callable[[], datetime]

TIME_ZONE = "America/Los_Angeles"
NUMBERED_TOGETHER = dict.fromkeys(("Invoice", "SalesReceipt", "CreditMemo", "RefundReceipt"), "sales")
"""Sales forms draw their DocNumber from one sequence; every other type has its own."""
HOME_CURRENCIES = {"US": "USD", "GB": "GBP", "CA": "CAD", "AU": "AUD", "FR": "EUR"}
"""What companies keep their books in, by country."""
_NAME_LISTS = ("Customer", "Vendor", "Employee")
_CURRENCIES = {
    "USD": "United States Dollar",
    "CAD": "Canadian Dollar",
    "GBP": "British Pound Sterling",
    "EUR": "Euro",
    "AUD": "Australian Dollar",
}


class Books:
    """Stores per type, the ledger and the links between transactions."""

    def __init__(self, clock: Clock, country: str = "US") -> None:
        self.clock = clock
        self.home_currency = HOME_CURRENCIES[country]
        self.country = country
        self.zone = _zone(TIME_ZONE)
        self.ledger = Ledger()
        self.inventory = Inventory()
        self.switches = Switches()
        self.links = Links()
        self.changes = ChangeLog()
        self.put_off: list[Key] = []
        """New records whose entries are made when somebody looks at the ledger."""
        self.numbers: defaultdict[str, dict[str, Key]] = defaultdict(dict)
        """Which record has a DocNumber, by sequence and number."""
        self.next_number: dict[str, int] = {}
        """Where to look for the next free DocNumber, by sequence."""
        self._stores = {found.name: Store(found.name) for found in record_types()}
        self._own_accounts: dict[tuple[str, str], str] = {}
        self._last_id: defaultdict[str, int] = defaultdict(int)
        self._last_moment = datetime.min.replace(tzinfo=UTC)

    def now(self) -> datetime:
        """The time in the company's zone, to the second, never before an earlier answer."""
        moment = self.clock().astimezone(self.zone).replace(microsecond=0)
        self._last_moment = max(self._last_moment, moment)
        return self._last_moment.astimezone(self.zone)

    def today(self) -> date:
        return self.now().date()

    def store(self, type_name: str) -> Store:
        return self._stores[type_name]

    def stores(self) -> Iterator[Store]:
        return iter(self._stores.values())

    def new_id(self, found: RecordType) -> str:
        sequence = _sequence(found)
        self._last_id[sequence] += 1
        return str(self._last_id[sequence])

    def reserve_ids(self, found: RecordType, count: int) -> range:
        """Many ids at once."""
        first = self._last_id[_sequence(found)] + 1
        self._last_id[_sequence(found)] += count
        return range(first, first + count)

    def find(self, type_name: str, id_: str) -> Record | None:
        stored = self._stores[type_name].get(id_)
        return stored.record if stored else None

    def put(
        self, type_name: str, record: Record, moment: datetime, encoded: bytes | None = None
    ) -> StoredRecord:
        """Keep a record as it is now; whoever has its bytes already hands them in."""
        stored = StoredRecord(record, moment, encoded=encoded)
        self._forget_number(type_name, stored.id)
        store = self._stores[type_name]
        self.changes.note(type_name, stored.id, "updated" if store.get(stored.id) else "created")
        store.put(stored)
        self._remember_number(type_name, record)
        return stored

    def remove(self, type_name: str, id_: str) -> None:
        self._forget_number(type_name, id_)
        self.changes.note(type_name, id_, "deleted")
        self._stores[type_name].remove(id_, self.now())

    def preference(self, group: str, name: str) -> Any:
        preferences = self.find("Preferences", "1") or {}
        return preferences.get(group, {}).get(name)

    @property
    def multicurrency(self) -> bool:
        return bool(self.preference("CurrencyPrefs", "MultiCurrencyEnabled"))

    def currency(self, code: str) -> Record:
        """A reference to a currency."""
        listed = (stored.record for stored in self.store("CompanyCurrency") if stored.record["Code"] == code)
        name = next((record.get("Name", code) for record in listed), _CURRENCIES.get(code, code))
        return {"value": code, "name": name}

    def rate(self, code: str, day: str) -> Decimal:
        """What one unit of a currency was worth on a day; 1 where nobody said."""
        if code == self.home_currency:
            return Decimal(1)
        dated = [
            stored.record
            for stored in self.store("ExchangeRate")
            if stored.record["SourceCurrencyCode"] == code and stored.record["AsOfDate"] <= day
        ]
        latest = max(dated, key=lambda record: str(record["AsOfDate"]), default={"Rate": Decimal(1)})
        return Decimal(latest["Rate"])

    def account(self, sub_type: str, currency: str = "") -> Record:
        """The account that QuickBooks itself posts to, by its AccountSubType; opened when it is needed first."""
        wanted = currency or self.home_currency
        known = self.find("Account", self._own_accounts.get((sub_type, wanted), ""))
        if known is None or not _is_account(known, sub_type, wanted):
            known = self._find_account(sub_type, wanted) or self._open_account(sub_type, wanted)
            self._own_accounts[sub_type, wanted] = known["Id"]
        return known

    def _find_account(self, sub_type: str, currency: str) -> Record | None:
        found = (stored.record for stored in self.store("Account") if stored.active)
        return next((record for record in found if _is_account(record, sub_type, currency)), None)

    def _open_account(self, sub_type: str, currency: str) -> Record:
        name, account_type, classification = _OWN_ACCOUNTS[sub_type]
        full_name = name if currency == self.home_currency else f"{name} - {currency}"
        found = record_type("Account")
        record: Record = {
            "Name": full_name,
            "SubAccount": False,
            "FullyQualifiedName": full_name,
            "Active": True,
            "Classification": classification,
            "AccountType": account_type,
            "AccountSubType": sub_type,
            "CurrentBalance": Decimal(0),
            "CurrentBalanceWithSubAccounts": Decimal(0),
            "CurrencyRef": self.currency(currency),
        }
        return self.put("Account", stamped(record, self.new_id(found), self.now()), self.now()).record

    def _remember_number(self, type_name: str, record: Record) -> None:
        if record.get("DocNumber"):
            self.numbers[number_sequence(type_name)].setdefault(
                record["DocNumber"], (type_name, record["Id"])
            )

    def _forget_number(self, type_name: str, id_: str) -> None:
        before = self.find(type_name, id_)
        sequence = self.numbers[number_sequence(type_name)]
        number = before.get("DocNumber") if before else None
        if number and sequence.get(number) == (type_name, id_):
            del sequence[number]


_OWN_ACCOUNTS = {
    "AccountsReceivable": ("Accounts Receivable (A/R)", "Accounts Receivable", "Asset"),
    "AccountsPayable": ("Accounts Payable (A/P)", "Accounts Payable", "Liability"),
    "UndepositedFunds": ("Undeposited Funds", "Other Current Asset", "Asset"),
    "Inventory": ("Inventory Asset", "Other Current Asset", "Asset"),
    "OpeningBalanceEquity": ("Opening Balance Equity", "Equity", "Equity"),
    "SalesOfProductIncome": ("Sales of Product Income", "Income", "Revenue"),
    "DiscountsRefundsGiven": ("Discounts given", "Income", "Revenue"),
    "SalesTaxPayable": ("Sales Tax Payable", "Other Current Liability", "Liability"),
    "GlobalTaxPayable": ("Sales Tax Control", "Other Current Liability", "Liability"),
    "ShippingFreightDelivery": ("Shipping Income", "Income", "Revenue"),
    "SuppliesMaterialsCogs": ("Cost of Goods Sold", "Cost of Goods Sold", "Expense"),
    "OtherMiscellaneousServiceCost": ("Uncategorized Expense", "Expense", "Expense"),
    "ExchangeGainOrLoss": ("Exchange Gain or Loss", "Other Expense", "Expense"),
}
"""Name, type and classification of the accounts that QuickBooks opens by itself, by AccountSubType."""


def _is_account(record: Record, sub_type: str, currency: str) -> bool:
    return record.get("AccountSubType") == sub_type and record["CurrencyRef"]["value"] == currency


def stamped(record: Record, id_: str, moment: datetime) -> Record:
    """A new record as it is kept: id, token and times added."""
    text = moment.isoformat()
    return {
        **record,
        "domain": "QBO",
        "sparse": False,
        "Id": id_,
        "SyncToken": "0",
        "MetaData": {"CreateTime": text, "LastUpdatedTime": text},
    }


def number_sequence(type_name: str) -> str:
    return NUMBERED_TOGETHER.get(type_name, type_name)


def _sequence(found: RecordType) -> str:
    """Transactions draw ids from one sequence, names from another, every list has its own."""
    if found.kind == "transaction":
        return "transaction"
    return "name" if found.name in _NAME_LISTS else found.name


def _zone(name: str) -> ZoneInfo | timezone:
    try:
        return ZoneInfo(name)
    except ZoneInfoNotFoundError:  # Windows without the tzdata package
        return timezone(timedelta(hours=-8))
