"""The settings of when and for whom a process runs unattended, which every process takes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo, available_timezones

from ..catalog.nearest import did_you_mean
from ..processes.schedule import Schedule, read_closed_hours, read_cron, read_every, refuse_never
from .address import Address
from .declaration import Settings, setting


def _every(text: str) -> str:
    read_every(text)
    return text


def _cron(expressions: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(read_cron, expressions))


def _time_zone(text: str) -> str:
    if text not in available_timezones():
        raise ValueError(f"{text!r} is no time zone.{did_you_mean(text, available_timezones())}")
    return text


def _not_between(spans: tuple[str, ...]) -> tuple[str, ...]:
    refuse_never([read_closed_hours(each) for each in spans])
    return spans


def _companies(text: str) -> str:
    address = Address.parse(text)
    if not address.words and address.type == "*":
        raise ValueError(f"{text!r} names no rows: write firm:clients, or firm: and a statement.")
    return text


@dataclass(frozen=True, kw_only=True)
class ScheduleSettings(Settings):
    """When a process runs by itself, and for which companies."""

    every: str = setting(
        "How often `tieout serve` runs it.", default="", check=_every, example='"15 minutes"'
    )
    cron: tuple[str, ...] = setting(
        "When `tieout serve` runs it: minute, hour, day, month and day of the week, once or several times.",
        default=(),
        check=_cron,
        example='["30 6 * * 1-5", "0 12 * * 6"]',
    )
    time_zone: str = setting(
        "The time zone of `cron` and `not_between`; the company's when absent.",
        default="",
        check=_time_zone,
        example='"America/New_York"',
    )
    not_between: tuple[str, ...] = setting(
        "Hours in which it does not begin by itself, since people work in QuickBooks then; it begins at their end.",
        default=(),
        check=_not_between,
        example='["mon-fri 08:00-18:00"]',
    )
    stale_after: str = setting(
        "An alert is raised when it has not succeeded for so long.",
        default="",
        check=_every,
        example='"1 day"',
    )

    webhooks: bool = setting(
        "Run it also when QuickBooks tells by webhook that something changed; once a day besides, when nothing else is said.",
        default=False,
    )
    on_file: str = setting(
        "Run it also when a file like this has arrived, beside the project file unless absolute.",
        default="",
        example='"inbox/orders-*.csv"',
    )
    companies: str = setting(
        "For which companies to run it, one after the other or many at once: rows with a column realm. `{realm}`, or the name of "
        "any other column, in a setting of its connections stands for the value.",
        default="",
        check=_companies,
        example='"firm:select realm from clients"',
    )

    @property
    def goes_by_company_zone(self) -> bool:
        """Whether it depends on the time zone of the company when it runs."""
        return not self.time_zone and bool(self.cron or self.not_between)

    def schedule_in(self, zone: str) -> Schedule:
        """When it runs by itself, for a company in a time zone, UTC when nobody knows it.

        What runs by webhook runs once a day besides, for webhooks get lost.
        """
        every = self.every or ("1 day" if self.webhooks and not self.cron else "")
        return Schedule(
            read_every(every) if every else None,
            self.cron,
            ZoneInfo(self.time_zone or zone or "UTC"),
            tuple(map(read_closed_hours, self.not_between)),
        )

    @property
    def set_of_companies(self) -> Address | None:
        """Where the companies are listed; None when the process has its own one."""
        return Address.parse(self.companies) if self.companies else None

    @property
    def may_be_old(self) -> timedelta | None:
        """How long ago the last success may be."""
        return read_every(self.stale_after) if self.stale_after else None
