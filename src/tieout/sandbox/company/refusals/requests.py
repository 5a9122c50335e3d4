"""What is asked for: an operation, a query, a feature that this company does not have."""

from __future__ import annotations

from .refusal import Refusal, refused


def unsupported(operation: str) -> Refusal:
    return refused(
        500, "Unsupported Operation", f"Operation {operation} is not supported.", element="Operation"
    )


def not_implemented() -> Refusal:
    """What voiding a Bill gets: a system fault inside HTTP 200."""
    return refused(
        10000,
        "An application error has occurred while processing your request",
        "System Failure Error: java.lang.UnsupportedOperationException",
        element="SystemFailureError",
        type_="SystemFault",
        status=200,
    )


def not_subscribed() -> Refusal:
    return refused(
        6190,
        "Invalid Company Status Error",
        "Subscription period has ended or canceled or there was a billing problem : "
        "You can't add data to QuickBooks Online because your trial or subscription period ended, "
        "you canceled your subscription, or there was a billing problem.",
    )


def not_in_this_size(feature: str) -> Refusal:
    return refused(
        5020,
        "Permission Denied Error",
        f"Permission Denied Error : {feature} is not part of this company's subscription.",
    )


def feature_off(feature: str) -> Refusal:
    return refused(
        5030,
        "Feature Not Supported Error",
        f"Feature Not Supported Error : {feature} is not supported or is switched off in this company.",
    )


def query_syntax(detail: str) -> Refusal:
    return refused(4000, "Error parsing query", detail)


def query_invalid(detail: str) -> Refusal:
    return refused(4001, "Invalid query", detail)


def no_change_data(type_name: str) -> Refusal:
    return refused(
        2000,
        "Invalid or unsupported object name",
        f"{type_name} is not supported by change data capture.",
        element=type_name,
    )


def too_long_ago() -> Refusal:
    return refused(
        2190, "Invalid Date Range", "changedSince must be within the last 30 days.", element="changedSince"
    )
