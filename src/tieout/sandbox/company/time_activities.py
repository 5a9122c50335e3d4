"""Time: a duration or a span, by somebody, billable only where somebody can be billed."""

from __future__ import annotations

from datetime import datetime, timedelta

from . import refusals
from .books import Books
from .records import Record

_DURATION, _SPAN = ("Hours", "Minutes"), ("StartTime", "EndTime")
_NAMED_BY = {"Employee": "EmployeeRef", "Vendor": "VendorRef"}
_LONGEST = timedelta(hours=24)


def check(books: Books, record: Record) -> None:
    """Refuse time that cannot have passed, and billing that cannot be done."""
    _check_name(record)
    worked = _worked(record)
    pause = _length(record, ("BreakHours", "BreakMinutes"))
    if pause > worked or worked > 366 * _LONGEST:
        raise refusals.wrong_time(6380, "InvalidDuration", "The break is longer than the time worked.")
    if record.get("BillableStatus") == "Billable":
        _check_billing(books, record)


def _check_name(record: Record) -> None:
    expected = _NAMED_BY.get(record["NameOf"])
    if any(field in record for field in _NAMED_BY.values() if field != expected):
        raise refusals.wrong_time(6300, "InvalidEmployeeOrVendorName", "NameOf names another list.")


def _worked(record: Record) -> timedelta:
    spans = [field for field in _SPAN if field in record]
    if spans and any(record.get(field) for field in _DURATION):
        raise refusals.wrong_time(6390, "InvalidMultipleDurations", "A duration and a span were both given.")
    if len(spans) == 1:
        raise refusals.wrong_time(6360, "InvalidStartOrEndTime", "StartTime and EndTime come together.")
    return _between(record) if spans else _length(record, _DURATION)


def _between(record: Record) -> timedelta:
    start, end = (datetime.fromisoformat(record[field]) for field in _SPAN)
    if (start.tzinfo is None) != (end.tzinfo is None):
        raise refusals.wrong_time(6360, "InvalidStartOrEndTime", "Only one of the times has a zone.")
    if start >= end:
        raise refusals.wrong_time(6370, "StartTimeAfterEndTime", "StartTime is not before EndTime.")
    return end - start


def _length(record: Record, fields: tuple[str, str]) -> timedelta:
    hours, minutes = (int(record.get(field, 0)) for field in fields)
    if not (0 <= hours < 10_000 and 0 <= minutes < 60):
        raise refusals.wrong_time(
            6340, "InvalidTime", f"{hours} h {minutes} min is no time of day or length."
        )
    return timedelta(hours=hours, minutes=minutes)


def _check_billing(books: Books, record: Record) -> None:
    if not books.preference("TimeTrackingPrefs", "BillCustomers"):
        raise refusals.not_billable()
    if "CustomerRef" not in record:
        raise refusals.customer_missing()
    item = books.find("Item", record.get("ItemRef", {}).get("value", "")) or {}
    if "HourlyRate" not in record and not item.get("UnitPrice"):
        raise refusals.wrong_time(6330, "MissingBillingRate", "Billable time needs an HourlyRate.")
