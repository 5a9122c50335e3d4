"""What the API is given and tells. Times are ISO 8601 in UTC; an empty text means that there is none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class SoFar:
    """What a run under way did so far, over all its parts."""

    counts: Mapping[str, int]
    """Of a mirror read, gone and requests; of documents in, out, refused, unknown, skipped."""
    expected: int
    """How many records will have been read at the end, as far as QuickBooks told; 0 where it told nothing."""
    type: str
    """The record type that it is at; empty of documents."""


@dataclass(frozen=True, slots=True)
class CompanyState:
    """How a process stands for one company; the company is empty where a process is about one only."""

    process: str
    company: str
    state: str
    """idle, queued, running or cancelling."""
    outcome: str
    """Of the last run: succeeded, incomplete, waiting, failed; empty before the first."""
    due: str
    begun: str
    ended: str
    succeeded: str
    reason: str
    advice: str
    counts: Mapping[str, int]
    """Of the last run that ended."""
    so_far: SoFar | None
    """Of the run under way; null before it has told of itself, which takes some seconds."""


@dataclass(frozen=True, slots=True)
class ByHand:
    """A run of a mirror that a person began, and that is under way."""

    company: str
    state: str
    """running or cancelling."""
    begun: str
    so_far: SoFar | None


@dataclass(frozen=True, slots=True)
class ProcessState:
    """A process and how it stands."""

    name: str
    source: str
    targets: Sequence[str]
    is_mirror: bool
    is_paused: bool
    held: int
    """Documents that were refused or are unknown, and wait for a person."""
    companies: Sequence[CompanyState]
    by_hand: Sequence[ByHand]
    """Runs of a mirror that persons have under way."""


@dataclass(frozen=True, slots=True)
class Step:
    """What a run would do with a document, or with the records of a type."""

    what: str
    operation: str
    note: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A process that is due now, and for which company."""

    process: str
    company: str


@dataclass(frozen=True, slots=True)
class Company:
    """Which company of a process is meant; empty is all of them."""

    company: str = ""


@dataclass(frozen=True, slots=True)
class Cancelled:
    """What was told to stop between two steps."""

    name: str
    company: str


@dataclass(frozen=True, slots=True)
class Run:
    """A run that wrote."""

    id: str
    name: str
    company: str
    source: str
    started: str
    ended: str
    state: str
    reason: str
    done: int
    refused: int
    unknown: int
    documents: Mapping[str, int]
    """Counts of its documents: in, out, refused, unknown, skipped; empty where it had none."""


@dataclass(frozen=True, slots=True)
class Change:
    """A change that a run asked for, and what became of it."""

    id: str
    verb: str
    type: str
    key: str
    place: str
    state: str
    record_id: str
    code: str
    element: str
    message: str
    advice: str
    note: str
    at: str
    request: str


@dataclass(frozen=True, slots=True)
class Document:
    """What became of a document in a run."""

    run: str
    document: str
    process: str
    place: str
    state: str
    tracked: Mapping[str, str]
    reason: str
    advice: str
    given: str
    """As it was read, JSON; empty where it is not kept."""
    made: str
    """The record that it was mapped to, JSON."""
    at: str


@dataclass(frozen=True, slots=True)
class Message:
    """A message of a run, as it was exchanged, without secrets."""

    request: str
    at: str
    way: str
    """out or in."""
    body: str


@dataclass(frozen=True, slots=True)
class Again:
    """The document to run again, as it is kept or as it is corrected."""

    document: str
    corrected: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class NewRun:
    """The run that came of it, and what became of each document."""

    run: str
    states: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class TieOut:
    """A comparison of both sides of a mirror."""

    process: str
    company: str
    at: str
    agrees: bool
    records: int
    """How many records differ, or are on one side only."""
    accounts: int
    """How many accounts differ."""
    told: Mapping[str, Any]
    """Counts and sums of each type, what differs, and the accounts."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A change that was sent and never answered, and the records of QuickBooks that it may have become."""

    change: Change
    ours: Mapping[str, Any] | None
    """As it was sent; null where that was not kept."""
    candidates: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Settlement:
    """A person's word on what became of a change: it is this record, or it was not done."""

    change: str
    record: str = ""
    not_done: bool = False


@dataclass(frozen=True, slots=True)
class FoundOut:
    """What QuickBooks said became of a change."""

    change: str
    state: str
    record_id: str


@dataclass(frozen=True, slots=True)
class Named:
    """A user or a key, by its name."""

    name: str


@dataclass(frozen=True, slots=True)
class NamedRole:
    """A user or a key that is to be, and what it may do."""

    name: str
    role: Literal["viewer", "operator", "admin"]


@dataclass(frozen=True, slots=True)
class UserTold:
    """Who may sign in to the console with a password."""

    name: str
    role: str
    made: str


@dataclass(frozen=True, slots=True)
class KeyTold:
    """A program that may call."""

    name: str
    role: str
    made: str
    used: str


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A password or a key, told this once."""

    name: str
    role: str
    secret: str


@dataclass(frozen=True, slots=True)
class SessionTold:
    """A browser that is signed in."""

    id: str
    name: str
    """Of the user; empty for whoever came by a link of the server."""
    role: str
    begun: str
    seen: str
    browser: str


@dataclass(frozen=True, slots=True)
class Session:
    """Which browser is meant; empty is all of them."""

    id: str = ""


@dataclass(frozen=True, slots=True)
class Removed:
    """Whether there was such a one."""

    was_there: bool


@dataclass(frozen=True, slots=True)
class Connection:
    """Where records live."""

    name: str
    kind: str
    reads: int
    """Of this month, which Intuit meters."""


@dataclass(frozen=True, slots=True)
class Point:
    """One point of what a connection needs."""

    point: str
    state: str
    """ok, not ok, cannot tell."""
    told: str
    advice: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What a connection told of itself."""

    company: str
    details: Mapping[str, Any]
    findings: Sequence[Point]


@dataclass(frozen=True, slots=True)
class Records:
    """Records that fit; amounts are JSON numbers with all their digits."""

    records: Sequence[Mapping[str, Any]]
    has_more: bool


@dataclass(frozen=True, slots=True)
class AlertTold:
    """Something that a person should know."""

    since: str
    process: str
    company: str
    kind: str
    message: str
    advice: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why nothing was done, and what to do about it."""

    error: str
    advice: str = field(default="")
