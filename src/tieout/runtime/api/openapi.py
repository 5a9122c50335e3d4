"""The API as OpenAPI 3.1, made of its endpoints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.metadata import version
from typing import Any

import msgspec

from . import shapes
from .endpoint import API, Endpoint
from .endpoints import ENDPOINTS

_REFUSALS = {
    "400": "It cannot be done as it was asked for.",
    "401": "There is no key, or it is good no more.",
    "403": "The key may not do this.",
    "404": "There is no such thing.",
    "503": "It cannot be done now.",
}


@cache
def openapi() -> Mapping[str, Any]:
    """The document."""
    types = [each.answer for each in ENDPOINTS] + [each.body for each in ENDPOINTS if each.body]
    told = list(dict.fromkeys([*types, shapes.Refusal]))
    schemas, components = msgspec.json.schema_components(told, ref_template="#/components/schemas/{name}")
    schema_of = dict(zip(told, schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for each in ENDPOINTS:
        paths.setdefault(f"{API}{each.path}", {})[each.method.lower()] = _operation(each, schema_of)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "tieout",
            "version": version("tieout"),
            "summary": "What the console shows and does.",
        },
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"key": []}],
    }


def _operation(endpoint: Endpoint, schema_of: Mapping[Any, Any]) -> dict[str, Any]:
    refused = _content(schema_of[shapes.Refusal])
    made: dict[str, Any] = {
        "operationId": endpoint.run.__name__,
        "summary": endpoint.summary,
        "description": f"For keys of the role {endpoint.role}, and those above.",
        "parameters": [*_parameters(endpoint.names, "path"), *_parameters(endpoint.query, "query")],
        "responses": {
            str(endpoint.status): {"description": "Done.", "content": _content(schema_of[endpoint.answer])},
            **{status: {"description": told, "content": refused} for status, told in _REFUSALS.items()},
        },
    }
    if endpoint.body:
        made["requestBody"] = {"content": _content(schema_of[endpoint.body])}
    return made


def _parameters(names: Sequence[str] | Mapping[str, str], place: str) -> list[dict[str, Any]]:
    told = names if isinstance(names, Mapping) else {}
    return [
        {"name": name, "in": place, "required": place == "path", "schema": {"type": "string"}}
        | ({"description": told[name]} if name in told else {})
        for name in names
    ]


def _content(schema: Any) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}
