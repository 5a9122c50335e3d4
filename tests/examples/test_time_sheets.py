"""Lines of time sheets become time activities."""

from __future__ import annotations

from .conftest import records

FILE = "inbox/time-2026-11.csv"


def test_approved_lines_arrive_once(example, company):
    sheets = example("time-sheets")
    sheets.connect(company)
    text = (sheets.folder / FILE).read_text("utf-8")
    before = len(records(company, "TimeActivity"))
    refused = sheets.tieout("run", "time", code=1)
    assert "5 in, 3 out, 1 refused, 1 skipped." in refused.stderr
    assert "QuickBooks has no employee 'Nobody Known'" in refused.stdout
    arrived = records(company, "TimeActivity")[before:]
    assert [(a["EmployeeRef"]["name"], a["Hours"], a["Minutes"], a["BillableStatus"]) for a in arrived] == [
        ("Maya Lindqvist", 2, 45, "Billable"),
        ("Theo Okafor", 0, 30, "NotBillable"),
        ("Maya Lindqvist", 8, 0, "Billable"),
    ]

    sheets.write(FILE, text.replace("Nobody Known", "Iris Nakamura").replace(",no,Not", ",yes,Not"))
    assert "5 in, 2 out, 3 brought over before." in sheets.run("time")
    last = records(company, "TimeActivity")[before + 3 :]
    assert sorted((a["EmployeeRef"]["name"], a["Hours"], a["Minutes"]) for a in last) == [
        ("Iris Nakamura", 1, 15),
        ("Lena Vogel", 3, 0),
    ]
    assert "T-504" in sheets.tieout("runs", "--where", "entry = 'T-504'").stdout
    assert "T-501" in sheets.tieout("runs", "--record", f"TimeActivity:{arrived[0]['Id']}").stdout
