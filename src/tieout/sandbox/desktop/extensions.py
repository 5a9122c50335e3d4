"""Custom fields and private data: their definitions, and their values on records and on the company.

A definition comes first. OwnerID 0 has the custom fields that people see, a GUID the data of one application; it is kept in
upper case (QBSDK Programmer's Guide, data extensions).
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from . import refusals
from .records import Key, Record
from .references import items
from .refusals import Refused

if TYPE_CHECKING:
    from .company import DesktopCompany

CUSTOM = "0"
_LONGEST = {"STR255TYPE": 255, "STR1024TYPE": 1024}


class Extensions:
    """What a company file knows of them, besides the values that stand in its records."""

    def __init__(self) -> None:
        self.definitions: dict[tuple[str, str], Record] = {}
        self.of_company: list[Record] = []

    # ---- definitions

    def define(self, said: Mapping[str, Any]) -> Record:
        owner, name = str(said["OwnerID"]).upper(), str(said["DataExtName"])
        if (owner, name.casefold()) in self.definitions:
            raise refusals.in_use_already(name)
        if owner == CUSTOM and said["DataExtType"] != "STR255TYPE":
            raise refusals.invalid("DataExtType", said["DataExtType"], "A custom field is a STR255TYPE.")
        definition: Record = {
            "OwnerID": owner,
            "DataExtID": len(self.definitions),
            "DataExtName": name,
            "DataExtType": said["DataExtType"],
            "AssignToObject": list(said.get("AssignToObject", ())),
            "DataExtListRequire": bool(said.get("DataExtListRequire", False)),
            "DataExtTxnRequire": bool(said.get("DataExtTxnRequire", False)),
            "DataExtFormatString": said.get("DataExtFormatString") or "",
        }
        self.definitions[owner, name.casefold()] = definition
        return definition

    def redefine(self, company: DesktopCompany, said: Mapping[str, Any]) -> Record:
        definition = self.definition(said)
        for name in ("DataExtListRequire", "DataExtTxnRequire", "DataExtFormatString"):
            if said.get(name) is not None:
                definition[name] = said[name]
        assigned = [*definition["AssignToObject"], *said.get("AssignToObject", ())]
        removed = set(said.get("RemoveFromObject", ()))
        definition["AssignToObject"] = [each for each in dict.fromkeys(assigned) if each not in removed]
        if said.get("DataExtNewName"):
            old, new = definition["DataExtName"], str(said["DataExtNewName"])
            del self.definitions[definition["OwnerID"], old.casefold()]
            definition["DataExtName"] = new
            self.definitions[definition["OwnerID"], new.casefold()] = definition
            for value in self._values(company, definition["OwnerID"], old):
                value["DataExtName"] = new
        return definition

    def undefine(self, company: DesktopCompany, said: Mapping[str, Any]) -> Record:
        """Its values go with it."""
        definition = self.definition(said)
        own = definition["OwnerID"], definition["DataExtName"]
        del self.definitions[own[0], own[1].casefold()]
        for kept in company.records.values():
            for record in kept.values():
                if "DataExtRet" in record:
                    record["DataExtRet"] = [each for each in record["DataExtRet"] if not _is(each, *own)]
        self.of_company = [each for each in self.of_company if not _is(each, *own)]
        return definition

    def definition(self, said: Mapping[str, Any]) -> Record:
        own = str(said["OwnerID"]).upper(), str(said["DataExtName"]).casefold()
        if own not in self.definitions:
            raise refusals.not_there(str(said["DataExtName"]))
        return self.definitions[own]

    def _values(self, company: DesktopCompany, owner: str, name: str) -> list[Record]:
        in_records = (
            each
            for kept in company.records.values()
            for record in kept.values()
            for each in record.get("DataExtRet", ())
        )
        return [each for each in (*in_records, *self.of_company) if _is(each, owner, name)]

    # ---- values

    def put(self, company: DesktopCompany, said: Mapping[str, Any], *, is_new: bool) -> Record:
        """Add or change a value; the record that has it is changed by that."""
        definition = self.definition(said)
        values, key = self._place(company, definition, said)
        text = "" if said.get("DataExtValue") is None else str(said["DataExtValue"])
        _refuse_unfit(text, definition)
        own = definition["OwnerID"], definition["DataExtName"]
        there = next((each for each in values if _is(each, *own)), None)
        if there is not None and is_new and own[0] != CUSTOM:
            raise refusals.not_saved("DataExt", "There is a value already.", own[1])
        if there is None and not is_new and own[0] != CUSTOM:
            raise refusals.not_there(own[1])
        if not is_new and not text:
            raise refusals.cannot_clear("DataExtValue")
        value = {
            "OwnerID": own[0],
            "DataExtName": own[1],
            "DataExtType": definition["DataExtType"],
            "DataExtValue": text,
        }
        values[:] = [*(each for each in values if each is not there), value]
        if key is not None:
            company.touch(key)
        return value

    def take_away(self, company: DesktopCompany, said: Mapping[str, Any]) -> None:
        definition = self.definition(said)
        values, key = self._place(company, definition, said)
        own = definition["OwnerID"], definition["DataExtName"]
        if not any(_is(each, *own) for each in values):
            raise refusals.not_there(own[1])
        values[:] = [each for each in values if not _is(each, *own)]
        if key is not None:
            company.touch(key)

    def _place(
        self, company: DesktopCompany, definition: Record, said: Mapping[str, Any]
    ) -> tuple[list[Record], Key | None]:
        """The list that a value stands in, and whose it is."""
        if said.get("OtherDataExtType"):
            _refuse_unassigned("Company", definition)
            return self.of_company, None
        if said.get("ListDataExtType"):
            sort = str(said["ListDataExtType"])
            _refuse_unassigned(sort, definition)
            kinds = items() if sort == "Item" else (sort,)
            found = company.find(kinds, said["ListObjRef"])
            if found is None:
                shown = str(said["ListObjRef"].get("FullName") or said["ListObjRef"].get("ListID"))
                raise refusals.bad_reference(sort, shown, "DataExt")
            kind = next(kind for kind in kinds if found["ListID"] in company.records.get(kind, ()))
            values: list[Record] = found.setdefault("DataExtRet", [])
            return values, (kind, found["ListID"])
        sort, txn_id = str(said["TxnDataExtType"]), str(said["TxnID"])
        _refuse_unassigned(sort, definition)
        record = company.existing(sort, txn_id)
        values = _line(record, said).setdefault("DataExtRet", [])
        return values, (sort, txn_id)


def _line(record: Record, said: Mapping[str, Any]) -> Record:
    """The part of a transaction that is meant."""
    if not said.get("TxnLineID"):
        return record
    for lines in record.values():
        for each in lines if isinstance(lines, list) else ():
            if isinstance(each, dict) and each.get("TxnLineID") == said["TxnLineID"]:
                return each
    raise refusals.not_there(str(said["TxnLineID"]))


def _is(value: Mapping[str, Any], owner: str, name: str) -> bool:
    return value["OwnerID"] == owner and str(value["DataExtName"]).casefold() == name.casefold()


def _refuse_unassigned(sort: str, definition: Record) -> None:
    if sort not in definition["AssignToObject"]:
        raise refusals.invalid("DataExtName", definition["DataExtName"], f"It is not for {sort}.")


def _refuse_unfit(text: str, definition: Record) -> None:
    kind, name = definition["DataExtType"], definition["DataExtName"]
    most = _LONGEST.get(kind)
    if most is not None:
        if len(text) > most:
            raise Refused(
                3070, f'The string "{text}" in the field "{name}" is too long. The maximum length is {most}.'
            )
        return
    try:
        number = Decimal(text) if kind != "DATETIMETYPE" else None
    except InvalidOperation:
        raise Refused(
            3085, f'There was an error when converting the number "{text}" in the field "{name}".'
        ) from None
    if kind == "INTTYPE" and number is not None and number != number.to_integral_value():
        raise Refused(3085, f'There was an error when converting the number "{text}" in the field "{name}".')
