"""Pages as Arrow tables: nothing lost, nothing bent, fast or with care."""

from __future__ import annotations

from datetime import UTC
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tieout.catalog.rest import Field, RecordType, record_type, record_types
from tieout.errors import RemoteProtocolError
from tieout.protocols import exact_json
from tieout.protocols.rest_tables import RestPage, TypeReader, declared_tables
from tieout.protocols.table_names import column_name, snake

INVOICE: dict[str, Any] = {
    "domain": "QBO",
    "sparse": False,
    "Id": "145",
    "SyncToken": "3",
    "MetaData": {"CreateTime": "2026-01-28T10:36:03-08:00", "LastUpdatedTime": "2026-01-31T12:47:47-08:00"},
    "DocNumber": "1037",
    "TxnDate": "2026-01-28",
    "CustomerRef": {"value": "24", "name": 'Sonnenschein "&" Söhne \\: x'},
    "Line": [
        {"Id": "1", "Amount": Decimal("12.345678901"), "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": {"Qty": 3}},
        {"Amount": Decimal("0.10"), "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}},
    ],
    "TotalAmt": Decimal("123456789012345.67"),
    "Balance": 0,
}  # fmt: skip


def page(*records: dict[str, Any], type_name: str = "Invoice", reader: TypeReader | None = None) -> RestPage:
    return RestPage(reader or TypeReader(record_type(type_name)), exact_json.encode(list(records)))


def rows(table: Any) -> list[dict[str, Any]]:
    columns = [table.column(name).to_pylist() for name in table.column_names]
    return [dict(zip(table.column_names, row, strict=True)) for row in zip(*columns, strict=True)]


def extra_of(*records: dict[str, Any]) -> list[dict[str, Any]]:
    table = page(*records).tables()["invoice"]
    if "_extra" not in table.column_names:
        return [{} for _ in records]
    return [exact_json.decode(text.encode()) if text else {} for text in table.column("_extra").to_pylist()]


def test_headers_and_lines_become_tables_with_exact_money() -> None:
    tables = page(INVOICE).tables()
    header = rows(tables["invoice"])[0]
    assert header["total_amt"] == Decimal("123456789012345.67")
    assert header["customer_ref_name"] == 'Sonnenschein "&" Söhne \\: x'
    assert header["meta_data_create_time"].isoformat() == "2026-01-28T18:36:03+00:00"
    assert header["txn_date"].isoformat() == "2026-01-28"
    lines = rows(tables["invoice_line"])
    assert [(line["invoice_id"], line["position"], line["amount"]) for line in lines] == [
        ("145", 1, Decimal("12.345678901")),
        ("145", 2, Decimal("0.10")),
    ]
    assert lines[0]["sales_item_line_detail_qty"] == 3


def test_members_of_the_message_are_no_columns() -> None:
    assert not {"domain", "sparse"} & set(page(INVOICE).tables()["invoice"].column_names)


def test_a_record_without_lines_gives_no_rows_but_keeps_the_table_of_the_page() -> None:
    tables = page(INVOICE, {"Id": "2", "Line": []}, {"Id": "3"}).tables()
    assert {row["invoice_id"] for row in rows(tables["invoice_line"])} == {"145"}
    assert [row["id"] for row in rows(tables["invoice"])] == ["145", "2", "3"]


def test_lines_inside_lines_carry_both_positions() -> None:
    inner = {"Id": "9", "Amount": 5, "DetailType": "SalesItemLineDetail"}
    group = {"Id": "1", "DetailType": "GroupLineDetail", "GroupLineDetail": {"Line": [inner, inner]}}
    tables = page({"Id": "7", "Line": [{"Id": "0"}, group]}).tables()
    found = rows(tables["invoice_line_group_line_detail_line"])
    assert [(r["invoice_id"], r["line_position"], r["position"]) for r in found] == [("7", 2, 1), ("7", 2, 2)]


@pytest.mark.parametrize(
    ("change", "extra"),
    [
        ({"Hue": {"deep": [1]}}, {"/Hue": {"deep": [1]}}),
        ({"CustomerRef": {"value": "1", "shade": "x"}}, {"/CustomerRef/shade": "x"}),
        ({"Line": [{"Id": "1"}, {"Id": "2", "Odd/~": 1}]}, {"/Line/1/Odd~1~0": 1}),
        ({"DocNumber": 12}, {"/DocNumber": 12}),
        ({"TxnDate": "0000-00-00"}, {"/TxnDate": "0000-00-00"}),
        ({"Balance": "a lot"}, {"/Balance": "a lot"}),
        ({"Balance": Decimal("0.12345678901")}, {"/Balance": Decimal("0.12345678901")}),
        (
            {"Balance": Decimal("12345678901234567890.1234567891")},
            {"/Balance": Decimal("12345678901234567890.1234567891")},
        ),
        ({"Balance": Decimal("1E-12")}, {"/Balance": Decimal("0.000000000001")}),
        ({"Line": {"Id": "1"}}, {"/Line": {"Id": "1"}}),
        ({"CustomerRef": "24"}, {"/CustomerRef": "24"}),
    ],
)
def test_what_has_no_column_is_kept_under_its_pointer(change: dict[str, Any], extra: dict[str, Any]) -> None:
    assert extra_of(INVOICE, {**INVOICE, **change}) == [{}, extra]


def test_a_page_that_adds_up_is_read_without_care(monkeypatch: pytest.MonkeyPatch) -> None:
    reader = TypeReader(record_type("Invoice"))
    reader.decode(exact_json.encode([INVOICE]))

    def careless(*_: object) -> None:
        raise AssertionError("a clean page was read with care")

    monkeypatch.setattr(TypeReader, "_decode_with_care", careless)
    second = {**INVOICE, "PrivateNote": 'looks like a member: "x": 1'}
    assert rows(page(second, reader=reader).tables()["invoice"])[0]["private_note"] == second["PrivateNote"]


def test_a_member_seen_first_on_a_later_page_gets_its_column() -> None:
    reader = TypeReader(record_type("Invoice"))
    page(INVOICE, reader=reader).tables()
    later = page(INVOICE, {**INVOICE, "Id": "146", "PONumber": "P-9"}, reader=reader).tables()["invoice"]
    assert later.column("po_number").to_pylist() == [None, "P-9"]


def test_null_members_are_absent() -> None:
    assert extra_of({**INVOICE, "DocNumber": None, "Unknown": None}) == [{}]


def test_a_record_that_is_no_object_is_refused() -> None:
    with pytest.raises(RemoteProtocolError, match="no JSON object"):
        RestPage(TypeReader(record_type("Invoice")), b"[5]").tables()


def test_a_template_is_read_as_the_transaction_it_holds() -> None:
    wrapped = {"Invoice": {"Id": "3", "RecurringInfo": {"Name": "Monthly"}, "TotalAmt": 5}}
    header = rows(page(wrapped, type_name="RecurringTransaction").tables()["recurring_transaction"])[0]
    assert (header["id"], header["type"], header["total_amt"]) == ("3", "Invoice", 5)


@pytest.mark.parametrize("of", record_types(), ids=lambda t: t.name)
def test_every_type_has_tables_before_its_first_record(of: RecordType) -> None:
    header = declared_tables(of)[snake(of.name)]
    assert header.num_rows == 0
    assert header.num_columns >= 1


@pytest.mark.parametrize("of", record_types(), ids=lambda t: t.name)
def test_no_two_fields_share_a_column(of: RecordType) -> None:
    flat = of.unwrapped()
    columns: dict[str, tuple[str, ...]] = {}
    for path in leaf_paths(flat, flat.fields, ()):
        assert columns.setdefault(column_name(path), path) == path


def leaf_paths(of: RecordType, shape: Any, at: tuple[str, ...]) -> Any:
    for name, declared in shape.items():
        inner = of.inner(declared)
        if inner is None or declared.many:
            yield (*at, name)
        else:
            yield from leaf_paths(of, inner, (*at, name))


# ---- whatever comes, the tables hold it


def values_for(of: RecordType, declared: Field, depth: int) -> st.SearchStrategy[Any]:
    inner = of.inner(declared)
    if inner is not None:
        one: st.SearchStrategy[Any] = objects(of, inner, depth + 1)
    else:
        one = _SCALARS.get(declared.type, st.text(max_size=12))
    return st.lists(one, max_size=3) if declared.many else one


_SCALARS: dict[str, st.SearchStrategy[Any]] = {
    "bool": st.booleans(),
    "int": st.integers(-(2**40), 2**40),
    "decimal": st.decimals(-(10**12), 10**12, places=4),
    "double": st.decimals(-180, 180, places=6),
    "date": st.dates().map(str),
    "datetime": st.datetimes(timezones=st.just(UTC)).map(lambda d: d.isoformat()),
}


def objects(of: RecordType, shape: Any, depth: int) -> st.SearchStrategy[Any]:
    usable = [f for f in shape.values() if f.type != "any" and (depth < 3 or of.inner(f) is None)]
    if not usable:
        return st.just({})
    names = st.lists(st.sampled_from(usable), max_size=5, unique_by=lambda f: f.name)
    return names.flatmap(lambda fs: st.fixed_dictionaries({f.name: values_for(of, f, depth) for f in fs}))


def leaves(node: Any) -> list[Any]:
    if isinstance(node, dict):
        return [leaf for value in node.values() for leaf in leaves(value)]
    if isinstance(node, list):
        return [leaf for item in node for leaf in leaves(item)]
    return [node]


@given(st.data())
def test_every_value_of_a_random_record_is_found_in_some_table(data: st.DataObject) -> None:
    of = record_type("Invoice")
    record = data.draw(objects(of, of.fields, 0))
    record = {k: v for k, v in record.items() if k not in ("Id", "domain", "sparse")} | {"Id": "1"}
    tables = page(record).tables()
    found = [
        cell for table in tables.values() for row in rows(table) for cell in row.values() if cell is not None
    ]
    text = {normal(cell) for cell in found}
    for value in leaves(record):
        assert normal(value) in text


def normal(value: Any) -> str:
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return f"{Decimal(value).normalize() + 0:f}"
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


@pytest.mark.parametrize("number", ["1.23456E-8", "12345678901E-10"])
def test_digits_behind_an_exponent_are_kept(number: str) -> None:
    page = RestPage(TypeReader(record_type("Invoice")), b'[{"Id":"1","TotalAmt":%b}]' % number.encode())
    header = page.tables()["invoice"]
    assert exact_json.decode(header.column("_extra").to_pylist()[0].encode()) == {
        "/TotalAmt": Decimal(number)
    }
