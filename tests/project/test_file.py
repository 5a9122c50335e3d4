import pytest

from tieout.errors import SetupError
from tieout.project import Address, DuckDBSettings, MemorySettings, OnlineSettings, Project
from tieout.project.flows import opened_process

# The project file of the design, as far as this version goes.
WHOLE = """
[connection.books]                 # a company
kind = "online"
company = "4620816365"             # realm; the sandbox prints one
client_id = "${QUICKBOOKS_CLIENT_ID}"

[connection.scratch]
kind = "memory"

[connection.warehouse]
kind = "duckdb"
path = "${WAREHOUSES}/warehouse.duckdb"

[process.mirror]                   # everything, only what changed, deletions included
from = "books:*"
to = "warehouse:"
do = "put"
only = "changed"
except = ["TaxAgency", "Customer.PrimaryTaxIdentifier", "Customer.BillAddr.Line1", "Vendor.TaxIdentifier"]
every = "15 minutes"
"""
ENVIRON = {"QUICKBOOKS_CLIENT_ID": "ABc", "WAREHOUSES": "/data"}


@pytest.fixture
def project(tmp_path):
    def read(text, environ=ENVIRON):
        path = tmp_path / "tieout.toml"
        path.write_bytes(text.encode())
        return Project.read(path, environ)

    return read


def test_a_project_file_becomes_connections_and_processes(project):
    shop = project(WHOLE)
    assert shop.connections == {
        "books": OnlineSettings(company="4620816365", client_id="ABc"),
        "scratch": MemorySettings(),
        "warehouse": DuckDBSettings(path="/data/warehouse.duckdb"),
    }
    mirror = shop.processes["mirror"]
    assert mirror.source == Address("books", "*")
    assert mirror.target == Address("warehouse", "*")
    assert (mirror.do, mirror.only, mirror.raw, mirror.every) == ("put", "changed", False, "15 minutes")
    assert mirror.excluded_types == {"TaxAgency"}
    assert mirror.excluded_fields == {
        "Customer": {"PrimaryTaxIdentifier", "BillAddr.Line1"},
        "Vendor": {"TaxIdentifier"},
    }


def test_what_is_absent_has_its_default(project):
    books = project(WHOLE).connections["books"]
    assert (books.environment, books.base_url, books.minor_version, books.requests_at_once) == (
        "production",
        "",
        75,
        10,
    )


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_file_of_a_windows_editor_is_read(project, newline):
    assert project("\ufeff" + WHOLE.replace("\n", newline)).connections == project(WHOLE).connections


def test_an_empty_file_is_an_empty_project(project):
    assert (project("").connections, project("").processes) == ({}, {})


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("company =", "compny =", "line 4: [connection.books] compny: there is no such setting. Did you mean company?"),
        ('"online"', '"onlin"', "line 3: [connection.books] kind: there is no kind 'onlin'. Did you mean online?"),
        ('kind = "online"', "", "line 2: [connection.books]: kind is missing."),
        ('"online"', "[1]", "line 3: [connection.books] kind: there is no kind [1]."),
        ("client_id", "client_secret", "line 5: [connection.books] client_secret: a secret does not belong in this file."),
        ('company = "4620816365"', "", "line 2: [connection.books]: company is missing: Number of the company"),
        ('"4620816365"', "4620816365", "line 4: [connection.books] company: 4620816365 is not text. Put it in quotes."),
        ('"4620816365"', "true", "line 4: [connection.books] company: True is not text."),
        ("${WAREHOUSES}", "${WAREHOUSE}", "line 12: [connection.warehouse] path: the environment has no variable WAREHOUSE."),
        ("${WAREHOUSES}", "${WARE-HOUSES}", "line 12: [connection.warehouse] path: '${WARE-HOUSES}/warehouse.duckdb' has a ${ that is not ${NAME}."),
        ('"changed"', '"chnged"', "line 18: [process.mirror] only: 'chnged' is not one of changed, all. Did you mean changed?"),
        ('"put"', '"add"', "line 17: [process.mirror] do: 'add' is not one of put."),
        ('every = "15 minutes"', 'map = "a.jsonata"', "line 20: [process.mirror] map: a mirror has no such setting."),
        ('every = "15 minutes"', 'track = { order = "x" }', "line 20: [process.mirror] track: a mirror has no such setting."),
        ('every = "15 minutes"', "every = 15", "line 20: [process.mirror] every: 15 is not text. Put it in quotes."),
        ('"books:*"', '"books"', "line 15: [process.mirror] from: 'books' is no address: it has no colon."),
        ('"books:*"', '"boks:*"', "line 15: [process.mirror] from: There is no connection 'boks'. Did you mean books?"),
        ('"books:*"', '"books:Invoce"', "line 15: [process.mirror] from: QuickBooks Online has no record type 'Invoce'. Did you mean Invoice?"),
        ('"warehouse:"', '"wharehouse:"', "line 16: [process.mirror] to: There is no connection 'wharehouse'. Did you mean warehouse?"),
        ('"warehouse:"', '"warehouse:sales"', "line 16: [process.mirror] to: 'warehouse:sales' names a table, and tables get their names here: write warehouse:."),
        ('"TaxAgency"', '"TaxAgancy"', "line 19: [process.mirror] except: QuickBooks Online has no record type 'TaxAgancy'. Did you mean TaxAgency?"),
        ("Vendor.TaxIdentifier", "Vendor.TaxIdentfier", "line 19: [process.mirror] except: Vendor has no field 'TaxIdentfier'. Did you mean TaxIdentifier?"),
        ("Vendor.TaxIdentifier", "Vendor.Id", "line 19: [process.mirror] except: Vendor.Id cannot be left out: records are told apart by it."),
        ('["TaxAgency",', '[1,', "line 19: [process.mirror] except: [1, 'Customer"),
        ("[process.mirror]", "[proces.mirror]", "there is no such table. Did you mean process?"),
        ("[process.mirror]", '[process."my mirror"]', "'my mirror' is no name"),
        ("[process.mirror]", "[process]", "line 15: [process] from: a process needs a name: write [process.NAME]."),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_place(project, tmp_path, old, new, complaint):
    assert old in WHOLE
    with pytest.raises(SetupError) as refused:
        project(WHOLE.replace(old, new, 1)).refuse_unset()
    assert complaint in str(refused.value)
    assert str(refused.value).startswith(str(tmp_path / "tieout.toml"))
    assert refused.value.advice


def test_a_table_in_another_spelling_of_toml_is_judged_too(project):
    with pytest.raises(SetupError, match=r"\[connection\.books\] kynd"):
        project('connection = { books = { kind = "memory", kynd = 1 } }')


def test_the_variable_of_a_missing_setting_is_advice(project):
    with pytest.raises(SetupError) as refused:
        _ = project(WHOLE, {}).settings("books").client_id
    assert refused.value.advice == "Set QUICKBOOKS_CLIENT_ID before you start tieout."


def test_a_variable_is_guessed_among_those_that_the_file_names(project):
    text = WHOLE.replace("${WAREHOUSES}", "${QUICKBOOK_CLIENT_ID}")
    environ = {**ENVIRON, "QUICKBOOK_CLIENT_IDS": "of somebody else"}
    with pytest.raises(
        SetupError, match=r"no variable QUICKBOOK_CLIENT_ID\. Did you mean QUICKBOOKS_CLIENT_ID\?"
    ):
        project(text, environ).refuse_unset()


def test_only_what_needs_a_variable_that_is_not_set_refuses(project):
    text = """
smtp = "${MAIL}"
[connection.a]
kind = "memory"
[connection.shop]
kind = "sql"
url = "${SHOP}"
[process.copy]
from = "a:Customer"
to = "a:Vendor"
do = "add"
[process.orders]
from = "shop:orders"
to = "a:Invoice"
do = "add"
[process.tagged]
from = "a:Customer"
to = "a:Vendor"
do = "add"
properties = { tag = "${TAG}" }
"""
    made = project(text, {})
    with made.connection("a"), opened_process(made, "copy"):
        assert made.whole.documents == "purge"
    for use, place, name in (
        (lambda: made.connection("shop"), "[connection.shop] url", "SHOP"),
        (lambda: opened_process(made, "orders").__enter__(), "[connection.shop] url", "SHOP"),
        (lambda: opened_process(made, "tagged").__enter__(), "[process.tagged] properties", "TAG"),
        (lambda: made.whole.smtp, "smtp", "MAIL"),
    ):
        with pytest.raises(SetupError) as refused:
            use()
        assert f"{place}: the environment has no variable {name}" in str(refused.value)
    assert [str(each).rpartition(" ")[2] for each in made.unset] == ["MAIL.", "SHOP.", "TAG."]
    with pytest.raises(SetupError, match="MAIL"):
        made.refuse_unset()


def test_a_variable_may_stand_in_a_list(project):
    text = WHOLE.replace('"TaxAgency"', '"${SECRET_TYPE}"')
    assert project(text, {**ENVIRON, "SECRET_TYPE": "Employee"}).processes["mirror"].excluded_types == {
        "Employee"
    }


def test_a_connection_that_is_no_table_is_refused(project):
    with pytest.raises(SetupError, match=r"write \[connection\.NAME\]"):
        project('connection = "books"')


def test_what_is_no_toml_is_refused_with_line_and_column(project):
    with pytest.raises(SetupError, match=r"tieout\.toml is not TOML: .*line 2"):
        project("\n[connection.books\n")


def test_what_is_not_utf8_is_refused_with_its_place(tmp_path):
    (tmp_path / "tieout.toml").write_bytes("# café".encode("latin-1"))
    with pytest.raises(SetupError, match="byte 5"):
        Project.read(tmp_path / "tieout.toml", {})


def test_a_project_is_found_from_below(tmp_path):
    (tmp_path / "tieout.toml").write_text("")
    below = tmp_path / "maps" / "orders"
    below.mkdir(parents=True)
    assert Project.find(below, {}).path == tmp_path.resolve() / "tieout.toml"


def test_the_nearest_project_wins_and_a_folder_is_none(tmp_path):
    (tmp_path / "tieout.toml").write_text("")
    (tmp_path / "inner" / "tieout.toml").mkdir(parents=True)
    assert Project.find(tmp_path / "inner", {}).path.parent == tmp_path.resolve()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "tieout.toml").write_text("")
    assert Project.find(tmp_path / "other", {}).path.parent == tmp_path.resolve() / "other"


def test_no_project_is_found_where_there_is_none(tmp_path):
    with pytest.raises(SetupError, match="or above it") as refused:
        Project.find(tmp_path, {})
    assert "tieout init" in refused.value.advice


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(SetupError, match=r"tieout\.toml cannot be read"):
        Project.read(tmp_path / "tieout.toml", {})
