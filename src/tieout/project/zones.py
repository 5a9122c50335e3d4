"""In which time zone the company of a process lives, where somebody can tell."""

from __future__ import annotations

from zoneinfo import available_timezones

from . import Project
from .companies import ends_of
from .qbxml_settings import DesktopSettings
from .settings import OnlineSettings

UNTOLD = "UTC"


def zone_of(project: Project, process: str) -> str:
    """QuickBooks Online tells it with one read; QuickBooks Desktop lives in this machine's; of others nobody knows, so it is UTC."""
    for name in ends_of(project.process(process)):
        settings = project.settings(name)
        if isinstance(settings, OnlineSettings):
            with project.connection(name) as connection:
                told = connection.check().time_zone
            return told if told in available_timezones() else UNTOLD
        if isinstance(settings, DesktopSettings):
            from tzlocal import get_localzone_name

            told = get_localzone_name() or UNTOLD
            return told if told in available_timezones() else UNTOLD
    return UNTOLD
