"""Which record is meant, and what it would become: not there, changed meanwhile, named like another, in the wrong place."""

from __future__ import annotations

from typing import Any

from .refusal import OTHER_USER, Refusal, refused


def not_found() -> Refusal:
    """No such record, or a reference to an inactive one: QuickBooks words them alike."""
    return refused(
        610,
        "Object Not Found",
        "Object Not Found : Something you're trying to use has been made inactive. "
        "Check the fields with accounts, customers, items, vendors or employees.",
    )


def stale() -> Refusal:
    return refused(
        5010,
        "Stale Object Error",
        f"Stale Object Error : You and {OTHER_USER} were working on this at the same time. "
        f"{OTHER_USER} finished before you did, so your work was not saved.",
    )


def invalid_reference(table: str, value: Any) -> Refusal:
    return refused(
        2500, "Invalid Reference Id", f"Invalid Reference Id : {table} element id {value} not found"
    )


def duplicate_object(what: str) -> Refusal:
    return refused(630, "Duplicate Object", f"{what} is there already.")


def duplicate_name(who: str, other_id: str) -> Refusal:
    return refused(
        6240,
        "Duplicate Name Exists Error",
        f"The name supplied already exists. : Another {who} is already using this name. "
        f"Please use a different name. Id={other_id}",
    )


def no_name() -> Refusal:
    return refused(
        6080, "No name provided", "At least one of the name fields must be supplied.", element="DisplayName"
    )


def wrong_parent(value: Any) -> Refusal:
    return refused(700, "Parent Reference Invalid", f"{value} cannot be a parent here.", element="ParentRef")


def parent_is_child() -> Refusal:
    return refused(900, "Parent cannot be child", "A record cannot be below itself.", element="ParentRef")


def parent_missing(flag: str) -> Refusal:
    return refused(
        6150,
        "ParentRef Required Validation Error",
        f"ParentRef is required where {flag} is true.",
        element="ParentRef",
    )


def too_deep() -> Refusal:
    return refused(
        6180, "Sub Level Limit", "You can only have up to five levels of sub-records.", element="ParentRef"
    )


def account_type_unknown() -> Refusal:
    return refused(
        6010,
        "Invalid Account.AccountType && Account.SubType",
        "Invalid Enumeration : Invalid Account.AccountType && Account.SubType",
    )


def opening_date_missing() -> Refusal:
    return refused(
        6060,
        "Account.OpenBalanceDate must be specified with Account.OpenBalance",
        "Required parameter Account.OpenBalanceDate is missing in the request",
        element="OpeningBalanceDate",
    )


def has_balance() -> Refusal:
    return refused(
        6220,
        "Delete Entity Has Balance Error",
        "A record with a balance other than zero cannot be made inactive.",
    )


def has_unbilled_expenses() -> Refusal:
    return refused(
        6280,
        "Delete Customer Has Unbilled Expenses Error",
        "A customer with billable expenses or time that was not billed cannot be made inactive.",
    )


def customer_in_use() -> Refusal:
    return refused(
        6130,
        "Cannot change who customer bills with",
        "Who a customer is billed with cannot be changed while there is a balance.",
        element="BillWithParent",
    )


def custom_field_unknown(definition: Any) -> Refusal:
    return refused(
        3000,
        "Invalid Custom Field",
        f"Invalid custom field DefinitionId : {definition}",
        element="CustomField",
    )


def attachable_target(kind: str) -> Refusal:
    return refused(
        6050,
        "The entity reference type is unsupported for Attachable",
        f"Nothing can be attached to a {kind}.",
        element="AttachableRef.EntityRef",
    )


def nothing_attached() -> Refusal:
    return refused(
        6000,
        "A business validation error has occurred while processing your request",
        "You must have at least a note string or file attachment",
    )


def broken_rule(text: str, *, element: str = "") -> Refusal:
    return refused(
        6000,
        "A business validation error has occurred while processing your request",
        f"Business Validation Error: {text}",
        element=element,
    )
