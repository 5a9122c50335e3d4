from decimal import Decimal

import pytest

from tieout.errors import SetupError
from tieout.protocols.record_files import format_of, read_csv, read_json, read_json_lines


def lines(text, encoding="utf-8"):
    """A file as it is read: bytes, split after line breaks."""
    return text.encode(encoding).splitlines(keepends=True)


def records(given):
    return [each.record for each in given]


# ---- what a file holds


@pytest.mark.parametrize(
    ("name", "beginning", "held"),
    [
        ("a.csv", b'{"x"', "csv"),
        ("a.TSV", b"a\tb", "csv"),
        ("a.jsonl", b'{"a": 1}\n', "jsonl"),
        ("a.ndjson", b"", "jsonl"),
        ("a.json", b'[{"a": 1}]', "json"),
        ("a.json", b'{\n "a": 1}', "json"),
        ("a.json", b'{"a": 1}\n{"a": 2}\n', "jsonl"),
        ("-", b"DisplayName,Notes\n", "csv"),
        ("-", b'  [\n{"a": 1}]', "json"),
        ("-", b'\xef\xbb\xbf{"a": 1}\n{"a": 2}\n', "jsonl"),
        ("-", b'{"a":' * 5000, "json"),
    ],
)
def test_a_file_is_known_by_its_ending_or_by_how_it_begins(name, beginning, held):
    assert format_of(name, beginning) == held


# ---- JSON


def test_one_bad_line_among_many_is_told_with_its_place_and_the_others_are_read():
    text = "".join(f'{{"Amount": {n}.10}}\n' for n in range(1, 1001))
    text = text.replace('{"Amount": 701.10}', '{"Amount": 701.')
    given = list(read_json_lines(lines(text), "orders.jsonl"))
    assert len(given) == 1000
    (bad,) = [each for each in given if each.error]
    assert bad.place == "orders.jsonl, line 701"
    assert str(bad.error).startswith("orders.jsonl, line 701: this is not JSON:")
    assert "run the same command again" in bad.error.advice
    assert given[-1].record == {"Amount": Decimal("1000.10")}


def test_numbers_keep_every_digit():
    (given,) = read_json_lines([b'{"a": 0.1, "b": 19.990, "c": 12345678901234567.89, "d": 5, "e": 1e2}'], "-")
    assert given.record["b"].as_tuple() == Decimal("19.990").as_tuple()
    assert given.record == {
        "a": Decimal("0.1"),
        "b": Decimal("19.99"),
        "c": Decimal("12345678901234567.89"),
        "d": 5,
        "e": 100,
    }
    assert not any(isinstance(value, float) for value in given.record.values())


def test_a_number_beyond_64_bits_stays_exact():
    (given,) = read_json_lines([b'{"a": 123456789012345678901234567890}'], "-")
    assert int(given.record["a"]) == 123456789012345678901234567890
    assert not isinstance(given.record["a"], float)


def test_empty_lines_are_nothing_and_lines_keep_their_numbers():
    given = list(read_json_lines(lines('\n{"a": 1}\r\n\n  \n{"a": 2}'), "-"))
    assert [each.place for each in given] == ["-, line 2", "-, line 5"]


@pytest.mark.parametrize("line", [b"[1]", b'"x"', b"5", b"null", b"{", b"\xe9", b"[" * 100_000, b"{'a': 1}"])
def test_a_line_that_is_no_record_is_told_and_not_raised(line):
    (given,) = read_json_lines([line], "f")
    assert str(given.error).startswith("f, line 1: ")


def test_a_list_of_records_and_a_single_one():
    assert records(read_json(b'[{"a": 1}, {"a": 2}]', "f")) == [{"a": 1}, {"a": 2}]
    assert records(read_json(b'\xef\xbb\xbf{"a": 1}', "f")) == [{"a": 1}]
    bad = list(read_json(b'[{"a": 1}, 5]', "f"))[1]
    assert str(bad.error) == "f, record 2: a record is an object, not int."


@pytest.mark.parametrize("body", [b"", b"[{]", b"{" * 100_000, b"\xff"])
def test_a_document_that_is_not_json_is_refused_whole(body):
    with pytest.raises(SetupError, match="f is not JSON"):
        list(read_json(body, "f"))


def test_explanations_beside_a_record_are_not_part_of_it():
    text = '{"Name": "x", "_why": "it was too long", "_place": "a.csv, line 7"}'
    assert records(read_json_lines(lines(text), "f")) == [{"Name": "x"}]
    assert records(read_csv(lines("Name,_why\nx,it was too long\n"), "f")) == [{"Name": "x"}]


# ---- CSV


def test_columns_are_dotted_paths_and_lines_are_counted_from_one():
    text = "CustomerRef,BillAddr.City,Line.1.Amount,Line.2.Amount,Line.2.SalesItemLineDetail.ItemRef\n7,Bern,1.50,2,9\n"
    assert records(read_csv(lines(text), "f")) == [
        {
            "CustomerRef": "7",
            "BillAddr": {"City": "Bern"},
            "Line": [{"Amount": "1.50"}, {"Amount": "2", "SalesItemLineDetail": {"ItemRef": "9"}}],
        }
    ]


def test_an_empty_cell_says_nothing_and_leaves_no_empty_line_behind():
    text = "DocNumber,Line.1.Amount,Line.2.Amount,Line.3.Amount\nA,1,,3\nB,,,\n"
    assert records(read_csv(lines(text), "f")) == [
        {"DocNumber": "A", "Line": [{"Amount": "1"}, {"Amount": "3"}]},
        {"DocNumber": "B"},
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_columns_are_parted_as_the_first_line_parts_them(delimiter):
    text = "DisplayName,Notes\n".replace(",", delimiter) + f'Ann{delimiter}"a{delimiter}b"\n'
    assert records(read_csv(lines(text), "f")) == [{"DisplayName": "Ann", "Notes": f"a{delimiter}b"}]


def test_a_cell_may_have_several_lines_and_places_are_those_of_the_file():
    text = 'DisplayName,Notes\nAnn,"one\ntwo"\n\nBob,x\nCid,y,z\n'
    given = list(read_csv(lines(text), "f"))
    assert given[0].record["Notes"] == "one\ntwo"
    assert [each.place for each in given] == ["f, line 2", "f, line 5", "f, line 6"]
    assert str(given[2].error) == "f, line 6: it has 3 cells, and the first line names 2 columns."


def test_a_byte_order_mark_is_no_part_of_the_first_column():
    assert records(read_csv([b"\xef\xbb\xbfName\n", b"x\n"], "f")) == [{"Name": "x"}]


def test_utf_16_is_named():
    for reader in (read_csv, read_json_lines):
        with pytest.raises(SetupError, match=r"f is in UTF-16") as refused:
            list(reader("Name\nx\n".encode("utf-16").splitlines(keepends=True), "f"))
        assert "UTF-8" in refused.value.advice


def test_windows_1252_without_its_name_is_told_at_the_cell():
    given = list(read_csv(lines("Name,City\nAnn,Bern\nZoë,Zürich\nBob,Genf\n", "cp1252"), "f"))
    assert [bool(each.error) for each in given] == [False, True, False]
    assert str(given[1].error) == r"f, line 3: Name is not in utf-8: Zo\xeb."
    assert "windows-1252" in given[1].error.advice


def test_windows_1252_with_its_name_is_read():
    given = read_csv(lines("Name\nZoë €\n", "cp1252"), "f", "windows-1252")
    assert records(given) == [{"Name": "Zoë €"}]


def test_a_heading_in_another_encoding_is_told_before_anything_is_read():
    with pytest.raises(SetupError, match=r"first line is not in utf-8") as refused:
        list(read_csv(lines("Größe\nx\n", "cp1252"), "f"))
    assert "--encoding" in refused.value.advice


@pytest.mark.parametrize("encoding", ["latin-17", "rot13", "utf-16", "utf-32-le"])
def test_an_encoding_that_cannot_be_read_is_named(encoding):
    with pytest.raises(SetupError) as refused:
        list(read_csv(lines("Name\nx\n"), "f", encoding))
    assert encoding in str(refused.value)


@pytest.mark.parametrize(
    ("heading", "told"),
    [
        ("", "f is empty"),
        (" , ", "names no columns"),
        ("Name,Name", "names the column Name twice"),
        ("Name,,City", "has a column without a name"),
        ("Line.0.Amount", "counts from 0"),
        ("Line.00.Amount", "counts from 0"),
        ("Line.1000000000.Amount", "counts to 1000000000"),
        ("BillAddr,BillAddr.City", "BillAddr.City lies inside BillAddr"),
        ("Line.1.Amount,Line.Amount", "Line.Amount"),
        ("Line.Amount,Line.1.Amount", "Line.1.Amount"),
        ('"Name', "first line"),
        ("Name\rx\rBob", "first line"),
    ],
)
def test_a_heading_that_makes_no_sense_is_refused_whole(heading, told):
    with pytest.raises(SetupError) as refused:
        list(read_csv(lines(heading + "\n") if "\r" not in heading else [heading.encode()], "f"))
    assert told in str(refused.value)


def test_a_quote_that_is_never_closed_says_how_far_it_reached():
    text = 'Name,Notes\nAnn,x\nBob,"y\nCid,z\nDan,z\n'
    given = list(read_csv(lines(text), "f"))
    assert [bool(each.error) for each in given] == [False, True]
    assert given[1].place == "f, lines 3 to 5"


def test_what_stands_after_a_quote_refuses_that_row_alone():
    given = list(read_csv(lines('Name\n"Ann"x\nBob\n'), "f"))
    assert [each.place for each in given if each.error] == ["f, line 2"]
    assert given[1].record == {"Name": "Bob"}


def test_a_million_lines_are_not_held_in_memory():
    """Lines are taken as they are asked for."""
    taken = []

    def source():
        for number in range(1000):
            taken.append(number)
            yield b"Name\n" if number == 0 else b"x\n"

    given = read_csv(source(), "f")
    next(given)
    assert len(taken) < 5
