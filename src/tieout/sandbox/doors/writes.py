"""Creating, changing, deleting and voiding, however it was asked for: by address or inside a batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...catalog.rest import RecordType
from ...protocols import exact_json
from ..company.company import Company
from ..company.records import StoredRecord
from ..company.refusals import unsupported
from .replies import Batch, One
from .uploads import check_references

VOID = "operation=void"
VOID_BY_UPDATE = "operation=update&include=void"


@dataclass(frozen=True, slots=True)
class Write:
    """One write."""

    type: RecordType
    body: Mapping[str, Any]
    operation: str = ""
    """create, update, delete or void; empty leaves it to whether the body has an Id."""
    include: frozenset[str] = frozenset()

    def carry_out(self, company: Company) -> One | Batch:
        if self.type.name == "Attachable":
            check_references(company, self.body)
        match self._meant():
            case "create":
                return self._kept(company.create(self.type.name, self.body, include=self.include))
            case "update" if "void" in self.include:
                return self._voided(company, VOID_BY_UPDATE)
            case "update":
                return self._kept(company.update(self.type.name, self.body, include=self.include))
            case "void":
                return self._voided(company, VOID)
            case "delete":
                return One(self.type.name, exact_json.encode(company.delete(self.type.name, self.body)))
        raise unsupported(self.operation)

    def _meant(self) -> str:
        return self.operation or ("update" if "Id" in self.body else "create")

    def _voided(self, company: Company, way: str) -> One | Batch:
        """Some types answer with an empty batch, and nothing is done."""
        outcome = company.void(self.type.name, self.body, way)
        return self._kept(outcome) if isinstance(outcome, StoredRecord) else Batch()

    def _kept(self, stored: StoredRecord) -> One:
        return One(self.type.name, stored.encoded)


def include_of(text: str) -> frozenset[str]:
    """The words of an `include` parameter or of a batch item's optionsData."""
    return frozenset(word.strip() for word in text.split(",") if word.strip())
