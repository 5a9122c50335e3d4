"""Documents without what nobody should read in a journal: bank, card, tax and social security numbers, tokens."""

from __future__ import annotations

import re

HIDDEN = "(redacted)"

_MEMBERS = (
    "AcctNum",
    "AccountNumber",
    "BankAccountNumber",
    "BirthDate",
    "BusinessNumber",
    "CCTransId",
    "CcExpiryMonth",
    "CcExpiryYear",
    "GSTIN",
    "NameOnAcct",
    "Number",
    "PrimaryTaxIdentifier",
    "RoutingNumber",
    "SSN",
    "SecondaryTaxIdentifier",
    "TaxIdentifier",
    "access_token",
    "refresh_token",
)
_ELEMENTS = (
    "AccountNumber",
    "BankNumber",
    "BirthDate",
    "BusinessNumber",
    "ConnectionTicket",
    "CreditCardNumber",
    "CreditCardTransID",
    "ExpirationDate",
    "ExpirationMonth",
    "ExpirationYear",
    "MerchantAccountNumber",
    "NameOnCard",
    "ResaleNumber",
    "SSN",
    "SessionTicket",
    "TaxRegistrationNumber",
    "VendorTaxIdent",
)
_XML = re.compile(rb"<(%b)>[^<]+</" % "|".join(_ELEMENTS).encode())
_JSON = re.compile(rb'("(?:%b)"\s*:\s*)("(?:[^"\\]|\\.)*"|-?\d[^,}\]\s]*)' % "|".join(_MEMBERS).encode())


def redacted(document: bytes) -> bytes:
    """The document, JSON or qbXML, with the values of such members hidden; all else as it was."""
    if document.lstrip()[:1] == b"<":
        return _XML.sub(rb"<\1>%b</" % HIDDEN.encode(), document)
    return _JSON.sub(rb'\1"%b"' % HIDDEN.encode(), document)
