"""The list of currencies: those that QuickBooks brings along, and those that somebody adds.

The built-in ones keep their names and codes, and cannot be deleted. No request sets a rate of the list (Intuit, Using the
multicurrency feature with the SDK): one that is added has one to one.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from ...catalog.qbxml import Edition
from ...catalog.qbxml.rets import ret_of
from ...errors import SetupError
from . import refusals
from .records import Record

if TYPE_CHECKING:
    from .company import DesktopCompany

_HOME = {"US": "USD", "CA": "CAD", "UK": "GBP"}
"""By the country of the program, the currency that its books are kept in."""

_ACTIVE: Mapping[str, tuple[str, str]] = {
    "AUD": ("Australian Dollar", "0.65"),
    "CAD": ("Canadian Dollar", "0.73"),
    "CNY": ("Chinese Yuan Renminbi", "0.14"),
    "EUR": ("Euro", "1.08"),
    "GBP": ("British Pound Sterling", "1.27"),
    "JPY": ("Japanese Yen", "0.0067"),
    "MXN": ("Mexican Peso", "0.055"),
    "USD": ("US Dollar", "1"),
}
_INACTIVE: Mapping[str, tuple[str, str]] = {
    "BRL": ("Brazilian Real", "0.19"),
    "CHF": ("Swiss Franc", "1.13"),
    "DKK": ("Danish Krone", "0.145"),
    "HKD": ("Hong Kong Dollar", "0.128"),
    "INR": ("Indian Rupee", "0.012"),
    "NOK": ("Norwegian Krone", "0.094"),
    "NZD": ("New Zealand Dollar", "0.6"),
    "PLN": ("Polish Zloty", "0.25"),
    "SEK": ("Swedish Krona", "0.096"),
    "SGD": ("Singapore Dollar", "0.75"),
    "ZAR": ("South African Rand", "0.054"),
}
"""A part of QuickBooks' own, by code: what it is called, and what one unit is worth in US dollars in the sandbox."""

_FORMAT = {
    "ThousandSeparator": "Comma",
    "ThousandSeparatorGrouping": "XX_XXX_XXX",
    "DecimalPlaces": "2",
    "DecimalSeparator": "Period",
}
_RATE = Decimal("0.000001")


def begin(company: DesktopCompany) -> str:
    """Put the built-in currencies into a new file; the ListID of its home currency, or SetupError where its version has none."""
    if not has_currencies(company.edition):
        raise SetupError(
            f"{company.edition} has no multi-currency.", advice="It came with version 8.0 of qbXML."
        )
    home = _HOME[company.edition.country]
    worth = Decimal(_ACTIVE[home][1])
    ids = {
        code: _keep(company, name, code, Decimal(value) / worth, is_active=code in _ACTIVE)
        for code, (name, value) in {**_ACTIVE, **_INACTIVE}.items()
    }
    return ids[home]


def has_currencies(edition: Edition) -> bool:
    """Whether an edition has multi-currency; up to 3.0 Canada and the United Kingdom had another list of that name."""
    return "CurrencyCode" in ret_of("Currency", edition).fields


def _keep(company: DesktopCompany, name: str, code: str, rate: Decimal, *, is_active: bool) -> str:
    list_id = company.new_id(ret_of("Currency", company.edition))
    company.records.setdefault("Currency", {})[list_id] = {
        "ListID": list_id,
        "TimeCreated": company.stamp(),
        "Name": name,
        "IsActive": is_active,
        "CurrencyCode": code,
        "CurrencyFormat": dict(_FORMAT),
        "IsUserDefinedCurrency": False,
        "ExchangeRate": rate.quantize(_RATE).normalize(),
        "AsOfDate": company.clock().date().isoformat(),
    }
    company.touch(("Currency", list_id))
    return list_id


def take_currency(company: DesktopCompany, record: Record, before: Record | None) -> None:
    """One that is added, or changed."""
    if before is None:
        record["IsUserDefinedCurrency"] = True
        record["ExchangeRate"] = Decimal(1)
        record["AsOfDate"] = company.clock().date().isoformat()
        record["CurrencyFormat"] = {**_FORMAT, **(record.get("CurrencyFormat") or {})}
    elif not before["IsUserDefinedCurrency"]:
        if any(record[name] != before[name] for name in ("Name", "CurrencyCode")):
            raise refusals.not_modified("Currency", before["Name"], "It is one of QuickBooks' own.")
        if before["ListID"] == company.home_currency and not record["IsActive"]:
            raise refusals.not_modified("Currency", before["Name"], "It is the home currency.")
    code = str(record["CurrencyCode"])
    if any(
        str(each["CurrencyCode"]).casefold() == code.casefold() and each is not before
        for each in company.all_of("Currency")
    ):
        raise refusals.in_use_already(code)
