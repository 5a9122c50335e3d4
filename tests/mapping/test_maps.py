from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tieout.catalog.qbxml import edition
from tieout.catalog.rest import record_type
from tieout.errors import MapError, SetupError
from tieout.mapping import (
    JsonataMap,
    PythonMap,
    functions_of,
    key_of,
    read_cross_reference,
    refuse_unknown_keys,
    spread,
    together,
    unseen,
)
from tieout.protocols.qbxml_records import names_below


class Shop:
    """A world with one customer and one table."""

    def __init__(self):
        self.numbers = 0

    def find(self, address, field, value):
        return {"Id": "7"} if (address, field, value) == ("books:Customer", "DisplayName", "Ann") else None

    def xref(self, table, value):
        return {"1.5": "one and a half", "net": "30 days"}.get(value)

    def sequence(self, name):
        self.numbers += 1
        return self.numbers

    def last_success(self):
        return datetime(2026, 11, 1, tzinfo=UTC)

    def property(self, name):
        return "Berlin" if name == "city" else None


def made(source, **document):
    return JsonataMap("m.jsonata", source, functions_of(Shop())).records(document, "orders.csv, line 2")


def test_a_record_a_list_or_nothing():
    assert made('{"DocNumber": n}', n="1") == [{"DocNumber": "1"}]
    assert made('n.{"DocNumber": $}', n=["1", "2"]) == [{"DocNumber": "1"}, {"DocNumber": "2"}]
    assert made("nothing") == made("[]") == made('paid ? {"DocNumber": "1"}', paid=False) == []


def test_the_functions_of_the_world():
    assert made('{"a": $find("books:Customer", "DisplayName", who).Id}', who="Ann") == [{"a": "7"}]
    assert made('{"a": $find("books:Customer", "DisplayName", who).Id, "b": 1}', who="Bob") == [{"b": 1}]
    assert made('{"a": $find("books:Customer", "DisplayName", who).Id, "b": 1}') == [{"b": 1}]
    assert made('{"a": $xref("t", v), "b": $xref("t", "x", "other")}', v=Decimal("1.50")) == [
        {"a": "one and a half", "b": "other"}
    ]
    assert made('{"a": [$sequence("n"), $sequence("n")]}') == [{"a": [1, 2]}]
    assert made('{"a": $property("city") & $property("none", "?"), "b": $last_success()}') == [
        {"a": "Berlin?", "b": "2026-11-01T00:00:00+00:00"}
    ]
    assert made('{"a": $money("1,234.505"), "b": $money(2.675), "c": $money(x), "d": $money(1.2345, 3)}') == [
        {"a": Decimal("1234.51"), "b": Decimal("2.68"), "d": Decimal("1.235")}
    ]


@pytest.mark.parametrize(
    ("source", "complaint", "field"),
    [
        ('"text"', "m.jsonata gives 'text' where a record belongs", ""),
        ("[1, 2]", "gives 1 where a record belongs", ""),
        (
            '{\n "TotalAmt":\n a + 1}',
            r"orders.csv, line 2: m.jsonata, line 3 \(for TotalAmt\): The left side",
            "TotalAmt",
        ),
        ('{"Line": [{"Amount": $money("ten")}]}', "'ten' is no amount of money", ""),
    ],
)
def test_what_a_map_cannot_make_names_record_and_field(source, complaint, field):
    with pytest.raises(MapError, match=complaint) as refused:
        made(source, a="x")
    assert refused.value.record == {"a": "x"}
    assert refused.value.field == field
    assert refused.value.advice


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        (
            '{"DocNumber": n,\n "CustomerReff": c}',
            "m.jsonata, line 2: Invoice has no field 'CustomerReff'. Did you mean CustomerRef",
        ),
        (
            '{"Line": [rows.{\n"SalesItemLineDetail": {"Qti": q}}]}',
            "line 2: Invoice.Line.SalesItemLineDetail has no field 'Qti'. Did you mean Qty",
        ),
        ('($a := 1; paid ? {"DocNumber": n} : {"Nr": n})', "Invoice has no field 'Nr'"),
        (
            '{"Line": $map(rows, function($r) { {"Amont": $r.a} })}',
            "Invoice.Line has no field 'Amont'. Did you mean Amount",
        ),
    ],
)
def test_keys_that_the_catalog_does_not_know(source, complaint):
    with pytest.raises(SetupError, match=complaint):
        refuse_unknown_keys(JsonataMap("m.jsonata", source), "Invoice", record_type("Invoice").names_at)


def test_keys_that_are_computed_or_inside_are_left_to_the_records_own_check():
    source = '{"DocNumber": {"anything": 1}.anything, "Line": [rows.{"Amount": a}], k: 1, "CustomerRef": {"value": "1"}}'
    refuse_unknown_keys(JsonataMap("m.jsonata", source), "Invoice", record_type("Invoice").names_at)


def test_a_map_that_is_no_jsonata():
    with pytest.raises(SetupError, match=r"m.jsonata, line 2: Expected \}"):
        JsonataMap("m.jsonata", '{"a":\n 1')


def test_a_single_line_is_a_list_all_the_same():
    source = '{"Line": rows.{"Amount": a}, "TxnTaxDetail": {"TaxLine": rows.{"Amount": a}}, "CustomerRef": {"value": "1"}}'
    (record,) = JsonataMap("m.jsonata", source, kind=record_type("Invoice")).records({"rows": [{"a": 1}]})
    line = [{"Amount": 1}]
    assert record == {"Line": line, "TxnTaxDetail": {"TaxLine": line}, "CustomerRef": {"value": "1"}}


def test_names_that_no_document_has_are_told():
    source = (
        '{"DocNumber": order_nr,\n "Line": [rows.{"Amount": price}], "CustomerRef": $find("c", "n", who).Id}'
    )
    documents = [{"order_no": "1", "rows": [{"price": 1}], "who": "Ann"}]
    functions = functions_of(Shop())
    assert list(unseen(JsonataMap("m.jsonata", source, functions), documents)) == [
        ("order_nr", 1, "order_no")
    ]
    held = '($there := $find("c", "n", who); {"CustomerRef": $there.Id, "DocNumber": $.order_nr})'
    assert [name for name, *_ in unseen(JsonataMap("m.jsonata", held, functions), documents)] == ["order_nr"]


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ('{"a": 1,\n "b": $mony(price)}', "m.jsonata, line 2: there is no \\$mony. Did you mean \\$money"),
        ('($customer := who; {"a": $custmer.Id})', "there is no \\$custmer. Did you mean \\$customer"),
    ],
)
def test_a_name_that_nobody_gave_a_value_is_told_before_any_document(source, complaint):
    with pytest.raises(SetupError, match=complaint):
        JsonataMap("m.jsonata", source, functions_of(Shop()))


def test_names_that_a_map_gives_values_are_known():
    source = (
        "($tax := function($amount, $rate) { $amount * $rate }; "
        'rows@$r#$i.{"n": $i, "tax": $tax($r.price, 2), "sum": $sum($map($$.rows, λ($x) { $x.price }))})'
    )
    assert made(source, rows=[{"price": 2}, {"price": 3}]) == [
        {"n": 0, "tax": 4, "sum": 5},
        {"n": 1, "tax": 6, "sum": 5},
    ]


def test_a_world_that_is_set_up_wrongly_names_the_map():
    class Misspelt(Shop):
        def find(self, address, field, value):
            raise SetupError("There is no connection 'boks'.", advice="Add it.")

    with pytest.raises(SetupError, match=r"m\.jsonata: There is no connection 'boks'"):
        JsonataMap("m.jsonata", '{"a": $find("boks:Customer", "Id", "1")}', functions_of(Misspelt())).records(
            {}
        )


def test_a_python_map():
    assert PythonMap("m:f", lambda order: {"DocNumber": order["n"]}).records({"n": "1"}) == [
        {"DocNumber": "1"}
    ]
    assert PythonMap("m:f", lambda order: None).records({}) == []
    with_world = PythonMap(
        "m:f", lambda order, world: {"a": world.find("books:Customer", "DisplayName", "Ann")["Id"]}, Shop()
    )
    assert with_world.records({}) == [{"a": "7"}]


@pytest.mark.parametrize(
    ("function", "complaint"),
    [
        (
            lambda order: {"a": order["order_nr"]},
            "orders.csv, line 2: m:f, line .* has no 'order_nr'. Did you mean order_no",
        ),
        (lambda order: order["order_no"] + 1, "line .* of .*test_maps.py: TypeError"),
        (lambda order: "text", "m:f gives 'text' where a record belongs"),
        (lambda order: [None], "m:f gives null where a record belongs"),
    ],
)
def test_a_python_map_that_fails_names_the_line(function, complaint):
    with pytest.raises(MapError, match=complaint) as refused:
        PythonMap("m:f", function).records({"order_no": "1"}, "orders.csv, line 2")
    assert refused.value.record == {"order_no": "1"}


def test_the_first_row_of_a_cross_reference_wins():
    rows = [
        {"from": "net", "to": "10 days"},
        {"from": "n*", "to": "wild", "match": "wildcard"},
        {"from": "net", "to": "never"},
        {"from": "nine", "to": "never"},
        {"from": r"(\d+)-(\w+)", "to": r"\2 \1", "match": "regex"},
        {"from": "a?", "to": r"\1", "match": "wildcard"},
        {"from": "*", "to": "rest", "match": "wildcard"},
    ]
    table = read_cross_reference("t", [(f"t.csv, line {n}", row) for n, row in enumerate(rows, 2)])
    asked = {"net": "10 days", "nine": "wild", "12-x": "x 12", "ab": r"\1", "": "rest", "NET": "rest"}
    assert {value: table.find(value) for value in asked} == asked


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ({"from": "(", "to": "x", "match": "regex"}, "t.csv, line 2: '\\(' is no regular expression"),
        ({"from": "a", "to": "x", "match": "regexp"}, "Did you mean regex"),
        ({"form": "a", "to": "x"}, "has no column 'form'. Did you mean from"),
    ],
)
def test_a_cross_reference_that_is_wrong_names_its_row(row, complaint):
    with pytest.raises(SetupError, match=complaint):
        read_cross_reference("t", [("t.csv, line 2", row)])


def test_rows_come_together_though_they_do_not_follow_each_other():
    rows = [{"no": 1, "sku": "a"}, {"no": 2, "sku": "b"}, {"no": 1, "sku": "c"}]
    placed = [(f"line {n}", row) for n, row in enumerate(rows, 2)]
    assert list(together(placed, ["no"])) == [
        ("line 2", {"no": 1, "rows": [rows[0], rows[2]]}),
        ("line 3", {"no": 2, "rows": [rows[1]]}),
    ]


def test_a_document_is_spread_over_the_items_of_a_list():
    document = {"id": 1, "paid": {"parts": [{"a": 1}, {"a": 2}]}}
    assert list(spread([("line 2", document)], "paid.parts")) == [
        ("line 2, paid.parts 1", {"id": 1, "paid": {"parts": {"a": 1}}}),
        ("line 2, paid.parts 2", {"id": 1, "paid": {"parts": {"a": 2}}}),
    ]
    assert list(spread([("line 2", {"paid": []})], "paid")) == []


def test_the_key_of_a_document():
    document = {"no": 17, "shop": {"id": "x"}, "lines": [{"sku": "a"}]}
    assert key_of(document, ["no"]) == "no=17"
    assert key_of(document, ["shop.id", "no", "lines.1.sku"]) == "shop.id=x, no=17, lines.1.sku=a"
    assert key_of(document, ["missing"]) == key_of(document, ["no", "shop"]) == ""


def test_keys_of_a_desktop_record_are_known_by_any_of_a_line_s_names() -> None:
    def names_at(path: Sequence[str]) -> Collection[str] | None:
        return names_below("Invoice", tuple(path), edition("US", "13.0"))

    good = '{"CustomerRef": {"FullName": c}, "InvoiceLineAdd": [{"ItemRef": {"FullName": i}, "Amount": 1}]}'
    refuse_unknown_keys(JsonataMap("m.jsonata", good), "Invoice", names_at)
    refuse_unknown_keys(JsonataMap("m.jsonata", good.replace("LineAdd", "LineRet")), "Invoice", names_at)
    wrong = '{"CustomerRef": {"FullName": c},\n "InvoiceLineAdd": [{"ItmRef": i}]}'
    with pytest.raises(
        SetupError, match=r"m.jsonata, line 2: Invoice.InvoiceLineAdd has no field 'ItmRef'.*ItemRef"
    ):
        refuse_unknown_keys(JsonataMap("m.jsonata", wrong), "Invoice", names_at)
