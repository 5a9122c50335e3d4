"""A page that is an Arrow table already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import arro3.compute as compute
import arro3.core as arrow

from ...protocols import exact_json
from ..base import Record


class TablePage:
    """The rows of one table; its records are flat, with the columns' names."""

    def __init__(self, name: str, table: Any) -> None:
        self.type = name
        self.time: datetime | None = None
        self._table = table

    def __len__(self) -> int:
        return int(self._table.num_rows)

    def records(self) -> list[Record]:
        columns = [self._table.column(name).to_pylist() for name in self._table.column_names]
        return [dict(zip(self._table.column_names, row, strict=True)) for row in zip(*columns, strict=True)]

    def tables(self) -> Mapping[str, Any]:
        return {self.type: self._table}

    def texts(self) -> list[str]:
        return [str(exact_json.encode(record), "utf-8") for record in self.records()]

    def only(self, wanted: Sequence[bool]) -> TablePage:
        """The rows that are wanted."""
        batches = self._table.combine_chunks().to_batches()
        rows = [index for index, keep in enumerate(wanted) if keep]
        taken = (
            [
                compute.take(batches[0].column(n), arrow.Array(rows, arrow.DataType.uint32()))
                for n in self._table.column_names
            ]
            if batches
            else []
        )
        return TablePage(
            self.type, arrow.Table.from_arrays(taken, schema=self._table.schema) if batches else self._table
        )

    def first(self, limit: int | None) -> TablePage:
        """At most `limit` rows."""
        return self if limit is None else TablePage(self.type, self._table.slice(0, min(limit, len(self))))

    def select(self, columns: Sequence[str]) -> TablePage:
        """These columns; all when none is named."""
        return TablePage(self.type, self._table.select(list(columns))) if columns else self
