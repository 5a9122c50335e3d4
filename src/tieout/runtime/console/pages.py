"""From a page's values to its HTML: everything escaped, no script but one file of ours, nothing from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.responses import HTMLResponse, Response

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

    from ...project import Project
    from ...state.access import Access, ConsoleSession
    from ...state.agenda import Agenda

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; "
    "img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}

_BACKTICKS = re.compile(r"`([^`]+)`")
LONGEST_ADDRESS = 60
"""Characters of an address in a table; a statement is longer."""

_FOLDER = Path(__file__).parent
STYLE = _FOLDER / "console.css"
SCRIPT = _FOLDER / "live.js"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a page is made of: the project, and what the address and the form say."""

    project: Project
    agenda: Agenda
    path: Mapping[str, str]
    query: Mapping[str, str]
    form: Mapping[str, str]
    access: Access
    session: ConsoleSession
    """Of whoever asks."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A page: its template, without `.html`, and what stands in it."""

    template: str
    values: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200


@dataclass(frozen=True, slots=True)
class GoTo:
    """What was asked for is done; the browser looks at this address next."""

    address: str


@dataclass(frozen=True, slots=True)
class Download:
    """A file."""

    name: str
    content: bytes
    media_type: str


def html(page: Shown, **more: Any) -> Response:
    """The page as it is sent."""
    template = _environment().get_template(f"{page.template}.html")
    return HTMLResponse(template.render(**{**page.values, **more}), page.status, HEADERS)


def live_part(page: Shown, **more: Any) -> str:
    """The part of a page that changes while things go on: the block `live` of its template."""
    template = _environment().get_template(f"{page.template}.html")
    return "".join(template.blocks["live"](template.new_context({**page.values, **more})))


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(_FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["ago"] = ago
    made.filters["number"] = lambda value: f"{value:,}" if isinstance(value, int) else value
    made.filters["shortened"] = lambda text: (
        text if len(text) <= LONGEST_ADDRESS else f"{text[: LONGEST_ADDRESS - 1]}…"
    )
    made.filters["with_code"] = with_code
    return made


def with_code(text: object) -> Markup:
    """A text with what stands between backticks as code; everything is escaped before."""
    from markupsafe import Markup, escape

    return Markup(_BACKTICKS.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped in this line


def ago(text: str | None, now: datetime) -> str:
    """How far a time is from now, in words; empty when there is none."""
    if not text:
        return ""
    seconds = (datetime.fromisoformat(text) - now).total_seconds()
    if abs(seconds) < 1:
        return "just now"
    units = (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1))
    name, size = next((unit for unit in units if abs(seconds) >= unit[1]), units[-1])
    number = round(abs(seconds) / size)
    told = f"{number} {name}{'' if number == 1 else 's'}"
    return f"in {told}" if seconds > 0 else f"{told} ago"
