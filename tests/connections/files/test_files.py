"""Files as people and programs leave them, and as they are written."""

import os
from datetime import date, datetime, timedelta
from decimal import Decimal
from io import BytesIO

import openpyxl
import pytest

from tieout.connections.files.connection import FilesConnection
from tieout.connections.files.folder import LocalFolder
from tieout.connections.files.formats import Format
from tieout.connections.files.remote_folder import RemoteFolder
from tieout.errors import AlreadyExists, Invalid, SetupError
from tieout.operations import Add, Delete, Modify, Put, Query, Statement
from tieout.processes.write import write_changes
from tieout.state.database import open_state
from tieout.state.journal import Journal


def inbox(folder, form=None, **settings):
    return FilesConnection("inbox", LocalFolder(folder), form, **settings)


def records(connection, what="orders"):
    query = Query((what,)) if what.isidentifier() else Query(statement=Statement(what))
    return [record for page in connection.read(query) for record in page.records()]


@pytest.fixture
def journal(tmp_path):
    with open_state(tmp_path / "state") as state:
        yield Journal(state)


def write(connection, journal, *changes):
    return list(write_changes(connection, changes, journal, name="test"))


class TestReading:
    def test_a_csv_with_a_mark_mixed_line_ends_and_quotes_inside(self, tmp_path):
        text = '\ufeffid;who;total\r\n1;"Ann ""the cat""\nLee";12,10\n2;Bo;1\r3;"x;y";2\r\n'
        (tmp_path / "orders.csv").write_bytes(text.encode())
        assert records(inbox(tmp_path)) == [
            {"id": "1", "who": 'Ann "the cat"\nLee', "total": "12,10"},
            {"id": "2", "who": "Bo", "total": "1"},
            {"id": "3", "who": "x;y", "total": "2"},
        ]

    def test_a_csv_of_windows(self, tmp_path):
        (tmp_path / "orders.csv").write_bytes("id,who\r\n1,Zoë €\r\n".encode("windows-1252"))
        assert records(inbox(tmp_path, Format(encoding="windows-1252")))[0]["who"] == "Zoë €"
        with pytest.raises(Invalid, match=r"orders.csv, line 2: who is not in utf-8") as wrong:
            records(inbox(tmp_path))
        assert "windows-1252" in wrong.value.advice

    def test_a_row_that_is_broken_names_its_line_and_is_no_end(self, tmp_path):
        (tmp_path / "orders.csv").write_text("id,who\n1,Ann\n2\n3,Cy\n")
        with pytest.raises(Invalid, match=r"orders.csv, line 3: it has 1 cells"):
            records(inbox(tmp_path))

    def test_records_know_where_they_stand(self, tmp_path):
        (tmp_path / "orders.csv").write_text("id\n1\n\n2\n")
        page = next(iter(inbox(tmp_path).read(Query(("orders",)))))
        assert page.places == ["orders.csv, line 2", "orders.csv, line 4"]

    def test_a_pattern_reads_several_files_in_their_order(self, tmp_path):
        for day in ("03", "01", "02"):
            (tmp_path / f"orders-{day}.jsonl").write_text(f'{{"day": "{day}", "total": 1.10}}\n')
        (tmp_path / "others.jsonl").write_text("{}\n")
        pages = list(inbox(tmp_path).read(Query(statement=Statement("orders-*.jsonl"))))
        assert [r["day"] for page in pages for r in page.records()] == ["01", "02", "03"]
        assert pages[0].type == "orders"
        assert pages[0].records()[0]["total"] == Decimal("1.10")

    def test_a_name_with_a_dash_is_the_file_or_is_refused(self, tmp_path):
        (tmp_path / "orders-1.jsonl").write_text('{"id": 1}\n')
        (page,) = inbox(tmp_path).read(Query(statement=Statement("orders-1")))
        assert page.records() == [{"id": 1}]
        with pytest.raises(SetupError, match="has no file orders-2"):
            list(inbox(tmp_path).read(Query(statement=Statement("orders-2"))))

    def test_records_inside_json_and_xml_are_found_by_their_path(self, tmp_path):
        (tmp_path / "a.json").write_text('{"data": {"orders": [{"id": 1, "total": 0.30}]}}')
        (tmp_path / "b.xml").write_text(
            '<shop><orders><order no="7"><total>0.30</total><line>a</line><line>b</line></order></orders></shop>'
        )
        assert records(inbox(tmp_path, Format(records="data.orders")), "a") == [
            {"id": 1, "total": Decimal("0.30")}
        ]
        assert records(inbox(tmp_path, Format(records="orders.order")), "b") == [
            {"@no": "7", "total": "0.30", "line": ["a", "b"]}
        ]
        with pytest.raises(SetupError, match=r"no list at data\.lines"):
            records(inbox(tmp_path, Format(records="data.lines")), "a")

    def test_xml_with_a_doctype_is_refused(self, tmp_path):
        (tmp_path / "orders.xml").write_text('<!DOCTYPE a [<!ENTITY b "c">]><a><o>&b;</o></a>')
        with pytest.raises(SetupError, match="DOCTYPE"):
            records(inbox(tmp_path))

    def test_a_file_may_be_one_document(self, tmp_path):
        (tmp_path / "orders-1.csv").write_text("sku,n\na,1\nb,2\n")
        (tmp_path / "orders-2.json").write_text('{"sku": "c"}')
        assert records(inbox(tmp_path, Format(whole=True)), "orders-*") == [
            {"rows": [{"sku": "a", "n": "1"}, {"sku": "b", "n": "2"}]},
            {"sku": "c"},
        ]

    def test_half_written_files_are_left_alone(self, tmp_path):
        for name in (".orders.csv.part", "orders.csv.filepart", "~$orders.xlsx", "orders-1.csv.tmp"):
            (tmp_path / name).write_text("id\n1\n")
        (tmp_path / "orders-2.csv").write_text("id\n2\n")
        (tmp_path / "orders-3.csv").write_text("id\n3\n")
        ago = (datetime.now() - timedelta(minutes=5)).timestamp()
        os.utime(tmp_path / "orders-2.csv", (ago, ago))
        patient = inbox(tmp_path, quiet=timedelta(minutes=1))
        assert records(patient, "orders*") == [{"id": "2"}]

    def test_several_files_of_one_name_are_not_guessed_between(self, tmp_path):
        (tmp_path / "orders.csv").write_text("id\n1\n")
        (tmp_path / "orders.json").write_text("[]")
        with pytest.raises(SetupError, match=r"has orders.csv and orders.json"):
            records(inbox(tmp_path))

    def test_a_file_of_a_format_that_is_not_known_is_named(self, tmp_path):
        (tmp_path / "orders.xls").write_bytes(b"\xd0\xcf\x11\xe0")
        with pytest.raises(SetupError, match=r"has orders\.xls, and its ending is of no format"):
            records(inbox(tmp_path))

    def test_a_folder_that_is_missing_is_named(self, tmp_path):
        with pytest.raises(SetupError, match="no folder"):
            inbox(tmp_path / "nowhere").check()

    def test_a_text_that_is_no_parquet(self, tmp_path):
        (tmp_path / "orders.parquet").write_text("id\n1\n")
        with pytest.raises(SetupError, match=r"orders.parquet is no Parquet file"):
            records(inbox(tmp_path))


class TestExcel:
    def book(self, folder, *rows, change=lambda sheet: None):
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        change(book.active)
        book.save(folder / "orders.xlsx")
        return inbox(folder)

    def test_days_numbers_and_texts(self, tmp_path):
        row = (1, date(2026, 1, 2), datetime(2026, 1, 2, 3, 4), 0.1 + 0.2, 19.99, "  a ", True, None)
        found = self.book(tmp_path, ("id", "day", "at", "sum", "price", "who", "ok", "no"), row)
        assert records(found) == [
            {
                "id": 1,
                "day": "2026-01-02",
                "at": "2026-01-02T03:04:00",
                "sum": Decimal("0.3"),
                "price": Decimal("19.99"),
                "who": "a",
                "ok": True,
            }
        ]

    def test_a_formula_that_was_never_computed_names_its_cell(self, tmp_path):
        found = self.book(tmp_path, ("id", "total"), (1, "=A2*2"))
        with pytest.raises(
            Invalid, match=r"row 2, cell B holds a formula whose value was never computed: =A2\*2"
        ):
            records(found)

    def test_a_value_without_a_column_and_an_error_in_a_cell(self, tmp_path):
        with pytest.raises(Invalid, match="its column has no name"):
            records(self.book(tmp_path, ("id", None), (1, "x")))
        with pytest.raises(Invalid, match="holds the error #REF!"):
            records(self.book(tmp_path, ("id",), ("#REF!",)))

    def test_a_sheet_that_is_not_there_gets_the_nearest_name(self, tmp_path):
        self.book(tmp_path, ("id",))
        with pytest.raises(SetupError, match=r"no sheet 'Shet'.*Sheet"):
            records(inbox(tmp_path, Format(sheet="Shet")))

    def test_a_text_is_never_a_formula_and_no_digit_is_lost(self, tmp_path):
        body = Format("xlsx").write([{"a": "=1+1", "n": Decimal("12345678901234567.89")}], "t", "t.xlsx")
        sheet = openpyxl.load_workbook(BytesIO(body)).active
        assert (sheet["A2"].data_type, sheet["B2"].value) == ("s", "12345678901234567.89")


class TestWriting:
    def test_records_are_added_put_modified_and_deleted(self, tmp_path, journal):
        (tmp_path / "stock.csv").write_text("id,price,note\na,1.00,\nb,2.00,\n")
        outbox = inbox(tmp_path)
        done = write(
            outbox,
            journal,
            Add(type="stock", record={"id": "c", "price": Decimal("3.10")}, id="1"),
            Put(type="stock", record={"id": "a", "price": Decimal(9)}, id="2"),
            Modify(type="stock", record={"id": "b", "note": "new"}, id="3"),
            Delete(type="stock", record={"id": "c"}, id="4"),
            Add(type="stock", record={"id": "a"}, id="5"),
            Put(type="stock", record={"price": 1}, id="6"),
        )
        states = {each.change.id: each.state for each in done}
        assert states == {"1": "done", "2": "done", "3": "done", "4": "done", "5": "refused", "6": "refused"}
        assert (tmp_path / "stock.csv").read_bytes() == b"id,price,note\r\na,9,\r\nb,2.00,new\r\n"
        assert [type(each.error) for each in done if each.error] == [AlreadyExists, Invalid]

    def test_each_document_gets_a_file_of_its_own(self, tmp_path, journal):
        outbox = inbox(tmp_path / "out", Format("json", whole=True))
        put = Put(type="invoice", record={"total": Decimal("1.10")}, id="1", key="no=10/01")
        assert write(outbox, journal, put)[0].record_id.startswith("invoice-10_01-")
        again = Put(type="invoice", record={"total": Decimal("2.20")}, id="2", key="no=10/01")
        write(outbox, journal, again)
        (file,) = (tmp_path / "out").iterdir()
        assert file.read_text() == '{"total":2.20}\n'
        write(outbox, journal, Delete(type="invoice", id="3", key="no=10/01"))
        assert not list((tmp_path / "out").iterdir())

    def test_where_nothing_says_the_format_it_is_asked_for(self, tmp_path, journal):
        with pytest.raises(SetupError, match="in which format"):
            write(inbox(tmp_path), journal, Add(type="stock", record={"id": "a"}, id="1"))

    def test_what_somebody_else_wrote_meanwhile_leaves_the_outcome_unknown(self, tmp_path, journal):
        outbox = inbox(tmp_path, Format("csv"))
        run = journal.begin(outbox.identity, "test")
        feed = outbox.write([Add(type="log", record={"what": "x"}, id="1")], run)

        class Killed(BaseException):
            pass

        def die(*_):
            raise Killed

        run.answered = die
        with pytest.raises(Killed):
            list(feed)
        with (tmp_path / "log.csv").open("a") as file:
            file.write("somebody\n")
        outcome = write(outbox, journal, Add(type="log", record={"what": "x"}, id="1"))[0]
        assert outcome.state == "unknown"

    def test_half_a_file_is_never_seen(self, tmp_path, journal):
        outbox = inbox(tmp_path, Format("csv"))
        write(outbox, journal, Add(type="stock", record={"id": "a"}, id="1"))
        assert sorted(os.listdir(tmp_path)) == ["state", "stock.csv"]


@pytest.mark.parametrize("kind", ["here", "elsewhere"])
class TestAfterwards:
    def folder(self, kind, tmp_path):
        folder = LocalFolder(tmp_path) if kind == "here" else RemoteFolder(f"memory:/{tmp_path}")
        folder.replace("orders-1.csv", b"id\n1\n")
        folder.replace("sub/orders-2.csv", b"id\n2\n")
        return folder

    def test_what_was_dealt_with_goes_to_the_archive(self, kind, tmp_path):
        folder = self.folder(kind, tmp_path)
        box = FilesConnection("inbox", folder, after="archive")
        assert records(box, "*.csv") == [{"id": "1"}]
        assert records(box, "sub/*") == [{"id": "2"}]
        assert len([each for each in folder.files() if each.name.startswith("archive/")]) == 0
        box.dealt_with(Query(statement=Statement("sub/*")))
        assert sum(each.name.startswith("archive/") for each in folder.files()) == 1
        box.dealt_with(Query(statement=Statement("*.csv")))
        names = [each.name for each in folder.files()]
        assert all(name.startswith("archive/") for name in names)
        assert names[-1].endswith("-orders-2.csv")
        assert records(box, "*.csv") == []

    def test_or_is_deleted_but_only_what_was_read_to_its_end(self, kind, tmp_path):
        folder = self.folder(kind, tmp_path)
        box = FilesConnection("inbox", folder, after="delete")
        records(box, "*.csv")
        next(iter(box.read(Query(statement=Statement("sub/*"), limit=0))), None)
        for pattern in ("*.csv", "sub/*"):
            box.dealt_with(Query(statement=Statement(pattern)))
        assert [each.name for each in folder.files()] == ["sub/orders-2.csv"]


def test_a_server_of_which_nothing_is_installed_says_what_to_install():
    with pytest.raises(SetupError) as missing:
        RemoteFolder("s3://bucket/folder")
    assert "tieout[s3]" in missing.value.advice
    with pytest.raises(SetupError, match="ftq"):
        RemoteFolder("ftq://host/folder")
