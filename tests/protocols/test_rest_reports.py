"""Reports as flat rows: recorded shapes read, and periods joined to what one answer would have been."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tieout.catalog.reports import report
from tieout.errors import NotAllowed, RemoteProtocolError, TieoutError
from tieout.protocols import exact_json
from tieout.protocols.joined_reports import joined
from tieout.protocols.rest_reports import read_report, report_request


def cells(*values):
    told = [value if isinstance(value, tuple) else (value, "") for value in values]
    return {"ColData": [{"value": value, **({"id": id_} if id_ else {})} for value, id_ in told]}


def line(*values, group=""):
    return {**cells(*values), "type": "Data", **({"group": group} if group else {})}


def section(title, rows, summary, group=""):
    found = {"Header": cells(*title), "Rows": {"Row": rows}, "type": "Section"}
    return found | ({"Summary": cells(*summary)} if summary else {}) | ({"group": group} if group else {})


def answer(name, columns, rows, **header):
    made = {"Header": {"Time": "2026-11-22T12:00:00-08:00", "ReportName": name, **header}}
    made["Columns"] = {"Column": columns}
    made["Rows"] = {"Row": rows} if rows else {}
    return read_report(exact_json.encode(made), report(name))


def money(title, **meta):
    return {
        "ColTitle": title,
        "ColType": "Money",
        "MetaData": [{"Name": name, "Value": value} for name, value in meta.items()],
    }


ACCOUNT = {"ColTitle": "", "ColType": "Account"}
LEDGER = [
    {"ColTitle": "Date", "ColType": "tx_date"},
    {"ColTitle": "Transaction Type", "ColType": "txn_type"},
    {"ColTitle": "Amount", "ColType": "subt_nat_amount"},
    {"ColTitle": "Balance", "ColType": "rbal_nat_amount"},
]


def flat(table, *names):
    return [tuple(record[name] for name in names) for record in table.records()]


def test_a_statement_becomes_a_row_per_amount():
    january = money("Jan 2026", StartDate="2026-01-01", EndDate="2026-01-31", ColKey="jan")
    job = section(
        [("Job", "48"), "", "7.50"], [line(("Plants", "49"), "1.25", "")], ["Total Job", "1.25", "7.50"]
    )
    income = section(["Income", "", ""], [job], ["Total Income", "1.25", "7.50"], "Income")
    net = {"Summary": cells("Net Income", "1.25", "7.50"), "type": "Section", "group": "NetIncome"}
    table = answer("ProfitAndLoss", [ACCOUNT, january, money("Total", ColKey="total")], [income, net])
    assert flat(table, "section", "label", "id", "kind", "column", "amount") == [
        ("Income", "Job", "48", "data", "Total", Decimal("7.50")),
        ("Income > Job", "Plants", "49", "data", "Jan 2026", Decimal("1.25")),
        ("Income > Job", "Total Job", None, "total", "Jan 2026", Decimal("1.25")),
        ("Income > Job", "Total Job", None, "total", "Total", Decimal("7.50")),
        ("Income", "Total Income", None, "total", "Jan 2026", Decimal("1.25")),
        ("Income", "Total Income", None, "total", "Total", Decimal("7.50")),
        ("", "Net Income", None, "total", "Jan 2026", Decimal("1.25")),
        ("", "Net Income", None, "total", "Total", Decimal("7.50")),
    ]
    first = table.records()[1]
    assert (first["start_date"], first["end_date"], first["group"], first["section_id"]) == (
        "2026-01-01",
        "2026-01-31",
        None,
        "48",
    )


def test_columns_under_columns_are_named_by_both():
    total = money("Total", StartDate="2026-01-01", EndDate="2026-01-31")
    total["Columns"] = {"Column": [money("Quantity"), money("% of Sales")]}
    table = answer(
        "ItemSales",
        [{"ColTitle": "", "ColType": "ProductsAndService"}, total],
        [line(("Pump", "11"), "5.00", "0.56 %")],
    )
    assert flat(table, "column", "amount", "text", "start_date") == [
        ("Total: Quantity", Decimal("5.00"), None, "2026-01-01"),
        ("Total: % of Sales", None, "0.56 %", "2026-01-01"),
    ]


def test_a_detail_report_becomes_a_row_per_row():
    bank = section(
        [("Checking", "35"), "", "", ""],
        [line("Beginning Balance", "", "", "100.00"), line("2026-01-03", ("Bill", "257"), "-25.5", "74.50")],
        ["Total for Checking", "", "-25.50", ""],
    )
    table = answer("GeneralLedger", LEDGER, [bank])
    assert flat(
        table, "section", "section_id", "label", "kind", "tx_date", "txn_type_id", "rbal_nat_amount"
    ) == [
        ("Checking", "35", "Beginning Balance", "data", None, None, Decimal("100.00")),
        ("Checking", "35", "", "data", "2026-01-03", "257", Decimal("74.50")),
        ("Checking", "35", "Total for Checking", "total", None, None, None),
    ]
    assert table.records()[1]["subt_nat_amount"] == Decimal("-25.5")


def test_amounts_are_exact_in_arrow():
    table = answer(
        "ProfitAndLoss", [ACCOUNT, money("Total")], [line(("Sales", "1"), "123456789012345678.91")]
    )
    arrow = table.tables()["profit_and_loss"]
    assert "Decimal128(38, 9)" in str(arrow.schema.field("amount").type)
    assert arrow.column("amount").to_pylist() == [Decimal("123456789012345678.910000000")]
    ledger = answer("GeneralLedger", LEDGER, [line("2026-01-03", ("Bill", "2"), "1.10", "")]).tables()
    assert ledger["general_ledger"].column("tx_date").to_pylist()[0].isoformat() == "2026-01-03"


def test_an_empty_report_is_empty_and_has_its_columns():
    option = [{"Name": "NoReportData", "Value": "true"}]
    table = answer("GeneralLedger", LEDGER, [], Option=option)
    assert (table.records(), len(table), table.is_cut_off) == ([], 0, False)
    names = table.tables()["general_ledger"].column_names
    assert {"section", "tx_date", "txn_type", "txn_type_id", "subt_nat_amount"} <= set(names)
    assert answer("ProfitAndLoss", [ACCOUNT, money("Total")], []).tables()["profit_and_loss"].num_rows == 0


def test_nothing_is_written_in_two_ways():
    table = answer("GeneralLedger", LEDGER, [line("0-00-00", "", "", "5.00")])
    assert flat(table, "tx_date", "subt_nat_amount") == [(None, None)]


def test_a_report_that_was_cut_off_says_so():
    rows = [
        line("2026-01-03", "Bill", "1.00", "1.00"),
        line("Unable to display more data. Please reduce the date range."),
    ]
    assert answer("GeneralLedger", LEDGER, [section(["Checking"], rows, ())]).is_cut_off


def test_what_is_no_number_is_refused():
    table = answer("GeneralLedger", LEDGER, [line("2026-01-03", "Bill", "many", "")])
    with pytest.raises(RemoteProtocolError, match="GeneralLedger: subt_nat_amount is 'many'"):
        table.records()


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"Rows": {}}', b'{"Header": {}, "Rows": {"Row": 7}}', b'{"Header": 1}']
)
def test_what_is_no_report_is_refused(body):
    with pytest.raises(RemoteProtocolError):
        read_report(body, report("ProfitAndLoss"))


def test_a_fault_is_raised():
    body = b"""{"Fault": {"Error": [{"Message": "Permission Denied Error", "Detail": "Permission Denied Error : You
     do not have the access rights to use this feature.", "code": "5020", "element": "ReportName"}],
     "type": "ValidationFault"}, "time": "2020-05-13T10:46:45.761-07:00"}""".replace(b"\n", b"")
    with pytest.raises(TieoutError, match="Permission Denied") as caught:
        read_report(body, report("CashFlow"))
    assert isinstance(caught.value, NotAllowed)


def test_the_request_names_the_report_and_what_is_asked():
    request = report_request("123", report("GeneralLedgerDetail"), {"account": "1,2"}, 75)
    assert (request.method, request.path) == ("GET", "/v3/company/123/reports/GeneralLedger")
    assert request.params == {"account": "1,2", "minorversion": "75"}


class TestJoining:
    """Two halves of a ledger against the whole of it."""

    def ledger(self, rows, start, end):
        return answer("GeneralLedger", LEDGER, rows, StartPeriod=start, EndPeriod=end)

    def test_sections_go_on_and_sums_add_up(self):
        one = self.ledger(
            [
                section(
                    [("Checking", "1")],
                    [line("Beginning Balance", "", "", "10.00"), line("2026-01-01", "Bill", "1.10", "11.10")],
                    ["Total for Checking", "", "1.10", ""],
                ),
                section(
                    [("Sales", "9")],
                    [line("2026-01-02", "Invoice", "5.00", "5.00")],
                    ["Total for Sales", "", "5.00", ""],
                ),
            ],
            "2026-01-01",
            "2026-06-30",
        )
        two = self.ledger(
            [
                section(
                    [("Checking", "1")],
                    [line("Beginning Balance", "", "", "11.10"), line("2026-07-01", "Bill", "2.20", "13.30")],
                    ["Total for Checking", "", "2.20", ""],
                ),
                section(
                    [("Loan", "5")],
                    [line("2026-07-05", "Transfer", "7.00", "7.00")],
                    ["Total for Loan", "", "7.00", ""],
                ),
                section(
                    [("Sales", "9")],
                    [line("2026-07-02", "Invoice", "0.50", "0.50")],
                    ["Total for Sales", "", "0.50", ""],
                ),
            ],
            "2026-07-01",
            "2026-12-31",
        )
        whole = self.ledger(
            [
                section(
                    [("Checking", "1")],
                    [
                        line("Beginning Balance", "", "", "10.00"),
                        line("2026-01-01", "Bill", "1.10", "11.10"),
                        line("2026-07-01", "Bill", "2.20", "13.30"),
                    ],
                    ["Total for Checking", "", "3.30", ""],
                ),
                section(
                    [("Loan", "5")],
                    [line("2026-07-05", "Transfer", "7.00", "7.00")],
                    ["Total for Loan", "", "7.00", ""],
                ),
                section(
                    [("Sales", "9")],
                    [
                        line("2026-01-02", "Invoice", "5.00", "5.00"),
                        line("2026-07-02", "Invoice", "0.50", "5.50"),
                    ],
                    ["Total for Sales", "", "5.50", ""],
                ),
            ],
            "2026-01-01",
            "2026-12-31",
        )
        both = joined([one, two])
        assert both.records() == whole.records()
        assert both.period == whole.period
        assert len(both.bodies) == 2

    def test_sections_without_a_heading_follow_one_another(self):
        entry = {
            "Rows": {"Row": [line("2026-01-01", "Bill", "1.00", "")]},
            "Summary": cells("", "", "1.00", ""),
            "type": "Section",
        }
        halves = [self.ledger([entry, entry], "2026-01-01", "2026-01-31")] * 2
        assert len([row for row in joined(halves).records() if row["kind"] == "data"]) == 4
