"""The page of the reference that the API's endpoints write."""

from __future__ import annotations

from typing import Any

from tieout.runtime.api.door import OPENAPI
from tieout.runtime.api.endpoint import API, Endpoint
from tieout.runtime.api.endpoints import ENDPOINTS


def page() -> str:
    """Every endpoint, with what it is given and tells."""
    return "\n\n".join([_lead(), *map(_section, ENDPOINTS)]) + "\n"


def _lead() -> str:
    return (
        "# The API\n\n"
        "`tieout serve` answers programs under `/api`, with JSON, from other machines over https only. A program has a key, "
        "which `tieout keys NAME --role viewer` makes and shows once, and sends it along:\n\n"
        '```console\n$ curl -H "Authorization: Bearer $KEY" http://localhost:8765/api/processes\n```\n\n'
        "Keys have roles as users of the [console](../console.md) have: a viewer looks, an operator also acts, an admin may do all. "
        f"`{OPENAPI}`, which needs no key, describes all of it as OpenAPI 3.1 with every field. What is refused is told as "
        '`{"error": …, "advice": …}` with status 400 for a mistake, 401 without a key, 403 without the right, 404 for an address, a run or a record that is not '
        "there, 503 for what cannot be done now. Amounts are JSON numbers with all their digits."
    )


def _section(each: Endpoint) -> str:
    lines = [
        f"## {each.method} {API}{each.path}",
        "",
        f"{each.summary}. For an {each.role}."
        if each.role[0] in "ao"
        else f"{each.summary}. For a {each.role}.",
    ]
    if each.query:
        lines += ["", *(f"* `?{name}=`: {told}" for name, told in each.query.items())]
    given = f"It is given {_type(each.body)} and tells" if each.body else "It tells"
    return "\n".join([*lines, "", f"{given} {_type(each.answer)}."])


def _type(told: Any) -> str:
    name = getattr(told, "__name__", str(told))
    arguments: tuple[Any, ...] = getattr(told, "__args__", ())
    if name == "list":
        return f"a list of {_type(arguments[0])}"
    fields = getattr(told, "__dataclass_fields__", None)
    if fields is None:
        return "texts" if told is str else "a record"
    return f"`{name}` ({', '.join(f'`{field}`' for field in fields)})"
