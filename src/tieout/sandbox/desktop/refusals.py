"""Refusals with QuickBooks' own numbers and texts, blanks included, as they were seen on the wire."""

from __future__ import annotations


class Refused(Exception):
    """A request that was understood and not done; others of its set go on."""

    def __init__(self, code: int, text: str, severity: str = "Error") -> None:
        super().__init__(text)
        self.code = code
        self.text = text
        self.severity = severity


class CallRefused(Exception):
    """A call that gave an HRESULT and no document: nothing of the set was done."""

    def __init__(self, hresult: str, text: str) -> None:
        super().__init__(text)
        self.hresult = hresult
        self.text = text


def not_parsed() -> CallRefused:
    return CallRefused("0x80040400", "QuickBooks found an error when parsing the provided XML text stream.")


def version_unknown() -> CallRefused:
    return CallRefused(
        "0x80040423",
        "The version of qbXML that was requested is not supported or is unknown.",
    )


def rolls_not_back() -> CallRefused:
    return CallRefused("0x80040413", "The rollbackOnError attribute is not supported.")


def wrong_ticket() -> CallRefused:
    return CallRefused("0x8004040D", "The ticket parameter is invalid.")


def colon(name: str, field: str) -> Refused:
    return Refused(
        3090,
        f'There was an error when storing "{name}" in the "{field}" field.  '
        "QuickBooks error message: Names in this list cannot contain a colon.",
    )


def in_use_already(name: str) -> Refused:
    return Refused(3100, f'The name "{name}" of the list element is already in use.')


def not_there(record_id: str) -> Refused:
    return Refused(
        3120,
        f'Object "{record_id}" specified in the request cannot be found.  QuickBooks error message: '
        "Invalid argument.  The specified record does not exist in the list.",
    )


def no_parent(name: str, kind: str) -> Refused:
    return Refused(3130, f'There is an invalid reference to a parent "{name}" in the {kind}s list.')


def bad_reference(target: str, name: str, place: str) -> Refused:
    return Refused(3140, f'There is an invalid reference to QuickBooks {target} "{name}" in the {place}.')


def still_used(kind: str, name: str) -> Refused:
    return Refused(
        3160,
        f'Cannot delete the object specified by the id = "{name}".  QuickBooks error message: This {kind} is used.',
    )


def out_of_date(sequence: str) -> Refused:
    return Refused(3200, f'The provided edit sequence "{sequence}" is out-of-date. ')


def unavailable() -> Refused:
    return Refused(3250, "This feature is not enabled or not available in this version of QuickBooks.")


def missing(element: str) -> Refused:
    return Refused(3150, f'There is a missing element: "{element}".')


def not_saved(kind: str, why: str, name: str = "") -> Refused:
    element = f', element "{name}"' if name else ""
    return Refused(
        3180, f"There was an error when saving a {kind}s list{element}.  QuickBooks error message: {why}"
    )


def not_modified(kind: str, name: str, why: str) -> Refused:
    return Refused(
        3170, f'There was an error when modifying a {kind} "{name}".  QuickBooks error message: {why}'
    )


def other_currency(target: str, name: str, kind: str) -> Refused:
    return Refused(
        3140,
        f'There is an invalid reference to QuickBooks {target} "{name}" in the {kind}.  QuickBooks error message: '
        "The currency of the account must be either in home currency or the transaction currency.",
    )


def linked_twice(txn_id: str) -> Refused:
    return Refused(3177, f'The transaction "{txn_id}" was linked to more than once.')


def in_a_deposit(kind: str) -> Refused:
    return Refused(
        3176,
        f"There was an error adding, modifying or deleting {kind} because a related transaction needs it.  "
        "QuickBooks error message: This payment has been deposited; take it out of the deposit first.",
    )


def cannot_clear(field: str) -> Refused:
    return Refused(3190, f"Cannot clear the element in the {field} field. ")


def invalid(field: str, value: object, why: str) -> Refused:
    return Refused(
        3210, f'The "{field}" field has an invalid value "{value}".  QuickBooks error message: {why}'
    )


def not_made(what: str) -> Refused:
    """Of what real QuickBooks does and the sandbox does not."""
    return Refused(3250, f"The sandbox does not make {what}.")


def still_linked(kind: str) -> Refused:
    return Refused(
        3176,
        f"There was an error adding, modifying or deleting {kind} because a related transaction needs it.",
    )


def linked_both_ways(txn_id: str) -> Refused:
    return Refused(3000, f'The given object ID "{txn_id}" in the field "LinkToTxnID" is invalid.')


def quantity(field: str, value: object) -> Refused:
    return Refused(3060, f'There was an error when converting the quantity "{value}" in the field "{field}".')


def not_merged(why: str) -> Refused:
    return Refused(3500, f"Unknown Error.  QuickBooks error message: {why}")


def range_backwards() -> Refused:
    return Refused(3030, "Invalid date range: the From date is later than the To date.")


def no_report(which: str) -> Refused:
    return Refused(3250, f"The sandbox does not make this report: {which}.")


def no_budget(kind: str, year: int, criterion: str) -> Refused:
    """How QuickBooks says it is not published: a budget must be defined in it before it can be read."""
    return Refused(3250, f"The file has no {kind} budget of {year} by {criterion}.")


def no_payroll() -> Refused:
    """The number is published, the wording is that of secondary sources."""
    return Refused(3262, "A subscription to the Payroll service is needed.")


def no_macro(name: str) -> Refused:
    """9100 to 9199 are about macros; which of them this is, is not published."""
    return Refused(9100, f'The macro "{name}" is not defined.')
