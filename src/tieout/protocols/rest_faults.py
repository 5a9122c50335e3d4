"""Faults of the REST API: found in every spelling, written as recorded, turned into our errors.

    {"Fault": {"Error": [{"Message", "Detail", "code", "element"}], "type"}, "time"}    the accounting service
    {..., "fault": {"error": [{"message", "detail", "code", "element"}], "type"}, ...}  the gateway before it
    <IntuitResponse time=""><Fault type=""><Error code="" element="">…                  both, to who asks for XML

A fault can come with HTTP 200 (error handling, "always check the response body"), so every reader looks for one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from .. import errors
from ..catalog.faults import FaultFact, fault_fact
from ..errors import Busy, RecordRefused, RemoteProtocolError, TieoutError, Unauthorized, Unreachable
from .xml_tree import Element, attribute, escaped, parse_xml

NAMESPACE = "http://schema.intuit.com/finance/v3"
THROTTLED = "3001"
"""Comes with HTTP 429, and years ago with 403."""
DEFAULT_WAIT = 60.0
"""Seconds to wait when throttled and not told how long; QuickBooks counts by the minute."""


@dataclass(frozen=True, slots=True)
class FaultError:
    """One thing that QuickBooks found wrong."""

    message: str
    detail: str = ""
    code: str = ""
    element: str | None = None
    """The field it is about; None when the answer has no such key, as parser faults have not."""

    @property
    def number(self) -> str:
        """The code without the gateway's padding: 003200 is 3200."""
        return self.code.lstrip("0")

    @property
    def text(self) -> str:
        """Message and detail on one line; the detail alone when it repeats the message."""
        message, detail = " ".join(self.message.split()).rstrip("."), " ".join(self.detail.split())
        if detail.startswith(message):
            return detail
        return f"{message}: {detail}" if detail else message


@dataclass(frozen=True, slots=True)
class Fault:
    """Why QuickBooks refused."""

    type: str
    errors: tuple[FaultError, ...]

    @property
    def first(self) -> FaultError:
        """The error that decides what to do."""
        return self.errors[0] if self.errors else FaultError(f"{self.type or 'Fault'} without an explanation")

    def has(self, number: str) -> bool:
        return any(error.number == number for error in self.errors)


class _Error(msgspec.Struct):
    """An error in either spelling of its keys."""

    message: str | None = msgspec.field(default=None, name="Message")
    detail: str | None = msgspec.field(default=None, name="Detail")
    gateway_message: str | None = msgspec.field(default=None, name="message")
    gateway_detail: str | None = msgspec.field(default=None, name="detail")
    code: str | int | None = None
    element: str | None = None


class _Fault(msgspec.Struct):
    type: str | None = None
    errors: list[_Error] | None = msgspec.field(default=None, name="Error")
    gateway_errors: list[_Error] | None = msgspec.field(default=None, name="error")


class _Envelope(msgspec.Struct):
    service: _Fault | None = msgspec.field(default=None, name="Fault")
    gateway: _Fault | None = msgspec.field(default=None, name="fault")


_ENVELOPE = msgspec.json.Decoder(_Envelope)
_FAULT = msgspec.json.Decoder(_Fault)


def find_fault(body: bytes, content_type: str = "") -> Fault | None:
    """The fault inside an answer; None when there is none, or when it is no answer of QuickBooks at all."""
    if "xml" in content_type or body.lstrip()[:1] == b"<":
        return _find_in_xml(body)
    try:
        envelope = _ENVELOPE.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    found = envelope.service or envelope.gateway
    return _as_fault(found) if found else None


def read_fault(raw: bytes | msgspec.Raw) -> Fault:
    """The fault whose JSON object this is, as inside a batch item."""
    return _as_fault(_FAULT.decode(raw))


def _as_fault(found: _Fault) -> Fault:
    return Fault(found.type or "", tuple(map(_as_error, found.errors or found.gateway_errors or ())))


def _as_error(found: _Error) -> FaultError:
    return FaultError(
        message=found.message or found.gateway_message or "",
        detail=found.detail or found.gateway_detail or "",
        code="" if found.code is None else str(found.code),
        element=found.element,
    )


def _find_in_xml(body: bytes) -> Fault | None:
    try:
        root = parse_xml(body)
    except RemoteProtocolError:
        return None
    found = root if root.name == "Fault" else root.find("Fault")
    return fault_of(found) if found else None


def fault_of(element: Element) -> Fault:
    """The fault that a `<Fault>` element says."""
    found = (
        FaultError(
            error.text_of("Message"),
            error.text_of("Detail"),
            error.attributes.get("code", ""),
            error.attributes.get("element"),
        )
        for error in element.all("Error")
    )
    return Fault(element.attributes.get("type", ""), tuple(found))


def error_from(
    status: int, fault: Fault | None, tid: str = "", retry_after: str | None = None, body: bytes = b""
) -> TieoutError:
    """The error to raise for an answer that is no success, whatever its HTTP status."""
    text = _told(status, fault, tid, body)
    if status == 429 or (fault and fault.has(THROTTLED)):
        return Busy(text, wait=_seconds(retry_after))
    if fault and _tells_more(fault, status):
        return _explained(fault, text, tid)
    return _unexplained(status, text)


def _tells_more(fault: Fault, status: int) -> bool:
    """Whether the fault decides, not the status; some refusals come with HTTP 500, and 401 is always about us."""
    if status >= 500:
        return fault.type.startswith("Validation")
    return status != 401 or fault_fact(fault.first.number).error == Unauthorized.__name__


def _explained(fault: Fault, text: str, tid: str) -> TieoutError:
    first = fault.first
    fact: FaultFact = fault_fact(first.number)
    kind: type[TieoutError] = getattr(errors, fact.error)
    if not issubclass(kind, RecordRefused):
        return kind(text, advice=fact.advice)
    return kind(
        text, advice=fact.advice, code=first.number, element=first.element or "", detail=first.detail, tid=tid
    )


def _unexplained(status: int, text: str) -> TieoutError:
    if status >= 500:
        return Unreachable(text, advice="QuickBooks has a problem of its own: try again in a few minutes.")
    if status in (401, 403):
        return Unauthorized(text)
    if status == 404:
        return errors.SetupError(text, advice="Check `company` and the address of the connection.")
    if status == 413:
        return errors.Invalid(text, advice="The request is too large: send less at once.")
    return RemoteProtocolError(text)


def _told(status: int, fault: Fault | None, tid: str, body: bytes) -> str:
    if fault is None:
        said = f"QuickBooks answered HTTP {status}: {_beginning(body)}"
    else:
        said = "; ".join(_with_place(error) for error in fault.errors or (fault.first,))
    return f"{said} [intuit_tid {tid}]" if tid else said


def _with_place(error: FaultError) -> str:
    place = [f"code {error.number}"] if error.number else []
    place += [f"element {error.element}"] if error.element else []
    return f"{error.text} ({', '.join(place)})" if place else error.text


def _beginning(body: bytes) -> str:
    text = " ".join(body[:400].decode("utf-8", "replace").split())
    return repr(text[:200]) if text else "nothing at all"


def _seconds(retry_after: str | None) -> float:
    told = (retry_after or "").strip()
    return float(told) if told.isdigit() else DEFAULT_WAIT


def written_time(time: datetime) -> str:
    """A time as answers carry it: milliseconds and the company's offset."""
    return time.isoformat(timespec="milliseconds")


def write_fault(fault: Fault, time: datetime) -> bytes:
    """The answer of the accounting service."""
    return b'{"Fault":%b,"time":"%b"}' % (write_fault_object(fault), written_time(time).encode())


def write_fault_object(fault: Fault) -> bytes:
    """The fault alone, as a batch item carries it."""
    found = [_service_keys(error) for error in fault.errors]
    return msgspec.json.encode({"Error": found, "type": fault.type})


def _service_keys(error: FaultError) -> dict[str, str]:
    keys = {"Message": error.message, "Detail": error.detail, "code": error.code, "element": error.element}
    return {key: value for key, value in keys.items() if value or (key == "element" and value is not None)}


def write_gateway_fault(fault: Fault, time: datetime) -> bytes:
    """The answer of the gateway before the service: an empty envelope in lower case, its time in milliseconds."""
    found = [
        {
            "message": error.message,
            "detail": error.detail or None,
            "code": error.code,
            "element": error.element,
        }
        for error in fault.errors
    ]
    envelope: dict[str, Any] = {
        "warnings": None,
        "intuitObject": None,
        "fault": {"error": found, "type": fault.type},
        "report": None,
        "queryResponse": None,
        "batchItemResponse": [],
        "attachableResponse": [],
        "syncErrorResponse": None,
        "requestId": None,
        "time": int(time.timestamp() * 1000),
        "status": None,
        "cdcresponse": [],
    }
    return msgspec.json.encode(envelope)


def write_fault_xml(fault: Fault, time: datetime) -> bytes:
    """The answer to who asks for XML."""
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        f'<IntuitResponse time="{written_time(time)}" xmlns="{NAMESPACE}">{fault_element(fault)}</IntuitResponse>'
    ).encode()


def fault_element(fault: Fault) -> str:
    """The fault alone, as a batch item carries it."""
    found = "".join(_error_element(error) for error in fault.errors)
    return f"<Fault type={attribute(fault.type)}>{found}</Fault>"


def _error_element(error: FaultError) -> str:
    attributes = f" code={attribute(error.code)}" if error.code else ""
    if error.element is not None:
        attributes += f" element={attribute(error.element)}"
    detail = f"<Detail>{escaped(error.detail)}</Detail>" if error.detail else ""
    return f"<Error{attributes}><Message>{escaped(error.message)}</Message>{detail}</Error>"
