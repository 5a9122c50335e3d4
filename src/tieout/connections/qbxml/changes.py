"""What changed in a company file since a cursor: everything at first, then the little that is new.

SCAN     each new type once, counted first, large ones in windows of TimeModified; a kill resumes at the last Mark.
FOLLOW   one message set: of each type what was modified since, and both logs of deletions. With nothing changed that is all.
         Types that were refused, because the file has a feature turned off, are asked for once more, and scanned when they are served.

Five things move without a stamp, or go without a trace, and each has its remedy:

- Balances and quantities of lists. When transactions changed, the types that show them are read whole.
- What a payment or a credit is applied to. The transactions that a changed one is linked with are read by their ids; after
  a deletion, which tells no links, all that is unpaid is.
- Deletions beyond the 90 days of the logs, or of types that the logs do not know: a census of ids.
- Types without stamps, which are read whole each time and handed over when they differ.
- A backup that takes the place of the file: CompanyActivity tells, and everything is read again.

QuickBooks tells no time of its own. So a type's cursor is the latest TimeModified seen of it, less an overlap and less the
time that its last window took to read; what the overlap brings a second time is told by a digest and not handed over again.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Collection, Generator, Iterator, Mapping, Sequence
from datetime import datetime

from ...catalog.qbxml import record_type
from ...catalog.qbxml.rets import Ret, mirrored, ret_of
from ...errors import ConnectionFailed
from ...operations import Compare
from ...protocols.qbxml_questions import filters_of, question
from ...protocols.qbxml_reader import Answered
from ...protocols.qbxml_writer import Request
from ..base import Cursor, Expected, Known, Mark, News, Notice, Page
from .company import Answer, Company, error_from
from .consequences import Consequences, moves
from .cut_answers import CUT
from .deletions import Deletions, utc_now
from .patience import Patience
from .progress import Progress
from .recognizing import Recognition
from .scan import Scan, count_request, has_stamps
from .stamps import Reading, SomeOf, versions

FEW = 100
"""Rows asked of a type when changes are followed. A type with more is read on its own."""

TOGETHER = 500
"""Records of an answer with several small types; one such type is read in a single answer."""

NOT_POSTING = frozenset(("Estimate", "TimeTracking", "VehicleMileage"))
"""Transactions that move nothing: no balance, and no quantity on order."""

ACTIVITY = "CompanyActivity"


class ChangeStream:
    """One run through what changed. Iterate it once, to the end; each Mark's cursor begins the next run."""

    def __init__(
        self,
        company: Company,
        types: Sequence[str],
        cursor: Cursor | None,
        known: Known,
        again: Collection[str] = (),
        patience: Patience | None = None,
        recognition: Recognition | None = None,
    ) -> None:
        self._company = company
        self._recognition = recognition
        self._patience = patience or Patience()
        self._known = known
        self._rets = {name: ret_of(name, company.edition) for name in types}
        posting = (name for name in mirrored(company.edition) if ret_of(name, company.edition).key == "TxnID")
        self._sees_all_transactions = (
            company.edition.country != "OE" and {*posting} - NOT_POSTING <= self._rets.keys()
        )
        """Payments of bills and deposits cannot be asked for in the Online Edition, and they move balances too."""
        self._progress = Progress.read(cursor)
        self._progress.keep_only(types)
        self._progress.forget(again)
        self._deletions = Deletions(known, company.edition)
        self._consequences = Consequences(
            company, self._rets, self._progress, self._deletions, self._patience
        )
        self._read_anew: dict[str, int] = {}
        """How many there are of the types that are read from the beginning, though the mirror has some."""
        self._recent: dict[str, datetime] = {}
        """When the versions in the windows of the type that is scanned were made, as far as they may be told again."""
        self._was_restored = False

    def __iter__(self) -> Iterator[News]:
        begun = utc_now()
        yield from self._scan()
        yield from self._follow()
        yield from self._scan()  # of types that were refused before, and are served now
        if self._was_restored:
            yield Notice("The company file was restored from a backup, so everything is read again.")
            self._progress.forget(self._rets)
            self._progress.seen.clear()
            yield from self._scan()
            yield from self._follow()
        yield from self._consequences.news()
        yield from self._deletions.news()
        self._progress.deleted_since = begun
        yield self._mark()

    # Scan

    def _scan(self) -> Iterator[News]:
        new = [
            ret
            for name, ret in self._rets.items()
            if name not in self._progress.since and name not in self._progress.refused and self._stamped(ret)
        ]
        if not new:
            return
        if self._recognition is not None and self._recognition.requests():
            self._patience.until_answered(self._company, self._recognition.look)
        counts = yield from self._counted(new)
        small = []
        for ret in new:
            name = ret.kind.name
            if name in self._progress.refused:
                continue
            if counts.get(name, TOGETHER + 1) <= TOGETHER and name not in self._progress.scanning:
                small.append(ret)
                continue
            scan = self._reader(ret)
            for window in scan.windows(counts.get(name), self._progress.scanning.get(name)):
                yield from self._read_window(ret, scan, window)
            self._progress.scanning.pop(name, None)
            yield self._mark()
        yield from self._read_small(small, counts)

    def _read_small(self, small: Sequence[Ret], counts: Mapping[str, int]) -> Iterator[News]:
        """Types with few records, as many in a message set as make a good answer."""
        for rets in _grouped(small, counts):
            began = time.monotonic()
            for ret, (answered, pages) in zip(
                rets, self._answers([question(r).request() for r in rets]), strict=True
            ):
                if answered.is_refusal:
                    yield self._refuse(ret, answered)
                    continue
                reading = Reading(ret)
                for page in self._all_of(ret, answered, pages):
                    yield page
                    reading.note(page)
                self._begin_to_follow(ret, reading, began, None)
            yield self._mark()

    def _counted(self, new: Sequence[Ret]) -> Generator[News, None, dict[str, int]]:
        asked = [(ret, request) for ret in new if (request := count_request(ret)) is not None]
        counts: dict[str, int] = {}
        for (ret, _), answer in zip(asked, self._ask([request for _, request in asked]), strict=True):
            if answer.answered.is_refusal:
                yield self._refuse(ret, answer.answered)
            else:
                name, count = ret.kind.name, answer.answered.count or 0
                counts[name] = count
                if name not in self._progress.scanning and self._known.count(name):
                    self._read_anew[name] = count
                already = self._known.count(name) if name in self._progress.scanning else 0
                # What is read anew is known already, and nobody knows how much of it has come.
                yield Expected(name, count - already if already < count else count)
        return counts

    def _read_window(
        self, ret: Ret, scan: Scan, window: tuple[datetime | None, datetime | None]
    ) -> Iterator[News]:
        """The pages of a window; behind the last one, which is open, the type can be followed."""
        reading, began = Reading(ret), time.monotonic()
        for page in scan.pages(window):
            yield page
            reading.note(page)
        self._recent |= reading.recent
        if window[1] is not None:
            self._progress.scanning[ret.kind.name] = window[1]
            yield self._mark()
        else:
            self._begin_to_follow(ret, reading, began, window[0])

    def _begin_to_follow(self, ret: Ret, reading: Reading, began: float, start: datetime | None) -> None:
        since = self._progress.since[ret.kind.name] = reading.complete_up_to(began) or start
        recent = self._recent | reading.recent
        self._progress.seen |= {digest for digest, at in recent.items() if since is None or at >= since}
        self._recent = {}

    # Follow

    def _follow(self) -> Iterator[News]:
        """One message set for all types, and both logs; then what did not fit into it."""
        served = [ret for name, ret in self._rets.items() if name not in self._progress.refused]
        followed = [ret for ret in served if ret.kind.name in self._progress.since]
        whole = [ret for ret in served if not self._stamped(ret)]
        logs = self._deletions.logs({ret.kind.name for ret in followed}, self._progress.deleted_since)
        logged = {name for _, names in logs for name in names}
        uncounted = [ret for ret in followed if ret.kind.name not in logged]
        counted = [(ret, request) for ret in uncounted if (request := count_request(ret)) is not None]
        refused = [ret for name, ret in self._rets.items() if name in self._progress.refused]
        once_more = [(ret, request) for ret in refused if (request := count_request(ret)) is not None]
        asked = [self._since_request(ret) for ret in followed]
        asked += [question(ret).request() for ret in whole]
        asked += [*(request for request, _ in logs), *(request for _, request in (*counted, *once_more))]
        facts = (
            [Request(ACTIVITY, "Query")] if record_type(ACTIVITY).can("Query", self._company.edition) else []
        )
        marks = self._recognition.requests() if self._recognition is not None else ()
        answers = iter(self._answers([*marks, *asked, *facts]))
        for _ in marks:
            self._recognize(*next(answers))
        crowded = []
        for ret in followed:
            answered, pages = next(answers)
            if answered.is_refusal:
                yield self._refuse(ret, answered)
            elif sum(map(len, pages)) >= FEW and _can_be_cut(ret):
                crowded.append(ret)
            else:
                yield from self._news(ret, pages)
        for ret in whole:
            yield from self._take_whole(ret, *next(answers))
        for _, names in logs:
            self._deletions.take_log(names, *next(answers))
        for ret in crowded:
            window = self._progress.since[ret.kind.name], None
            yield from self._news(ret, self._reader(ret).pages(window))
        told = {ret.kind.name: next(answers)[0].count for ret, _ in counted}
        for ret, _ in once_more:
            if not next(answers)[0].is_refusal:
                del self._progress.refused[ret.kind.name]
        for answer in answers:
            self._note_restored(*answer)
        for ret in uncounted:
            name = ret.kind.name
            if name not in told or told[name] != self._known.count(name):
                yield from self._take_census(ret)
        for name, count in self._read_anew.items():
            if count != self._known.count(name):
                self._deletions.note_missing(name, self._reader(self._rets[name]).ids())
        self._read_anew.clear()

    def _recognize(self, _answered: Answered, pages: Sequence[Page]) -> None:
        """SetupError where it is another company's file, before anything of it is handed over."""
        for record in (each for page in pages for each in page.records()):
            if self._recognition is not None:
                self._recognition.note(record)

    def _note_restored(self, _answered: Answered, pages: Sequence[Page]) -> None:
        """A backup that took the place of the file has older stamps, and logs that know nothing of what it lacks."""
        for record in (each for page in pages for each in page.records()):
            restored = str(record.get("LastRestoreTime", ""))
            before, self._progress.restored = self._progress.restored, restored
            self._was_restored = before is not None and before != restored

    def _since_request(self, ret: Ret) -> Request:
        since = self._progress.since[ret.kind.name]
        request = question(ret, Compare("TimeModified", ">=", since) if since else None).request()
        if not _can_be_cut(ret):
            return request
        return Request(request.type, request.verb, {**request.content, "MaxReturned": FEW})

    def _answers(self, requests: Sequence[Request]) -> list[tuple[Answered, list[Page]]]:
        found: list[tuple[Answered, list[Page]]] = []
        for event in self._patience.until_answered(
            self._company, lambda: list(self._company.pages(requests))
        ):
            if isinstance(event, Answered):
                found.append((event, []))
            else:
                found[-1][1].append(event)
        return found

    def _all_of(self, ret: Ret, answered: Answered, pages: Sequence[Page]) -> Sequence[Page]:
        """The pages of an answer; where it was cut, those of all records."""
        return list(self._reader(ret).pages((None, None))) if answered.status == CUT else pages

    def _ask(self, requests: Sequence[Request]) -> list[Answer]:
        return self._patience.until_answered(self._company, lambda: self._company.ask(requests))

    def _news(self, ret: Ret, pages: Iterator[Page] | Sequence[Page]) -> Iterator[News]:
        """The pages without what was handed over before."""
        name = ret.kind.name
        reading, began = Reading(ret), time.monotonic()
        for page in pages:
            rows = []
            for version in reading.note(page):
                if version.digest not in self._progress.seen:
                    rows.append(version.row)
                    self._consequences.fresh[name].add(version.id)
            if rows:
                news = page if len(rows) == len(page) else SomeOf(page, ret, rows)
                self._consequences.note_links(ret, news)
                yield news
        since, moved = self._progress.since[name], reading.complete_up_to(began)
        if moved is not None and (since is None or moved > since):
            self._progress.since[name] = moved
            self._progress.seen -= reading.past(moved)
        self._progress.seen |= reading.recent.keys()

    def _take_whole(self, ret: Ret, answered: Answered, pages: Sequence[Page]) -> Iterator[News]:
        """A type that is read whole each time, where it is not as it was."""
        name = ret.kind.name
        if answered.is_refusal:
            yield self._refuse(ret, answered)
            return
        pages = self._all_of(ret, answered, pages)
        digest = hashlib.blake2b(digest_size=16)
        told = set[str]()
        for page in pages:
            for text, version in zip(page.texts(), versions(page, ret), strict=True):
                digest.update(text.encode())
                told.add(version.id)
        if digest.hexdigest() == self._progress.whole.get(name):
            return
        self._deletions.compare(name, told)
        yield from pages
        self._progress.whole[name] = digest.hexdigest()

    def _take_census(self, ret: Ret) -> Iterator[News]:
        """The ids that are there against those that are known."""
        new = self._deletions.compare(ret.kind.name, self._reader(ret).ids())
        yield from self._news(ret, self._reader(ret).by_ids(sorted(new)))

    # The rest

    def _stamped(self, ret: Ret) -> bool:
        """Whether a type is followed by its stamps; balances are not, where somebody else moves them."""
        return has_stamps(ret) and (self._sees_all_transactions or not moves(ret))

    def _reader(self, ret: Ret) -> Scan:
        return Scan(self._company, ret, self._patience)

    def _refuse(self, ret: Ret, answered: Answered) -> Notice:
        """A type that this company does not serve; an error where it is for another reason."""
        error = error_from(answered)
        if isinstance(error, ConnectionFailed):
            raise error
        self._progress.refused[ret.kind.name] = str(error)
        return Notice(f"{ret.kind.name} is left out: {error}", ret.kind.name)

    def _mark(self) -> Mark:
        return Mark(self._progress.cursor())


def _grouped(rets: Sequence[Ret], counts: Mapping[str, int]) -> Iterator[list[Ret]]:
    """Neighbours whose records go into one answer."""
    group: list[Ret] = []
    for ret in rets:
        if group and sum(counts[each.kind.name] for each in [*group, ret]) > TOGETHER:
            yield group
            group = []
        group.append(ret)
    if group:
        yield group


def _can_be_cut(ret: Ret) -> bool:
    return "MaxReturned" in filters_of(ret)
