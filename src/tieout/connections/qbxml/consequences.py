"""What changed transactions move in other records, which get no stamp of it: balances, quantities, and what is paid."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from ...catalog.qbxml.rets import Ret
from ...operations import Compare
from ...protocols.qbxml_questions import filters_of, question
from ..base import News, Page
from .company import Company
from .deletions import Deletions
from .patience import Patience
from .progress import Progress
from .scan import Scan

MOVING = frozenset(
    ("Balance", "TotalBalance", "QuantityOnHand", "QuantityOnOrder", "QuantityOnSalesOrder", "AverageCost")
)
"""Fields of lists that transactions move, without the stamp of the record that shows them."""

LINKS = ("LinkedTxn", "AppliedToTxnRet")
"""Where a transaction names those that it pays, or is paid by."""


class Consequences:
    """Gathers what changed, and reads again what that moved."""

    def __init__(
        self,
        company: Company,
        rets: Mapping[str, Ret],
        progress: Progress,
        deletions: Deletions,
        patience: Patience,
    ) -> None:
        self.fresh: defaultdict[str, set[str]] = defaultdict(set)
        """Ids of the records that are handed over as news, by type."""
        self._linked: defaultdict[str, set[str]] = defaultdict(set)
        self._company = company
        self._rets = rets
        self._progress = progress
        self._deletions = deletions
        self._patience = patience

    def note_links(self, ret: Ret, page: Page) -> None:
        """Remember which transactions those of a page are linked with."""
        if ret.fields.isdisjoint(LINKS):
            return
        for record in page.records():
            for link in (each for part in LINKS for each in _listed(record.get(part))):
                self._linked[str(link.get("TxnType", ""))].add(str(link.get("TxnID", "")))

    def news(self) -> Iterator[News]:
        """Linked transactions, what is unpaid after a deletion, and the lists that show balances."""
        gone = self._deletions.ids
        transactions = {name for name, ret in self._rets.items() if ret.key == "TxnID"}
        lost = {name for name in transactions if gone[name]}
        for name, ids in sorted(self._linked.items()):
            wanted = ids - self.fresh[name] - gone[name]
            if wanted and name in self._progress.since:
                yield from self._reader(self._rets[name]).by_ids(sorted(wanted))
        for name in sorted(transactions) if lost else ():
            ret = self._rets[name]
            if "PaidStatus" in filters_of(ret) and "IsPaid" in ret.fields and name in self._progress.since:
                yield from self._unpaid(ret)
        if not lost and not any(self.fresh[name] for name in transactions):
            return
        for name, ret in self._rets.items():
            if moves(ret) and name in self._progress.since:
                yield from self._reader(ret).pages((None, None))

    def _unpaid(self, ret: Ret) -> Iterator[News]:
        asked = question(ret, Compare("IsPaid", "=", False))
        scan = self._reader(ret)
        yield from self._patience.until_read(self._company, lambda: scan.answers(asked))

    def _reader(self, ret: Ret) -> Scan:
        return Scan(self._company, ret, self._patience)


def moves(ret: Ret) -> bool:
    """Whether records of a list show what transactions move."""
    return ret.key == "ListID" and not ret.fields.isdisjoint(MOVING)


def _listed(value: Any) -> list[Mapping[str, Any]]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
