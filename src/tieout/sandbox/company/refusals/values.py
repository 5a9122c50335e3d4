"""What stands in a field: unknown properties, missing ones, and values that are none of their kind."""

from __future__ import annotations

from typing import Any

from .refusal import Refusal, refused


def unknown_property(path: str) -> Refusal:
    return refused(
        2010,
        "Request has invalid or unsupported property",
        "Property Name:failed to parse json object; a property specified is unsupported or invalid",
        element=path,
    )


def missing(name: str) -> Refusal:
    return refused(
        2020,
        "Required param missing, need to supply the required value for the API",
        f"Required parameter {name} is missing in the request",
        element=name,
    )


def conflicting(first: str, second: str) -> Refusal:
    return refused(
        2600,
        "Invalid Request Conflict Element in Request",
        f"Only one of {first} and {second} may be given.",
        element=second,
    )


def invalid_id(value: Any) -> Refusal:
    return refused(2030, "Invalid ID", f"Id should be a valid number. Supplied value:{value}", element="Id")


def invalid_name(element: str) -> Refusal:
    return refused(
        2040,
        "Invalid String",
        "Names must have at least one character, must be on one line, and cannot include colons or tabbing.",
        element=element,
    )


def invalid_characters(element: str) -> Refusal:
    return refused(
        2040,
        "Invalid String",
        "The text holds characters outside of ISO-8859-1, which this company does not support.",
        element=element,
    )


def invalid_text(element: str) -> Refusal:
    return refused(2040, "Invalid String", "The text holds half a character.", element=element)


def wrong_length(element: str, length: int, supplied: int) -> Refusal:
    return refused(
        2050,
        "String length is either shorter or longer than supported by specification",
        "String length specified does not match the supported length. "
        f"Min:0 Max:{length:,} supported. Supplied length:{supplied:,}",
        element=element,
    )


def invalid_date(path: str, value: Any) -> Refusal:
    return refused(2060, "Invalid Date Format", f"Invalid Date Format : {value}", element=path)


def no_such_date(path: str, value: Any) -> Refusal:
    return refused(2070, "Invalid Date", f"Invalid Date : {value}", element=path)


def wrong_date_range(path: str, reason: str) -> Refusal:
    return refused(2190, "Invalid Date Range", reason, element=path)


def invalid_number_format(path: str, value: Any) -> Refusal:
    return refused(2080, "Invalid Number Format", f"Invalid Number Format : {value}", element=path)


def invalid_number(path: str, value: Any) -> Refusal:
    return refused(2090, "Invalid Number", f"Invalid Number : {value}", element=path)


def invalid_decimal_format(path: str, value: Any) -> Refusal:
    return refused(2100, "Invalid Decimal Format", f"Invalid Decimal Format : {value}", element=path)


def invalid_decimal(path: str, value: Any) -> Refusal:
    return refused(2110, "Invalid Decimal", f"Invalid Decimal : {value}", element=path)


def invalid_type(path: str, value: Any) -> Refusal:
    return refused(2120, "Invalid Type", f"Invalid Type : {value}", element=path)


def invalid_amount(path: str, value: Any) -> Refusal:
    return refused(2140, "Invalid Amount", f"Invalid Amount : {value}", element=path)


def invalid_percent(path: str, value: Any) -> Refusal:
    return refused(2150, "Invalid Percent", f"Invalid Percent : {value}", element=path)


def invalid_quantity(path: str, value: Any) -> Refusal:
    return refused(2160, "Invalid Quantity", f"Invalid Quantity : {value}", element=path)


def invalid_enumeration(path: str, value: Any) -> Refusal:
    return refused(2170, "Invalid Enumeration", f"Invalid Enumeration : {value}", element=path)


def invalid_website(path: str, value: Any) -> Refusal:
    return refused(
        2200, "Malformed Website Address Format", f"Malformed Website Address : {value}", element=path
    )


def invalid_email(path: str, value: Any) -> Refusal:
    return refused(
        2210,
        "Invalid Email Address Format",
        f"Email Address does not conform to the syntax rules of RFC 822. Supplied value:{value}",
        element=path,
    )


def invalid_currency(value: Any) -> Refusal:
    return refused(2220, "Invalid Currency Type", f"Invalid Currency Type : {value}", element="CurrencyRef")


def invalid_boolean(path: str, value: Any) -> Refusal:
    return refused(2230, "Invalid Boolean", f"Invalid Boolean : {value}", element=path)


def number_out_of_range(path: str, value: Any) -> Refusal:
    return refused(2240, "Invalid Number Range", f"Invalid Number Range : {value}", element=path)


def negative_amount(path: str) -> Refusal:
    return refused(2290, "NegativeAmount", f"Amount must not be negative : {path}", element=path)


def raw_card_number(path: str) -> Refusal:
    return refused(
        6530,
        "Found raw Credit Card Numbering request",
        "Card numbers must be masked.",
        element=path,
    )
