"""From page to page: by a link, by numbers, or by a cursor; and where in an answer the records are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from ...errors import RemoteProtocolError, SetupError, TieoutError
from ..base import Record
from ..row_page import PlacedRecord
from .service import Answer, Refused, Service

_LINK = re.compile(r"<([^>]*)>([^<]*)")
NO_CONTENT = 204
_NUMBER = re.compile(r"-?[0-9]{1,6}")
_NEXT = re.compile(r'rel\s*=\s*"?[^";]*\bnext\b', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Paging:
    """How a service hands out many records."""

    by: str = "link"
    """`link`, `page`, `offset`, `cursor` or `none`."""
    parameter: str = ""
    """The parameter that takes a page's number, an offset or a cursor."""
    next: str = ""
    """Where an answer has the next link or cursor, as a dotted path; a Link header when empty."""
    size: int = 0
    """Records of a page, 0 for the service's own choice."""
    size_parameter: str = ""
    records: str = ""
    """Where an answer has its records, as a dotted path; found when empty."""

    def records_of(self, service: Service, address: str) -> Iterator[tuple[Answer, Record]]:
        """Each record, with the answer that it came in."""
        here, read, number, seen = self._first(address), 0, 0, set()
        while here:
            number += 1
            if here in seen:
                raise RemoteProtocolError(
                    f"{_shown(address)}: page {number} leads back to a page that was read; {read:,} records were.",
                    advice="Correct `paging` and `next` of the connection.",
                )
            seen.add(here)
            answer, found = self._page(service, here, number, read)
            records = self._records(found, here)
            for record in records:
                read += 1
                place = f"{urlsplit(here).path}, record {read}"
                yield (
                    answer,
                    PlacedRecord(place, record if isinstance(record, Mapping) else {"value": record}),
                )
            here = self._next(service, here, answer, found, len(records), read)

    def _page(self, service: Service, here: str, number: int, read: int) -> tuple[Answer, Any]:
        """A page; what fails half way says where, and never looks like the end."""
        try:
            answer = service.read(here)
            return answer, _something(answer, here)
        except Refused as error:
            raise SetupError(
                f"{_shown(here)} refuses page {number}{_after(read)}: {error}.",
                advice="Correct the path or its parameters.",
            ) from error
        except TieoutError as error:
            if read:
                error.args = (f"{error} This was page {number}{_after(read)}.",)
            raise

    def _first(self, address: str) -> str:
        if self.size and self.size_parameter:
            address = with_parameter(address, self.size_parameter, str(self.size))
        if self.by == "page" and self.parameter:
            return with_parameter(address, self.parameter, "1")
        return address

    def _next(self, service: Service, here: str, answer: Answer, found: Any, count: int, read: int) -> str:
        """The address of the page after this one; empty after the last."""
        match self.by:
            case "link":
                link = at(found, self.next) if self.next else _link_of(answer)
                return service.following(here, str(link)) if link else ""
            case "cursor":
                cursor = at(found, self.next)
                return (
                    with_parameter(here, self.parameter, str(cursor))
                    if cursor not in (None, "", False)
                    else ""
                )
            case "page" if count and (not self.size or count >= self.size):
                page = dict(parse_qsl(urlsplit(here).query)).get(self.parameter, "1")
                return with_parameter(here, self.parameter, str(int(page) + 1))
            case "offset" if count and (not self.size or count >= self.size):
                return with_parameter(here, self.parameter, str(read))
        return ""

    def _records(self, found: Any, here: str) -> list[Any]:
        if found is None:
            return []
        if self.records:
            inside = at(found, self.records)
            if isinstance(inside, list):
                return inside
            raise RemoteProtocolError(
                f"{_shown(here)} has no list at {self.records}.",
                advice="Correct `records` of the connection.",
            )
        if isinstance(found, list):
            return found
        lists = (
            [name for name, value in found.items() if isinstance(value, list)]
            if isinstance(found, dict)
            else []
        )
        if len(lists) == 1:
            return list(found[lists[0]])
        raise RemoteProtocolError(
            f"{_shown(here)} answers with {'several lists: ' + ', '.join(lists) if lists else 'no list'}.",
            advice='Say where the records are: records = "data.orders".',
        )


def at(node: Any, path: str) -> Any:
    """What stands at a dotted path, `data.-1.id` counting in a list; None when nothing does."""
    for part in path.split(".") if path else ():
        if isinstance(node, list) and _NUMBER.fullmatch(part):
            number = int(part)
            node = node[number] if -len(node) <= number < len(node) else None
        else:
            node = node.get(part) if isinstance(node, Mapping) else None
    return node


def with_parameter(address: str, name: str, value: str) -> str:
    """The address with a parameter in its query, in place of the one of that name."""
    parts = urlsplit(address)
    others = [(n, v) for n, v in parse_qsl(parts.query, keep_blank_values=True) if n != name]
    return urlunsplit(parts._replace(query=urlencode([*others, (name, value)])))


def _link_of(answer: Answer) -> str:
    for address, told in _LINK.findall(answer.headers.get("link", "")):
        if _NEXT.search(told):
            return str(address)
    return ""


def _after(read: int) -> str:
    return f", after {read:,} records" if read else ""


def _something(answer: Answer, here: str) -> Any:
    """What an answer says; one without any contents is no empty list, unless its status says that there are none."""
    if not answer.body.strip() and answer.status != NO_CONTENT:
        raise RemoteProtocolError(
            f"{_shown(here)} answers with nothing at all, which is no list.",
            advice="Look at the service: a list without records is [].",
        )
    return answer.json(_shown(here))


def _shown(address: str) -> str:
    return address.partition("?")[0]
