"""The contents of a company's attachments, and the temporary addresses they are fetched from.

An address is signed and dated, so nothing has to be remembered about it; it is good for anybody who has it.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from urllib.parse import quote, urlencode

from ...protocols import exact_json
from .records import Record

LINK_LIFE = timedelta(minutes=15)
FOLDER = "/attachments"


class Files:
    """What was uploaded, by the id of its Attachable."""

    def __init__(self) -> None:
        self._contents: dict[str, bytes] = {}
        self._key = secrets.token_bytes(32)

    def keep(self, id_: str, contents: bytes) -> None:
        self._contents[id_] = contents

    def get(self, id_: str) -> bytes | None:
        return self._contents.get(id_)

    def address(self, origin: str, realm: str, record: Record, now: datetime) -> str:
        """Where a file is for the next quarter of an hour."""
        ends = int((now + LINK_LIFE).timestamp())
        path = f"{FOLDER}/{realm}/{record['Id']}/{quote(record.get('FileName', ''), safe='')}"
        signed = {"Expires": str(ends), "Signature": self._signature(record["Id"], str(ends))}
        return f"{origin}{path}?{urlencode(signed)}"

    def admits(self, id_: str, params: Mapping[str, str], now: datetime) -> bool:
        """Whether an address with these parameters is one of ours and still good."""
        ends = params.get("Expires", "")
        genuine = hmac.compare_digest(self._signature(id_, ends), params.get("Signature", "").encode())
        return genuine and int(ends) > now.timestamp()

    def _signature(self, id_: str, ends: str) -> bytes:
        return hmac.new(self._key, f"{id_} {ends}".encode(), sha256).hexdigest().encode()

    def shown(self, raw: bytes, origin: str, realm: str, now: datetime) -> bytes:
        """An Attachable as it is read now: with the address of its file, where it has one."""
        record = exact_json.decode(raw)
        if record.get("Id") not in self._contents or "status" in record:
            return raw
        return exact_json.encode({**record, "TempDownloadUri": self.address(origin, realm, record, now)})
