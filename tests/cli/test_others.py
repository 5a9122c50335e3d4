"""`raw`, `check`, `init`, `sandbox` and the options before the verb."""

import json
import os
import time
import tomllib

import pytest

from tieout.catalog.rest import record_type
from tieout.cli import init
from tieout.mapping import JsonataMap, refuse_unknown_keys
from tieout.project import DuckDBSettings, ProcessSettings, Project, settings_of

from .conftest import call


def test_raw_writes_the_answer_as_it_came(tieout, sandbox):
    result = tieout("raw", "books", "get", f"companyinfo/{sandbox.realm}", "--param", "minorversion=75")
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["CompanyInfo"]["CompanyName"] == sandbox.company.name
    assert sandbox.control.requests[-1].params == "minorversion=75"


def test_raw_takes_parameters_in_the_path_too(tieout):
    asked = "query?query=select count(*) from Term&minorversion=75"
    assert json.loads(tieout("raw", "books", "GET", asked).stdout)["QueryResponse"]["totalCount"] == 5


def test_raw_sends_text_and_files(tieout, tmp_path):
    statement = tmp_path / "statement.txt"
    statement.write_text("select count(*) from Invoice")
    for body in ("select count(*) from Invoice", f"@{statement}"):
        result = tieout("raw", "books", "POST", "query", "--body", body, "--content-type", "application/text")
        assert json.loads(result.stdout)["QueryResponse"]["totalCount"] > 100


def test_raw_refusals(tieout, mirrored):
    assert tieout("raw", "books", "GET", "invoice/999999").exit_code == 1
    assert "no company of QuickBooks Online" in tieout("raw", "warehouse", "GET", "x").stderr
    refused = tieout("raw", "books", "FETCH", "invoice")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "Write GET or POST" in refused.stderr
    assert "has no =" in tieout("raw", "books", "GET", "x", "--param", "y").stderr
    assert "cannot be read" in tieout("raw", "books", "POST", "invoice", "--body", "@nowhere").stderr


def test_check_looks_at_every_connection(tieout, mirrored):
    result = tieout("check", "--format", "json")
    found = {report["connection"]: report for report in json.loads(result.stdout)}
    assert result.exit_code == 0
    assert found["books"]["company"] == "Harbor Lane Goods"
    assert found["warehouse"]["tables"] > 40
    assert found["warehouse"]["place"].endswith("warehouse.duckdb")
    assert "Harbor Lane Goods" in tieout("check", "books").stdout


def test_the_project_may_be_named_before_or_after_the_verb(project_folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file = project_folder / "tieout.toml"
    before = call("--project", file, "count", "books:Term")
    after = call("count", "books:Term", "--project", file)
    folder = call("--project", project_folder, "count", "books:Term")
    assert before.stdout == after.stdout == folder.stdout != ""


def test_version(tieout):
    from importlib.metadata import version

    assert tieout("--version").stdout == f"tieout {version('tieout')}\n"


# ---- init


def test_init_writes_a_project_that_reads_once_books_are_connected(tmp_path):
    result = call("init", tmp_path / "new", "--format", "json")
    assert result.exit_code == 0, result.stderr
    file = tmp_path / "new" / "tieout.toml"
    assert json.loads(result.stdout) == {"path": str(file), "next": "tieout connect books"}
    text = file.read_text() + '\n[connection.books]\nkind = "memory"\n'
    file.write_text(text)
    assert Project.read(file, {}).process("mirror").only == "changed"


def test_init_shows_every_setting_and_each_example_is_valid(tmp_path):
    call("init", tmp_path)
    lines = (tmp_path / "tieout.toml").read_text().splitlines()
    for declared in (DuckDBSettings, ProcessSettings):
        for setting in settings_of(declared):
            assert f"# {setting.help}" in lines
            line = next(line for line in lines if line.removeprefix("# ").startswith(f"{setting.key} = "))
            given = tomllib.loads(line.removeprefix("# "))[setting.key]
            assert given == "" or setting.value(given) is not None


def test_init_for_orders_writes_a_map_that_the_catalog_takes(tmp_path):
    result = call("init", tmp_path, "--for", "orders")
    assert "tieout run orders" in result.stderr
    file = tmp_path / "tieout.toml"
    file.write_text(file.read_text() + '\n[connection.books]\nkind = "memory"\n')
    process = Project.read(file, {}).process("orders")
    assert (process.group, process.key, str(process.source)) == ("order_no", "order_no", "inbox:orders*.csv")
    refuse_unknown_keys(
        JsonataMap("m", (tmp_path / process.map).read_text()), "Invoice", record_type("Invoice").names_at
    )


def test_orders_that_name_what_quickbooks_does_not_have_are_refused_by_the_map_of_init(sandbox, tmp_path):
    told = call("init", tmp_path, "--for", "orders").stderr
    columns = "order_no, customer, item, qty, price"
    assert f"Orders go into inbox, as orders.csv with the columns {columns}." in told
    file = tmp_path / "tieout.toml"
    assert call("connect", "books", "--sandbox", sandbox.base_url, "--project", file).exit_code == 0
    rows = ("1,Bluebird Books,No such thing,1,2", "2,Nobody,Home,1,2")
    orders = tmp_path / "inbox" / "orders.csv"
    orders.write_text("\n".join((columns.replace(" ", ""), *rows)))
    os.utime(orders, (0, 0))
    ran = call("run", "orders", "--project", file, "--format", "json")
    assert ran.exit_code == 1, ran.stderr
    whys = {each["document"]: each["why"] for each in json.loads(ran.stdout)["documents"]}
    assert (
        "(for Line.SalesItemLineDetail.ItemRef): QuickBooks has no Item 'No such thing'."
        in whys["order_no=1"]
    )
    assert "(for CustomerRef): QuickBooks has no Customer 'Nobody'." in whys["order_no=2"]
    assert not any("orders.csv" in why for why in whys.values())  # the place is told beside it
    none = call("run", "orders", "--only", "3", "--project", file)
    assert "No document has the key '3', which --only names." in none.stderr


def test_a_file_that_may_still_be_written_is_told_to_be_left_for_later(tmp_path, caplog):
    call("init", tmp_path, "--for", "orders")
    file, orders = tmp_path / "tieout.toml", tmp_path / "inbox" / "orders.csv"
    file.write_text(file.read_text() + '\n[connection.books]\nkind = "memory"\n')
    orders.write_text("order_no\n1\n")
    os.utime(orders, (time.time() + 3600,) * 2)
    assert "0 in, 0 out" in call("run", "orders", "--project", file).stderr
    assert "orders.csv was changed a moment ago, and may still be written: it is left for later." in [
        each.getMessage() for each in caplog.records if each.levelname == "WARNING"
    ]


def test_init_leaves_a_file_alone(tmp_path):
    (tmp_path / "tieout.toml").write_text("# mine\n")
    result = call("init", tmp_path)
    assert result.exit_code == 2
    assert (tmp_path / "tieout.toml").read_text() == "# mine\n"


def test_init_asks_until_an_answer_fits(monkeypatch, capsys):
    answers = iter(["other.duckdb", "no good!", "Vendor, Customer.Notes", "perhaps", "yes"])
    monkeypatch.setattr("typer.prompt", lambda *_, **__: next(answers))
    text = init.project_text(init._ask)
    written = tomllib.loads(text)
    assert written["connection"]["warehouse"]["path"] == "other.duckdb"
    assert written["process"]["mirror"]["except"] == ["Vendor", "Customer.Notes"]
    assert written["process"]["mirror"]["raw"] is True
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 2
    assert "'no good!'" in told[0]


# ---- sandbox


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--company", "smal-shop"), "Did you mean small-shop?"),
        (("--faults", "nowhere.json"), "cannot be read"),
        (("--port", "70000"), "65535"),
        (("--country", "FR"), "It has them in US, GB, CA, AU."),
        (("--country", "gb"), "In GB there can be busy and empty."),
        (("--webhook", "https://example.com/"), "--webhooks-anywhere"),
    ],
)
def test_a_sandbox_that_cannot_start_says_why(words, told):
    result = call("sandbox", "online", *words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert told in result.stderr


def test_wrong_faults_are_told_before_it_starts(tmp_path):
    plan = tmp_path / "faults.json"
    plan.write_text('[{"on": "query", "do": "trottle"}]')
    result = call("sandbox", "online", "--faults", plan)
    assert result.exit_code == 2
    assert "Did you mean throttle?" in result.stderr


def test_check_lists_every_variable_that_is_not_set(tmp_path):
    (tmp_path / "tieout.toml").write_text(
        'smtp = "${NO_MAIL}"\n[connection.a]\nkind = "memory"\n[connection.b]\nkind = "duckdb"\npath = "${NO_PATH}"\n'
        '[process.p]\nfrom = "a:Customer"\nto = "a:Vendor"\narchive = "${NO_FOLDER}"\n'
    )
    file = tmp_path / "tieout.toml"
    told = call("check", "--project", file)
    assert told.exit_code == 2
    for place, name in (
        ("smtp", "NO_MAIL"),
        ("[connection.b] path", "NO_PATH"),
        ("[process.p] archive", "NO_FOLDER"),
    ):
        assert told.stderr.count(f"{place}: the environment has no variable {name}") == 1
    assert call("check", "a", "--project", file).exit_code == 0
    assert call("runs", "--project", file).exit_code == 0
    assert "NO_PATH" in call("doctor", "--project", file).stdout
    assert call("worker", "--project", file).exit_code == 2


def test_where_there_is_nothing_the_next_step_is_told(tmp_path):
    file = tmp_path / "tieout.toml"
    file.write_text("")
    assert "`tieout users NAME --role viewer` makes one" in call("users", "--project", file).stderr
    assert "`tieout keys NAME --role viewer` makes one" in call("keys", "--project", file).stderr
    assert json.loads(call("keys", "--format", "json", "--project", file).stdout) == []
    refused = call("cancel", "20261127-nowhere", "--project", file)
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "There is no run or process '20261127-nowhere'." in refused.stderr
