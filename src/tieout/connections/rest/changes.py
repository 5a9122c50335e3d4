"""What changed in a company since a cursor: everything at first, then the little that is new.

SCAN     each new type once, counted first; a kill resumes at the last Mark.
FOLLOW   one CDC request for all types that have it, one batch for those that have not. With nothing changed
         that is all. Types that were just scanned are settled too: paging by position loses rows when something
         before them is deleted, so they are counted again, and their ids taken where the count differs.

Answers of CDC hold 1,000 objects and reach back 30 days (change data capture). Beyond either, a type is read by
LastUpdatedTime, which knows no deletions, and a census of its ids finds those.

The cursor is the server's time of the first request less an overlap. What the overlap brings a second time is told
by a digest and not handed over again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from ...catalog.rest import RecordType, record_type, record_types
from ...errors import ConnectionFailed, RemoteProtocolError, RunStopped, TieoutError
from ...protocols import exact_json
from ...protocols.rest import CdcPart, QueryAnswer
from ..base import Cursor, Expected, Gone, Known, Mark, News, Notice
from .company import (
    IDS_AT_ONCE,
    PAGE,
    STAMP,
    Company,
    Question,
    can_filter,
    everything,
    in_order,
    since_moment,
    stamps,
    with_ids,
)
from .progress import Progress
from .scan import plan, read_steps

OVERLAP = timedelta(minutes=10)
"""A change may become visible later than its stamp says."""

LOOK_BACK = timedelta(days=30) - timedelta(hours=1)
"""How far back CDC is trusted; what it does at exactly 30 days is not published."""

MOST_CHANGES = 1000
"""Objects that an answer of CDC has at most."""

FEW_CHANGES = 100
"""Rows asked of a type in a batch, whose answer holds 1,000 in all. A type with more is asked alone."""

PAGES_PER_MARK = 10

SUDDENLY_EMPTY = 10
"""A type with this many rows does not become empty unnoticed."""

Stamped = tuple[str, datetime | None]
"""A version of a record, or the id of a deleted one, and since when."""

Take = Callable[[RecordType, QueryAnswer], Iterator[News]]

Ask = tuple[RecordType, Question, Take]
"""What to ask in a batch, and what takes the answer."""


class ChangeStream:
    """One run through what changed. Iterate it once, to the end; each Mark's cursor begins the next run."""

    def __init__(
        self,
        company: Company,
        types: Sequence[str],
        cursor: Cursor | None,
        known: Known,
        again: Collection[str] = (),
    ) -> None:
        self._company = company
        self._known = known
        self._types = [record_type(name) for name in types]
        self._again = frozenset(again)
        self._progress = Progress.read(cursor)
        self._progress.keep_only(types)
        self._progress.forget(again)
        self._asked_at: datetime | None = None
        self._seen: dict[str, str] = {}
        self._totals: dict[str, int] = {}
        self._census: set[str] = set()
        self._gone: list[Gone] = []
        self._balances_moved = False

    def __iter__(self) -> Iterator[News]:
        yield from self._scan()
        yield from self._follow()
        yield from self._gone
        self._settle()
        yield self._mark()

    # Scan

    def _scan(self) -> Iterator[News]:
        begun = self._progress.followed | self._progress.scanned | set(self._progress.refused)
        new = [each for each in self._types if each.name not in begun and not _is_read_whole(each)]
        if not new:
            return
        counts = yield from self._count_new(new)
        steps = plan(counts, self._progress.position)
        for number, (step, pages) in enumerate(read_steps(self._company, steps), 1):
            yield from pages
            self._note_read((part.record_type.name, part.start + PAGE, part.last) for part in step.parts)
            if number % PAGES_PER_MARK == 0:
                yield self._mark()
        self._progress.scanned.update(counts)
        yield self._mark()

    def _count_new(self, new: Sequence[RecordType]) -> Generator[News, None, dict[str, int]]:
        asked = self._company.ask_together([_count_of(each) for each in new])
        counts: dict[str, int] = {}
        for each, answer in zip(new, asked, strict=True):
            if isinstance(answer, TieoutError):
                yield from self._refuse(each, answer)
            else:
                counts[each.name] = answer.total or 0
                self._begin(answer.time)
                already = self._progress.position.get(each.name, 1) - 1
                yield Expected(each.name, max(counts[each.name] - already, 0))
        return counts

    def _begin(self, time: datetime) -> None:
        self._progress.began = self._progress.began or time
        self._progress.since = self._progress.since or _whole_seconds(time - OVERLAP)

    def _note_read(self, parts: Iterable[tuple[str, int, bool]]) -> None:
        for name, next_start, last in parts:
            self._progress.position[name] = next_start
            if last:
                self._progress.scanned.add(name)
                self._progress.position.pop(name)

    # Follow

    def _follow(self) -> Iterator[News]:
        served = [each for each in self._types if each.name not in self._progress.refused]
        if self._progress.since is not None:
            yield from self._follow_feed(self._in_feed(served))
        yield from self._ask_the_rest(served)
        for each in served:
            if each.name in self._census or self._is_miscounted(each.name) or self._may_have_slipped(each):
                yield from self._take_census(each)
        if self._balances_moved:
            yield from self._read_balances(served)

    def _in_feed(self, served: Sequence[RecordType]) -> list[RecordType]:
        """The types to ask CDC for. Where balances are mirrored, all that move them are watched as well."""
        fed = [each for each in served if each.can("cdc")]
        if not any(map(_has_balances, served)):
            return fed
        watched = (each for each in record_types() if each.posts and each.can("cdc"))
        return fed + [each for each in watched if each.name not in self._names()]

    def _names(self) -> set[str]:
        return {each.name for each in self._types}

    def _follow_feed(self, types: Sequence[RecordType]) -> Iterator[News]:
        try:
            parts, crowded = self._changed(types)
        except TieoutError as refusal:
            if isinstance(refusal, ConnectionFailed | RemoteProtocolError):
                raise
            parts, crowded = [], list(types)
            yield Notice(f"QuickBooks tells no changes, so all types are compared: {refusal}")
        for part in parts:
            yield from self._take_part(part)
        for each in crowded:
            yield from self._take_crowded(each)

    def _changed(self, types: Sequence[RecordType]) -> tuple[list[CdcPart], list[RecordType]]:
        """The changes by type, and the types that have more than CDC tells.

        A full answer may lack changes of any type: its largest is asked alone, the others once more.
        """
        if not types:
            return [], []
        since = self._since()
        answer = self._company.changed(types, since)
        self._hear(answer.time)
        if answer.time - since > LOOK_BACK:
            return [], list(types)
        if sum(part.size for part in answer.types) < MOST_CHANGES:
            return list(answer.types), []
        if len(types) == 1:
            return [], list(types)
        largest = max(answer.types, key=lambda part: part.size)
        alone = [each for each in types if each.name == largest.type]
        parts, crowded = ([], alone) if largest.size >= MOST_CHANGES else self._changed(alone)
        more, also_crowded = self._changed([each for each in types if each.name != largest.type])
        return parts + more, crowded + also_crowded

    def _take_part(self, part: CdcPart) -> Iterator[News]:
        kind = record_type(part.type)
        stamped = _stamped(kind, part.live)
        if not self._is_news(kind, [*stamped, *part.deleted]) or kind.name not in self._names():
            return
        self._balances_moved |= _carries_balance(kind, part.live) and self._is_after_scan(stamped)
        if stamped:
            yield self._company.page_of(kind, part.live, self._asked_at)
        for record_id, when in part.deleted:
            self._gone.append(Gone(kind.name, (record_id,), when))
        if part.deleted and kind.name in self._progress.scanned:
            self._census.add(kind.name)

    def _take_crowded(self, kind: RecordType) -> Iterator[News]:
        self._balances_moved |= kind.posts or _has_balances(kind)
        if kind.name in self._names():
            yield from self._pages(kind, self._company.pages_since(kind, self._since()))
            self._census.add(kind.name)

    def _ask_the_rest(self, served: Sequence[RecordType]) -> Iterator[News]:
        """Ask, in one batch, what CDC does not tell."""
        unfed = [each for each in served if not each.can("cdc")]
        stamped = [each for each in unfed if not _is_read_whole(each)]
        scanned = [each for each in served if each.name in self._progress.scanned and each not in stamped]
        refused = [each for each in self._types if each not in served]
        asks: list[Ask] = [
            *((each, self._few_since(each), self._take_stamped) for each in stamped),
            *((each, _count_of(each), self._take_count) for each in (*stamped, *scanned)),
            *((each, _first_page(each), self._take_whole) for each in unfed if _is_read_whole(each)),
            *((each, _count_of(each), self._take_served) for each in refused),
            *self._asks_about_watched(served),
            *self._asks_about_deleted(),
        ]
        answers = self._company.ask_together([question for _, question, _ in asks])
        for (kind, _, take), answer in zip(asks, answers, strict=True):
            if isinstance(answer, TieoutError):
                yield from self._refuse(kind, answer) if kind.name in self._names() else ()
            else:
                self._hear(answer.time)
                yield from take(kind, answer)

    def _asks_about_watched(self, served: Sequence[RecordType]) -> Iterator[Ask]:
        """What CDC does not tell and nobody mirrors moves balances all the same."""
        if any(map(_has_balances, served)):
            for each in record_types():
                if (
                    each.posts
                    and not each.can("cdc")
                    and each.can("query")
                    and each.name not in self._names()
                ):
                    yield each, self._few_since(each), self._watch_stamped
                    yield each, _count_of(each), self._watch_count

    def _asks_about_deleted(self) -> Iterator[Ask]:
        """CDC has told of deletions that were none."""
        deleted: dict[str, list[str]] = {}
        for gone in self._gone:
            deleted.setdefault(gone.type, []).extend(gone.ids)
        for name, ids in deleted.items():
            for at in range(0, len(ids), IDS_AT_ONCE):
                yield (
                    record_type(name),
                    with_ids(record_type(name), ids[at : at + IDS_AT_ONCE]),
                    self._take_alive,
                )

    def _few_since(self, kind: RecordType) -> Question:
        return replace(since_moment(kind, self._since()), limit=FEW_CHANGES)

    def _take_stamped(self, kind: RecordType, answer: QueryAnswer) -> Iterator[News]:
        if answer.count >= FEW_CHANGES:
            self._balances_moved |= kind.posts
            yield from self._pages(kind, self._company.pages_since(kind, self._since()))
        elif self._is_news(kind, _stamped(kind, answer.records)):
            yield from self._pages(kind, [answer])

    def _watch_stamped(self, kind: RecordType, answer: QueryAnswer) -> Iterator[News]:
        self._balances_moved |= answer.count >= FEW_CHANGES
        self._is_news(kind, _stamped(kind, answer.records))
        return iter(())

    def _watch_count(self, kind: RecordType, answer: QueryAnswer) -> Iterator[News]:
        before = self._progress.watched.get(kind.name)
        self._progress.watched[kind.name] = answer.total or 0
        self._balances_moved |= before not in (None, answer.total)
        return iter(())

    def _take_alive(self, kind: RecordType, answer: QueryAnswer) -> Iterator[News]:
        alive = {stamp.id for stamp in stamps(kind, answer.records)}
        self._gone = [gone for gone in self._gone if gone.type != kind.name or alive.isdisjoint(gone.ids)]
        yield from self._pages(kind, [answer])

    def _take_count(self, kind: RecordType, answer: QueryAnswer) -> Iterator[News]:
        self._totals[kind.name] = answer.total or 0
        return iter(())

    def _take_whole(self, kind: RecordType, answer: QueryAnswer) -> Iterator[News]:
        answers = [answer] if answer.count < PAGE else list(self._company.pages(everything(kind)))
        digest = _digest([each.records.decode() for each in answers])
        self._seen[kind.name] = digest
        if digest != self._progress.seen.get(kind.name):
            yield from self._pages(kind, answers)
            there = {stamp.id for each in answers for stamp in stamps(kind, each.records)}
            self._note_vanished(kind, set(self._known.ids(kind.name)) - there, bool(there))

    def _take_served(self, kind: RecordType, _: QueryAnswer) -> Iterator[News]:
        del self._progress.refused[kind.name]
        return iter(())

    def _refuse(self, kind: RecordType, why: TieoutError) -> Iterator[News]:
        if kind.name not in self._progress.refused:
            self._progress.forget([kind.name])
            yield Notice(f"{kind.name} is left out, for QuickBooks does not serve it here: {why}", kind.name)
        self._progress.refused[kind.name] = str(why)

    # Census

    def _is_miscounted(self, name: str) -> bool:
        if name not in self._totals:
            return False
        return self._totals[name] - self._progress.uncounted.get(name, 0) != self._known.count(name)

    def _may_have_slipped(self, kind: RecordType) -> bool:
        """Whether a deletion between two pages of the scan may be told by nobody: it also makes the count agree."""
        is_told = kind.can("cdc") or kind.name not in self._progress.scanned
        return not is_told and self._known.count(kind.name) >= PAGE

    def _take_census(self, kind: RecordType) -> Iterator[News]:
        there = self._company.ids(kind)
        known = set(self._known.ids(kind.name))
        vanished = known - there
        if vanished and (len(there) >= PAGE or self._totals.get(kind.name) != len(there)):
            vanished -= self._still_there(kind, vanished)  # a deletion while paging hides others
        self._balances_moved |= kind.posts and bool(vanished)
        self._note_vanished(kind, vanished, bool(there))
        yield from self._pages(kind, self._company.among(kind, there - known))
        if kind.name in self._totals:
            yield from self._note_uncounted(kind, self._totals[kind.name], len(there))

    def _note_uncounted(self, kind: RecordType, counted: int, listed: int) -> Iterator[News]:
        if counted - listed == self._progress.uncounted.get(kind.name, 0):
            return
        if self._company.ask(_count_of(kind)).total != counted:
            return  # somebody is at work there; the next run looks again
        self._progress.uncounted[kind.name] = counted - listed
        text = f"QuickBooks counts {counted:,} records of {kind.name} and lists {listed:,}; the mirror has what it lists."
        yield Notice(text, kind.name)

    def _still_there(self, kind: RecordType, ids: set[str]) -> set[str]:
        found = self._company.among(kind, ids, columns=("Id",))
        return {stamp.id for answer in found for stamp in stamps(kind, answer.records)}

    def _note_vanished(self, kind: RecordType, vanished: set[str], any_left: bool) -> None:
        if len(vanished) >= SUDDENLY_EMPTY and not any_left and kind.name not in self._again:
            raise RunStopped(
                f"All {len(vanished)} records of {kind.name} are suddenly gone from QuickBooks.",
                advice=f"Look whether this is the right company. If they are really gone, run once more with "
                f"`--again {kind.name}`; until then nothing is removed.",
            )
        told = {record_id for gone in self._gone if gone.type == kind.name for record_id in gone.ids}
        if vanished - told:
            self._gone.append(Gone(kind.name, sorted(vanished - told)))

    # Balances

    def _read_balances(self, served: Sequence[RecordType]) -> Iterator[News]:
        """Balances change without moving a stamp, so their types are read whole."""
        counts = {each.name: self._known.count(each.name) for each in served if _has_balances(each)}
        for _, pages in read_steps(self._company, plan(counts)):
            yield from pages

    # What every part uses

    def _pages(self, kind: RecordType, answers: Iterable[QueryAnswer]) -> Iterator[News]:
        for answer in answers:
            self._hear(answer.time)
            if answer.count:
                yield self._company.page(kind, answer)

    def _hear(self, time: datetime) -> None:
        """The first answer's time is when we asked; what changes later belongs to the next run."""
        self._asked_at = self._asked_at or time

    def _is_news(self, kind: RecordType, stamped: Sequence[Stamped]) -> bool:
        """Whether these changes are others than those handed over before; notes whether they moved balances."""
        asked_again_from = (self._asked_at or self._since()) - OVERLAP
        overlapping = [each for each in stamped if each[1] is None or each[1] >= asked_again_from]
        if overlapping:
            self._seen[kind.name] = _digest_of(overlapping)
        news = bool(stamped) and _digest_of(stamped) != self._progress.seen.get(kind.name)
        self._balances_moved |= news and kind.posts and self._is_after_scan(stamped)
        return news

    def _is_after_scan(self, stamped: Sequence[Stamped]) -> bool:
        """Whether any of these changes may have come after what the first scan read."""
        if self._progress.began is None or self._progress.followed:
            return True
        began = _whole_seconds(self._progress.began)
        return any(when is None or when >= began for _, when in stamped)

    def _since(self) -> datetime:
        assert self._progress.since is not None, "a scan sets it before anything is followed"
        return self._progress.since

    def _settle(self) -> None:
        progress = self._progress
        if self._asked_at is not None:
            progress.since = _whole_seconds(self._asked_at - OVERLAP)
        progress.followed |= progress.scanned
        progress.scanned, progress.began = set(), None
        progress.seen = self._seen

    def _mark(self) -> Mark:
        return Mark(self._progress.cursor())


def _is_read_whole(kind: RecordType) -> bool:
    """Whether nothing tells what changed of a type."""
    return not kind.can("cdc") and not can_filter(kind, STAMP)


def _has_balances(kind: RecordType) -> bool:
    """Whether postings change records of this type; addresses of attachments are computed too, at each reading."""
    return any(each.has("computed") and each.type == "decimal" for each in kind.fields.values())


def _carries_balance(kind: RecordType, records: bytes) -> bool:
    """Whether a changed record takes a balance along: to another parent, away with it, or from its opening."""
    if not _has_balances(kind):
        return False
    computed = [name for name, declared in kind.fields.items() if declared.has("computed")]
    return any(
        record.get("Active") is False or any(map(record.get, computed))
        for record in exact_json.decode(records)
    )


def _stamped(kind: RecordType, records: bytes) -> list[Stamped]:
    return [(stamp.version, stamp.updated) for stamp in stamps(kind, records)]


def _count_of(kind: RecordType) -> Question:
    return replace(everything(kind), count=True)


def _first_page(kind: RecordType) -> Question:
    return in_order(everything(kind), 1, PAGE)


def _whole_seconds(time: datetime) -> datetime:
    return time.replace(microsecond=0)


def _digest_of(stamped: Iterable[Stamped]) -> str:
    return _digest(f"{record_id} {when.timestamp() if when else ''}" for record_id, when in stamped)


def _digest(texts: Iterable[str]) -> str:
    return hashlib.blake2b("\n".join(sorted(texts)).encode(), digest_size=8).hexdigest()
