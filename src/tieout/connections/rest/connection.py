"""QuickBooks Online as a connection: query, get, count, what changed, and a raw way for all else."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

import httpx2
import msgspec

from ...catalog.nearest import did_you_mean
from ...catalog.reports import is_report
from ...catalog.rest import RecordType, record_type, record_types
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
    fields_of,
    holds,
)
from ...protocols import exact_json, rest
from ...protocols.queried_fields import UnknownField, find_field
from ...protocols.query_language import explain, split
from ...protocols.rest import QueryAnswer, Request
from ...protocols.rest_reports import ReportTable
from ...protocols.rest_tables import RestPage
from ...state.meter import Meter
from ...state.vault import Vault
from ..base import Connection, Cursor, Finding, Health, Intents, Known, News, PlannedRead, Record, Supports
from . import doctor
from .changes import ChangeStream
from .company import PAGE, Company, Question, can_sort, everything, in_order, key_of, stamps
from .delivering import REPLAY_WINDOW, Delivery
from .http import LARGEST_ANSWER, Response, RestClient, is_loopback, new_http
from .limits import AT_ONCE, Limiter, quickbooks_limiter
from .oauth import PRODUCTION_URL, SANDBOX_URL, AuthorizationServer, Tokens, identity_of, utc_now
from .planning import planned
from .preparing import Preparer
from .reports import ask_report
from .writing import TOGETHER, write_all

MINOR_VERSION = 75
"""Intuit serves every lower one as this since August 2025."""

ENVIRONMENTS = {"production": PRODUCTION_URL, "sandbox": SANDBOX_URL}


class OnlineConnection(Connection):
    """One company of QuickBooks Online."""

    supports = Supports(changes=True, writes=True, examines=True)

    def __init__(
        self,
        name: str,
        company: Company,
        tokens: Tokens,
        meter: Meter,
        clock: Callable[[], datetime] = utc_now,
        *,
        marks: bool = True,
        replay_window: timedelta = REPLAY_WINDOW,
    ) -> None:
        self.name = name
        self._company = company
        self._tokens = tokens
        self._meter = meter
        self._clock = clock
        self._preparer = Preparer(company, marks)
        self._replay_window = replay_window

    @property
    def identity(self) -> str:
        """The company, whatever the connection is called."""
        return identity_of(self._company.client.base_url, self.realm)

    @property
    def realm(self) -> str:
        """The company's id."""
        return self._company.realm

    @property
    def requests_made(self) -> int:
        """Requests sent since it was opened."""
        return self._company.client.requests_made

    def check(self) -> Health:
        request = rest.company_info_request(self.realm, self._company.minor_version)
        response = self._company.client.read(request)
        info = exact_json.decode(rest.read_entity(response.body, "CompanyInfo", tid=response.tid)[0])
        return Health(
            str(info.get("CompanyName", "")), self._details(info), str(info.get("DefaultTimeZone", ""))
        )

    def examine(self) -> Iterator[Finding]:
        return doctor.examine(self._company, self._tokens, self._clock)

    def types(self) -> Sequence[str]:
        return [each.name for each in record_types() if each.can("query")]

    def read(self, query: Query) -> Iterator[RestPage]:
        """Pages of the records that fit; inactive ones too, unless `where` says otherwise."""
        left = query.limit
        for name in query.types or self.types():
            kind = _queried(name)
            _check_fields(kind, query)
            for page, rows in self._read_type(kind, query, left):
                yield page
                left = left - rows if left is not None else None
            if left == 0:
                return

    def plan(self, query: Query) -> list[PlannedRead]:
        kinds = [_queried(name) for name in query.types or self.types()]
        return [self._planned(kind, query) for kind in kinds]

    def changes(
        self, types: Sequence[str], cursor: Cursor | None, known: Known, *, again: Collection[str] = ()
    ) -> Iterator[News]:
        """What changed since a cursor; `again` names types to read afresh."""
        for name in (*types, *again):
            _queried(name)
        return iter(ChangeStream(self._company, types, cursor, known, again))

    def get(self, type_name: str, record_id: str) -> Record:
        """One record by its id; NotFound when there is none."""
        return self.get_page(type_name, record_id).records()[0]

    def get_page(self, type_name: str, record_id: str) -> RestPage:
        """The same as a page."""
        kind = record_type(type_name)
        if kind.head.get("singleton") or key_of(kind) != ("Id",):
            return self._found_among_all(kind, record_id)
        request = rest.read_request(self.realm, kind, record_id, self._company.minor_version)
        response = self._company.client.read(request)
        raw, time = rest.read_entity(response.body, kind.name, tid=response.tid)
        return self._company.page_of(kind, exact_json.join([raw]), time)

    def count(self, type_name: str, where: Predicate | None = None) -> int:
        """How many records fit."""
        kind = _queried(type_name)
        question, left = _question(kind, where)
        if left is not None:
            return sum(len(page.records()) for page in self.read(Query((type_name,), where)))
        return self._company.ask(replace(question, count=True)).total or 0

    def count_many(self, types: Sequence[str]) -> dict[str, int]:
        """How many records there are of each type, in few requests; the first refusal is raised."""
        counts: dict[str, int] = {}
        for name, count in self.counts_or_refusals(types).items():
            if isinstance(count, TieoutError):
                raise count
            counts[name] = count
        return counts

    def counts_or_refusals(self, types: Sequence[str]) -> dict[str, int | TieoutError]:
        """How many records there are of each type, or why QuickBooks does not serve it in this company."""
        asked = [replace(everything(_queried(name)), count=True) for name in types]
        answers = self._company.ask_together(asked)
        return {name: _total(answer) for name, answer in zip(types, answers, strict=True)}

    def write(self, changes: Iterable[Change], intents: Intents, /) -> Iterator[Outcome]:
        """Carry out changes, in batches of thirty and as many under way as the connection may have."""
        return write_all(self._delivery(intents), changes, self._company.client.at_once)

    def resolve(self, sent: Sent, intents: Intents, /) -> list[Outcome]:
        """What became of a request without an answer: looked up, then sent again byte for byte if that is safe."""
        return self._delivery(intents).resolve(sent)

    def plan_changes(self, changes: Iterable[Change], /) -> Iterator[PlannedChange]:
        """What would be sent for each change; records that are there are read, nothing is written."""
        feed = iter(changes)
        while chunk := list(islice(feed, TOGETHER)):
            yield from map(planned, self._preparer.prepare(chunk, always_read=True))

    def document(self, type_name: str, record_id: str, name: str, /) -> bytes:
        """A record as PDF, or the file that an Attachable holds."""
        kind = record_type(type_name)
        if name == "download" and kind.name == "Attachable":
            request = rest.document_request(
                self.realm, f"download/{record_id}", self._company.minor_version, accept="*/*"
            )
            address = self._company.client.read(request).body.decode("utf-8", "replace").strip()
            return self._company.client.fetch(address)
        if name != "pdf" or not kind.can("pdf"):
            raise NotAllowed(
                f"QuickBooks prints no {type_name}.", advice="It prints " + ", ".join(_printed()) + "."
            )
        path = f"{kind.url}/{record_id}/pdf"
        request = rest.document_request(
            self.realm, path, self._company.minor_version, accept="application/pdf"
        )
        return self._company.client.read(request).body

    def is_report(self, name: str, /) -> bool:
        return is_report(name)

    def report(self, name: str, params: Mapping[str, str] | None = None, /) -> ReportTable:
        """A report on the books; what is too long for one answer is asked in parts and joined."""
        return ask_report(self._company, name, params or {})

    def raw(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        params: Mapping[str, str] | None = None,
        *,
        content_type: str = rest.JSON,
        accept: str = rest.JSON,
    ) -> Response:
        """Send what you like; a path without a slash in front lies in the company. Only reads are tried again."""
        full = path if path.startswith("/") else f"/v3/company/{self.realm}/{path}"
        request = Request(method, full, dict(params or {}), body, content_type if body else "", accept)
        is_read = method == "GET" or full.endswith("/query")
        return self._company.client.read(request) if is_read else self._company.client.write(request)

    def sign_out(self) -> None:
        """Have Intuit forget the sign-in, and the vault too."""
        self._tokens.revoke()

    def close(self) -> None:
        self._company.client.close()

    def _delivery(self, intents: Intents) -> Delivery:
        return Delivery(self._company, self._preparer, intents, self._clock, self._replay_window)

    def _planned(self, kind: RecordType, query: Query) -> PlannedRead:
        _check_fields(kind, query)
        question, left = _question(kind, query.where)
        first_page = in_order(replace(question, order=query.order), 1, _page_size(query.limit, left))
        return PlannedRead(kind.name, first_page.statement(), tuple(explain(query.where, kind)))

    def _read_type(self, kind: RecordType, query: Query, limit: int | None) -> Iterator[tuple[RestPage, int]]:
        question, left_over = _question(kind, query.where)
        question = replace(question, order=query.order)
        size = _page_size(limit, left_over)
        remaining = limit
        for answer in self._company.pages(question, size):
            records, rows = _trimmed(answer, left_over, query.fields, remaining)
            if rows:
                yield self._company.page_of(kind, records, answer.time), rows
            remaining = remaining - rows if remaining is not None else None
            if remaining == 0:
                return

    def _found_among_all(self, kind: RecordType, record_id: str) -> RestPage:
        """A record of a type that QuickBooks does not find by id; there is only one of a singleton."""
        for answer in self._company.pages(everything(kind)):
            for raw, stamp in zip(
                exact_json.split(answer.records), stamps(kind, answer.records), strict=True
            ):
                if kind.head.get("singleton") or stamp.id == record_id:
                    return self._company.page_of(kind, exact_json.join([bytes(raw)]), answer.time)
        raise NotFound(f"The company has no {kind.name} {record_id}.")

    def alike(self, type_name: str, record: Mapping[str, Any], /) -> list[dict[str, Any]]:
        kind = record_type(type_name)
        if record.get("Id") or not kind.can("query"):
            return []
        parts = [
            Compare(name, "=", str(record[name]))
            for name in ("DocNumber", "TxnDate")
            if record.get(name) and kind.filterable(name)
        ]
        party = str(kind.head.get("party", ""))
        named = record.get(party)
        value = named.get("value") if isinstance(named, Mapping) else named
        if value and kind.filterable(party):
            parts.append(Compare(party, "=", str(value)))
        if not parts:
            return []
        query = Query((type_name,), And(tuple(parts)), limit=5)
        return [found for page in self.read(query) for found in page.records()]

    def _details(self, info: Mapping[str, Any]) -> dict[str, Any]:
        secret = self._tokens.kept()
        now = self._clock()
        return {
            "company_id": self.realm,
            "address": self._company.client.base_url,
            "legal_name": info.get("LegalName"),
            "country": info.get("Country"),
            "minor_version": _minor_version_told(self._company.minor_version),
            "reads_this_month": self._meter.month(self.name, now),
            "signed_in_at": secret.get("signed_in_at"),
            "refreshed_at": secret.get("refreshed_at"),
            "sign_in_ends": secret.get("refresh_until"),
            "sign_in_ends_for_good": secret.get("hard_until"),
        }


def open_online(
    name: str,
    company: str,
    *,
    vault: Vault,
    meter: Meter,
    environment: str = "production",
    base_url: str | None = None,
    minor_version: int = MINOR_VERSION,
    limits: bool | None = None,
    requests_at_once: int = AT_ONCE,
    largest_answer: int = LARGEST_ANSWER,
    clock: Callable[[], datetime] = utc_now,
    sleep: Callable[[float], object] | None = None,
    limiter: Limiter | None = None,
    marks: bool = True,
    replay_window: timedelta = REPLAY_WINDOW,
    http: httpx2.Client | None = None,
) -> OnlineConnection:
    """The connection to a company that somebody has signed in to. Nothing is sent yet.

    Intuit's limits are kept, except at a sandbox on this machine, unless `limits` or a `limiter` says otherwise. An `http` that
    is given is shared with others, and left open.
    """
    address = address_of(environment, base_url)
    limited = not is_loopback(address) if limits is None else limits
    is_shared = http is not None
    http = http or new_http(address)
    server = AuthorizationServer(address, http)
    tokens = Tokens(vault, identity_of(address, company), server, name=name, clock=clock)
    new_limiter = quickbooks_limiter if limited else Limiter
    client = RestClient(
        http,
        tokens,
        limiter or new_limiter(at_once=requests_at_once, sleep=sleep),
        name=name,
        on_read=lambda: meter.add(name, 1, clock()),
        largest_answer=largest_answer,
        is_shared=is_shared,
    )
    served = Company(client, company, minor_version)
    return OnlineConnection(name, served, tokens, meter, clock, marks=marks, replay_window=replay_window)


def address_of(environment: str = "production", base_url: str | None = None) -> str:
    """Where the company is served; `base_url` goes before the environment."""
    if base_url is None:
        if environment not in ENVIRONMENTS:
            hint = did_you_mean(environment, ENVIRONMENTS) or f" There are {' and '.join(ENVIRONMENTS)}."
            raise SetupError(f"There is no environment {environment!r}.{hint}")
        return ENVIRONMENTS[environment]
    if not _is_server(base_url):
        raise SetupError(f"{base_url!r} is no address of a server; one is http://127.0.0.1:8020.")
    return base_url.rstrip("/")


def _is_server(url: str) -> bool:
    try:
        place = urlsplit(url)
        return place.scheme in ("http", "https") and bool(place.hostname) and place.port != 0
    except ValueError:  # a port that is no number
        return False


def _printed() -> list[str]:
    return [each.name for each in record_types() if each.can("pdf")]


def _queried(name: str) -> RecordType:
    kind = record_type(name)
    if not kind.can("query"):
        raise SetupError(
            f"QuickBooks Online does not let {name} be queried.",
            advice="Read it with `tieout raw`; `tieout types` shows what each type can do.",
        )
    return kind


def _check_fields(kind: RecordType, query: Query) -> None:
    ordered = [field for field, _ in query.order]
    for path in (*fields_of(query.where), *query.fields, *ordered):
        try:
            find_field(path, kind)
        except UnknownField as error:
            raise SetupError(f"{kind.name}: {error}") from error
    for path in ordered:
        if not can_sort(kind, path):
            raise SetupError(
                f"QuickBooks cannot put {kind.name} in the order of {path}.",
                advice=f"`tieout types books:{kind.name} --message query` lists what it can sort by.",
            )


def _question(kind: RecordType, where: Predicate | None) -> tuple[Question, Predicate | None]:
    """What to ask for a predicate, and what of it is left to do here."""
    pushed, left = split(where, kind)
    all_of_them = Question(kind) if "Active" in _named(pushed) else everything(kind)
    return replace(all_of_them, pushed=(*all_of_them.pushed, *pushed)), left


def _page_size(limit: int | None, left_over: Predicate | None) -> int:
    """Rows to ask for at once; when some are dropped here, a limit says nothing of how many are needed."""
    return min(PAGE, limit) if limit and left_over is None else PAGE


def _named(predicates: Sequence[Predicate]) -> set[str]:
    return {field for predicate in predicates for field in fields_of(predicate)}


def _trimmed(
    answer: QueryAnswer, where: Predicate | None, fields: Sequence[str], limit: int | None
) -> tuple[bytes, int]:
    """The raw records that fit, with the members asked for, and how many they are."""
    if where is None and not fields and (limit is None or answer.count <= limit):
        return answer.records, answer.count
    kept = exact_json.split(answer.records)
    if where is not None:
        kept = [raw for raw in kept if holds(where, exact_json.decode(raw)) is True]
    kept = kept[:limit]
    if fields:
        kept = [_with_members(raw, {path.split(".")[0] for path in fields}) for raw in kept]
    return exact_json.join(bytes(raw) for raw in kept), len(kept)


_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])


def _with_members(raw: msgspec.Raw, names: set[str]) -> msgspec.Raw:
    members = {name: value for name, value in _MEMBERS.decode(raw).items() if name in names}
    return msgspec.Raw(msgspec.json.encode(members))


def _total(answer: QueryAnswer | TieoutError) -> int | TieoutError:
    return answer if isinstance(answer, TieoutError) else answer.total or 0


def _minor_version_told(version: int) -> str:
    if version < MINOR_VERSION:
        return f"{version} (Intuit serves it as {MINOR_VERSION})"
    return str(version)
