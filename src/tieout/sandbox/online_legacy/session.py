"""The Online Edition's answers: no iterators, 1,000 records at most, and a warning for elements that it ignores."""

from __future__ import annotations

from dataclasses import replace

from ...catalog.qbxml import record_type
from ...protocols.qbxml_answers import Reply
from ...protocols.qbxml_questions import IGNORED_ONLINE
from ...protocols.qbxml_reader import RequestRead
from ...protocols.qbxml_writer import ATTRIBUTE
from ..desktop import refusals
from ..desktop.session import DesktopSession

MOST = 1_000
"""Records of one answer."""

_ITERATES = f"{ATTRIBUTE}iterator"


class OnlineSession(DesktopSession):
    """Documents of the Online Edition."""

    def _query(self, asked: RequestRead) -> Reply:
        if _ITERATES in asked.content:
            raise refusals.unavailable()
        ignored = IGNORED_ONLINE & asked.content.keys()
        content = {name: value for name, value in asked.content.items() if name not in ignored}
        reply = _cut(super()._query(replace(asked, content=content)))
        if ignored and reply.status == 0:
            text = f"The field {min(ignored)} is not supported in this edition and was ignored."
            return replace(reply, status=530, severity="Warn", message=text)
        return reply


def _cut(reply: Reply) -> Reply:
    """The first thousand records, and a warning where there were more."""
    left, content = MOST, {}
    for name, value in reply.content.items():
        if name.startswith("#") or not isinstance(value, list):
            content[name] = value
            continue
        content[name] = value[:left]
        left -= len(content[name])
    kept = sum(len(value) for name, value in content.items() if not name.startswith("#"))
    whole = sum(len(value) for name, value in reply.content.items() if not name.startswith("#"))
    if kept == whole:
        return reply
    text = f"The query found {whole} records, and only the first {MOST} are returned."
    kind = record_type(reply.kind.name)
    return replace(reply, kind=kind, status=540, severity="Warn", message=text, content=content)
