"""TaxService: a tax code and its rates in one call, the only way in which clients make them."""

from __future__ import annotations

from typing import Any

from ...catalog.rest import record_type
from . import intake, refusals, rules
from .books import Books, stamped
from .records import Record

PSEUDO_TAX_CODES = ("TAX", "NON", "CustomSalesTax")
"""Codes of the United States that are no rates: what lines say, and what automated sales tax stands under. They
come on top of every answer."""


def make(books: Books, body: Any) -> Record:
    """Make a tax code with its rates, known ones by id; the answer stands bare."""
    found = record_type("TaxService")
    sent = intake.without_empty(intake.read(found, body))
    rules.check_required(found, sent)
    _check_unused(books, "TaxCode", sent["TaxCode"])
    rates = [_rate(books, wanted) for wanted in sent["TaxRateDetails"]]
    code = {
        "Name": sent["TaxCode"],
        "Description": sent["TaxCode"],
        "Active": True,
        "Taxable": True,
        "TaxGroup": True,
        "SalesTaxRateList": {"TaxRateDetail": _listed(rates, "Sales")},
        "PurchaseTaxRateList": {"TaxRateDetail": _listed(rates, "Purchase")},
    }
    return {"TaxCode": sent["TaxCode"], "TaxCodeId": _keep(books, "TaxCode", code), "TaxRateDetails": rates}


def _listed(rates: list[Record], side: str) -> list[Record]:
    chosen = [rate for rate in rates if rate["TaxApplicableOn"] == side]
    return [
        {
            "TaxRateRef": {"value": rate["TaxRateId"], "name": rate["TaxRateName"]},
            "TaxTypeApplicable": "TaxOnAmount",
            "TaxOrder": order,
        }
        for order, rate in enumerate(chosen)
    ]


def _rate(books: Books, wanted: Record) -> Record:
    """A rate as the answer tells of it; ids are text there, that of the agency too."""
    side = wanted.get("TaxApplicableOn", "Sales")
    if not intake.is_empty(wanted.get("TaxRateId")):
        return _known_rate(books, wanted["TaxRateId"], side)
    for name in ("TaxRateName", "RateValue", "TaxAgencyId"):
        if intake.is_empty(wanted.get(name)):
            raise refusals.missing(name)
    if not 0 <= wanted["RateValue"] <= 100:
        raise refusals.tax_rate_wrong(wanted["RateValue"])
    if books.find("TaxAgency", wanted["TaxAgencyId"]) is None:
        raise refusals.invalid_reference("TaxAgencies", wanted["TaxAgencyId"])
    _check_unused(books, "TaxRate", wanted["TaxRateName"])
    return _described(
        _new_rate(books, wanted), wanted["TaxRateName"], wanted["RateValue"], wanted["TaxAgencyId"], side
    )


def _known_rate(books: Books, id_: str, side: str) -> Record:
    known = books.find("TaxRate", id_)
    if known is None:
        raise refusals.invalid_reference("TaxRates", id_)
    return _described(id_, known["Name"], known["RateValue"], known["AgencyRef"]["value"], side)


def _new_rate(books: Books, wanted: Record) -> str:
    record = {
        "Name": wanted["TaxRateName"],
        "Description": wanted["TaxRateName"],
        "Active": True,
        "RateValue": wanted["RateValue"],
        "AgencyRef": {"value": wanted["TaxAgencyId"]},
        "SpecialTaxType": "NONE",
        "DisplayType": "ReadOnly",
    }
    return _keep(books, "TaxRate", record)


def _described(id_: str, name: str, value: Any, agency: str, side: str) -> Record:
    return {
        "TaxRateName": name,
        "TaxRateId": id_,
        "RateValue": value,
        "TaxAgencyId": agency,
        "TaxApplicableOn": side,
    }


def _check_unused(books: Books, type_name: str, name: str) -> None:
    for stored in books.store(type_name):
        if stored.record["Name"].casefold() == name.casefold():
            kind = {"TaxCode": "tax code", "TaxRate": "tax rate"}[type_name]
            raise refusals.duplicate_name(kind, stored.id)


def _keep(books: Books, type_name: str, record: Record) -> str:
    moment = books.now()
    return books.put(type_name, stamped(record, books.new_id(record_type(type_name)), moment), moment).id
