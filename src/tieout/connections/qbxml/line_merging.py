"""Lines of a change and lines that are there: QuickBooks takes away every line that a modification does not list.

So one that names some lines is sent with the ids of the others, unless its caller wants them gone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...catalog.qbxml import Edition, RecordType
from ...catalog.qbxml.rets import ret_of
from ...operations import Lines
from ...protocols.qbxml_records import (
    LINE_ID,
    NEW_LINE,
    differences,
    elements_in,
    id_of,
    line_families,
    lines_in_order,
    name_in,
    with_journal_lines,
)
from ...protocols.qbxml_writer import ORDER
from ..merging import check_named_lines

Fields = Mapping[str, Any]
Line = tuple[str, Fields]


def names_lines(kind: RecordType, edition: Edition, root: str, body: Fields) -> bool:
    """Whether a modification says anything about lines."""
    return any(name in body for names in line_families(kind.name, root, edition) for name in names)


def with_lines(
    kind: RecordType, edition: Edition, root: str, body: Fields, before: Fields, lines: Lines
) -> dict[str, Any]:
    """The body with all lines that are to stand there afterwards, those that stay by their ids alone."""
    ret = ret_of(kind.name, edition).name
    return _Merging(kind, edition, lines, f"{kind.name} {id_of(before)}").merged(root, ret, body, before)


class _Merging:
    """Merges the lines of one modification, those inside of groups too."""

    def __init__(self, kind: RecordType, edition: Edition, lines: Lines, what: str) -> None:
        self._kind = kind
        self._edition = edition
        self._lines = lines
        self._what = what

    def merged(self, shape: str, ret: str, body: Fields, before: Fields) -> dict[str, Any]:
        if "JournalLineMod" in elements_in(self._kind.name, shape, self._edition):
            before = with_journal_lines(before)
        found = {name: value for name, value in body.items() if name != ORDER}
        order: list[str] = []
        for names in line_families(self._kind.name, shape, self._edition):
            if not any(name in body for name in names):
                continue
            family = list(self._family(names, ret, body, before))
            for name in names:
                found.pop(name, None)
            for name, line in family:
                found.setdefault(name, []).append(line)
                order.append(name)
        return {**found, ORDER: order} if len(set(order)) > 1 else found

    def _family(self, names: tuple[str, ...], ret: str, body: Fields, before: Fields) -> Iterator[Line]:
        given: list[Line] = [(name, line) for name, line in lines_in_order(body, names)]
        shown = {name_in(self._kind.name, ret, self._edition, name): name for name in names}
        shown |= {name: name for name in names if name in before}
        there = [(shown[name], line) for name, line in lines_in_order(before, shown)]
        own = {str(line.get(LINE_ID)): (name, line) for name, line in there}
        check_named_lines(
            [str(line[LINE_ID]) for _, line in given if not _is_new(line)],
            own,
            what=self._what,
            element=f"{names[0]}.{LINE_ID}",
            new=f"a line without {LINE_ID}, or with -1, is added",
        )
        if self._lines == "replace":
            yield from self._in_place(given, there, own, ret)
            return
        changed = {str(line[LINE_ID]): (name, line) for name, line in given if not _is_new(line)}
        for identity, (name, _) in own.items():
            yield (
                self._line(*changed[identity], own, ret)
                if identity in changed
                else (name, {LINE_ID: identity})
            )
        for name, line in given:
            if _is_new(line):
                yield name, {**line, LINE_ID: NEW_LINE}

    def _in_place(
        self, given: list[Line], there: list[Line], own: Mapping[str, Line], ret: str
    ) -> Iterator[Line]:
        """Lines in the place of those that are there; one that says what stands there already keeps its id."""
        free = [each for each in there if all(each[1].get(LINE_ID) != line.get(LINE_ID) for _, line in given)]
        for name, line in given:
            if not _is_new(line):
                yield self._line(name, line, own, ret)
                continue
            same = next(
                (each for each in free if each[0] == name and self._says(name, line, each[1], ret)), None
            )
            if same is None:
                yield name, {**line, LINE_ID: NEW_LINE}
            else:
                free.remove(same)
                yield name, {LINE_ID: str(same[1][LINE_ID])}

    def _line(self, name: str, line: Fields, own: Mapping[str, Line], ret: str) -> Line:
        """A line that is changed; inside of a group, again only what is named is touched."""
        return name, self.merged(name, self._ret_of(ret, name), line, own[str(line[LINE_ID])][1])

    def _says(self, name: str, line: Fields, there: Fields, ret: str) -> bool:
        told = {key: value for key, value in line.items() if key != LINE_ID}
        found = differences(self._kind, name, self._ret_of(ret, name), self._edition, told, there)
        return next(found, None) is None

    def _ret_of(self, ret: str, name: str) -> str:
        element = elements_in(self._kind.name, ret, self._edition).get(
            name_in(self._kind.name, ret, self._edition, name)
        )
        return element.shape if element and element.shape else name


def _is_new(line: Fields) -> bool:
    return str(line.get(LINE_ID) or NEW_LINE) == NEW_LINE
