"""Reading from a source of dlt: its resources are the types. Numbers that it kept in binary become what they show."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from inspect import Parameter, signature
from typing import Any, get_args, get_type_hints

from ...catalog.nearest import did_you_mean
from ...errors import RemoteProtocolError, SetupError, TieoutError
from ...operations import Query
from ...protocols import exact_json
from ..base import Connection, Health, Page, Record, Supports
from ..row_page import PlacedRecord, pages, plain
from .pipeline import refusal_of


class DltSource(Connection):
    """What a function of dlt gives: a source with resources, or one resource."""

    supports = Supports()

    def __init__(self, name: str, make: Callable[[], Any], called: str, *, id_field: str = "id") -> None:
        self.name = name
        self.id_field = id_field
        self._make = make
        self._called = called

    @property
    def identity(self) -> str:
        return f"dlt:{self._called}"

    def check(self) -> Health:
        return Health(self._called, {"types": len(self.types())})

    def types(self) -> Sequence[str]:
        """Its resources, those aside that only feed others."""
        return sorted(self._resources())

    def read(self, query: Query) -> Iterator[Page]:
        """Records as the source yields them; all that a query asks for is done here."""
        for name in query.types or self.types():
            if name not in self._resources():
                raise SetupError(
                    f"{self.name} has no {name!r}.{did_you_mean(name, self._resources())}",
                    advice=f"`tieout types {self.name}` lists what there is.",
                )
            if query.limit != 0:
                yield from pages(name, self._records(name), query)

    def _records(self, name: str) -> Iterator[Record]:
        number = 0
        items = iter(self._resources()[name])
        while True:
            try:
                item = next(items, None)
            except TieoutError:
                raise
            except Exception as error:
                raise self._failed(error, f"{name} fails after {number:,} records") from error
            if item is None:
                return
            for record in _rows(item):
                number += 1
                yield PlacedRecord(f"{self.name}:{name}, record {number}", plain(record))

    def _resources(self) -> Mapping[str, Any]:
        """Made anew, as what was read from a resource does not come again."""
        try:
            made = self._make()
        except TieoutError:
            raise
        except Exception as error:
            raise self._failed(error, f"{self._called} cannot be made") from error
        if hasattr(made, "selected_resources"):
            return dict(made.selected_resources)
        if hasattr(made, "name") and hasattr(made, "__iter__"):
            return {str(made.name): made}
        raise SetupError(
            f"{self._called} gives no source and no resource of dlt.",
            advice="Mark the function with @dlt.source or @dlt.resource.",
        )

    def _failed(self, error: Exception, what: str) -> TieoutError:
        told = refusal_of(error)
        if told is None:
            told = RemoteProtocolError(
                f"{type(error).__name__}: {error}", advice="Look at the source's code."
            )
        told.args = (f"{self.name}: {what}: {told}",)
        return told


def with_arguments(
    function: Callable[..., Any], arguments: Mapping[str, str], name: str
) -> Callable[[], Any]:
    """The function with its arguments, each a text unless the function says that it is a number or the like."""
    known = signature(function).parameters
    wanted = get_type_hints(function)
    given: dict[str, Any] = {}
    for key, text in arguments.items():
        if key not in known and not any(each.kind is Parameter.VAR_KEYWORD for each in known.values()):
            raise SetupError(
                f"The source of {name} has no argument {key!r}.{did_you_mean(key, known)}",
                advice="Correct `arguments` of the connection.",
            )
        given[key] = _argument(text, wanted.get(key, str))
    try:
        signature(function).bind(**given)
    except TypeError as error:
        raise SetupError(
            f"The source of {name}: {error}.", advice="Give it in `arguments` of the connection."
        ) from error
    return partial(function, **given)


def _argument(text: str, kind: Any) -> Any:
    if kind is str or str in get_args(kind) or kind is Any:
        return text
    try:
        return exact_json.decode(text.encode())
    except TieoutError:
        return text


def _rows(item: Any) -> list[Mapping[str, Any]]:
    """One record, or the rows of a table of Arrow or pandas."""
    if isinstance(item, Mapping):
        return [item]
    if hasattr(item, "to_pylist"):
        return list(item.to_pylist())
    if hasattr(item, "to_dict"):
        return list(item.to_dict("records"))
    return [{"value": item}]
