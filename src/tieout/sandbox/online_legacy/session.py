"""The Online Edition's answers: no iterators, so many records at most, and a warning for elements that it ignores."""

from __future__ import annotations

from dataclasses import replace

from ...protocols.qbxml_answers import Reply
from ...protocols.qbxml_questions import IGNORED_ONLINE
from ...protocols.qbxml_reader import RequestRead
from ...protocols.qbxml_writer import ATTRIBUTE, ORDER
from ..desktop import refusals
from ..desktop.company import DesktopCompany
from ..desktop.session import DesktopSession

_ITERATES = f"{ATTRIBUTE}iterator"


class OnlineSession(DesktopSession):
    """Documents of the Online Edition, with `most` records in an answer."""

    def __init__(self, company: DesktopCompany, most: int) -> None:
        super().__init__(company)
        self._most = most

    def _query(self, asked: RequestRead) -> Reply:
        if _ITERATES in asked.content:
            raise refusals.unavailable()
        ignored = IGNORED_ONLINE & asked.content.keys()
        content = {name: value for name, value in asked.content.items() if name not in ignored}
        reply = _cut(super()._query(replace(asked, content=content)), self._most)
        if ignored and reply.status == 0:
            text = f"The field {min(ignored)} is not supported in this edition and was ignored."
            return replace(reply, status=530, severity="Warn", message=text)
        return reply


def _cut(reply: Reply, most: int) -> Reply:
    """The first records, and a warning where there were more."""
    found = {
        name: value for name, value in reply.content.items() if isinstance(value, list) and name != ORDER
    }
    total = sum(map(len, found.values()))
    if total <= most:
        return reply
    left, kept = most, {}
    for name, records in found.items():
        kept[name] = records[:left]
        left -= len(kept[name])
    text = f"The query found {total} records, and only the first {most} are returned."
    return replace(reply, status=540, severity="Warn", message=text, content=kept)
