"""The methods by which the QuickBooks Web Connector calls a server, and the description of such a server (WSDL).

Names and order are Intuit's. The Web Connector calls `serverVersion` without an argument; some servers declare one, and the
guide calls it `getServerVersion`, so both are answered.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from ..errors import RemoteProtocolError
from . import soap
from .xml_tree import attribute, parse_xml

NAMESPACE = "http://developer.intuit.com/"

ResultType = Literal["string", "int", "ArrayOfString"]


@dataclass(frozen=True, slots=True)
class Method:
    """One method."""

    name: str
    parameters: tuple[str, ...]
    result: ResultType = "string"


METHODS: Mapping[str, Method] = {
    each.name: each
    for each in (
        Method("serverVersion", ()),
        Method("clientVersion", ("strVersion",)),
        Method("authenticate", ("strUserName", "strPassword"), "ArrayOfString"),
        Method(
            "sendRequestXML",
            (
                "ticket",
                "strHCPResponse",
                "strCompanyFileName",
                "qbXMLCountry",
                "qbXMLMajorVers",
                "qbXMLMinorVers",
            ),
        ),
        Method("receiveResponseXML", ("ticket", "response", "hresult", "message"), "int"),
        Method("connectionError", ("ticket", "hresult", "message")),
        Method("getLastError", ("ticket",)),
        Method("closeConnection", ("ticket",)),
        Method("getInteractiveURL", ("wcTicket", "sessionID")),
        Method("interactiveDone", ("wcTicket",)),
        Method("interactiveRejected", ("wcTicket", "reason")),
    )
}
"""In the order in which they are called."""

ALIASES: Mapping[str, str] = {"getServerVersion": "serverVersion"}
"""Names that the guide has for methods, and what they are called on the wire."""

_NUMBERS = frozenset(("qbXMLMajorVers", "qbXMLMinorVers"))


def method_called(name: str) -> Method:
    """The method of this name, or of the alias; RemoteProtocolError where the Web Connector has none."""
    found = METHODS.get(ALIASES.get(name, name))
    if found is None:
        raise RemoteProtocolError(f"The Web Connector has no method {name!r}.")
    return found


def soap_action(method: str) -> str:
    """The header that goes with a call, in its quotes."""
    return f'"{NAMESPACE}{method}"'


def write_call(method: str, **arguments: str) -> bytes:
    """The envelope that the Web Connector sends: all parameters in their order, empty ones too."""
    given = {name: arguments.pop(name, "") for name in METHODS[method].parameters}
    return soap.write_call(NAMESPACE, method, {**given, **arguments})


def read_reply(body: bytes, method: str) -> soap.Result:
    """What the Web Connector is told: a text, a number, or the texts of an array."""
    found = soap.read_reply(body, method)
    match METHODS[method].result:
        case "string":
            return found.text
        case "int":
            try:
                return int(found.text)
            except ValueError:
                raise RemoteProtocolError(f"{method} was answered with {found.text!r}, no number.") from None
        case "ArrayOfString":
            return [each.text for each in found.all("string")]


def write_reply(method: str, result: soap.Result) -> bytes:
    """The envelope of the server's answer, under the name by which the method was called."""
    return soap.write_reply(NAMESPACE, method, result)


@dataclass(frozen=True, slots=True)
class AboutFile:
    """What the Web Connector tells of QuickBooks and the company file with its first request."""

    versions: tuple[str, ...] = ()
    """Of qbXML, oldest first."""
    product: str = ""
    company: str = ""
    file_ids: tuple[tuple[str, str], ...] = ()
    """OwnerID and FileID of each application that the file is registered for, in capitals."""


def read_about_file(text: str) -> AboutFile:
    """From the answers to HostQuery and CompanyQuery that come as `strHCPResponse`; nothing where there is none."""
    inside = text[max(text.find("<QBXML"), 0) :]  # without a declaration of an encoding that it no longer has
    if not inside.strip():
        return AboutFile()
    root = parse_xml(inside.encode())
    host, company = root.find("HostRet"), root.find("CompanyRet")
    extensions = company.all("DataExtRet") if company else ()
    return AboutFile(
        tuple(each.text.strip() for each in host.all("SupportedQBXMLVersion")) if host else (),
        host.text_of("ProductName") if host else "",
        company.text_of("CompanyName") if company else "",
        tuple(
            (each.text_of("OwnerID").upper(), each.text_of("DataExtValue").upper())
            for each in extensions
            if each.text_of("DataExtName") == "FileID"
        ),
    )


def wsdl(url: str) -> bytes:
    """The description of a server at this address: SOAP 1.1, document/literal, wrapped."""
    binding = "".join(
        f'<w:operation name="{name}"><soap:operation soapAction="{NAMESPACE}{name}" style="document"/>'
        '<w:input><soap:body use="literal"/></w:input><w:output><soap:body use="literal"/></w:output></w:operation>'
        for name in METHODS
    )
    ports = "".join(
        f'<w:operation name="{name}"><w:input message="t:{name}In"/><w:output message="t:{name}Out"/></w:operation>'
        for name in METHODS
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        f'<w:definitions xmlns:w="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" '
        f'xmlns:x="http://www.w3.org/2001/XMLSchema" xmlns:t="{NAMESPACE}" targetNamespace="{NAMESPACE}">'
        f'<w:types><x:schema elementFormDefault="qualified" targetNamespace="{NAMESPACE}">'
        f"{''.join(_elements())}{_ARRAY}</x:schema></w:types>"
        f"{''.join(_messages())}"
        f'<w:portType name="WebConnector">{ports}</w:portType>'
        '<w:binding name="WebConnector" type="t:WebConnector">'
        f'<soap:binding transport="http://schemas.xmlsoap.org/soap/http"/>{binding}</w:binding>'
        '<w:service name="WebConnector"><w:port name="WebConnector" binding="t:WebConnector">'
        f"<soap:address location={attribute(url)}/></w:port></w:service></w:definitions>"
    ).encode()


_ARRAY = (
    '<x:complexType name="ArrayOfString"><x:sequence>'
    '<x:element name="string" type="x:string" nillable="true" minOccurs="0" maxOccurs="unbounded"/>'
    "</x:sequence></x:complexType>"
)


def _elements() -> Iterator[str]:
    for method in METHODS.values():
        inside = "".join(
            f'<x:element name="{name}" type="x:int"/>'
            if name in _NUMBERS
            else f'<x:element name="{name}" type="x:string" minOccurs="0"/>'
            for name in method.parameters
        )
        kind = f"{'t' if method.result == 'ArrayOfString' else 'x'}:{method.result}"
        least = "" if method.result == "int" else ' minOccurs="0"'
        result = f'<x:element name="{method.name}Result" type="{kind}"{least}/>'
        yield _element(method.name, inside) + _element(f"{method.name}Response", result)


def _element(name: str, inside: str) -> str:
    return f'<x:element name="{name}"><x:complexType><x:sequence>{inside}</x:sequence></x:complexType></x:element>'


def _messages() -> Iterator[str]:
    for name in METHODS:
        for way, element in (("In", name), ("Out", f"{name}Response")):
            yield f'<w:message name="{name}{way}"><w:part name="parameters" element="t:{element}"/></w:message>'
