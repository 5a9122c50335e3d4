"""Records of qbXML rewritten as JSON by a few passes over their bytes, each a loop in C; arrow-rs reads the rest.

    <InvoiceRet>\n<TxnID>1-2</TxnID>\n<CustomerRef>\n<ListID>8-1</ListID>\n</CustomerRef>\n</InvoiceRet>
    [{"TxnID":"1-2","CustomerRef":{"ListID":"8-1"}}]

Only the form that QuickBooks writes becomes good JSON: elements that hold texts or elements, with the same space between all of them.
Each pass looks for two tags together with the space between them, and quotes in the bytes are escaped before any is added, so all
else (attributes, self-closing tags, texts between elements) leaves something that is no JSON, or has other members than there are
elements; these are counted, so that the reader can tell. It never gives other values.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

_SPACE = re.compile(rb">\s+<")
_NO_NAME_IS_NULL = re.compile(rb'\W":null')
_NAMED = {b"amp": "&", b"lt": "<", b"gt": ">", b"quot": '"', b"apos": "'"}

# Control characters, which no XML may hold, stand for what will be written last.
_BEFORE_NAME, _OBJECT_ENDS, _LIST_ENDS = b"\x01", b"\x02", b"\x03"


@dataclass(frozen=True, slots=True)
class Rewritten:
    """An array of records, and how many members its objects have at any depth, if it is JSON."""

    raw: bytes
    members: int


def joined(runs: Sequence[Rewritten]) -> Rewritten:
    """All records of some runs in one array."""
    if len(runs) == 1:
        return runs[0]
    first, *between, last = (run.raw for run in runs)
    parts = (first[:-1], *(raw[1:-1] for raw in between), last[1:])
    return Rewritten(b",".join(parts), sum(run.members for run in runs))


@dataclass(frozen=True, slots=True)
class Repeated:
    """An element that may repeat."""

    name: str
    list: str
    """The member that holds all of them: `DataExtRet`, or `|InvoiceLineRet|InvoiceLineGroupRet` for what alternates."""
    has_members: bool

    @property
    def alternates(self) -> bool:
        """Whether it stands among others in one list."""
        return self.list != self.name


class Rewriting:
    """How records of one Ret become JSON."""

    def __init__(self, name: str, repeated: Sequence[Repeated]) -> None:
        """What may repeat is given with those first that may hold others."""
        self._name = name.encode()
        self._repeated = [(each, f"<{each.name}>".encode()) for each in repeated]

    def rewrite(self, records: bytes) -> Rewritten | None:
        """The records as JSON; None where they surely have another form."""
        if b"\r" in records:
            records = records.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        begin = b"<%s>" % self._name
        start = records.find(b"<", len(begin))
        gap = records[len(begin) : start]
        if not records.startswith(begin) or gap.strip():
            return None
        if gap not in (b"", b"\n"):
            records, gap = _SPACE.sub(b"><", records), b""
        here = [each for each, opening in self._repeated if opening in records]
        return _Passes(_unescaped(records), gap).json(self._name, here)

    def with_nulls(self, rewritten: Rewritten) -> Rewritten | None:
        """The same with null for empty texts; None where that would lose attributes, or a place among elements that repeat."""
        raw = rewritten.raw.replace(b':""', b":null")
        lost = any(f'"{each.name}":null'.encode() in raw for each, _ in self._repeated)
        if lost or _NO_NAME_IS_NULL.search(raw):
            return None
        return Rewritten(raw, rewritten.members - rewritten.raw.count(b':""'))


class _Passes:
    """The passes over one run of records with the same space everywhere between their elements."""

    def __init__(self, raw: bytes, gap: bytes) -> None:
        self.raw = raw
        self.gap = gap
        self.members = 0

    def json(self, name: bytes, repeated: Sequence[Repeated]) -> Rewritten | None:
        begins, ends = b"<%s>%s<" % (name, self.gap), b">%s</%s>" % (self.gap, name)
        if not self.raw.endswith(ends):
            return None
        self._put(b'>},{"', ends + self.gap + begins)
        self.raw = b'[{"' + self.raw[len(begins) : 1 - len(ends)]
        for one in repeated:
            for other in repeated:
                if one.list == other.list:
                    self._part(one, other)
        for each in repeated:
            self._open(each)
        for each in repeated:
            self._close(each)
        self._elements()
        return Rewritten(self.raw + b"}]", self.members)

    def _put(self, new: bytes, old: bytes) -> int:
        """Replace one by the other, and tell how often; this is faster than `replace`, which looks for each place twice."""
        parts = self.raw.split(old)
        if len(parts) > 1:
            self.raw = new.join(parts)
        return len(parts) - 1

    def _part(self, one: Repeated, other: Repeated) -> None:
        """`</A><A><` → `},{"`, or where kinds alternate `</A><B><` → `}},{"B":{"`."""
        gap, closes, begins = self.gap, f"</{one.name}>".encode(), f"<{other.name}>".encode()
        if not one.has_members:
            self._put(b'","', closes + gap + begins)
            return
        tags = b">%s%s%s%s%s<" % (gap, closes, gap, begins, gap)
        if other.alternates:
            self.members += self._put(b'>}},{"%s":{"' % other.name.encode(), tags)
        else:
            self._put(b'>},{"', tags)

    def _open(self, each: Repeated) -> None:
        """`<A><` → `<A":[{"`, or where kinds alternate `<|A|B":[{"A":{"`."""
        begins, of = f"<{each.name}>".encode(), each.list.encode()
        if not each.has_members:
            self.members += self._put(b'<%s":["' % of, begins)
        elif each.alternates:
            new = b'<%s":[{"%s":{"' % (of, each.name.encode())
            self.members += 2 * self._put(new, begins + self.gap + b"<")
        else:
            self.members += self._put(b'<%s":[{"' % of, begins + self.gap + b"<")

    def _close(self, each: Repeated) -> None:
        """`</A>` → `}]`, or where kinds alternate `}}]`."""
        closes = f"</{each.name}>".encode()
        if each.has_members:
            ends = b">}}" if each.alternates else b">}"
            self._put(ends + _LIST_ENDS, b">" + self.gap + closes)
        else:
            self._put(b'"' + _LIST_ENDS, closes)

    def _elements(self) -> None:
        """What is left: elements with members, and those with texts."""
        opening = self.gap + b"<"
        self._put(b">" + _BEFORE_NAME, b">" + opening + b"/")
        self._after_lists(opening)
        self.members += self._close_all(b"</[^>]*>", b'"', opening)
        self.members += self._close_all(_BEFORE_NAME + b"[^>]*>", _OBJECT_ENDS, opening)
        self._put(b'":{"', b">" + opening)
        self.raw = self.raw.replace(b">", b'":"').replace(_OBJECT_ENDS, b"}").replace(_LIST_ENDS, b"]")

    def _close_all(self, tag: bytes, end: bytes, opening: bytes) -> int:
        """Write the end of texts, or of elements with members, for closing tags: before other elements, and all others."""
        count = 0
        for after, new in ((opening, end + b',"'), (b"", end)):
            parts = _pattern(tag + after).split(self.raw)
            self.raw = new.join(parts)
            count += len(parts) - 1
        return count

    def _after_lists(self, opening: bytes) -> None:
        """What follows the end of a list: a name, or the end of an element around it."""
        first, *others = self.raw.split(_LIST_ENDS)
        if not others:
            return
        closing = opening + b"/"
        parts = [first]
        for part in others:
            if part.startswith(closing):
                parts.append(_BEFORE_NAME + part[len(closing) :])
            elif part.startswith(opening):
                parts.append(b',"' + part[len(opening) :])
            else:
                parts.append(part)
        self.raw = _LIST_ENDS.join(parts)


@lru_cache(100)
def _pattern(text: bytes) -> re.Pattern[bytes]:
    return re.compile(text)


def _unescaped(records: bytes) -> bytes:
    """The same with entities as JSON has them, and with what JSON must have escaped."""
    if b"\\" in records:
        records = records.replace(b"\\", b"\\\\")
    if b'"' in records:
        records = records.replace(b'"', b'\\"')
    if b"&" not in records:
        return records
    first, *others = records.split(b"&")
    parts = [first]
    for part in others:
        entity, _, text = part.partition(b";")
        parts += (_character(entity), text)
    return b"".join(parts)


@lru_cache(1000)
def _character(entity: bytes) -> bytes:
    """`#233` → `\\u00e9`; nothing is written that a later pass looks for."""
    number = entity[1:]
    text = _NAMED.get(entity) or chr(int(number[1:], 16) if number[:1] == b"x" else int(number))
    return b"\\u%04x" % ord(text) if text in "<>&" else json.dumps(text)[1:-1].encode()
