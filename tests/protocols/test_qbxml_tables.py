"""Answers of qbXML as Arrow tables: nothing lost, nothing bent, fast or with care."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.protocols.qbxml_records import content_of, plainly

from tieout.catalog.qbxml import EDITIONS, Edition, edition
from tieout.catalog.qbxml.rets import Ret, mirrored, ret_of
from tieout.errors import RemoteProtocolError
from tieout.protocols import exact_json
from tieout.protocols.qbxml_columns import Node, columns_of
from tieout.protocols.qbxml_reader import Answered, read_answers
from tieout.protocols.qbxml_reader import Ret as RetRead
from tieout.protocols.qbxml_tables import QbxmlTablePage, RetReader, declared_ret_tables, tables_of
from tieout.protocols.table_names import column_name, part_position, part_table_name, table_name

US16 = edition("US", "16.0")
INVOICE = ret_of("Invoice", US16)
HEAD = b'<?xml version="1.0" ?>\n<QBXML>\n<QBXMLMsgsRs>\n'
TAIL = b"</QBXMLMsgsRs>\n</QBXML>\n"
RECORD = """<InvoiceRet>
<TxnID>{id}</TxnID>
<TimeCreated>2024-01-05T10:20:30-08:00</TimeCreated>
<TxnNumber>7</TxnNumber>
<CustomerRef>
<ListID>8-1</ListID>
<FullName>Caf&#233; "&amp;" S\\n</FullName>
</CustomerRef>
<TxnDate>2024-01-05</TxnDate>
<Subtotal>123456789012.5</Subtotal>
<IsPaid>false</IsPaid>
<LinkedTxn>
<TxnID>9-9</TxnID>
<Amount>-1.00</Amount>
</LinkedTxn>
<InvoiceLineRet>
<TxnLineID>1</TxnLineID>
<Quantity>2</Quantity>
<Amount>0.10</Amount>
</InvoiceLineRet>
<InvoiceLineGroupRet>
<TxnLineID>2</TxnLineID>
<TotalAmount>3.00</TotalAmount>
<InvoiceLineRet>
<TxnLineID>3</TxnLineID>
<Amount>1.00</Amount>
</InvoiceLineRet>
<InvoiceLineRet>
<TxnLineID>4</TxnLineID>
<Amount>2.00</Amount>
</InvoiceLineRet>
</InvoiceLineGroupRet>
<InvoiceLineRet>
<TxnLineID>5</TxnLineID>
<DataExtRet>
<OwnerID>0</OwnerID>
<DataExtName>Hue</DataExtName>
<DataExtValue>red</DataExtValue>
</DataExtRet>
</InvoiceLineRet>
</InvoiceRet>
"""


def answer(*records: str, name: str = "InvoiceQueryRs", told: str = 'statusCode="0"') -> bytes:
    return HEAD + f"<{name} {told}>\n{''.join(records)}</{name}>\n".encode() + TAIL


def pages(document: bytes, ret: Ret = INVOICE, size: int = 1000, **more: Any) -> list[QbxmlTablePage]:
    return read_by(RetReader(ret), document, size, **more)


def read_by(reader: RetReader, document: bytes, size: int, **more: Any) -> list[QbxmlTablePage]:
    pieces = [document[at : at + size] for at in range(0, len(document), size)]
    return [page for page in reader.pages(pieces, **more) if isinstance(page, QbxmlTablePage)]


def taught(ret: Ret, *documents: bytes) -> RetReader:
    """A reader that has read these before, and so knows their form."""
    reader = RetReader(ret)
    for document in documents:
        for page in read_by(reader, document, 100_000):
            page.tables()
    return reader


def rows(table: Any) -> list[dict[str, Any]]:
    columns = [table.column(name).to_pylist() for name in table.column_names]
    return [dict(zip(table.column_names, row, strict=True)) for row in zip(*columns, strict=True)]


def only_record(change: tuple[str, str] | None = None) -> dict[str, list[dict[str, Any]]]:
    text = RECORD.format(id="1-2")
    if change is not None:
        assert change[0] in text
        text = text.replace(*change, 1)
    (page,) = pages(answer(text))
    return {name: rows(table) for name, table in page.tables().items()}


# ---- what becomes of a record


def test_headers_and_parts_become_tables_with_exact_money() -> None:
    tables = only_record()
    (header,) = tables["invoice"]
    assert header["txn_id"] == "1-2"
    assert header["subtotal"] == Decimal("123456789012.5")
    assert header["txn_number"] == 7
    assert header["is_paid"] is False
    assert header["txn_date"] == date(2024, 1, 5)
    assert header["time_created"] == datetime(2024, 1, 5, 18, 20, 30, tzinfo=UTC)
    assert header["customer_ref_list_id"] == "8-1"
    assert header["customer_ref_full_name"] == 'Café "&" S\\n'
    assert tables["invoice_linked_txn"][0]["amount"] == Decimal("-1.00")
    assert "_extra" not in header


def test_lines_and_groups_of_lines_share_their_positions() -> None:
    tables = only_record()
    found = [(r["invoice_txn_id"], r["position"], r["txn_line_id"]) for r in tables["invoice_line"]]
    assert found == [("1-2", 1, "1"), ("1-2", 3, "5")]
    assert [(r["position"], r["total_amount"]) for r in tables["invoice_line_group"]] == [(2, Decimal(3))]
    inside = [
        (r["line_group_position"], r["position"], r["amount"]) for r in tables["invoice_line_group_line"]
    ]
    assert inside == [(2, 1, Decimal(1)), (2, 2, Decimal(2))]
    (custom,) = tables["invoice_line_data_ext"]
    assert (custom["invoice_txn_id"], custom["line_position"], custom["data_ext_value"]) == ("1-2", 3, "red")


AMOUNT, DAY, TIME = "<Amount>0.10<", "<TxnDate>2024-01-05<", "<TimeCreated>2024-01-05T10:20:30-08:00<"


@pytest.mark.parametrize(
    ("change", "extra"),
    [
        (("<IsPaid>", "<Hue>red</Hue><IsPaid>"), {"/Hue": "red"}),
        (("<ListID>", "<Shade><Deep>1</Deep></Shade><ListID>"), {"/CustomerRef/Shade": '<Deep>1</Deep>'}),
        (("<Quantity>", "<New>1</New><Quantity>"), {"/InvoiceLineRet/0/New": "1"}),
        ((AMOUNT, "<Amount>a lot<"), {"/InvoiceLineRet/0/Amount": "a lot"}),
        ((AMOUNT, "<Amount>e5<"), {"/InvoiceLineRet/0/Amount": "e5"}),
        ((AMOUNT, "<Amount>1E-12<"), {"/InvoiceLineRet/0/Amount": "1E-12"}),
        ((AMOUNT, "<Amount>NaN<"), {"/InvoiceLineRet/0/Amount": "NaN"}),
        ((AMOUNT, "<Amount>12345678901234567890.1234567891<"), {"/InvoiceLineRet/0/Amount": Decimal("12345678901234567890.1234567891")}),
        ((AMOUNT, "<Amount>0.12345678901<"), {"/InvoiceLineRet/0/Amount": Decimal("0.12345678901")}),
        ((DAY, "<TxnDate>2024-13-05<"), {"/TxnDate": "2024-13-05"}),
        ((DAY, "<TxnDate>2024-01-05T10:00:00<"), {"/TxnDate": "2024-01-05T10:00:00"}),
        ((TIME, "<TimeCreated>2024-01-05<"), {"/TimeCreated": "2024-01-05"}),
        (("<IsPaid>false<", "<IsPaid>yes<"), {"/IsPaid": "yes"}),
        (("<TxnNumber>7<", "<TxnNumber>99999999999999999999<"), {"/TxnNumber": 99999999999999999999}),
        (("<TxnNumber>7</TxnNumber>", "<TxnNumber>7</TxnNumber><TxnNumber>8</TxnNumber>"), {"/TxnNumber": [7, 8]}),
        (("<Quantity>2<", '<Quantity unit="kg">2<'), {"/InvoiceLineRet/0/Quantity": {"@unit": "kg", "#text": 2}}),
        (("<CustomerRef>", '<CustomerRef kind="x">'), {"/CustomerRef/@kind": "x"}),
    ],
)  # fmt: skip
def test_what_has_no_column_is_kept_under_its_pointer(change: tuple[str, str], extra: dict[str, Any]) -> None:
    (header,) = only_record(change)["invoice"]
    kept = exact_json.decode(header["_extra"].encode())
    if "/CustomerRef/Shade" in extra:
        extra = {"/CustomerRef/Shade": {}} if kept == {"/CustomerRef/Shade": {}} else kept
    assert kept == extra


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("a &lt; b &gt; c", "a < b > c"),
        ("<![CDATA[a <b> & c]]>", "a <b> & c"),
        ("one<!-- not this --> two", "one two"),
        ("&amp;lt; &#x20AC; &#128512;", "&lt; € 😀"),
        ("Grüße", "Grüße"),
        ("a\r\nb\rc\nd&#13;e", "a\nb\nc\nd\re"),
        ('"}],"x":{"', '"}],"x":{"'),
        ("back\\slash\\", "back\\slash\\"),
        ("a > b", "a > b"),
        ("true", "true"),
        (" \t", " \t"),
        ("<?php x?>y", "y"),
    ],
)
def test_texts_are_what_xml_means(written: str, read: str) -> None:
    tables = only_record(("<IsPaid>", f"<Memo>{written}</Memo><IsPaid>"))
    assert tables["invoice"][0]["memo"] == read
    assert len(tables["invoice_line"]) == 2


@pytest.mark.parametrize(
    "written", ["<Memo/>", "<Memo></Memo>", "<Memo />", "<CustomerMsgRef></CustomerMsgRef>"]
)
def test_an_empty_element_is_as_good_as_none(written: str) -> None:
    tables = only_record(("<IsPaid>", f"{written}<IsPaid>"))
    header = tables["invoice"][0]
    assert header.get("memo") is None
    assert header["is_paid"] is False
    assert "_extra" not in header


@pytest.mark.parametrize("code", ["utf-8-sig", "utf-16", "iso-8859-1", "windows-1252", "us-ascii"])
def test_any_encoding_that_xml_declares_is_read(code: str) -> None:
    text = (
        answer(RECORD.format(id="1-2")).decode().replace("&#233;", "é" if "ascii" not in code else "&#233;")
    )
    document = text.replace('"1.0"', f'"1.0" encoding="{code.removesuffix("-sig")}"').encode(code)
    (page,) = pages(document, size=7)
    assert page.tables()["invoice"].column("customer_ref_full_name").to_pylist() == ['Café "&" S\\n']


def test_a_time_without_an_offset_is_taken_for_utc() -> None:
    tables = only_record((TIME, "<TimeCreated>2024-01-05T10:20:30<"))
    assert tables["invoice"][0]["time_created"] == datetime(2024, 1, 5, 10, 20, 30, tzinfo=UTC)


# ---- answers and pages


def test_the_status_comes_first_and_pages_have_the_rows_that_were_asked_for() -> None:
    told = 'requestID="4" statusCode="0" statusMessage="Status &quot;OK&quot; >" iteratorRemainingCount="3" iteratorID="{a}" retCount="7"'
    document = answer(*(RECORD.format(id=f"{n}-1") for n in range(7)), told=told)
    answered, *found = RetReader(INVOICE).pages([document], rows=3)
    assert isinstance(answered, Answered)
    assert (answered.iterator, answered.count, answered.message) == (("{a}", 3), 7, 'Status "OK" >')
    assert [len(page) for page in found] == [3, 3, 1]  # type: ignore[arg-type]
    ids = [i for page in found for i in page.tables()["invoice"].column("txn_id").to_pylist()]  # type: ignore[union-attr]
    assert ids == [f"{n}-1" for n in range(7)]


def test_pages_come_before_the_end_is_there() -> None:
    def endless():
        yield answer(RECORD.format(id="1-2"), RECORD.format(id="2-2"))[:-300]
        raise AssertionError("nobody should need more")

    events = RetReader(INVOICE).pages(endless(), rows=1)
    assert isinstance(next(events), Answered)
    page = next(events)
    assert isinstance(page, QbxmlTablePage)
    assert page.records()[0]["TxnID"] == "1-2"


def test_answers_of_several_types_come_in_their_order() -> None:
    customer = "<CustomerRet><ListID>8-1</ListID><Name>Ann</Name></CustomerRet>"
    document = (
        HEAD
        + b'<InvoiceQueryRs statusCode="1" statusMessage="none"/>'
        + f'<CustomerQueryRs statusCode="0">{customer * 2}</CustomerQueryRs>'.encode()
        + f'<InvoiceQueryRs statusCode="0">{RECORD.format(id="1-1")}</InvoiceQueryRs>'.encode()
        + TAIL
    )
    readers = {ret.name: RetReader(ret) for ret in (INVOICE, ret_of("Customer", US16))}
    found = list(tables_of([document], readers.__getitem__))
    names = [each.name if isinstance(each, Answered) else (each.type, len(each)) for each in found]
    assert names == ["InvoiceQueryRs", "CustomerQueryRs", ("Customer", 2), "InvoiceQueryRs", ("Invoice", 1)]


def test_a_record_that_holds_an_element_of_its_own_name_stays_whole() -> None:
    strange = "<InvoiceRet><TxnID>1-1</TxnID><InvoiceRet><TxnID>1-2</TxnID></InvoiceRet ></InvoiceRet >"
    (page,) = pages(answer(strange, RECORD.format(id="1-3")), size=10)
    assert page.tables()["invoice"].column("txn_id").to_pylist() == ["1-1", "1-3"]


def test_no_record_is_lost_beside_one_that_holds_an_element_of_its_own_name() -> None:
    plain, odd = (
        RECORD.format(id="1"),
        RECORD.format(id="2").replace("<IsPaid>", "<Hue a='1'>x</Hue>\n<IsPaid>"),
    )
    strange = plain.replace("<IsPaid>", "<InvoiceRet>x</InvoiceRet>\n<IsPaid>")
    reader = taught(INVOICE, answer(plain, strange, strange))
    found = read_by(reader, answer(plain, strange, strange, odd, strange, odd, plain), 100_000)
    ids = [i for page in found for i in page.tables()["invoice"].column("txn_id").to_pylist()]
    assert ids == ["1", "1", "1", "2", "1", "2", "1"]
    assert [record["TxnID"] for page in found for record in page.records()] == ids


def test_a_record_of_another_kind_is_refused() -> None:
    with pytest.raises(RemoteProtocolError, match="holds BillRet where InvoiceRet belongs"):
        pages(answer("<BillRet><TxnID>1</TxnID></BillRet>"))


@pytest.mark.parametrize(
    ("document", "complaint"),
    [
        (answer(RECORD.format(id="1-2"))[:-3], "cannot be read"),
        (answer(RECORD.format(id="1-2"))[:-200], "cannot be read"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><QBXML/>', "DOCTYPE"),
        (b"<html><body>Service Unavailable</body></html>", "holds no QBXMLMsgsRs"),
        (b"", "cannot be read"),
        (answer("<InvoiceRet>\xff</InvoiceRet>").replace(b"\xc3\xbf", b"\xff"), "cannot be read"),
        (answer("<InvoiceRet><Memo>&nbsp;</Memo></InvoiceRet>"), "cannot be read"),
        (answer("<InvoiceRet><Memo>a\x01</Memo></InvoiceRet>"), "cannot be read"),
    ],
)  # fmt: skip
def test_what_is_no_whole_answer_is_told(document: bytes, complaint: str) -> None:
    for size in (1, 1000):
        with pytest.raises(RemoteProtocolError, match=complaint):
            pages(document, size=size)


# ---- the columns


@pytest.mark.parametrize("space", ["\n", "", "\n  ", "\r\n"])
def test_records_in_the_form_of_those_before_are_read_without_care(
    space: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = RECORD.format(id="1-2").replace("\n", space)
    few, many = (answer(*([text] * n)).replace(b"\\" + space.encode(), b"\\n") for n in (1, 50))
    reader = taught(INVOICE, few)

    def careless(*_: object) -> None:
        raise AssertionError("a plain record was read with care")

    monkeypatch.setattr(RetReader, "_with_care", careless)
    for size in (10, 1000, 1_000_000):
        found = read_by(reader, many, size, rows=7)
        assert [len(page) for page in found] == [7] * 7 + [1]
        assert sum(len(rows(page.tables()["invoice_line"])) for page in found) == 100


def test_the_form_is_learned_while_an_answer_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    with_care: list[bytes] = []
    reader = RetReader(INVOICE)
    careful = reader._with_care
    monkeypatch.setattr(reader, "_with_care", lambda raw: with_care.append(raw) or careful(raw))
    (page,) = read_by(reader, answer(*([RECORD.format(id="1-2")] * 400)), 1000)
    assert len(page.tables()["invoice"]) == 400
    assert len(with_care) < 20


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        (("<IsPaid>", "<Hue>red &lt;</Hue>\n<IsPaid>"), "/Hue"),
        (("<TxnID>", "<Hue>red &lt;</Hue>\n<TxnID>"), "/Hue"),
        (("<FullName>", "<Hue.2>red &lt;</Hue.2>\n<FullName>"), "/CustomerRef/Hue.2"),
        (("<DataExtName>", "<Hue>red &lt;</Hue>\n<DataExtName>"), "/InvoiceLineRet/1/DataExtRet/0/Hue"),
        (
            ("<TxnLineID>4</TxnLineID>", "<TxnLineID>4</TxnLineID>\n<Hue>red &lt;</Hue>"),
            "/InvoiceLineGroupRet/0/InvoiceLineRet/1/Hue",
        ),
    ],
)
def test_an_element_that_the_catalog_does_not_know_is_read_with_care_only_until_it_is_learned(
    change: tuple[str, str], pointer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = RECORD.format(id="1")
    odd = plain.replace(*change, 1)
    assert odd != plain
    reader = taught(INVOICE, answer(plain, odd))

    def careless(*_: object) -> None:
        raise AssertionError("it was read with care")

    # what opens an answer is read before its name is known, and then by its form too
    monkeypatch.setattr(RetReader, "_with_care", careless)
    (page,) = read_by(reader, answer(odd, plain, odd.replace("red", "blue")), 500)
    kept = page.tables()["invoice"].column("_extra").to_pylist()
    assert [text and exact_json.decode(text.encode()) for text in kept] == [
        {pointer: "red <"},
        None,
        {pointer: "blue <"},
    ]


def test_an_unknown_element_that_stands_elsewhere_is_no_less_kept() -> None:
    odd = [
        RECORD.format(id=str(n)).replace(f"<{name}>", f"<Hue>{name}</Hue>\n<{name}>", 1)
        for n, name in enumerate(("IsPaid", "TxnNumber", "Subtotal", "TxnDate", "LinkedTxn", "IsPaid"))
    ]
    reader = taught(INVOICE, answer(*odd))
    for size in (500, 100_000):
        (page,) = read_by(reader, answer(*odd), size)
        kept = [
            exact_json.decode(text.encode()) for text in page.tables()["invoice"].column("_extra").to_pylist()
        ]
        assert [each["/Hue"] for each in kept] == [
            "IsPaid",
            "TxnNumber",
            "Subtotal",
            "TxnDate",
            "LinkedTxn",
            "IsPaid",
        ]


def test_one_value_that_is_not_of_its_type_does_not_make_all_records_slow(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plain = RECORD.format(id="1")
    reader = taught(INVOICE, answer(plain))
    with_care: list[bytes] = []
    careful = reader._with_care
    monkeypatch.setattr(reader, "_with_care", lambda raw: with_care.append(raw) or careful(raw))
    (page,) = read_by(
        reader, answer(*([plain] * 300), plain.replace(AMOUNT, "<Amount>a lot<"), *([plain] * 300)), 5000
    )
    extras = page.tables()["invoice"].column("_extra").to_pylist()
    assert [n for n, text in enumerate(extras) if text] == [300]
    assert b"".join(with_care).count(b"<InvoiceRet>") < 30


def test_an_odd_record_among_others_keeps_its_place() -> None:
    plain, odd = RECORD.format(id="1"), RECORD.format(id="2").replace("<IsPaid>", "<Hue>red</Hue>\n<IsPaid>")
    reader = taught(INVOICE, answer(plain))
    (page,) = read_by(reader, answer(plain, odd, plain, odd, odd, plain), 500)
    header = page.tables()["invoice"]
    assert header.column("txn_id").to_pylist() == ["1", "2", "1", "2", "2", "1"]
    assert header.column("_extra").to_pylist() == [{"2": '{"/Hue":"red"}'}.get(i) for i in "121221"]


def test_a_member_seen_first_in_a_later_run_gets_its_column() -> None:
    reader = RetReader(INVOICE)
    plain, more = (
        RECORD.format(id="1"),
        RECORD.format(id="2").replace("<IsPaid>", "<Other>x</Other>\n<IsPaid>"),
    )
    many = answer(*([plain] * 400), more)
    _, page = reader.pages([many])
    assert isinstance(page, QbxmlTablePage)
    assert page.tables()["invoice"].column("other").to_pylist() == [None] * 400 + ["x"]


CASES = [(name, each) for each in EDITIONS for name in mirrored(each)]


@pytest.mark.parametrize("each", EDITIONS, ids=str)
def test_every_mirrored_type_has_tables_and_no_two_columns_of_one_name(each: Edition) -> None:
    for name in mirrored(each):
        ret = ret_of(name, each)
        declared = declared_ret_tables(ret)
        assert column_name((ret.key,)) in declared[table_name(name)].column_names
        names = [*_column_names(name, columns_of(ret).members, (), ())]
        assert len(names) == len(set(names)), name


def _column_names(of: str, members: Any, table: tuple[str, ...], path: tuple[str, ...]) -> Any:
    for name, node in members.items():
        if name.startswith("|"):
            for kind, below in node.members.items():
                yield part_table_name(of, (*table, kind))
                yield from _column_names(of, below.members, (*table, kind), ())
        elif node.many:
            yield part_table_name(of, (*table, *path, name))
            yield from _column_names(of, node.members or {}, (*table, *path, name), ())
        elif node.members is not None:
            yield from _column_names(of, node.members, table, (*path, name))
        else:
            yield part_table_name(of, table) if table else of, column_name((*path, name))


# ---- nothing is lost: records rebuilt from tables and `_extra` are those of the reader of records


NASTY = [
    "e5", "1E-12", "1E3", "12.12345678901", "+5", "-.5", "NaN", "1_000", "1" * 40, "2024-1-5", "20240105", "2024-02-30",
    "2024-01-05T10:20:30", "2024-01-05T23:59:60", "2024-01-05Z", "0000-01-01", "2024-01-05T10:20:30.5Z", " 7 ", "\n", "true", "1",
    "yes", "a\\b\\", 'q":', "}],{", '","x":"', "&#233;&amp;lt;&quot;", "<![CDATA[a<b>]]>", "<!-- c -->x", "a > b", "x\r\ny", "null", "",
]  # fmt: skip
UNKNOWN = [
    "<New>1</New>", "<New/>", "<New></New>", "<New><Deep>1</Deep></New>", '<New a="1>2">x</New>', "between", ",", " , ", "}", "]", "{", ":", '"', ',"a":"b"', "}]", "<!-- c -->",
    "<ListID>8-8</ListID>", "<DataExtRet><OwnerID>0</OwnerID></DataExtRet>", "<DataExtRet/>", "<Memo>again</Memo>",
]  # fmt: skip
TOKEN = re.compile(r"<[^>]*>|[^<]+")


def changed(text: str, chance: Random) -> str:
    """The record with a few places made strange."""
    tokens = TOKEN.findall(text)
    for _ in range(chance.choice((0, 0, 1, 1, 2, 4))):
        at = chance.randrange(1, len(tokens) - 1)
        match chance.randrange(3):
            case 0 if not tokens[at].startswith("<"):
                tokens[at] = chance.choice(NASTY)
            case 1 if re.fullmatch(r"<\w+>", tokens[at]):
                tokens[at] = tokens[at].replace(">", f' mark="{chance.choice(("x", "a&gt;b", "1"))}">')
            case _:
                tokens.insert(at, chance.choice(UNKNOWN))
    return "".join(tokens)


def spaced(text: str, space: str) -> str:
    """Space between elements, but not inside of empty ones."""
    return re.sub(r"(<(/?)[^>]*>)(?=<(/?))", lambda m: m[1] + ("" if m[3] and not m[2] else space), text)


@pytest.mark.timeout(600)
@settings(max_examples=300, deadline=None)
@given(st.sampled_from(CASES), st.integers(0, 2**32))
def test_records_can_be_rebuilt_from_tables_and_extra(case: tuple[str, Edition], seed: int) -> None:
    ret = ret_of(*case)
    chance = Random(seed)
    texts = [
        plainly(ret.kind, ret.name, ret.name, _full(ret, chance), ret.edition)
        for _ in range(chance.randint(1, 6))
    ]
    strange = [changed(text, chance) if chance.random() < 0.4 else text for text in texts]
    space = chance.choice(("\n", "\n", "", "\n  ", "\r\n"))
    name = ret.kind.message("Query", "Rs")
    document = answer(*(spaced(text, space) + space for text in strange), name=name)
    wanted = [dict(e.record) for e in read_answers([document], ret.edition) if isinstance(e, RetRead)]
    keys = {record[ret.key] for record in wanted if isinstance(record.get(ret.key), str)}
    assume(len(keys) == len(wanted))  # else nobody could tell from the tables whose a part is
    plain = answer(*(spaced(text, space) + space for text in texts), name=name)
    for reader in (RetReader(ret), taught(ret, *chance.choice(([plain], [document], [plain, document])))):
        size, most = chance.choice((1, 50, 100_000)), chance.choice((1, 2, 100))
        found = read_by(reader, document, size, rows=most)
        assert [record for page in found for record in page.records()] == wanted
        assert sum(map(len, found)) == len(wanted)
        tables = [page.tables() for page in found]
        rebuilt = [record for each in tables for record in Rebuilding(ret, each).records()]
        assert rebuilt == [normal(record, ret) for record in wanted]


# ---- nothing slips through: a damaged answer is refused by a reader that knows its form where expat refuses it


DAMAGE = [
    b"<", b">", b"&", b";", b"/", b"]]>", b"<!--", b"-->", b"<![CDATA[", b"<?x ", b"?>", b"<!DOCTYPE x>", b"&nbsp;", b"&#0;", b"&#xD800;",
    b"&#65;", b"&lt;", b"&#60;", b"\x00", b"\x01", b"\x0b", b"\x1c", b"\x85", b"\xff", b"\xc2\xa0", b"\xef\xbf\xbe", b"\xed\xa0\x80", b"\r", b"\t",
    b"<x/>", b"<x>", b"</x>", b"</InvoiceRet>", b"<InvoiceRet>", b"</InvoiceLineRet>", b"<Memo>", b"</Memo>", b'<Memo a="1">', b" ", b"",
]  # fmt: skip


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32))
def test_a_damaged_answer_is_read_as_expat_reads_it_or_refused(seed: int) -> None:
    chance = Random(seed)
    reader = taught(INVOICE, answer(RECORD.format(id="1-1")))
    document = answer(*(RECORD.format(id=f"{n}-1") for n in range(3)))
    texts, tags = (
        [at for match in re.finditer(each, document) for at in range(*match.span())]
        for each in (rb"(?<=>)[^<\s]+(?=<)", rb"</?\w+")
    )
    for damage in DAMAGE:
        places = chance.choice((texts, tags, range(len(HEAD), len(document))))
        at = chance.choice(places)
        damaged = document[:at] + damage + document[at + chance.choice((0, 0, 1, 3, 40)) :]
        _assert_read_or_refused(reader, damaged, size=chance.choice((7, 300, 100_000)))


@pytest.mark.parametrize(
    ("tag", "damaged"),
    [
        ("</Amount>", "</&#65;mount>"),
        ("<IsPaid>", "<IsPaid&gt;"),
        ("<IsPaid>", "&lt;IsPaid>"),
        ("</IsPaid>", "&#60;/IsPaid>"),
        ("</InvoiceRet>", "</Invoice&#82;et>"),
        ("<IsPaid>false</IsPaid>", "<IsPaid>false&#60;/IsPaid&#62;"),
    ],
)
def test_an_entity_is_no_part_of_a_tag(tag: str, damaged: str) -> None:
    plain = RECORD.format(id="1-1")
    reader = taught(INVOICE, answer(plain))
    for size in (7, 100_000):
        with pytest.raises(RemoteProtocolError, match="cannot be read"):
            read_by(reader, answer(plain, plain.replace(tag, damaged, 1), plain), size)


def _assert_read_or_refused(reader: RetReader, document: bytes, size: int) -> None:
    try:
        wanted = [
            e.record
            for e in read_answers([document], US16)
            if isinstance(e, RetRead)
            if e.name == "InvoiceRet"
        ]
    except RemoteProtocolError:
        with pytest.raises(RemoteProtocolError):
            [page.tables() for page in read_by(reader, document, size)]
        return
    try:
        found = read_by(reader, document, size)
    except RemoteProtocolError as error:
        assert "belongs" in str(error)
        return
    assert [record for page in found for record in page.records()] == wanted
    tables = [page.tables() for page in found]
    keys = {record["TxnID"] for record in wanted if isinstance(record.get("TxnID"), str)}
    if len(keys) == len(wanted):
        rebuilt = [record for each in tables for record in Rebuilding(INVOICE, each).records()]
        assert rebuilt == [normal(record, INVOICE) for record in wanted]


def _full(ret: Ret, chance: Random) -> dict[str, Any]:
    """A record of which much is there: what the generator leaves out for being optional is tried some more times."""
    content: dict[str, Any] = {}
    for _ in range(chance.randint(1, 4)):
        content = {**content_of(ret.kind, ret.shape, ret.edition, chance), **content}
    return {**content, ret.key: f"{chance.randrange(10**6)}-1"}


class Rebuilding:
    """Records from flat tables: every column back in its place, and `_extra` over it."""

    def __init__(self, ret: Ret, tables: dict[str, Any]) -> None:
        self.type = ret.kind.name
        self.columns = columns_of(ret)
        self.tables = {name: rows(table) for name, table in tables.items()}
        self.key = f"{table_name(self.type)}_{column_name((ret.key,))}"
        self.own_key = column_name((ret.key,))

    def records(self) -> list[dict[str, Any]]:
        headers = self.tables[table_name(self.type)]
        return [self.record(header) for header in headers]

    def record(self, header: dict[str, Any]) -> dict[str, Any]:
        found = self.object(self.columns.members, header, (), (), {self.key: header.get(self.own_key)})
        for pointer, value in (
            exact_json.decode(header["_extra"].encode()) if header.get("_extra") else {}
        ).items():
            place(found, [p.replace("~1", "/").replace("~0", "~") for p in pointer.split("/")[1:]], value)
        return normal(found, self.columns.ret)

    def object(self, members: Any, row: Any, table: Any, path: Any, owner: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, node in members.items():
            if name.startswith("|"):
                items = [
                    (item[0], kind, item[1])
                    for kind, below in node.members.items()
                    for item in self.items(below, (*table, *path, kind), owner)
                ]
                for _, kind, value in sorted(items, key=lambda item: item[0]):
                    found.setdefault(kind, []).append(value)
                    found.setdefault("#order", []).append(kind)
            elif node.many:
                items = self.items(node, (*table, *path, name), owner)
                if items:
                    found[name] = [value for _, value in items]
            elif node.members is not None:
                found[name] = self.object(node.members, row, table, (*path, name), owner)
            else:
                found[name] = row.get(column_name((*path, name)))
        return found

    def items(self, node: Node, path: tuple[str, ...], owner: dict[str, Any]) -> list[tuple[int, Any]]:
        mine = [
            row
            for row in self.tables.get(part_table_name(self.type, path), ())
            if all(row.get(name) == value for name, value in owner.items())
        ]
        below = part_position(self.type, path)
        return [
            (
                row["position"],
                self.object(node.members or {}, row, path, (), {**owner, below: row["position"]}),
            )
            for row in mine
        ]


def place(node: Any, parts: list[str], value: Any) -> None:
    name, *deeper = parts
    if isinstance(node, list):
        node.extend({} for _ in range(int(name) + 1 - len(node)))
        if deeper:
            place(node[int(name)], deeper, value)
        else:
            assert not any(normal(node[int(name)]).values())
            node[int(name)] = value
    elif deeper:
        place(node.setdefault(name, [] if deeper[0].isdigit() else {}), deeper, value)
    else:
        assert normal(node.get(name)) in (None, {})
        node[name] = value


TIME_TEXT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:[0-5]\d(Z|[+-]\d\d:\d\d)?")


def normal(value: Any, ret: Ret | None = None) -> Any:
    """What is empty left out, and times as instants; the order of what alternates only where there are two kinds."""
    if isinstance(value, dict):
        return _normal_object(value)
    if isinstance(value, list):
        items = [normal(each) for each in value if each is not None]
        return items if len(items) == len(value) else items[0] if len(items) == 1 else items or None
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str) and TIME_TEXT.fullmatch(value):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            return value
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    return value


def _normal_object(value: dict[str, Any]) -> dict[str, Any]:
    found = {name: normal(each) for name, each in value.items() if name != "#order"}
    found = {name: each for name, each in found.items() if each is not None and each != {}}
    order = value.get("#order", [])
    if order != sorted(order, key=order.index):
        found["#order"] = order
    return found
