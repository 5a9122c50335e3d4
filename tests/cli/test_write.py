"""add, modify, put, delete and void as they are typed, at a sandbox that these tests write to."""

import csv
import io
import json
import os
from decimal import Decimal

import pytest

from .conftest import call
from .writers import added, desk, documents, fresh, invoice, read, shop, typed, writes

__all__ = ["desk", "shop"]


def customers(shop, start):
    names = [each.record["DisplayName"] for each in shop.company.books.store("Customer")]
    return sorted(name for name in names if name.startswith(start))


# ---- what can be given


def test_a_record_on_the_command_line(desk, shop):
    name = fresh()
    result = typed("add", "books:Customer", json.dumps({"DisplayName": name}))
    assert "1 done. Run " in result.stderr
    assert customers(shop, name) == [name]


def test_a_csv_in_windows_1252_needs_its_encoding(desk, shop):
    stem = fresh("Käthe")
    (desk / "c.csv").write_bytes(
        f"DisplayName,BillAddr.City\n{stem} a,Zürich\nPlain {stem[-1]}x,Bern\n".encode("cp1252")
    )
    result = typed("add", "books:Customer", "c.csv", code=1)
    assert "is not in utf-8" in result.stderr
    assert "windows-1252, `encoding` of the connection or `--encoding`" in result.stderr
    typed("add", "books:Customer", "c.csv", "--encoding", "windows-1252")
    assert customers(shop, stem) == [f"{stem} a"]
    assert len(customers(shop, f"Plain {stem[-1]}x")) == 1


def test_lines_on_standard_input_with_a_bad_one_among_them(desk, shop):
    stem = fresh("Line")
    lines = [json.dumps({"DisplayName": f"{stem}-{n}"}) for n in range(50)]
    lines[30] = lines[30][:-1]
    result = typed("add", "books:Customer", "-", given="\n".join(lines), code=1)
    assert "Refused, standard input, line 31: this is not JSON" in result.stderr
    assert len(customers(shop, stem)) == 49
    lines[30] += "}"
    shop.control.forget_requests()
    result = typed("add", "books:Customer", "-", given="\n".join(lines))
    assert "50 done (49 of them before)" in result.stderr
    assert len(writes(shop)) == 1


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("add", "books:Customer", "nowhere.csv"), "nowhere.csv cannot be read"),
        (("add", "books:Custmer", "{}"), "Did you mean Customer?"),
        (("add", "books", "{}"), "it has no colon"),
        (("add", "books:*", "{}"), "names no type"),
        (("add", "books:Customer", "{"), "is not JSON"),
        (("add", "warehouse:customer", "{}"), "Make the table first"),
        (("delete", "books:Invoice"), "Nothing says which records"),
        (("delete", "books:Invoice", "--id", "1"), "Nobody can be asked whether to delete record 1"),
        (("void", "books:Invoice", "--id", "1", "--id", "2"), "whether to void records 1, 2"),
        (("modify", "books:Invoice", "{}", "--lines", "some"), "neither keep nor replace"),
        (("add", "books:Customer", "c.csv", "--encoding", "latin-17"), "no encoding 'latin-17'"),
        (("add", "books:Customer", "{}", "--format", "parquet"), "parquet"),
        (("settle", "books", "abc"), "Say what became of it"),
        (("settle", "books", "abc", "--not-done"), "is no open change"),
        (("settle", "books", "--forget", "Invoice"), "names no link"),
        (("runs", "nothing"), "There is no run"),
    ],
)
def test_a_wrong_call_sends_nothing(desk, shop, words, told):
    (desk / "c.csv").write_text("DisplayName\nx\n")
    result = typed(*words, code=2)
    assert told in result.stderr
    assert writes(shop) == []


def test_a_field_that_is_none_is_refused_with_its_place_and_the_nearest(desk, shop):
    (desk / "c.csv").write_text(f"DisplayNme\n{fresh()}\n")
    result = typed("add", "books:Customer", "c.csv", code=1)
    assert (
        "Refused, c.csv, line 2: DisplayNme: Customer has no such field. Did you mean DisplayName?"
        in result.stderr
    )
    assert writes(shop) == []


# ---- outcomes in every format


def test_an_outcome_is_a_line_for_programs(desk):
    name = fresh()
    lines = f'{{"DisplayName": "{name}"}}\n{{"DisplayName": "a:b"}}\n'
    result = typed("add", "books:Customer", "-", "--format", "jsonl", given=lines, code=1)
    done, refused = sorted(documents(result), key=lambda each: each["state"])
    assert (done["state"], done["record"]["DisplayName"], done["place"]) == (
        "done",
        name,
        "standard input, line 1",
    )
    assert done["id"] == done["record"]["Id"]
    assert (refused["error"], refused["element"], refused["given"]) == (
        "Invalid",
        "DisplayName",
        {"DisplayName": "a:b"},
    )
    assert refused["advice"]


def test_outcomes_are_one_document_or_a_table_for_others(desk):
    name = fresh()
    found = read(typed("add", "books:Customer", json.dumps({"DisplayName": name}), "--format", "json").stdout)
    assert (found["done"], found["refused"], len(found["outcomes"])) == (1, 0, 1)
    assert found["run"]
    lines = f'{{"DisplayName": "{fresh()}"}}\n{{"DisplayName": "a:b"}}\n'
    text = typed("add", "books:Customer", "-", "--format", "csv", given=lines, code=1).stdout
    rows = list(csv.DictReader(io.StringIO(text)))
    assert sorted(row["state"] for row in rows) == ["done", "refused"]
    assert all(len(row) == len(rows[0]) for row in rows)


def test_many_refusals_are_a_table_with_each_advice_once(desk):
    lines = "\n".join(json.dumps({"DisplayName": f"a:{n}"}) for n in range(30))
    result = typed("add", "books:Customer", "-", given=lines, code=1)
    assert result.stderr.count("→ Take it out of the name") == 1
    assert "--refused` lists all of them" in result.stderr


def test_money_is_exact_in_and_out(desk):
    record = invoice(Line=[{"Amount": Decimal("0.10"), "SalesItemLineDetail": {"ItemRef": "5"}}])
    text = json.dumps(record, default=float)
    found = documents(typed("add", "books:Invoice", text, "--format", "jsonl"))[0]
    assert found["record"]["TotalAmt"] == Decimal("0.10")


# ---- plan


def test_a_plan_shows_all_and_writes_nothing(desk, shop):
    made = added("Customer", {"DisplayName": fresh(), "Notes": "old"})
    shop.control.forget_requests()
    (desk / "p.jsonl").write_text(
        json.dumps({"Id": made["id"], "Notes": "new"})
        + "\n"
        + json.dumps({"Id": "999999", "Notes": "x"})
        + "\n{bad\n"
    )
    plan = read(typed("modify", "books:Customer", "p.jsonl", "--plan", "--format", "json", code=1).stdout)
    assert [each["operation"] for each in plan] == ["update", "refuse", "refuse"]
    assert plan[0]["differences"] == [{"field": "Notes", "is": "old", "will_be": "new"}]
    assert plan[0]["sent"]["Notes"] == "new"
    table = typed("modify", "books:Customer", "p.jsonl", "--plan", code=1)
    assert "1 to modify, 2 to refuse. Nothing was sent." in table.stderr
    typed("delete", "books:Invoice", "--id", "1", "--plan")
    for chosen in ("csv", "jsonl"):
        assert typed("modify", "books:Customer", "p.jsonl", "--plan", "--format", chosen, code=1).stdout
    assert writes(shop) == []
    assert len(read(typed("runs", "--format", "json").stdout)) == 1


# ---- what cannot be taken back


def test_deleting_and_voiding_need_a_yes_where_nobody_answers(desk, shop):
    first, second = (added("Invoice", invoice())["id"] for _ in range(2))
    shop.control.forget_requests()
    (desk / "gone.csv").write_text(f"Id\n{first}\n")
    assert "the records of gone.csv" in typed("delete", "books:Invoice", "gone.csv", code=2).stderr
    assert writes(shop) == []
    typed("delete", "books:Invoice", "gone.csv", "--yes")
    typed("void", "books:Invoice", "--id", second, "-y")
    assert shop.company.read("Invoice", second).record["TotalAmt"] == 0
    result = typed("delete", "books:Invoice", "gone.csv", "--yes")
    assert "1 done (1 of them before)" in result.stderr


def test_a_void_that_quickbooks_cannot_do_is_refused(desk, shop):
    result = typed("void", "books:Bill", "--id", "464", "--yes", code=1)
    assert "voids no Bill" in result.stderr
    assert writes(shop) == []


# ---- keys, links, refused files


def test_a_key_of_our_own_is_kept_here_and_not_sent(desk, shop):
    orders = [{"order_no": n, **invoice(PrivateNote=f"order {n}")} for n in range(3)]
    (desk / "orders.json").write_text(json.dumps(orders))
    typed("add", "books:Invoice", "orders.json", "--key", "order_no")
    (desk / "later.json").write_text(json.dumps([*orders, {"order_no": 3, **invoice()}]))
    result = typed("add", "books:Invoice", "later.json", "--key", "order_no")
    assert "4 done (3 of them before)" in result.stderr
    change = {"order_no": 1, "PrivateNote": "changed"}
    typed("modify", "books:Invoice", json.dumps(change), "--key", "order_no")
    assert "All" not in typed("verify", "books").stderr
    assert (
        "Of 4 linked records of books, all are in QuickBooks as written." in typed("verify", "books").stderr
    )


def test_a_record_without_its_key_and_a_key_given_twice_are_refused(desk):
    lines = [
        {"order_no": 1, **invoice()},
        {"order_no": 1, **invoice()},
        invoice(),
        {"order_no": "", **invoice()},
    ]
    given = "\n".join(map(json.dumps, lines))
    result = typed("add", "books:Invoice", "-", "--key", "order_no", "--format", "jsonl", given=given, code=1)
    assert sorted(each["state"] for each in documents(result)) == ["done", "refused", "refused", "refused"]


def test_a_deleted_record_is_found_by_verify_and_released_by_settle(desk, shop):
    text = json.dumps({"order_no": "a=1", **invoice()})
    made = documents(typed("add", "books:Invoice", text, "--key", "order_no", "--format", "jsonl"))[0]
    shop.company.delete("Invoice", {"Id": made["id"], "SyncToken": "0"})
    result = typed("verify", "books", code=1)
    assert "1 of 1 links of books do not agree" in result.stderr
    assert "--forget" in result.stderr
    again = typed("add", "books:Invoice", text, "--key", "order_no")
    assert "1 of them before" in again.stderr
    typed("settle", "books", "--forget", "Invoice:order_no=a=1")
    typed("settle", "books", "--forget", "Invoice:order_no=a=1", code=1)
    new = documents(typed("add", "books:Invoice", text, "--key", "order_no", "--format", "jsonl"))[0]
    assert new["id"] != made["id"]


def test_a_changed_total_is_found_by_verify(desk, shop):
    made = documents(
        typed(
            "add",
            "books:Payment",
            '{"n": 1, "CustomerRef": "2", "TotalAmt": 5}',
            "--key",
            "n",
            "--format",
            "jsonl",
        )
    )[0]
    stamp = {"Id": made["id"], "SyncToken": "0", "CustomerRef": {"value": "2"}, "TotalAmt": 6, "sparse": True}
    shop.company.update("Payment", stamp)
    found = read(typed("verify", "books", "--format", "json", code=1).stdout)
    assert (found[0]["written"], found[0]["is"]) == (5, 6)


def test_refused_records_are_kept_corrected_and_sent_again(desk, shop):
    stem = fresh("Kept")
    names = [f"{stem}-0", f"{stem}:1", f"{stem}-2", f"{stem}:3"]
    lines = [json.dumps({"no": n, "DisplayName": name}) for n, name in enumerate(names)]
    (desk / "in.jsonl").write_text("\n".join(lines))
    result = typed("add", "books:Customer", "in.jsonl", "--key", "no", "--refused", "refused.jsonl", code=1)
    assert "The refused records are in refused.jsonl" in result.stderr
    kept = [json.loads(line) for line in (desk / "refused.jsonl").read_text().splitlines()]
    assert [(each["no"], each["_place"]) for each in kept] == [
        ("1", "in.jsonl, line 2"),
        ("3", "in.jsonl, line 4"),
    ]
    assert "cannot hold the character ':'" in kept[0]["_why"]
    corrected = (desk / "refused.jsonl").read_text().replace(":1", "-1").replace(f"{stem}:3", f"{stem}-3")
    (desk / "refused.jsonl").write_text(corrected)
    typed("add", "books:Customer", "refused.jsonl", "--key", "no", "--refused", "refused.jsonl")
    assert len(customers(shop, stem)) == 4
    (desk / "in.jsonl").write_text(
        "\n".join(lines).replace(":", "-").replace('"no"-', '"no":').replace('e"-', 'e":')
    )
    assert "4 done (4 of them before)" in typed("add", "books:Customer", "in.jsonl", "--key", "no").stderr


def test_refused_records_are_kept_though_the_run_is_stopped(desk, shop):
    lines = [json.dumps({"DisplayName": "a:b"}), *(json.dumps({"DisplayName": fresh()}) for _ in range(3))]
    (desk / "in.jsonl").write_text("\n".join(lines))
    before = shop.company.create

    def gone(*_, **__):
        shop.control.revoke_tokens()
        return before(*_, **__)

    shop.company.create = gone
    try:
        typed("add", "books:Customer", "in.jsonl", "--refused", "refused.jsonl", code=3)
    finally:
        del shop.company.create
    kept = [json.loads(line) for line in (desk / "refused.jsonl").read_text().splitlines()]
    assert [each["DisplayName"] for each in kept] == ["a:b"]


# ---- what QuickBooks says no to


def test_each_refusal_is_told_with_its_code_and_the_rest_is_written(desk, shop):
    gone = added("Invoice", invoice())["id"]
    shop.company.delete("Invoice", {"Id": gone, "SyncToken": "0"})
    asleep = added("Customer", {"DisplayName": fresh()})["id"]
    shop.company.update("Customer", {"Id": asleep, "SyncToken": "0", "sparse": True, "Active": False})
    number = fresh("N")
    added("Invoice", invoice(DocNumber=number))
    preferences = shop.company.read("Preferences", "1").record
    prefs = {**preferences["AccountingInfoPrefs"], "BookCloseDate": "2025-12-31"}
    stamp = {"Id": "1", "SyncToken": preferences["SyncToken"], "sparse": True}
    shop.company.update("Preferences", {**stamp, "AccountingInfoPrefs": prefs})
    lines = [
        invoice(TxnDate="2025-12-01"),
        invoice(CustomerRef=asleep),
        invoice(DocNumber=number),
        invoice(PrivateNote="good"),
    ]
    given = "\n".join(map(json.dumps, lines))
    found = documents(typed("add", "books:Invoice", "-", "--format", "jsonl", given=given, code=1))
    codes = {each["place"]: each.get("code", each["state"]) for each in found}
    assert codes == {
        "standard input, line 1": "6200",
        "standard input, line 2": "610",
        "standard input, line 3": "6140",
        "standard input, line 4": "done",
    }
    assert all(each["advice"] for each in found if each["state"] == "refused")
    result = typed("modify", "books:Invoice", json.dumps({"Id": gone, "PrivateNote": "x"}), code=1)
    assert f"The company has no Invoice {gone}" in result.stderr


def test_a_delete_of_a_record_in_use_is_refused(desk, shop):
    sold = added("Invoice", invoice())["id"]
    paid = {
        "CustomerRef": "2",
        "TotalAmt": 10,
        "Line": [{"Amount": 10, "LinkedTxn": [{"TxnId": sold, "TxnType": "Invoice"}]}],
    }
    payment = added("Payment", paid)["id"]
    deposit = {"Amount": 10, "LinkedTxn": [{"TxnId": payment, "TxnType": "Payment"}]}
    added("Deposit", {"DepositToAccountRef": "1", "Line": [deposit]})
    found = documents(typed("delete", "books:Payment", "--id", payment, "--yes", "--format", "jsonl", code=1))
    assert found[0]["code"] in ("6540", "6480")
    assert found[0]["advice"]


def test_a_company_that_was_switched_since_is_refused(desk, shop):
    stem = fresh("Switch")
    lines = "\n".join([json.dumps({"DisplayName": f"{stem}-1"}), "{"])
    (desk / "in.jsonl").write_text(lines)
    typed("add", "books:Customer", "in.jsonl", code=1)
    realms = list(shop.companies)
    connect = call("connect", "books", "--sandbox", shop.base_url, "--company", realms[1])
    if connect.exit_code:
        pytest.skip(connect.stderr)
    shop.control.forget_requests()
    result = typed("add", "books:Customer", "in.jsonl", code=2)
    assert "is another company than when this command was begun" in result.stderr
    assert writes(shop) == []


# ---- runs


def test_runs_are_listed_and_told_of(desk):
    lines = f'{{"DisplayName": "{fresh()}"}}\n{{"DisplayName": "a:b"}}\n'
    typed("add", "books:Customer", "-", given=lines, code=1)
    (run,) = read(typed("runs", "--format", "json").stdout)
    assert (run["what"], run["done"], run["refused"], run["state"]) == (
        "add books:Customer",
        1,
        1,
        "incomplete",
    )
    told = read(typed("runs", run["run"], "--format", "json").stdout)
    assert len(told["changes"]) == 2
    refused = read(typed("runs", run["run"], "--refused", "--format", "json").stdout)["changes"]
    assert [each["record"] for each in refused] == [{"DisplayName": "a:b"}]
    table = typed("runs", run["run"], "--refused")
    assert "a:b" in table.stdout
    assert "1 done, 1 refused, 0 unknown; incomplete." in table.stderr
    assert "No documents are kept" in typed("runs", run["run"], "--documents").stderr


def test_documents_are_kept_where_the_project_says_so(desk):
    file = desk / "tieout.toml"
    file.write_text('documents = "keep"\n' + file.read_text())
    typed("add", "books:Vendor", json.dumps({"DisplayName": fresh(), "AcctNum": "secret-1"}))
    (run,) = read(typed("runs", "--format", "json").stdout)
    shown = typed("runs", run["run"], "--documents").stdout
    assert "(redacted)" in shown
    assert "secret-1" not in shown


def test_the_codes_of_all_ends(desk):
    assert typed("add", "books:Customer", json.dumps({"DisplayName": fresh()})).exit_code == 0
    assert typed("add", "books:Customer", json.dumps({"DisplayName": "a:b"}), code=1).exit_code == 1
    os.remove(desk / "tieout.toml")
    assert typed("add", "books:Customer", "{}", code=2).exit_code == 2
