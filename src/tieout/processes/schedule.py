"""When a process is to run next: a pure function of its schedule, its last run and the clock.

What was missed while nothing ran is caught up once, not many times. Days on which a clock is put forward or back have each
tick once. Hours in which people work in QuickBooks put a run off to their end.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

_EVERY = re.compile(r"([1-9]\d{0,5}) (second|minute|hour|day|week)s?")
_HOURS = re.compile(r"(?:([a-z]{3})(?:-([a-z]{3}))? )?(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})")
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MINUTES_OF_WEEK = 7 * 24 * 60
_UTC = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True)
class ClosedHours:
    """Hours of some days of the week, as the clock on the wall shows them; the end is free again."""

    days: frozenset[int]
    """Monday is 0."""
    start: time
    end: time
    """Not after the start when it is on the next day."""

    def minutes(self) -> Iterator[tuple[int, int]]:
        """From when to when, in minutes of the week."""
        for day in self.days:
            start, end = (24 * 60 * day + each.hour * 60 + each.minute for each in (self.start, self.end))
            yield start, end if end > start else end + 24 * 60


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a process runs. Without `every` and `cron` it runs only when it is asked to."""

    every: timedelta | None = None
    cron: tuple[str, ...] = ()
    zone: ZoneInfo = _UTC
    not_between: tuple[ClosedHours, ...] = ()

    @property
    def is_empty(self) -> bool:
        return self.every is None and not self.cron


def next_due(schedule: Schedule, last: datetime | None, now: datetime) -> datetime | None:
    """When to run next, not before now; None when only somebody asks for it. `last` is when it was last begun.

    A clock that was put back leaves a last run in the future: it counts as now.
    """
    since = min(last, now) if last is not None else None
    ticks = [first_tick(cron, since or now, schedule.zone) for cron in schedule.cron]
    if schedule.every is not None:
        ticks.append(since + schedule.every if since is not None else now)
    return opened(schedule, max(min(ticks), now)) if ticks else None


def first_tick(cron: str, after: datetime, zone: ZoneInfo) -> datetime:
    """The first tick of a cron expression after a moment, in UTC."""
    # Ticks around a change of the clock may come out of order in UTC: the earliest that is really later.
    for tick in CronSim(cron, after.astimezone(zone)):
        moment = tick.astimezone(UTC)
        if moment > after:
            return moment
    raise StopIteration  # pragma: no cover - refused when the expression was read


def opened(schedule: Schedule, moment: datetime) -> datetime:
    """The first moment, from this one on, that lies in no closed hours; in UTC."""
    for _ in range(2 * len(schedule.not_between) * 7 + 1):
        end = max(
            (until for each in schedule.not_between if (until := _closed_until(each, moment, schedule.zone))),
            default=None,
        )
        if end is None:
            break
        moment = end
    return moment.astimezone(UTC)


def is_open(schedule: Schedule, moment: datetime) -> bool:
    """Whether a run may begin now."""
    return opened(schedule, moment) == moment


def _closed_until(hours: ClosedHours, moment: datetime, zone: ZoneInfo) -> datetime | None:
    """The end of the hours that the moment lies in."""
    wall = moment.astimezone(zone)
    for begun in (wall.date(), wall.date() - timedelta(days=1)):
        if begun.weekday() not in hours.days:
            continue
        last = begun if hours.end > hours.start else begun + timedelta(days=1)
        start = datetime.combine(begun, hours.start, zone).astimezone(UTC)
        end = datetime.combine(last, hours.end, zone).astimezone(UTC)
        if start <= moment < end:
            return end
    return None


def read_every(text: str) -> timedelta:
    """An interval such as `15 minutes`; ValueError says what is wrong with it."""
    found = _EVERY.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no interval: write a number and a unit, such as 15 minutes.")
    return timedelta(**{f"{found[2]}s": int(found[1])})


def read_cron(text: str) -> str:
    """A cron expression of five fields that comes true some day; ValueError says what is wrong with it."""
    if len(text.split()) != 5:
        raise ValueError(_no_cron(text, "it has not five fields"))
    try:
        next(iter(CronSim(text.upper(), datetime(2026, 1, 1, tzinfo=UTC))))
    except CronSimError as error:
        raise ValueError(_no_cron(text, str(error))) from error
    except StopIteration as error:
        raise ValueError(f"{text!r} can never run: there is no such day.") from error
    return text.upper()


def _no_cron(text: str, why: str) -> str:
    return (
        f"{text!r} is no cron expression: {why}. "
        'Write minute, hour, day, month and day of the week: "30 6 * * 1-5".'
    )


def read_closed_hours(text: str) -> ClosedHours:
    """Hours such as `08:00-18:00` or `mon-fri 08:00-18:00`; ValueError says what is wrong with them."""
    wrong = f"{text!r} is no span of hours: write mon-fri 08:00-18:00."
    found = _HOURS.fullmatch(text.strip().casefold())
    if found is None:
        raise ValueError(wrong)
    first, last = found[1] or "mon", found[2] or found[1] or "sun"
    try:
        days = _from_to(_DAYS.index(first), _DAYS.index(last))
        return ClosedHours(days, time(int(found[3]), int(found[4])), time(int(found[5]) % 24, int(found[6])))
    except ValueError as error:
        raise ValueError(wrong) from error


def refuse_never(closed: Sequence[ClosedHours]) -> None:
    """ValueError when the hours leave no minute of the week."""
    free_from = 0
    for start, end in sorted(_in_one_week(span for each in closed for span in each.minutes())):
        if start > free_from:
            return
        free_from = max(free_from, end)
    if free_from >= _MINUTES_OF_WEEK:
        raise ValueError("these hours leave no time to run at all.")


def _in_one_week(spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Sunday night goes on at the beginning of the week."""
    for start, end in spans:
        yield start, min(end, _MINUTES_OF_WEEK)
        if end > _MINUTES_OF_WEEK:
            yield 0, end - _MINUTES_OF_WEEK


def _from_to(first: int, last: int) -> frozenset[int]:
    return frozenset((first + n) % 7 for n in range((last - first) % 7 + 1))
