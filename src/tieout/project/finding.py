"""Looking one record up for a map, and remembering the answer for the run."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Self

from ..errors import MapError, SetupError
from ..operations import Compare, Query

if TYPE_CHECKING:
    from ..connections.base import Connection
    from . import Project


class Finder:
    """`$find` over the connections of a project; those that are open already are used as they are."""

    def __init__(self, project: Project, opened: Mapping[str, Connection] | None = None) -> None:
        self._project = project
        self._stack = ExitStack()
        self._opened = dict(opened or {})
        self._answers: dict[tuple[str, str, str], Mapping[str, Any] | None] = {}

    def find(self, address: str, field: str, value: Any) -> Mapping[str, Any] | None:
        """The record whose field has this value, None where there is none; MapError where there are several."""
        asked = (address, field, str(value))
        if asked not in self._answers:
            self._answers[asked] = self._read(address, field, value)
        return self._answers[asked]

    def forget(self, type_name: str) -> None:
        """Records of this type were written: what was not there may be there now."""
        self._answers = {
            asked: found for asked, found in self._answers.items() if not asked[0].endswith(f":{type_name}")
        }

    def _read(self, address: str, field: str, value: Any) -> Mapping[str, Any] | None:
        place = self._project.address(address)
        if not place.types:
            raise SetupError(f"$find: {address!r} names no type.", advice='Write it as "books:Customer".')
        connection = self._connection(place.connection)
        wanted = Compare(_spelled(connection, place.type, field), "=", value)
        found = [
            record
            for page in connection.read(Query(place.types, wanted, limit=2))
            for record in page.records()
        ]
        if len(found) > 1:
            raise MapError(
                f"$find: {address} has several records whose {field} is {value!r}.",
                advice="Look it up by a field that tells them apart.",
                field=field,
            )
        return found[0] if found else None

    def _connection(self, name: str) -> Connection:
        if name not in self._opened:
            self._opened[name] = self._stack.enter_context(self._project.connection(name))
        return self._opened[name]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()


def _spelled(connection: Connection, type_name: str, field: str) -> str:
    """The field as the catalog spells it; SetupError with the nearest one."""
    from ..protocols.queried_fields import UnknownField, find_field

    kind = connection.described(type_name)
    if kind is None:
        return field
    try:
        return find_field(field, kind).path
    except UnknownField as error:
        raise SetupError(
            f"$find: {error}", advice=f"`tieout types {connection.name}:{type_name}` lists its fields."
        ) from error
