"""A whole answer cut into the answers to its requests, and these into runs of whole records.

Records in the form that QuickBooks writes are taken as they come, proven whole by their form; expat reads all else: the envelope, and
records that are odd. As the former are whole elements, expat finds what it would have found with them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from xml.parsers import expat

from ..errors import RemoteProtocolError
from .qbxml_forms import Form, Groups
from .qbxml_markup import Markup
from .qbxml_reader import Answered

LONGEST_PIECE = 65_536
"""Bytes that are looked at together."""

BLOCK = 524_288
"""Bytes of records that are handed over together, at most that and one record."""

_ENVELOPE = b"QBXMLMsgsRs"
_TAG = re.compile(rb"<(/?)([^\s/>]+)((?:\s+[^\s=]+\s*=\s*(?:\"[^\"]*\"|'[^']*'))*)\s*(/?)>")


@dataclass(frozen=True, slots=True)
class InForm:
    """Records that have a form, taken apart by it."""

    form: Form
    rows: list[Groups]


@dataclass(frozen=True, slots=True)
class Records:
    """Whole records of one kind, as they came: plain markup with nothing but space between them."""

    name: str
    """`InvoiceRet`."""
    raw: bytes
    count: int
    in_form: InForm | None = None


Take = Callable[[str, bytes, int], Records | None]
"""The records of a name with which these bytes begin and that have the form of that name, at most so many."""


def cut_answers(pieces: Iterable[bytes], rows: int, take: Take) -> Iterator[Answered | Records]:
    """Each answer's status, and its records in runs of `rows` at most, as soon as they are complete.

    RemoteProtocolError where it is no whole qbXML.
    """
    markup, cutter = Markup(), _Cutter(rows, take)
    held = b""
    for piece in _short(pieces):
        held += piece
        while True:
            while markup.is_plain and (records := cutter.take_in_form(held)) is not None:
                yield records
                markup.leave_out(len(records.raw))
                held = held[len(records.raw) :]
            end = cutter.end_of_next(held) if markup.is_plain else _after_last_closing_tag(held)
            if not end:
                break
            yield from cutter.cut(markup.read(held[:end]), at_once=markup.is_plain)
            held = held[end:]
    yield from cutter.cut(markup.read(held, last=True))
    if not cutter.seen:
        raise RemoteProtocolError("The document holds no QBXMLMsgsRs.")


def _short(pieces: Iterable[bytes]) -> Iterator[bytes]:
    for piece in pieces:
        for at in range(0, len(piece), LONGEST_PIECE):
            yield piece[at : at + LONGEST_PIECE]


def _after_last_closing_tag(held: bytes) -> int:
    """Where the last complete closing tag ends; what follows may be half a tag. In `</` the `<` is surely no text."""
    at = len(held)
    while (at := held.rfind(b"</", 0, at)) >= 0:
        end = held.find(b">", at)
        if end >= 0:
            return end + 1
    return 0


class _Cutter:
    """Cuts markup that no piece of has half a tag, so that only an element may be incomplete."""

    def __init__(self, rows: int, take: Take) -> None:
        self.seen = False
        self._rows = rows
        self._take = take
        self._rest = b""
        self._inside = self._answering = False
        self._run = _Run("", rows)

    def take_in_form(self, held: bytes) -> Records | None:
        """The next records, where they have the form of those before them."""
        if self._rest or not self._answering or not self._run.name:
            return None
        records = self._take(self._run.name, held, self._run.room)
        if records is not None:
            self._run.note(records.count)
        return records

    def end_of_next(self, held: bytes) -> int:
        """Where the record ends that begins here or has begun before, or what else is here ends; 0 where that has not come."""
        opening, closing = f"<{self._run.name}>".encode(), f"</{self._run.name}>".encode()
        if self._run.name and (self._rest or held.startswith(opening, max(held.find(b"<"), 0))):
            end = held.find(closing) + len(closing)
            if end >= len(closing):
                return end
            return _after_last_closing_tag(held) if len(held) > LONGEST_PIECE else 0
        begins = held.find(b"</")
        return held.find(b">", begins) + 1 if begins >= 0 else 0

    def cut(self, markup: bytes, *, at_once: bool = False) -> Iterator[Answered | Records]:
        """What is complete with this markup; records wait for others like them, unless they are wanted at once."""
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
        if at_once:
            yield from self._run.taken()

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
    def room(self) -> int:
        """How many more the page has room for."""
        return self._rows - self._given - self._count

    @property
    def is_full(self) -> bool:
        return self.room <= 0 or self._size >= BLOCK

    def note(self, count: int) -> None:
        """So many were handed over that were not taken here."""
        self._given = (self._given + count) % self._rows

    def add(self, raw: bytes, count: int = 1) -> None:
        self._parts.append(raw)
        self._size += len(raw)
        self._count += count

    def take(self, raw: bytes, at: int) -> int:
        """Take the whole records that begin here, as many as there is room for, and tell where they end."""
        parts = raw[at:].split(self._closing, self.room)
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
            yield Records(self.name, b"".join(self._parts), self._count)
        self.note(self._count)
        self._parts, self._size, self._count = [], 0, 0


def _attributes(tag: bytes) -> dict[str, str]:
    """The attributes of a start tag, as XML has them."""
    found: list[dict[str, str]] = []
    parser = expat.ParserCreate("utf-8")
    parser.StartElementHandler = lambda _, attributes: found.append(attributes)
    parser.Parse(tag)
    return found[0]
