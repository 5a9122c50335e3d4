"""A company of Online and one of Desktop are mirrored into one DuckDB file, and read with one statement."""

from __future__ import annotations

import json
from collections import Counter
from decimal import Decimal

import duckdb

from tieout.sandbox.desktop.company import DesktopCompany
from tieout.sandbox.desktop.door import running_desktop
from tieout.sandbox.desktop.small_company import small_company

from .conftest import records


def test_both_are_mirrored_tied_out_and_read_together(example, company):
    both = example("one-warehouse")
    with running_desktop(small_company(DesktopCompany())) as desktop:
        both.connect(company, "harbor")
        both.tieout("connect", "larch", "--sandbox", desktop.address)
        for name in ("mirror-online", "mirror-desktop"):
            both.run(name)
            assert json.loads(both.tieout("verify", name, "--format", "json").stdout)["agrees"]
        open_there = json.loads(
            both.tieout(
                "query", "larch:Invoice", "--where", "BalanceRemaining > 0", "--format", "json"
            ).stdout,
            parse_float=Decimal,
        )
    with duckdb.connect(both.folder / "warehouse.duckdb", read_only=True) as warehouse:
        owed = warehouse.execute((both.folder / "open_invoices.sql").read_text()).fetchall()
    owing = [r["Balance"] for r in records(company, "Invoice") if r["Balance"] > 0]
    assert Counter(row[0] for row in owed) == {"harbor": len(owing), "larch": len(open_there)}
    assert sum(row[4] for row in owed if row[0] == "harbor") == sum(owing)
    assert sum(row[4] for row in owed if row[0] == "larch") == sum(r["BalanceRemaining"] for r in open_there)
