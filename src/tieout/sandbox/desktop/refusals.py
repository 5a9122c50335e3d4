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
