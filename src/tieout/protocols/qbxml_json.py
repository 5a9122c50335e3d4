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

_CLOSING = re.compile(rb"</[^>]*>")
_CLOSING_OBJECT = re.compile(rb"\x01[^>]*>")
_SPACE = re.compile(rb">\s+<")
_NO_NAME_IS_NULL = re.compile(rb'\W":null')
_ENTITY = re.compile(rb"&[^;]*;")
_NAMED = {b"&amp;": "&", b"&lt;": "<", b"&gt;": ">", b"&quot;": '"', b"&apos;": "'"}
_FEW = 20
"""Different entities that are replaced one after the other."""

# Control characters, which no XML may hold, stand for what will be written last.
_BEFORE_NAME, _OBJECT_ENDS, _LIST_ENDS, _KINDS_END = b"\x01", b"\x02", b"\x03", b"\x04"
_ENDS = ((_OBJECT_ENDS, b"}"), (_LIST_ENDS, b"]"), (_KINDS_END, b"}]"))


@dataclass(frozen=True, slots=True)
class Rewritten:
    """An array of records, and how many members its objects have at any depth, if it is one."""

    raw: bytes
    members: int


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
        if self._elements() and self._loses_empty(repeated):
            return None
        return Rewritten(self.raw + b"}]", self.members)

    def _loses_empty(self, repeated: Sequence[Repeated]) -> bool:
        """Whether an empty element has attributes, or a place among those that repeat."""
        return _NO_NAME_IS_NULL.search(self.raw) is not None or any(
            f'"{each.name}":null'.encode() in self.raw for each in repeated
        )

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
            end = _KINDS_END if each.alternates else _LIST_ENDS
            self._put(b">}" + end, b">" + self.gap + closes)
        else:
            self._put(b'"' + _LIST_ENDS, closes)

    def _elements(self) -> int:
        """What is left: elements with members, and those with texts; how many of these are empty."""
        gap = self.gap
        here = [ends for ends in (_LIST_ENDS, _KINDS_END) if ends in self.raw]
        for before in (b">", *here):
            self._put(before + _BEFORE_NAME, before + gap + b"</")
        parts = _CLOSING.split(self.raw)
        self.members += len(parts) - 1
        self.raw, objects = _CLOSING_OBJECT.subn(_OBJECT_ENDS, b'"'.join(parts))
        self.members += objects
        self._put(b'":{"', b">" + gap + b"<")
        for before in (b'"', _OBJECT_ENDS, *here):
            self._put(before + b',"', before + gap + b"<")
        self.raw = self.raw.replace(b">", b'":"')
        for ends, text in _ENDS:
            self.raw = self.raw.replace(ends, text)
        empty = self._put(b":null", b':""')
        self.members -= empty
        return empty


def _unescaped(records: bytes) -> bytes:
    """The same with entities as JSON has them, and with what JSON must have escaped."""
    if b"\\" in records:
        records = records.replace(b"\\", b"\\\\")
    if b'"' in records:
        records = records.replace(b'"', b'\\"')
    if b"&" not in records:
        return records
    found = set(_ENTITY.findall(records))
    if len(found) > _FEW:
        return _ENTITY.sub(lambda entity: _character(entity[0]), records)
    for entity in found:
        records = _character(entity).join(records.split(entity))
    return records


def _character(entity: bytes) -> bytes:
    """`&#233;` → `\\u00e9`; nothing is written that a later pass looks for."""
    number = entity[2:-1]
    text = _NAMED.get(entity) or chr(int(number[1:], 16) if number[:1] == b"x" else int(number))
    if text in "<>&":
        return b"\\u%04x" % ord(text)
    return json.dumps(text)[1:-1].encode()
