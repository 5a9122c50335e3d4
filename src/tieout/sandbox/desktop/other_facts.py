"""Facts about the file that are no records: the tax lines of its accounts, the boxes of form 1099."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from . import refusals
from .records import Record, reference_to

if TYPE_CHECKING:
    from .company import DesktopCompany

_NO_LINE: Record = {"TaxLineID": "0", "TaxLineName": "<Unassigned>"}
"""All that a company without a tax form has."""


def tax_lines(company: DesktopCompany) -> list[Record]:
    """Those that accounts may have: none is assigned where the company has no form, besides what accounts brought along."""
    found = {
        str(line["TaxLineID"]): {"TaxLineID": line["TaxLineID"], "TaxLineName": line.get("TaxLineName")}
        for account in company.all_of("Account")
        if (line := account.get("TaxLineInfoRet"))
    }
    return [_NO_LINE, *found.values()]


class Form1099:
    """Which accounts are told in which box of form 1099, and from which amount on."""

    def __init__(self) -> None:
        self.files = False
        self.form = ""
        self.boxes: dict[str, Record] = {}

    def shown(self, asked: Mapping[str, Any]) -> Record:
        wanted = asked.get("MappingCategory")
        told: Record = {"IsFiling1099Misc": self.files}
        if self.form:
            told["FormType"] = self.form
        boxes = [box for name, box in self.boxes.items() if not wanted or name in wanted]
        return {**told, "CategoryAccountMapping": boxes}

    def change(self, company: DesktopCompany, said: Mapping[str, Any]) -> Record:
        """Boxes that are named get these accounts in the place of those before; an account stands in one box."""
        boxes = {
            box["MappingCategory"]: _box(company, box) for box in said.get("CategoryAccountMappingMod", ())
        }
        taken = [
            (name, account["FullName"])
            for name, box in {**self.boxes, **boxes}.items()
            for account in box.get("AccountRef", ())
        ]
        for name, account in taken:
            if any(other != name and account == named for other, named in taken):
                raise refusals.invalid("AccountRef", account, "The account is mapped to another box already.")
        self.boxes |= boxes
        self.files = bool(said.get("IsFiling1099Misc", self.files))
        self.form = str(said.get("FormType") or self.form)
        return self.shown({})


def _box(company: DesktopCompany, said: Mapping[str, Any]) -> Record:
    accounts = []
    for each in said.get("MappingAccount", ()):
        account = company.find(("Account",), each["AccountRef"])
        if account is None:
            named = str(each["AccountRef"].get("FullName") or each["AccountRef"].get("ListID"))
            raise refusals.bad_reference("Account", named, "Form1099CategoryAccountMapping")
        accounts.append(reference_to(account))
    box: Record = {"MappingCategory": said["MappingCategory"], "AccountRef": accounts}
    if said.get("Threshold") is not None:
        box["Threshold"] = said["Threshold"]
    return box
