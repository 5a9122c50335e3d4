"""Records in XML: an element is an object, its attributes and children its members, repeated ones a list. No I/O."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..errors import RemoteProtocolError, SetupError
from .record_files import Given
from .xml_tree import Element, attribute, escaped, parse_xml

TEXT = "#text"
"""The member that holds an element's text, where it has attributes too."""


def read_xml(body: bytes, name: str, path: str = "") -> Iterator[Given]:
    """The elements at a dotted path below the root as records; its children where no path is given."""
    try:
        root = parse_xml(body)
    except RemoteProtocolError as error:
        raise SetupError(f"{name}: {error}", advice="Correct the file, or save it anew.") from error
    found = [root]
    for part in path.split(".") if path else ["*"]:
        found = [child for each in found for child in each.children if part in ("*", child.name)]
    for number, element in enumerate(found, 1):
        value = _value(element)
        yield Given(f"{name}, {element.name} {number}", value if isinstance(value, dict) else {TEXT: value})


def whole_xml(body: bytes, name: str) -> dict[str, Any]:
    """The whole document as one record."""
    try:
        value = _value(parse_xml(body))
    except RemoteProtocolError as error:
        raise SetupError(f"{name}: {error}", advice="Correct the file, or save it anew.") from error
    return value if isinstance(value, dict) else {TEXT: value}


def _value(element: Element) -> Any:
    if not element.children and not element.attributes:
        return element.text.strip()
    record: dict[str, Any] = {f"@{name}": value for name, value in element.attributes.items()}
    for child in element.children:
        value = _value(child)
        if child.name not in record:
            record[child.name] = value
        elif isinstance(record[child.name], _Repeated):
            record[child.name].append(value)
        else:
            record[child.name] = _Repeated([record[child.name], value])
    if element.text.strip():
        record[TEXT] = element.text.strip()
    return record


class _Repeated(list[Any]):
    """Elements of one name beside one another."""


def write_xml(records: Sequence[Mapping[str, Any]], root: str, name: str) -> bytes:
    """Records as children of a root; a member whose name begins with `@` is an attribute."""
    inside = "".join(_element(name, record) for record in records)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{root}>{inside}\n</{root}>\n'.encode()


def write_document(record: Mapping[str, Any], name: str) -> bytes:
    """One record as a document of its own."""
    return f'<?xml version="1.0" encoding="UTF-8"?>{_element(name, record, 0)}\n'.encode()


def _element(name: str, value: Any, depth: int = 1) -> str:
    gap = "\n" + "  " * depth
    if isinstance(value, list | tuple):
        return "".join(_element(name, each, depth) for each in value)
    if not isinstance(value, Mapping):
        return f"{gap}<{name}>{escaped(_text(value))}</{name}>" if value is not None else ""
    told = "".join(f" {n[1:]}={attribute(_text(v))}" for n, v in value.items() if n.startswith("@"))
    inside = "".join(_element(n, v, depth + 1) for n, v in value.items() if n[:1] not in ("@", "#"))
    text = escaped(_text(value[TEXT])) if TEXT in value else ""
    return f"{gap}<{name}{told}>{text}{inside}{gap if inside else ''}</{name}>"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:f}" if hasattr(value, "as_tuple") else str(value)
