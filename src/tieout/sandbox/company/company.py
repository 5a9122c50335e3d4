"""A company on this machine: records, rules and books behind the five verbs, queries and change data.

Everything is done under one lock, so that what a request sees is whole.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta, tzinfo
from threading import RLock
from typing import Any

from ...catalog.rest import RecordType, record_type, type_names
from ...protocols import exact_json
from ...protocols.query_statement import check_statement, parse_statement, queried_type
from ...protocols.query_tokens import QueryInvalid, QuerySyntaxError
from .. import reports
from . import queries, refusals, rules, tax_codes, writing
from .books import Books, Clock, stamped
from .files import Files
from .queries import QueryResult
from .records import Record, Store, StoredRecord

LONGEST_LOOK_BACK = timedelta(days=30)
MOST_CHANGES = 1000
"""Objects in one answer of change data capture, over all its types."""

_ASK_NOTHING_OF_THE_LEDGER = frozenset(
    {"Invoice", "SalesReceipt", "CreditMemo", "RefundReceipt", "Bill", "VendorCredit", "Purchase"}
)
"""Types that are written without a look at the ledger: their entries are put off until somebody looks at it."""

Changes = list[tuple[str, list[bytes], list[bytes]]]
"""Per type: the records as they are now, and stubs of the deleted."""


class Company:
    """One QuickBooks Online company."""

    def __init__(self, realm: str, name: str, clock: Clock, country: str = "US") -> None:
        self.realm = realm
        self.name = name
        self.lock = RLock()
        self._books = Books(clock, country=country)
        self.most_report_cells = reports.MOST_CELLS
        self.files = Files()

    @property
    def books(self) -> Books:
        """The records and the ledger, with every entry made that was put off."""
        with self.lock:
            writing.catch_up(self._books)
        return self._books

    @property
    def zone(self) -> tzinfo:
        """Where the company is."""
        return self._books.zone

    def create(self, type_name: str, body: Any, *, include: Collection[str] = frozenset()) -> StoredRecord:
        put_off = type_name in _ASK_NOTHING_OF_THE_LEDGER
        with self.lock, self._books.changes.request():
            books = self._books if put_off else self.books
            if type_name == "RecurringTransaction":
                return writing.create_recurring(books, body)
            found = record_type(type_name)
            if not found.can("create") and found.kind == "setup":
                return self.update(type_name, body, include=include)
            return _settled(type_name, writing.create(books, found, body, include, put_off=put_off))

    def read(self, type_name: str, id_: str) -> StoredRecord:
        """The record of this id; a company's only Preferences and CompanyInfo answer to any."""
        found = record_type(type_name)
        if not found.can("read"):
            raise refusals.unsupported("read")
        rules.check_id(found, id_)
        with self.lock:
            stored = self.books.store(type_name).get("1" if found.head.get("singleton") else id_)
        if stored is None:
            raise refusals.not_found()
        return stored

    def update(self, type_name: str, body: Any, *, include: Collection[str] = frozenset()) -> StoredRecord:
        with self.lock, self.books.changes.request():
            if type_name == "ExchangeRate":
                return self._set_rate(body)
            return _settled(type_name, writing.update(self.books, record_type(type_name), body, include))

    def delete(self, type_name: str, body: Any) -> Record:
        with self.lock, self.books.changes.request():
            return writing.delete(self.books, record_type(type_name), body)

    def void(self, type_name: str, body: Any, way: str) -> StoredRecord | Record:
        """Void by `operation=void` or by `operation=update&include=void`; some types answer oddly."""
        found = record_type(type_name)
        if not found.can("void") or (type_name, way) == ("BillPayment", "operation=void"):
            return _void_oddly(type_name)
        with self.lock, self.books.changes.request(_key(type_name, body), "voided"):
            return writing.void(self.books, found, body)

    def query(self, statement_text: str) -> QueryResult:
        """Answer a statement; refusals carry the parser's own words (4000, 4001)."""
        with self.lock:
            try:
                statement = parse_statement(statement_text, self.books.today())
                found = queried_type(statement.type)
                checked = check_statement(statement, found)
            except QuerySyntaxError as error:
                raise refusals.query_syntax(str(error)) from None
            except QueryInvalid as error:
                raise refusals.query_invalid(str(error)) from None
            return queries.run(checked, found, self.books.store(found.name))

    def changed_since(self, types: Sequence[str], since: datetime) -> Changes:
        """What was written or deleted at or after a moment, type by type; 1,000 objects in all."""
        if since < self.books.now() - LONGEST_LOOK_BACK:
            raise refusals.too_long_ago()
        changes: Changes = []
        room = MOST_CHANGES
        with self.lock:
            for type_name in types:
                if type_name not in type_names() or not record_type(type_name).can("cdc"):
                    raise refusals.no_change_data(type_name)
                live, deleted = _changes(self.books.store(type_name), since, room, self.books.zone)
                room -= len(live) + len(deleted)
                changes.append((type_name, live, deleted))
        return changes

    def tax_service(self, body: Any) -> Record:
        """Make a tax code with its rates; the answer stands bare."""
        with self.lock, self.books.changes.request():
            return tax_codes.make(self.books, body)

    def report(self, name: str, params: Mapping[str, str], now: datetime) -> bytes:
        """A report on the books, as JSON."""
        with self.lock:
            return reports.answer(self.books, name, params, now, self.most_report_cells)

    def exchange_rate(self, source: str, as_of: str | None) -> Record:
        """The rate of a currency on a day, today's without one."""
        with self.lock:
            day = as_of or self.books.today().isoformat()
            home = self.books.home_currency
            return {
                "SourceCurrencyCode": source,
                "TargetCurrencyCode": home,
                "Rate": self.books.rate(source, day),
                "AsOfDate": day,
                "domain": "QBO",
                "sparse": False,
                "MetaData": {"LastUpdatedTime": self.books.now().isoformat()},
            }

    def install(self, type_name: str, record: Record, *, id_: str = "") -> StoredRecord:
        """Put in a record that no client can make: preferences, pseudo tax codes, what the product itself adds."""
        moment, found = self.books.now(), record_type(type_name)
        kept = stamped(record, id_ or self.books.new_id(found), moment)
        spelled: dict[str, str] = found.head.get("json_names", {})
        return self.books.put(type_name, {spelled.get(name, name): kept[name] for name in kept}, moment)

    @contextmanager
    def at(self, moment: datetime) -> Iterator[None]:
        """Act as if it were another time: how a company gets a past."""
        clock: Callable[[], datetime] = self.books.clock
        self.books.clock = lambda: moment
        try:
            yield
        finally:
            self.books.clock = clock

    def _set_rate(self, body: Any) -> StoredRecord:
        found: RecordType = record_type("ExchangeRate")
        return writing.set_rate(self.books, found, body)


def _settled(type_name: str, stored: StoredRecord) -> StoredRecord:
    """A record as it is kept: of a transaction, of which there are many and which stays as it is, the bytes alone."""
    if record_type(type_name).kind == "transaction":
        stored.freeze()
    return stored


def _key(type_name: str, body: Any) -> tuple[str, str]:
    """The record that a body names."""
    return type_name, str(body.get("Id", "")) if isinstance(body, Mapping) else ""


def _void_oddly(type_name: str) -> Record:
    """What types answer that cannot be voided over the wire, as probed in 2026."""
    if type_name == "Bill":
        raise refusals.not_implemented()
    if type_name == "JournalEntry":
        return {"BatchItemResponse": []}
    raise refusals.unsupported("void")


def _changes(store: Store, since: datetime, room: int, zone: Any) -> tuple[list[bytes], list[bytes]]:
    changed = sorted(
        (stored for stored in store if stored.updated >= since), key=lambda stored: stored.updated
    )
    live = [stored.encoded for stored in changed[:room]]
    gone = [(id_, when) for id_, when in store.deleted.items() if when >= since]
    return live, [_stub(id_, when.astimezone(zone)) for id_, when in gone[: room - len(live)]]


def _stub(id_: str, when: datetime) -> bytes:
    return exact_json.encode(
        {"domain": "QBO", "status": "Deleted", "Id": id_, "MetaData": {"LastUpdatedTime": when.isoformat()}}
    )
