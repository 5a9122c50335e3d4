"""A company file of QuickBooks Desktop as a connection: query, get, count, and a raw way for all else."""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from itertools import islice
from pathlib import Path
from typing import cast

from ...catalog.nearest import did_you_mean
from ...catalog.qbxml import Edition, record_type
from ...catalog.qbxml.rets import Ret, mirrored, ret_of
from ...errors import NotAllowed, NotFound, SetupError, TieoutError
from ...operations import (
    And,
    Change,
    Compare,
    Outcome,
    PlannedChange,
    Predicate,
    Query,
    Sent,
    as_day,
    fields_of,
    holds,
)
from ...protocols.qbxml_layout import QbxmlLayout
from ...protocols.qbxml_questions import PARTIES, check_field, explained, question, with_times_read
from ...protocols.qbxml_records import STAMPS, elements_in, name_in, names_below, total_of
from ...protocols.qbxml_reports import report_names, report_params, report_request, report_rows
from ...protocols.query_language import predicate_text
from ...state.company_files import CompanyFiles
from ..base import (
    Connection,
    Cursor,
    Finding,
    Health,
    Intents,
    Known,
    News,
    Page,
    PlannedRead,
    Record,
    Supports,
)
from .changes import ChangeStream
from .company import Company, error_from
from .delivering import Delivery
from .doctor import examine
from .exchange import Exchange, HostExchange
from .host import TIMEOUT, FileMode, Host, host_at
from .identities import desktop_identity
from .patience import Patience
from .planning import planned
from .prepared import named_id
from .preparing import Preparer
from .recognizing import Recognition
from .report_page import ReportPage
from .scan import PAGE, Scan, count_request
from .stamps import SomeOf
from .surrogate import Surrogate
from .what_is_there import Books, naming_filter, wanted_name
from .worker import worker_host
from .writing import REQUESTS_PER_SET, write_all

FEATURE_OFF = "3250"
"""QuickBooks' number for what an edition or the file's preferences do not have, such as currencies."""


def utc_now() -> datetime:
    return datetime.now(UTC)


class QbxmlConnection(Connection):
    """One company file, whichever way its documents go."""

    supports = Supports(changes=True, writes=True, examines=True)

    def __init__(
        self,
        name: str,
        company: Company,
        identity: str | Callable[[], str],
        exchange: Exchange,
        *,
        recognition: Recognition | None = None,
        marks: bool = True,
        per_set: int = REQUESTS_PER_SET,
        clock: Callable[[], datetime] = utc_now,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self.name = name
        self._exchange = exchange
        self._company = company
        self._identity = identity
        self._recognition = recognition or Recognition(company, name, lambda: self.identity)
        self._per_set = per_set
        self._clock = clock
        self._patience = Patience(sleep)
        self._preparer = Preparer(Books(company, self._patience), marks)
        self._forgettable: deque[str] = deque()

    @property
    def identity(self) -> str:
        """What is connected to; QuickBooks is asked for the file that is open where that decides it."""
        if callable(self._identity):
            self._identity = self._patience.until_answered(self._company, self._identity)
        return self._identity

    @property
    def requests_made(self) -> int:
        """Message sets sent since it was opened."""
        return self._company.requests_made

    def accept_file(self) -> None:
        """The company file that is open is the right one from now on, whatever was remembered of it."""
        self._recognition.accept()

    def check(self) -> Health:
        spoken = self._company.spoken()
        about = self._recognition.look()
        details = {
            "file": spoken.file,
            "file_id": about.file_id or None,
            "product": spoken.product,
            "release": spoken.release,
            "country": spoken.edition.country,
            "qbxml": spoken.edition.version,
            "file_mode": spoken.file_mode,
        }
        self._company.release()
        return Health(about.company, details)

    @property
    def edition(self) -> Edition:
        """The qbXML that is spoken here."""
        return self._company.edition

    def described(self, _type_name: str) -> None:
        """The catalog of REST has the same names for other records."""
        return

    def id_field_of(self, type_name: str, /) -> str:
        """TxnID or ListID."""
        return ret_of(type_name, self._company.edition).key or self.id_field

    def naming_field(self, type_name: str) -> str:
        ret = self._preparer.books.ret(type_name)
        return naming_filter(ret) if ret is not None else ""

    def sought(self, field: str, record: Mapping[str, object]) -> str:
        """The full name, told by `Name` and `ParentRef` in what is to be added."""
        return wanted_name(record) if field == "FullName" else super().sought(field, record)

    def has_field(self, type_name: str, path: str) -> bool:
        """Whether a record has it, or a message about one."""
        edition = self._company.edition
        kind = record_type(type_name)
        first = path.split(".")[0]
        shapes = (kind.message("Add", ""), kind.message("Mod", ""), ret_of(type_name, edition).name)
        return first in ("Id", *STAMPS) or any(
            name_in(type_name, shape, edition, first) in elements_in(type_name, shape, edition)
            for shape in shapes
        )

    def field_names(self, type_name: str, path: Sequence[str]) -> Collection[str] | None:
        """Those of the messages about such a record, lines under any of their names."""
        return names_below(type_name, tuple(path), self._company.edition)

    def total_of(self, _type_name: str, record: Record) -> Decimal | None:
        return total_of(record)

    def alike(self, type_name: str, record: Record, /) -> list[Record]:
        """Records with its number, or else of the same customer or vendor and date."""
        ret = self._preparer.books.ret(type_name)
        if ret is None or named_id(record):
            return []
        named = wanted_name(record)
        if named:
            found = self._preparer.books.by_names({type_name: [named]})
            return [dict(each) for records in found.values() for each in records]
        parts: list[Predicate] = [
            Compare(f"{party}.{key}", "=", str(record[party][key]))
            for party in PARTIES
            if isinstance(record.get(party), Mapping)
            for key in ("ListID", "FullName")
            if record[party].get(key)
        ]
        if record.get("TxnDate"):
            parts.append(Compare("TxnDate", "=", as_day(record["TxnDate"])))
        if not parts:
            return []
        query = Query((type_name,), And(tuple(parts)), limit=5)
        return [each for page in self.read(query) for each in page.records()]

    def examine(self) -> Iterator[Finding]:
        """What it needs, point by point."""
        assert isinstance(self._exchange, HostExchange)
        return examine(self._exchange.connect, self._company, self._exchange.file)

    @property
    def layout(self) -> QbxmlLayout:
        return QbxmlLayout(self._company.edition)

    def changes(
        self, types: Sequence[str], cursor: Cursor | None, known: Known, *, again: Collection[str] = ()
    ) -> Iterator[News]:
        """What changed; types in `again` are read whole."""
        return iter(
            ChangeStream(self._company, types, cursor, known, again, self._patience, self._recognition)
        )

    def get_page(self, type_name: str, record_id: str) -> Page:
        """One record by its id as a page; NotFound when there is none."""
        ret, _ = self._queried(type_name, Query())
        for page in Scan(self._company, ret, self._patience).by_ids([record_id]):
            return page
        raise NotFound(f"The company file has no {type_name} with the {ret.key} {record_id}.")

    def counts_or_refusals(self, types: Sequence[str]) -> dict[str, int | TieoutError]:
        """How many records there are of each type, in one message set; why not, where QuickBooks refuses a type."""
        rets = [self._queried(name, Query())[0] for name in types]
        asked = {ret.kind.name: request for ret in rets if (request := count_request(ret)) is not None}
        found: dict[str, int | TieoutError] = {}
        for name, answer in zip(asked, self._company.ask(list(asked.values())), strict=True):
            told = answer.answered
            found[name] = error_from(told) if told.is_refusal else told.count or 0
        return found | {
            ret.kind.name: self.count(ret.kind.name) for ret in rets if ret.kind.name not in asked
        }

    def is_report(self, name: str, /) -> bool:
        return name in report_names(self._company.edition)

    def report(self, name: str, params: Mapping[str, str] | None = None, /) -> ReportPage:
        """A report as flat rows; parameters are named as the request's elements: `FromReportDate`, `SummarizeColumnsBy`."""
        request = report_request(name, params or {}, self._company.edition)
        answer = self._patience.until_answered(self._company, lambda: self._company.ask([request])[0])
        if answer.answered.is_refusal:
            raise error_from(answer.answered)
        return ReportPage(name, [row for ret in answer.records for row in report_rows(ret)])

    def told_balances(self) -> Mapping[str, Decimal]:
        """The trial balance of all times, for an account's Balance has in it what is dated ahead; NotAllowed without reports."""
        if not self.is_report("TrialBalance"):
            raise NotAllowed(f"qbXML {self._company.edition} has no reports.")
        params = {"ReportDateMacro": "All", "ReportBasis": "Accrual"}
        known = report_params("TrialBalance", self._company.edition)
        balances: dict[str, Decimal] = {}
        for row in self.report("TrialBalance", {n: v for n, v in params.items() if n in known}).records():
            if row["row_type"] == "account":
                sides = (row.get("debit"), row.get("credit"))
                debit, credit = (side if isinstance(side, Decimal) else Decimal(0) for side in sides)
                balances[str(row["row_value"])] = debit - credit
        return balances

    def types(self) -> Sequence[str]:
        return mirrored(self._company.edition)

    def read(self, query: Query) -> Iterator[Page]:
        """Pages of the records that fit; inactive ones too, unless `where` says otherwise.

        Where all types are read, those of features that the file has turned off are left out: there can be no records of them.
        """
        if query.order:
            raise SetupError(
                "QuickBooks Desktop hands records over in an order of its own.",
                advice="Leave the order out, or mirror the company and query the mirror.",
            )
        left = query.limit
        for name in query.types or self.types():
            try:
                for page in self._read_type(*self._queried(name, query), left):
                    yield page
                    left = left - len(page) if left is not None else None
                    if left == 0:
                        return
            except NotAllowed as error:
                if query.types or error.code != FEATURE_OFF:
                    raise

    def plan(self, query: Query) -> list[PlannedRead]:
        return [self._planned(*self._queried(name, query)) for name in query.types or self.types()]

    def get(self, type_name: str, record_id: str) -> Record:
        """One record by its id; NotFound when there is none."""
        ret, _ = self._queried(type_name, Query())
        if not ret.key:
            raise SetupError(f"Records of {type_name} have no id.", advice="Query all of them.")
        query = Query((type_name,), Compare(ret.key, "=", record_id))
        for page in self._read_type(ret, query, 1):
            return page.records()[0]
        raise NotFound(f"The company file has no {type_name} with the {ret.key} {record_id}.")

    def count(self, type_name: str, where: Predicate | None = None) -> int:
        """How many records fit; QuickBooks counts where it can."""
        ret, _ = self._queried(type_name, Query(where=where))
        request = count_request(ret)
        if where is not None or request is None:
            return sum(len(page) for page in self.read(Query((type_name,), where)))
        answer = self._company.ask([request])[0]
        if answer.answered.is_refusal:
            raise error_from(answer.answered)
        return answer.answered.count or 0

    def write(self, changes: Iterable[Change], intents: Intents, /) -> Iterator[Outcome]:
        return write_all(self._delivery(intents), changes, self._per_set)

    def resolve(self, sent: Sent, intents: Intents, /) -> list[Outcome]:
        outcomes = self._delivery(intents).resolve(sent)
        self._forgettable.append(sent.id)  # when something is sent next, these outcomes are committed
        return outcomes

    def plan_changes(self, changes: Iterable[Change], /) -> Iterator[PlannedChange]:
        feed = iter(changes)
        while some := list(islice(feed, self._per_set)):
            yield from map(planned, self._preparer.prepare(some, always_read=True))

    def _delivery(self, intents: Intents) -> Delivery:
        return Delivery(
            self._preparer.books,
            self._preparer,
            intents,
            self._recognition,
            self._clock,
            self._patience,
            self._forgettable,
        )

    def close(self) -> None:
        self._company.close()

    def _queried(self, name: str, query: Query) -> tuple[Ret, Query]:
        """What is asked of a type, with days and times as such; SetupError for a type or a field that is not there."""
        ret = ret_of(name, self._company.edition)
        if not ret.name or not ret.kind.can("Query", ret.edition):
            able = mirrored(ret.edition)
            raise SetupError(
                f"qbXML {ret.edition} has no query of its own for {name}.{did_you_mean(name, able)}",
                advice="`tieout types qbxml` lists what can be queried.",
            )
        for path in (*fields_of(query.where), *query.fields):
            check_field(path, ret)
        where = with_times_read(query.where, ret) if query.where is not None else None
        return ret, replace(query, where=where)

    def _planned(self, ret: Ret, query: Query) -> PlannedRead:
        asked = question(ret, query.where, query.fields)
        conditions = tuple(
            (predicate_text(part), "QuickBooks" if narrowed else "here")
            for part, narrowed in explained(query.where, asked)
        )
        filters = ", ".join(f"{name}={value}" for name, value in asked.content.items())
        return PlannedRead(ret.kind.name, f"{ret.kind.message('Query', 'Rq')} {filters}".strip(), conditions)

    def _read_type(self, ret: Ret, query: Query, limit: int | None) -> Iterator[Page]:
        """Pages of the records that fit, whole where all of a page does."""
        needed = (*query.fields, *fields_of(query.where)) if query.fields else ()
        asked = question(ret, query.where, needed)
        size = PAGE if limit is None or query.where is not None else min(PAGE, limit)
        left = limit
        for page in Scan(self._company, ret, self._patience).answers(asked, size):
            fits: Sequence[int] = range(len(page))
            if query.where is not None:
                fits = [
                    row for row, record in enumerate(page.records()) if holds(query.where, record) is True
                ]
            rows = fits if left is None else fits[:left]
            left = None if left is None else left - len(rows)
            if rows:
                whole = len(rows) == len(page) and not query.fields
                yield page if whole else SomeOf(page, ret, rows, query.fields)
            if left == 0:
                return


def open_desktop(
    name: str,
    *,
    sandbox: str = "",
    python: str = "",
    file: str = "",
    mode: str = "auto",
    known_as: str = "",
    files: CompanyFiles | None = None,
    surrogate_folder: Path | None = None,
    application_name: str = "tieout",
    country: str = "",
    version: str = "",
    timeout: float = TIMEOUT,
    conversation: Callable[[str], AbstractContextManager[None]] | None = None,
    marks: bool = True,
    requests_per_set: int = REQUESTS_PER_SET,
    clock: Callable[[], datetime] = utc_now,
    sleep: Callable[[float], object] = time.sleep,
) -> QbxmlConnection:
    """The connection to a company file: in a sandbox, or through a worker under this `python`. Nothing is started yet.

    With a `surrogate_folder` the registry is changed so that this Python's bitness does not matter. `conversation` gives, for the connection's identity, what is held while a session is open: QuickBooks' company files have one
    conversation at a time. `files` remembers which file it is; `known_as` is the path that it had at first.
    """

    def connect() -> Host:
        if sandbox:
            return host_at(sandbox, timeout=timeout)
        command = _worker(python)
        if surrogate_folder is not None:
            Surrogate(surrogate_folder).make_sure()
        return worker_host(command, timeout=timeout)

    held = desktop_identity(file or "the open file", sandbox)
    exchange = HostExchange(
        connect,
        file=file,
        mode=cast(FileMode, mode),
        application_name=application_name,
        conversation=partial(conversation, held) if conversation is not None else nullcontext,
    )
    company = Company(exchange, country=country, version=version)

    def identity() -> str:
        return desktop_identity(known_as or file or company.spoken().file, sandbox)

    return QbxmlConnection(
        name,
        company,
        identity if not (known_as or file) else identity(),
        exchange,
        recognition=Recognition(company, name, identity, files, former_path=known_as),
        marks=marks,
        per_set=requests_per_set,
        clock=clock,
        sleep=sleep,
    )


def _worker(python: str) -> list[str]:
    if not python and sys.platform != "win32":
        raise SetupError(
            "QuickBooks Desktop is reached through COM, which only Windows has.",
            advice="Run tieout on the machine of QuickBooks, or name a `sandbox` to try things out.",
        )
    return [python or sys.executable]
