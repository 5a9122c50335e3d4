"""Tax: codes that do not fit the country, rates, and totals that do not add up."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from .records import broken_rule
from .refusal import Refusal, grouped, refused


def wrong_tax_code(code: str) -> Refusal:
    return refused(
        6100,
        "Invalid Line TaxCode in the request",
        f"Invalid Line TaxCode in the request : {code} is no tax code of a line in this company.",
        element="Line.TaxCodeRef",
    )


def invalid_tax_code(code: int, value: Any, path: str) -> Refusal:
    """6160 for a transaction's code, 6230 for what a list record is usually taxed with: Intuit words them alike."""
    return refused(
        code,
        "Invalid TaxCodeRef Error",
        f"Invalid TaxCodeRef in the request : {value}",
        element=path,
    )


def tax_side_missing() -> Refusal:
    path = "Line.JournalEntryLineDetail.TaxApplicableOn"
    return refused(
        2270, "MissingTaxApplicableOn", f"Required parameter {path} is missing in the request", element=path
    )


def tax_amount_missing() -> Refusal:
    path = "Line.JournalEntryLineDetail.TaxAmount"
    return refused(
        2280, "MissingTaxAmount", f"Required parameter {path} is missing in the request", element=path
    )


def wrong_tax_detail(reason: str) -> Refusal:
    return refused(
        6170,
        "Invalid TxnTaxDetail Error",
        f"Invalid TxnTaxDetail in the request : {reason}",
        element="TxnTaxDetail",
    )


def tax_does_not_fit(amount: Decimal) -> Refusal:
    return refused(
        6070,
        "Amount calculation incorrect in the request.",
        f"TaxInclusiveAmt is not equal to Amount plus tax. Supplied value:{grouped(amount)}",
        element="Line.TaxInclusiveAmt",
    )


def no_tax_rate(country: str) -> Refusal:
    tax = {"GB": "VAT", "CA": "sales tax"}.get(country, "GST")
    return broken_rule(f"Make sure all your transactions have a {tax} rate before you save.")


def tax_rate_wrong(value: Any) -> Refusal:
    return refused(
        6470,
        "TaxLiabilityAccount or TaxRateError",
        f"A tax rate is a percentage from 0 to 100. Supplied value:{value}",
        element="RateValue",
    )
