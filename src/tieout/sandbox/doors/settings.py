"""Settings that a test sends to the sandbox, checked before anything is changed."""

from __future__ import annotations

from typing import Annotated, Literal, TypeVar

import msgspec

from ...catalog.nearest import did_you_mean
from ...errors import SetupError

T = TypeVar("T", bound=msgspec.Struct)


class Limits(msgspec.Struct, frozen=True):
    """What may be set of the limits; None leaves a thing as it is."""

    throttle: bool | None = None
    """Whether the limits hold."""
    at_once: bool | None = None
    """Whether calls that run at the same time are limited as well."""
    status: Literal[429, 403] | None = None
    """What a refused call gets."""
    each_query: bool | None = None
    """Whether every query of a batch is metered, not the batch."""
    used: Annotated[int, msgspec.Meta(ge=0)] | None = None
    """What the meter of CorePlus calls says."""
    client_id: str | None = None
    """Whose meter; the first application's when it is not said."""


def read_settings(sent: object, kind: type[T], example: str) -> T:
    """What was sent as settings of a kind; SetupError names the first that is wrong."""
    if not isinstance(sent, dict):
        raise SetupError(f"Send an object such as {example}.")
    for name in sent:
        if name not in kind.__struct_fields__:
            raise SetupError(
                f"There is no setting {name!r}.{did_you_mean(str(name), kind.__struct_fields__)}"
            )
    try:
        return msgspec.convert(sent, kind)
    except msgspec.ValidationError as error:
        raise SetupError(f"{error}. Send an object such as {example}.") from None
