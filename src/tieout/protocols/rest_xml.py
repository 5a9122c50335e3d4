"""Records of the REST API in XML, the form it speaks to who does not ask for JSON.

The catalog says what goes where: the order of elements, which members are attributes or text, and what repeats.
A reference `{"value": "10", "name": "X"}` is `<CustomerRef name="X">10</CustomerRef>`. Values are those of the JSON
form, so a record reads the same whichever way it came.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any

from ..catalog.nearest import did_you_mean
from ..catalog.rest import Field, RecordType, Shape, record_type, type_names
from ..errors import LocalProtocolError, RemoteProtocolError
from . import exact_json
from .rest import BatchItem, CdcPart
from .rest_faults import NAMESPACE, Fault, error_from, fault_element, fault_of, written_time
from .xml_tree import Element, attribute, escaped, parse_xml

CONTENT_TYPE = "application/xml"

Record = dict[str, Any]

_DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_XMLNS = f' xmlns="{NAMESPACE}"'
_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
_PLAIN = "StringType"
_ITEM_ATTRIBUTES = ("bId", "operation", "optionsData")
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Characters that XML 1.0 cannot carry, not even escaped."""


def to_xml(type_name: str, record: Mapping[str, Any]) -> bytes:
    """A record as a document of its own, as a request carries it."""
    return (_DECLARATION + _record(type_name, record, _XMLNS)).encode()


def write_entity_xml(type_name: str, record: Mapping[str, Any], time: datetime) -> bytes:
    """The answer with one record."""
    return _answer(_record(type_name, record), time)


def write_query_xml(
    type_name: str, records: Iterable[Mapping[str, Any]], start: int, total: int | None, time: datetime
) -> bytes:
    """The answer with a page of a query."""
    return _answer(_page([_record(type_name, record) for record in records], start, total), time)


def write_count_xml(total: int, time: datetime) -> bytes:
    """The answer to COUNT(*)."""
    return _answer(f'<QueryResponse totalCount="{total}"/>', time)


def write_batch_xml(items: Iterable[BatchItem], time: datetime) -> bytes:
    """The answers to a batch."""
    return _answer("".join(map(_batch_item, items)), time)


def write_cdc_xml(parts: Iterable[CdcPart], time: datetime) -> bytes:
    """Changes by type; a type without any is an empty page in its place."""
    return _answer(f"<CDCResponse>{''.join(map(_changes, parts))}</CDCResponse>", time)


def write_upload_xml(outcomes: Iterable[bytes | Fault], time: datetime) -> bytes:
    """What became of the files of an upload, each a raw Attachable or a fault."""
    contents = (
        fault_element(each) if isinstance(each, Fault) else _record("Attachable", exact_json.decode(each))
        for each in outcomes
    )
    return _answer("".join(f"<AttachableResponse>{each}</AttachableResponse>" for each in contents), time)


def _batch_item(item: BatchItem) -> str:
    if item.fault:
        contents = fault_element(item.fault)
    elif item.answer:
        page = item.answer
        contents = _page(_raw_records(page.type or "", page.records), page.start, page.total)
    else:
        contents = "".join(_record(key, exact_json.decode(raw)) for key, raw in filter(None, [item.entity]))
    return f"<BatchItemResponse bId={attribute(item.bid)}>{contents}</BatchItemResponse>"


def _changes(part: CdcPart) -> str:
    gone = [_record(part.type, _stub(record_id, when)) for record_id, when in part.deleted]
    return _page([*_raw_records(part.type, part.live), *gone], 1, None)


def _stub(record_id: str, when: datetime | None) -> Record:
    told = {} if when is None else {"MetaData": {"LastUpdatedTime": when}}
    return {"domain": "QBO", "status": "Deleted", "Id": record_id, **told}


def _raw_records(type_name: str, records: bytes) -> list[str]:
    return [_record(type_name, record) for record in exact_json.decode(records)]


def _page(written: Sequence[str], start: int, total: int | None) -> str:
    position = f' startPosition="{start}" maxResults="{len(written)}"' if written else ""
    counted = "" if total is None else f' totalCount="{total}"'
    return f"<QueryResponse{position}{counted}>{''.join(written)}</QueryResponse>"


def _answer(contents: str, time: datetime) -> bytes:
    start = f'<IntuitResponse time="{written_time(time)}"{_XMLNS}>'
    return f"{_DECLARATION}{start}{contents}</IntuitResponse>".encode()


def _record(type_name: str, record: Mapping[str, Any], attributes: str = "") -> str:
    declared = record_type(type_name)
    spelled = {json: xml for xml, json in _json_names(declared).items()}
    members = {spelled.get(name, name): value for name, value in record.items()}
    return _Writer(declared).element(type_name, _elements(type_name), members, type_name, attributes)


def _json_names(declared: RecordType) -> Mapping[str, str]:
    """The members that JSON spells otherwise than XML, by XML's name."""
    names: Mapping[str, str] = declared.head.get("json_names", {})
    return names


@cache
def _elements(type_name: str) -> Shape:
    """The fields of a type by the names they have in XML."""
    declared = record_type(type_name)
    spelled = {json: xml for xml, json in _json_names(declared).items()}
    fields = (replace(field, name=spelled.get(name, name)) for name, field in declared.fields.items())
    return {field.name: field for field in fields}


class _Writer:
    """Writes the parts of one record; places are named from the record down."""

    def __init__(self, declared: RecordType) -> None:
        self._declared = declared

    def element(self, tag: str, shape: Shape, members: Any, place: str, attributes: str = "") -> str:
        _refuse_unknown(shape, members, place)
        inside = ""
        for field in shape.values():
            value, where = members.get(field.name), f"{place}.{field.name}"
            if value is None:
                inside += f"<{field.name}/>" if field.type == "any" and field.required else ""
            elif field.has("attribute"):
                attributes += f" {field.name}={attribute(_text(value, where))}"
            else:
                inside += self._inside(field, value, where)
        return f"<{tag}{attributes}>{inside}</{tag}>"

    def _inside(self, field: Field, value: Any, place: str) -> str:
        if field.has("text"):
            return escaped(_text(value, place))
        if not field.many:
            return self._field(field, value, place)
        if not isinstance(value, list | tuple):
            raise LocalProtocolError(f"{place} is repeated, so it must be a list.")
        return "".join(self._field(field, part, f"{place}[{at}]") for at, part in enumerate(value))

    def _field(self, field: Field, value: Any, place: str) -> str:
        if field.type == "ref":
            return _reference(field.name, value, place)
        if field.type == "any":
            return f"<{field.name}>{_extension(value, place)}</{field.name}>"
        shape = self._declared.inner(field)
        if shape is not None:
            return self.element(field.name, shape, value, place, _actual_type(field, value))
        return f"<{field.name}>{escaped(_text(value, place))}</{field.name}>"


def _actual_type(field: Field, value: Any) -> str:
    """The attribute that says what a definition of custom fields is: the schema's type for them is abstract."""
    if field.type != "CustomFieldDefinition":
        return ""
    parts = value.get("CustomField", ()) if isinstance(value, Mapping) else ()
    kind = next((part["Type"] for part in parts if "Type" in part), _PLAIN)
    return f' xmlns:xsi="{_INSTANCE}" xsi:type={attribute(f"{kind}CustomFieldDefinition")}'


def _refuse_unknown(shape: Shape, members: Any, place: str) -> None:
    if not isinstance(members, Mapping):
        raise LocalProtocolError(f"{place} has parts, so it must be an object, not {members!r}.")
    unknown = next((name for name in members if name not in shape), None)
    if unknown is not None:
        raise LocalProtocolError(f"{place} has no field {unknown!r}.{did_you_mean(unknown, shape)}")


def _reference(tag: str, value: Any, place: str) -> str:
    if not isinstance(value, Mapping):
        raise LocalProtocolError(f"{place} is a reference: write {{'value': id}}, not {value!r}.")
    told = {
        key: _text(value[key], f"{place}.{key}") for key in ("name", "type") if value.get(key) is not None
    }
    attributes = "".join(f" {key}={attribute(text)}" for key, text in told.items())
    return f"<{tag}{attributes}>{escaped(_text(value.get('value', ''), place))}</{tag}>"


def _extension(value: Any, place: str) -> str:
    """The contents of an extension point; JSON lists them under `any`, each with its qualified name."""
    parts = value.get("any", ()) if isinstance(value, Mapping) else ()
    return "".join(_loose(part["name"].rpartition("}")[2], part.get("value"), place) for part in parts)


def _loose(tag: str, value: Any, place: str) -> str:
    if isinstance(value, Mapping):
        inside = "".join(_loose(name, part, f"{place}.{name}") for name, part in value.items())
    else:
        inside = escaped(_text(value, place))
    return f"<{tag}>{inside}</{tag}>"


def _text(value: Any, place: str) -> str:
    match value:
        case bool():
            text = "true" if value else "false"
        case Decimal() if value.is_finite():
            text = f"{value:f}"
        case date():
            text = value.isoformat()
        case str() | int():
            text = str(value)
        case _:
            raise LocalProtocolError(f"{place} cannot be {value!r}.")
    if _NOT_XML.search(text):
        raise LocalProtocolError(f"{place} has a character that XML cannot carry: {text!r}.")
    return text


def from_xml(body: bytes) -> tuple[str, Record]:
    """The type and the record of a document: a record of its own, or the first one of an answer.

    What the catalog does not know is kept, so that it is noticed; a fault is raised.
    """
    root = parse_xml(body)
    fault = root.find("Fault") if root.name == "IntuitResponse" else None
    if fault:
        raise error_from(200, fault_of(fault))
    found = root if root.name in type_names() else next(_records(root), None)
    if found is None:
        raise RemoteProtocolError(f"The XML holds no record: <{root.name}> is none.")
    return found.name, _read_record(found)


def read_record_xml(body: bytes) -> tuple[str, Record]:
    """The type and the record of a request: the document itself, nothing around it."""
    root = parse_xml(body)
    if root.name not in type_names():
        raise RemoteProtocolError(f"<{root.name}> is no record.")
    return root.name, _read_record(root)


def read_batch_xml(body: bytes) -> Record:
    """The request for a batch, as its JSON form has it."""
    root = parse_xml(body)
    if root.name != "IntuitBatchRequest":
        raise RemoteProtocolError(f"<{root.name}> is no batch.")
    return {"BatchItemRequest": [_read_batch_item(item) for item in root.all("BatchItemRequest")]}


def _read_batch_item(item: Element) -> Record:
    read: Record = {name: item.attributes[name] for name in _ITEM_ATTRIBUTES if name in item.attributes}
    for part in item.children:
        value = _read_record(part) if part.name in type_names() else part.text
        _add(read, part.name, value, many=False)
    return read


def records_in(body: bytes) -> Iterator[tuple[str, Record]]:
    """Every record of an answer, in its order."""
    return ((element.name, _read_record(element)) for element in _records(parse_xml(body)))


def _records(parent: Element) -> Iterator[Element]:
    for child in parent.children:
        if child.name in type_names():
            yield child
        else:
            yield from _records(child)


def _read_record(element: Element) -> Record:
    declared = record_type(element.name)
    record = _read_shape(element, declared, _elements(element.name))
    spelled = _json_names(declared)
    return {spelled.get(name, name): value for name, value in record.items()}


def _read_shape(element: Element, declared: RecordType, shape: Shape) -> Record:
    record = {
        name: _scalar(shape[name], text)
        for name, text in element.attributes.items()
        if name in shape and shape[name].has("attribute")
    }
    record |= {name: element.text for name, field in shape.items() if field.has("text")}
    for child in element.children:
        field = shape.get(child.name)
        if field is not None and field.type == "any" and not child.children:
            continue  # an extension point that the schema demands, without an extension
        _add(record, child.name, _read_field(child, declared, field), many=field is not None and field.many)
    return record


def _add(record: Record, name: str, value: Any, *, many: bool) -> None:
    """Put a value in; one that comes again makes a list, as what must not repeat is for others to judge."""
    if many:
        record.setdefault(name, []).append(value)
    elif name in record:
        before = record[name]
        record[name] = [*before, value] if isinstance(before, list) else [before, value]
    else:
        record[name] = value


def _read_field(element: Element, declared: RecordType, field: Field | None) -> Any:
    if field is None:
        return _read_loose(element)
    if field.type == "ref":
        told = {key: element.attributes[key] for key in ("name", "type") if key in element.attributes}
        return {"value": element.text.strip(), **told}
    if field.type == "any":
        return {"any": [_read_extension(child) for child in element.children]}
    shape = declared.inner(field)
    return _scalar(field, element.text) if shape is None else _read_shape(element, declared, shape)


def _read_extension(element: Element) -> Record:
    """One part of an extension point as the JSON form has it."""
    return {
        "name": f"{{{NAMESPACE}}}{element.name}",
        "declaredType": f"com.intuit.schema.finance.v3.{element.name}",
        "scope": "javax.xml.bind.JAXBElement$GlobalScope",
        "value": _read_loose(element),
        "nil": False,
        "globalScope": True,
        "typeSubstituted": False,
    }


def _read_loose(element: Element) -> Any:
    if not element.children:
        return element.text
    record: Record = {}
    for child in element.children:
        _add(record, child.name, _read_loose(child), many=False)
    return record


def _scalar(field: Field, text: str) -> Any:
    """The value of a text; the text itself where it is none of its type, for validation to refuse."""
    match field.type:
        case "bool":
            return {"true": True, "1": True, "false": False, "0": False}.get(text.strip(), text)
        case "int" | "decimal" | "double":
            return _number(field, text)
        case "str" | "any":
            return text
    return text.strip()


def _number(field: Field, text: str) -> Any:
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        return text
    if not number.is_finite():
        return text
    return int(number) if field.type == "int" and number == number.to_integral_value() else number
