"""A report as a page: its table is called as a mirror would call it, and is there though the report has no row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import arro3.core as arrow

from ...protocols.table_names import table_name
from ..row_page import RowPage

_OF_EVERY_REPORT = {
    "row": arrow.DataType.int64(),
    **dict.fromkeys(("kind", "row_type", "row_value", "label"), arrow.DataType.utf8()),
}


class ReportPage(RowPage):
    """The flat rows of one report."""

    def tables(self) -> Mapping[str, Any]:
        (table,) = super().tables().values()
        if not len(self):
            fields = [arrow.Field(name, kind) for name, kind in _OF_EVERY_REPORT.items()]
            table = arrow.Table.from_batches([], schema=arrow.Schema(fields))
        return {table_name(self.type): table}
