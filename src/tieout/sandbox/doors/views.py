"""Records as a caller sees them: what is added to a kept record on its way out, for this call alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from ...protocols import exact_json
from ..company.company import Company
from .calls import Call
from .writes import include_of

INVOICE_LINK = "invoiceLink"
"""The word of `include` that asks for the address at which a customer sees and pays an invoice."""

Show = Callable[[bytes], bytes]


def view(call: Call, company: Company, type_name: str, now: datetime) -> Show | None:
    """What makes a kept record of a type into the one that is shown; None when nothing does."""
    if type_name == "Attachable":
        return lambda raw: company.files.shown(raw, call.origin, company.realm, now)
    if type_name == "Invoice" and INVOICE_LINK in include_of(call.params.get("include", "")):
        return lambda raw: _with_link(raw, f"{call.origin}/pay/{company.realm}")
    return None


def _with_link(raw: bytes, pages: str) -> bytes:
    """The invoice with a link; to a page that this sandbox does not have."""
    record = exact_json.decode(raw)
    return (
        raw if "status" in record else exact_json.encode({**record, "InvoiceLink": f"{pages}/{record['Id']}"})
    )
