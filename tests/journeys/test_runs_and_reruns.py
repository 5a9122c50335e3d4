"""What ran, what became of each document, and what a person does about it."""

from __future__ import annotations

import csv
import io
import json


def ran(shop, *words, code=0):
    done = shop.tieout(*words)
    assert done.exit_code == code, done.stderr
    return done


def runs_of(shop):
    return json.loads(ran(shop, "runs", "--format", "json").stdout)


def test_a_document_is_found_by_its_tracked_fields_and_by_its_record(shop):
    shop.process()
    shop.order("1001")
    shop.order("1002", customer="99999")
    shop.run(code=1)
    (run,) = runs_of(shop)
    assert {name: run[name] for name in ("what", "in", "out", "refused")} == {
        "what": "orders",
        "in": 2,
        "out": 1,
        "refused": 1,
    }
    (found,) = json.loads(ran(shop, "runs", "--where", "both = '#10011'", "--format", "json").stdout)
    assert found["document"] == "order_no=1001"
    assert found["tracked"]["customer"] == shop.invoices()["W1001"]["CustomerRef"]["name"]
    (became,) = found["became"]
    by_record = json.loads(
        ran(shop, "runs", "--record", f"Invoice:{became['id']}", "--format", "json").stdout
    )
    assert by_record == [found]
    assert became["request"]
    refused = json.loads(ran(shop, "runs", run["run"], "--refused", "--format", "json").stdout)
    assert [each["document"] for each in refused] == ["order_no=1002"]
    assert refused[0]["given"]["rows"][0]["customer"] == "99999"
    assert "99999 not found" in refused[0]["why"]
    assert (
        json.loads(
            ran(
                shop, "runs", "--where", "state = 'refused' and process = 'orders'", "--format", "json"
            ).stdout
        )
        == refused
    )


def test_the_messages_of_one_document(shop):
    shop.file.write_text('documents = "keep"\n' + shop.file.read_text())
    shop.process("batch = 1")
    shop.order("1001")
    shop.order("1002")
    shop.run()
    shown = ran(shop, "runs", "--where", "order = '1002'", "--documents").stdout
    assert "W1002" in shown
    assert "W1001" not in shown
    (found,) = json.loads(ran(shop, "runs", "--where", "order = '1002'", "--format", "json").stdout)
    assert found["given"]["order_no"] == "1002"
    assert found["made"][0]["DocNumber"] == "W1002"


def test_all_runs_as_csv(shop):
    shop.process()
    shop.order("1001")
    for _ in range(25):
        shop.run()
    rows = list(csv.DictReader(io.StringIO(ran(shop, "runs", "--format", "csv").stdout)))
    assert len(rows) == 25
    assert sum(int(row["out"]) for row in rows) == 1


def test_corrected_by_hand_and_run_again(shop):
    shop.process()
    shop.order("1001", customer="99999")
    shop.run(code=1)
    (run,) = runs_of(shop)
    (refused,) = json.loads(ran(shop, "runs", run["run"], "--refused", "--format", "json").stdout)
    corrected = refused["given"]
    corrected["rows"][0]["customer"] = "2"
    (shop.folder / "corrected.json").write_text(json.dumps(corrected))
    done = ran(shop, "rerun", run["run"], "--refused", "--with", shop.folder / "corrected.json")
    assert "1 in, 1 out." in done.stderr
    assert shop.invoices()["W1001"]["CustomerRef"]["value"] == "2"
    assert "1 in, 0 out" in shop.run()  # it is not held any more; the source hands over what it says there


def test_run_again_after_it_was_corrected_in_quickbooks(shop):
    shop.process()
    shop.order("1001", note="x")
    (shop.folder / "order_to_invoice.jsonata").write_text(
        '{"CustomerRef": $find("books:Customer", "DisplayName", "New Ann").Id, "DocNumber": "W" & order_no, "Line": [{"Amount": 1, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": {"ItemRef": "1"}}]}'
    )
    shop.run(code=1)
    (run,) = runs_of(shop)
    with shop.project() as project, project.books("books") as books:
        books.add("Customer", {"DisplayName": "New Ann"})
    ran(shop, "rerun", run["run"], "--only", "1001")
    assert shop.invoices()["W1001"]["CustomerRef"]["name"] == "New Ann"


def test_given_up(shop):
    shop.process()
    shop.order("1001", customer="99999")
    shop.run(code=1)
    (run,) = runs_of(shop)
    assert "1 given up: order_no=1001." in ran(shop, "rerun", run["run"], "--drop").stderr
    shop.database.execute("update orders set paid_at = '2000-01-01'")
    assert "0 in" in shop.run()


def test_what_cannot_be_run_again_says_so(shop):
    shop.process()
    shop.order("1001")
    shop.run()
    (run,) = runs_of(shop)
    assert "is not kept any more" in ran(shop, "rerun", run["run"], code=2).stderr
    assert "has no such document" in ran(shop, "rerun", run["run"], "--refused", code=2).stderr
    assert "There is no run 'nothing'." in ran(shop, "rerun", "nothing", code=2).stderr
    written = json.loads(
        ran(shop, "add", "books:Customer", '{"DisplayName": "New"}', "--format", "json").stdout
    )
    assert "has no documents of a process" in ran(shop, "rerun", written["run"], code=2).stderr
    assert "column" in ran(shop, "runs", "--where", "order =", code=2).stderr


def test_a_misspelt_tracked_field_is_named_with_the_nearest(shop):
    shop.process()
    refused = ran(shop, "runs", "--where", "oder = '1001' and state = 'done'", code=2).stderr
    assert "No run has a tracked field oder. Did you mean order?" in refused
    assert (
        "Documents are found by: at, both, company, customer, document, order, order_no, place, " in refused
    )
    shop.order("1001")
    shop.run()
    assert ran(shop, "runs", "--where", "oder = '1001'", code=2).stderr == refused
    assert "0 documents" in ran(shop, "runs", "--where", "order = '1002'").stderr
    assert "TYPE:ID" in ran(shop, "runs", "--record", "Invoice", code=2).stderr


def test_a_run_of_an_environment_is_run_again_there_alone(shop, monkeypatch):
    shop.process()
    with shop.file.open("a") as file:
        file.write("\n[environment.trial.process.orders]\nbatch = 1\n")
    shop.order("1001", customer="99999")
    monkeypatch.setenv("TIEOUT_ENV", "trial")
    shop.run(code=1)
    (run,) = runs_of(shop)
    again = shop.tieout("rerun", run["run"])
    assert again.exit_code == 1
    assert "99999 not found" in again.stdout + again.stderr
    monkeypatch.delenv("TIEOUT_ENV")
    elsewhere = shop.tieout("rerun", run["run"])
    assert elsewhere.exit_code == 2
    assert "orders@trial" in elsewhere.stderr
    assert "--env" in elsewhere.stderr
