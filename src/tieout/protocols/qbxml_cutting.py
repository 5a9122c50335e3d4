"""A whole answer cut into the answers to its requests, and these into runs of whole records, still as bytes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from xml.parsers import expat

from ..errors import RemoteProtocolError
from .qbxml_markup import plain_markup
from .qbxml_reader import Answered

BLOCK = 524_288
"""Bytes of records that are handed over together, at most that and one record."""

_ENVELOPE = b"QBXMLMsgsRs"
_TAG = re.compile(rb"<(/?)([^\s/>]+)((?:\s+[^\s=]+\s*=\s*(?:\"[^\"]*\"|'[^']*'))*)\s*(/?)>")


@dataclass(frozen=True, slots=True)
class Records:
    """Whole records of one kind, as they came: plain markup with nothing but space between them."""

    name: str
    """`InvoiceRet`."""
    raw: bytes
    count: int


def cut_answers(pieces: Iterable[bytes], rows: int) -> Iterator[Answered | Records]:
    """Each answer's status, and its records in runs of `rows` at most, as soon as they are complete.

    RemoteProtocolError where it is no whole qbXML.
    """
    cutter = _Cutter(rows)
    for markup in plain_markup(pieces):
        yield from cutter.cut(markup)
    if not cutter.seen:
        raise RemoteProtocolError("The document holds no QBXMLMsgsRs.")


class _Cutter:
    """Cuts markup that no piece of has half a tag, so that only an element may be incomplete."""

    def __init__(self, rows: int) -> None:
        self.seen = False
        self._rows = rows
        self._rest = b""
        self._inside = self._answering = False
        self._run = _Run("", rows)

    def cut(self, markup: bytes) -> Iterator[Answered | Records]:
        raw = self._rest + markup
        at = 0
        while (at := raw.find(b"<", at)) >= 0:
            tag = _TAG.match(raw, at)
            if tag is None:
                raise RemoteProtocolError("The qbXML cannot be read.")
            if self._answering and not tag[1]:
                name = tag[2].decode()
                if name != self._run.name:
                    yield from self._run.taken()
                    self._run = _Run(name, self._rows)
                if tag[4]:
                    self._run.add(tag[0])
                    at = tag.end()
                elif (end := self._run.take(raw, at)) > at:
                    at = end
                else:
                    break
                if self._run.is_full:
                    yield from self._run.taken()
                continue
            yield from self._envelope(tag)
            at = tag.end()
        self._rest = raw[at:] if at >= 0 else b""

    def _envelope(self, tag: re.Match[bytes]) -> Iterator[Answered | Records]:
        """A tag outside of records."""
        closes, name, empty = bool(tag[1]), tag[2], bool(tag[4])
        if closes and self._answering:
            yield from self._run.taken()
            self._run, self._answering = _Run("", self._rows), False
        elif closes:
            self._inside = self._inside and name != _ENVELOPE
        elif self._inside:
            yield Answered(name.decode(), _attributes(tag[0]))
            self._answering = not empty
        elif name == _ENVELOPE:
            self.seen, self._inside = True, not empty


class _Run:
    """Records of the same name, one after the other."""

    def __init__(self, name: str, rows: int) -> None:
        self.name = name
        self._rows = rows
        self._opening = f"<{name}".encode()
        self._closing = f"</{name}>".encode()
        self._follows = tuple(space + self._opening + b">" for space in (b"\n", b""))
        self._tags = re.compile(
            rb"<(/?)%s(?:\s+[^\s=]+\s*=\s*(?:\"[^\"]*\"|'[^']*'))*\s*(/?)>" % re.escape(name.encode())
        )
        self._parts: list[bytes] = []
        self._size = self._count = 0
        self._given = 0
        """Records of the page that is not full yet."""

    @property
    def is_full(self) -> bool:
        return self._given + self._count >= self._rows or self._size >= BLOCK

    def add(self, raw: bytes, count: int = 1) -> None:
        self._parts.append(raw)
        self._size += len(raw)
        self._count += count

    def take(self, raw: bytes, at: int) -> int:
        """Take the whole records that begin here, as many as there is room for, and tell where they end."""
        room = self._rows - self._given - self._count
        parts = raw[at:].split(self._closing, room)
        count = min(1, len(parts) - 1)
        while count < len(parts) - 1 and parts[count].startswith(self._follows):
            count += 1
        end = at + sum(map(len, parts[:count])) + count * len(self._closing)
        if not count or raw.count(self._opening, at, end) != count:
            count, end = 1, self._end(raw, at)
        if end < 0:
            return at
        self.add(raw[at:end], count)
        return end

    def _end(self, raw: bytes, at: int) -> int:
        """Where the record that begins here ends, whatever it holds; -1 where its end has not come yet."""
        depth = 0
        for tag in self._tags.finditer(raw, at):
            if tag[1]:
                depth -= 1
                if depth == 0:
                    return tag.end()
            elif not tag[2]:
                depth += 1
        return -1

    def taken(self) -> Iterator[Records]:
        """What is here, if anything; then it is empty."""
        if self._count:
            first = self._parts[0]
            space = first[len(self._opening) + 1 : first.find(b"<", 1)]
            joined = (space if space.isspace() else b"").join(self._parts)
            yield Records(self.name, joined, self._count)
        self._given = (self._given + self._count) % self._rows
        self._parts, self._size, self._count = [], 0, 0


def _attributes(tag: bytes) -> dict[str, str]:
    """The attributes of a start tag, as XML has them."""
    found: list[dict[str, str]] = []
    parser = expat.ParserCreate("utf-8")
    parser.StartElementHandler = lambda _, attributes: found.append(attributes)
    parser.Parse(tag)
    return found[0]
