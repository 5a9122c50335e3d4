"""The `.qwc` file: how a Web Connector is told of a server and of the company file that it is for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Literal
from urllib.parse import urlsplit

from ..errors import SetupError
from .xml_tree import escaped, parse_xml

_GUID = re.compile(r"\{[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}")

Unattended = Literal["optional", "required"]
PersonalData = Literal["optional", "required", "not needed"]

_UNATTENDED: Mapping[Unattended, str] = {"optional": "umpOptional", "required": "umpRequired"}
_PERSONAL_DATA: Mapping[PersonalData, str] = {
    "optional": "pdpOptional",
    "required": "pdpRequired",
    "not needed": "pdpNotNeeded",
}


@dataclass(frozen=True, slots=True)
class QwcFile:
    """What stands in a `.qwc` file."""

    name: str
    """What the Web Connector shows, unique on its machine."""
    url: str
    support: str
    description: str
    user: str
    owner_id: str
    """One GUID for an application, in braces."""
    file_id: str
    """One GUID for a company file, in braces; the Web Connector writes it into the file."""
    unattended: Unattended = "optional"
    personal_data: PersonalData = "optional"
    minutes: int = 0
    """How often to run by itself; 0 leaves that to the person."""
    read_only: bool = False


def write_qwc(file: QwcFile) -> bytes:
    """The file; SetupError where the Web Connector would not take it."""
    _check(file)
    lines = {
        "AppName": file.name,
        "AppID": "",
        "AppURL": file.url,
        "AppDescription": file.description,
        "AppSupport": file.support,
        "UserName": file.user,
        "OwnerID": file.owner_id,
        "FileID": file.file_id,
        "QBType": "QBFS",
        "Style": "Document",
        "UnattendedModePref": _UNATTENDED[file.unattended],
        "PersonalDataPref": _PERSONAL_DATA[file.personal_data],
        "IsReadOnly": "true" if file.read_only else "false",
    }
    inside = "".join(f"\t<{name}>{escaped(text)}</{name}>\r\n" for name, text in lines.items())
    if file.minutes:
        inside += (
            f"\t<Scheduler>\r\n\t\t<RunEveryNMinutes>{file.minutes}</RunEveryNMinutes>\r\n\t</Scheduler>\r\n"
        )
    return f'<?xml version="1.0"?>\r\n<QBWCXML>\r\n{inside}</QBWCXML>\r\n'.encode(
        "ascii", "xmlcharrefreplace"
    )


def read_qwc(content: bytes) -> QwcFile:
    """What a file says."""
    root = parse_xml(content)
    scheduler = next(root.all("Scheduler"), None)
    minutes = scheduler.text_of("RunEveryNMinutes") if scheduler else ""
    return QwcFile(
        root.text_of("AppName"),
        root.text_of("AppURL"),
        root.text_of("AppSupport"),
        root.text_of("AppDescription"),
        root.text_of("UserName"),
        root.text_of("OwnerID"),
        root.text_of("FileID"),
        next(
            (ours for ours, wire in _UNATTENDED.items() if wire == root.text_of("UnattendedModePref")),
            "optional",
        ),
        next(
            (ours for ours, wire in _PERSONAL_DATA.items() if wire == root.text_of("PersonalDataPref")),
            "optional",
        ),
        int(minutes) if minutes.isdecimal() else 0,
        root.text_of("IsReadOnly") == "true",
    )


def check_url(url: str) -> None:
    """SetupError where the Web Connector would refuse this address of a server."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise SetupError(
            f"{url!r} is no address of a server.", advice="Write https://HOST or http://localhost:PORT."
        )
    if parts.scheme == "http" and parts.hostname != "localhost":
        raise SetupError(
            f"The Web Connector refuses {url}: it goes without TLS to its own machine only, as localhost.",
            advice="Name an https address: give `tieout serve` a certificate, or put it behind a proxy that has one.",
        )
    if _is_number(parts.hostname):
        raise SetupError(
            f"The Web Connector refuses {url}: it takes the name of a host, not its number.",
            advice="Give the machine a name, and write the address with it.",
        )


def _check(file: QwcFile) -> None:
    check_url(file.url)
    if urlsplit(file.support).hostname != urlsplit(file.url).hostname:
        raise SetupError(
            "The Web Connector wants the support page on the host of the server.",
            advice=f"Name a page of {urlsplit(file.url).hostname}.",
        )
    for guid in (file.owner_id, file.file_id):
        if not _GUID.fullmatch(guid):
            raise SetupError(f"{guid!r} is no GUID in braces.")


def _is_number(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
