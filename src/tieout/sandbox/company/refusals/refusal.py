"""A refusal: what QuickBooks says instead of doing what was asked."""

from __future__ import annotations

from decimal import Decimal

from ....protocols.rest_faults import Fault, FaultError

OTHER_USER = "Robin Hale"
"""Whom QuickBooks names as the one who finished first."""


class Refusal(Exception):
    """QuickBooks does not do what was asked."""

    def __init__(self, fault: Fault, *, status: int = 400) -> None:
        super().__init__(f"{fault.errors[0].code} {fault.errors[0].detail}")
        self.fault = fault
        self.status = status
        """Of the HTTP answer; some faults come with 200."""


def refused(
    code: int,
    message: str,
    detail: str,
    *,
    element: str = "",
    type_: str = "ValidationFault",
    status: int = 400,
) -> Refusal:
    """A refusal with a single error."""
    error = FaultError(message=message, detail=detail, code=str(code), element=element)
    return Refusal(Fault(type=type_, errors=(error,)), status=status)


def grouped(amount: Decimal) -> str:
    """A number as Java's default format writes it: `1,000`, `1,234.5`."""
    text = f"{amount:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
