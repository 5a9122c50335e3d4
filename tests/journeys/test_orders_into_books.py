"""Orders of a web shop arrive in QuickBooks as invoices, each once, whatever happens in between."""

from __future__ import annotations

import json
from decimal import Decimal

from tieout.project.flows import run_flow


def test_orders_arrive_once_with_their_lines(shop):
    shop.process()
    shop.order("1001", ("1", 2, "10.50"), ("2", 1, "0.05"))
    shop.order("1002", ("1", 1, "9.99"), note="gift")
    assert "2 in, 2 out." in shop.run()
    arrived = shop.invoices()
    assert {n: r["TotalAmt"] for n, r in arrived.items()} == {
        "W1001": Decimal("21.05"),
        "W1002": Decimal("9.99"),
    }
    assert [line["Amount"] for line in arrived["W1001"]["Line"][:2]] == [21, Decimal("0.05")]
    assert arrived["W1002"]["PrivateNote"] == "gift"
    assert "2 in, 0 out, 2 brought over before." in shop.run()
    shop.order("1003")
    assert "3 in, 1 out, 2 brought over before." in shop.run()
    assert len(shop.invoices()) == 3


def test_a_plan_writes_nothing(shop):
    shop.process()
    shop.order("1001")
    done = shop.tieout("run", "orders", "--plan")
    assert "Planned: 1 to add. Nothing was sent." in done.stderr
    assert "W1001" in done.stdout
    assert shop.invoices() == {}
    assert "1 in, 1 out." in shop.run()


def test_what_is_refused_is_kept_and_arrives_once_it_can(shop):
    shop.process()
    shop.order("1001")
    shop.order("1002", customer="99999")
    told = shop.run(code=1)
    assert "2 in, 1 out, 1 refused." in told
    shop.database.execute(
        "update orders set paid_at = '2000-01-01'"
    )  # the source does not hand it over again
    shop.run(code=1)
    (shop.folder / "order_to_invoice.jsonata").write_text(
        (shop.folder / "order_to_invoice.jsonata")
        .read_text()
        .replace("rows[0].customer", '$xref("customers", rows[0].customer)')
    )
    (shop.folder / "customers.csv").write_text("from,to,match\n99999,2,\n(.*),\\1,regex\n")
    assert "1 in, 1 out." in shop.run()
    assert shop.invoices()["W1002"]["CustomerRef"]["value"] == "2"
    assert "0 in, 0 out." in shop.run()


def test_an_order_that_changed_after_it_was_brought_over_is_told_once(shop):
    shop.process()
    shop.order("1001")
    shop.run()
    shop.order("1001", ("1", 3, "10.50"))
    done = shop.tieout("run", "orders", "--format", "json")
    (document,) = json.loads(done.stdout)["documents"]
    assert document["state"] == "changed"
    assert "it has changed since run" in document["why"]
    assert shop.invoices()["W1001"]["TotalAmt"] == 21
    assert "1 brought over before" in shop.run()


def test_the_same_key_twice_in_one_run_is_refused(shop):
    shop.process(group="", map='"one_row.jsonata"')
    (shop.folder / "one_row.jsonata").write_text(
        '{"CustomerRef": customer, "DocNumber": "W" & order_no, "Line": [{"Amount": price, '
        '"DetailType": "SalesItemLineDetail", "SalesItemLineDetail": {"ItemRef": sku}}]}'
    )
    shop.order("1001", ("1", 1, "5"), ("2", 1, "7"))
    told = shop.tieout("run", "orders")
    assert "order_no=1001 was given before in the same run" in told.stdout
    assert "bring their rows together with `group`" in told.stderr
    assert shop.invoices()["W1001"]["TotalAmt"] == 5


def test_what_had_the_key_of_another_is_never_written_under_a_key_of_its_own(shop):
    shop.process(group="", map='"one_row.jsonata"')
    (shop.folder / "one_row.jsonata").write_text(
        '{"CustomerRef": customer, "DocNumber": "W" & order_no & sku, "Line": [{"Amount": price, '
        '"DetailType": "SalesItemLineDetail", "SalesItemLineDetail": {"ItemRef": sku}}]}'
    )
    shop.order("1001", ("1", 1, "5"), ("2", 1, "7"))
    told = shop.run(code=1)
    assert "1 brought over before" in shop.run(code=1)
    run = told.rpartition("Run ")[2].partition(".")[0]
    assert shop.tieout("rerun", run, "--refused").exit_code == 1
    assert list(shop.invoices()) == ["W10011"]
    shop.database.execute("delete from order_lines where sku = '2'")
    shop.run()
    with shop.project() as project:
        assert project.process_log("orders").standings("refused") == []
    assert list(shop.invoices()) == ["W10011"]


def test_the_shop_is_told_the_invoice(shop):
    shop.process(
        'write_back = { to = "shop:orders", order_no = "order_no", invoice_id = "Id" }\narchive = "archive"'
    )
    shop.order("1001")
    shop.run()
    ids = [s.id for s in shop.sandbox.company.books.store("Invoice") if s.record.get("DocNumber") == "W1001"]
    assert shop.database.execute("select order_no, invoice_id from orders").fetchall() == [("1001", ids[0])]
    (kept,) = (shop.folder / "archive").glob("*-000001-add-order_no=1001.json")
    archived = json.loads(kept.read_text())
    assert archived["document"]["order_no"] == "1001"
    assert archived["records"][0]["Id"] == ids[0]


def test_stop_at_the_first_refusal(shop):
    shop.process('on_refused = "stop"\nbatch = 1')
    shop.order("1001", customer="99999")
    shop.order("1002")
    done = shop.tieout("run", "orders")
    assert done.exit_code == 1
    assert "orders stopped at a refused document" in done.stderr
    assert shop.invoices() == {}
    shop.database.execute("update orders set customer = '1'")
    assert "2 in, 2 out." in shop.run()


def test_limit_and_only_move_no_watermark(shop):
    shop.process()
    for number in ("1001", "1002", "1003"):
        shop.order(number)
    shop.run("--limit", 1)
    assert list(shop.invoices()) == ["W1001"]
    shop.run("--only", "1003")
    assert sorted(shop.invoices()) == ["W1001", "W1003"]
    with shop.project() as project:
        assert "last_success" not in project.process_log("orders").mark
    shop.run()
    assert len(shop.invoices()) == 3


def test_the_watermark_is_a_parameter_of_the_statement(shop):
    shop.process('since = "2026-06-01"')
    shop.order("1001")
    shop.database.execute("update orders set paid_at = '2026-01-01'")
    assert "0 in" in shop.run()
    shop.database.execute("update orders set paid_at = '2026-07-01'")
    assert "1 in, 1 out" in shop.run()


def test_when_and_route(shop):
    shop.process(
        "\n".join(
            [
                'when = "rows.qty > 0"',
                "[[process.orders.route]]",
                "when = \"rows.note = 'quote'\"",
                'to = "books:Estimate"',
                "[[process.orders.route]]",
                'to = "books:Invoice"',
            ]
        ),
        to="",
    )
    shop.order("1001", note="quote")
    shop.order("1002")
    shop.order("1003", ("1", 0, "1"))
    assert "3 in, 2 out, 1 skipped." in shop.run()
    assert list(shop.invoices()) == ["W1002"]
    estimates = [s.record["DocNumber"] for s in shop.sandbox.company.books.store("Estimate")]
    assert "W1001" in estimates


def test_a_map_that_gives_several_records(shop):
    shop.process(group="", map='"two.jsonata"')
    (shop.folder / "two.jsonata").write_text(
        '[1..2].{"CustomerRef": $$.customer, "DocNumber": "W" & $$.order_no & "-" & $, "Line": [{"Amount": $$.price, '
        '"DetailType": "SalesItemLineDetail", "SalesItemLineDetail": {"ItemRef": $$.sku}}]}'
    )
    shop.order("1001")
    assert "1 in, 2 out." in shop.run()
    assert sorted(shop.invoices()) == ["W1001-1", "W1001-2"]
    with shop.project() as project:
        keys = [link.key for link in project.journal.links(project.connection("books").identity)]
    assert keys == ["order_no=1001#1", "order_no=1001#2"]


def test_what_is_there_already_is_linked_and_left(shop):
    shop.process('exists = "skip"')
    shop.order("1001")
    shop.order("1002")
    with shop.project() as project, project.books("books") as books:
        line = {"Amount": 1, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": {"ItemRef": "1"}}
        books.add("Invoice", {"CustomerRef": "1", "DocNumber": "W1001", "Line": [line]})
    assert "2 in, 2 out." in shop.run()
    assert {n: r["TotalAmt"] for n, r in shop.invoices().items()} == {"W1001": 1, "W1002": 21}
    assert "2 brought over before" in shop.run()


def test_a_source_that_fails_half_way_moves_no_watermark(shop):
    shop.process(
        **{
            "from": '"shop:select l.*, o.customer, o.note, abs(l.qty) from order_lines l join orders o on o.order_no = l.order_no"'
        },
        group="",
        batch="1",
        map='"one.jsonata"',
    )
    (shop.folder / "one.jsonata").write_text(
        '{"CustomerRef": customer, "DocNumber": "W" & order_no, "Line": [{"Amount": price, '
        '"DetailType": "SalesItemLineDetail", "SalesItemLineDetail": {"ItemRef": sku}}]}'
    )
    shop.order("1001")
    shop.order("1002", ("1", -(2**63), "1"))  # its absolute value is more than SQLite can hold
    shop.order("1003")
    failed = shop.tieout("run", "orders")
    assert failed.exit_code != 0
    assert "after 1 row" in failed.stderr or "integer overflow" in failed.stderr
    with shop.project() as project:
        assert "last_success" not in project.process_log("orders").mark
        assert project.journal.runs()[0].state == "stopped"
    shop.database.execute("update order_lines set qty = 1")
    shop.run()
    assert sorted(shop.invoices()) == ["W1001", "W1002", "W1003"]


def test_a_map_error_stops_before_what_comes_after_it(shop):
    shop.process('on_refused = "stop"')
    shop.order("1001")
    shop.order("1002", ("1", 1, "5"))
    shop.database.execute("update order_lines set price = 'five' where order_no = '1001'")
    stopped = shop.tieout("run", "orders")
    assert (
        "order_to_invoice.jsonata, line 6 (for Line.Amount)" in stopped.stdout + stopped.stderr
        or stopped.exit_code == 1
    )
    assert shop.invoices() == {}


def test_steps_after_one_another(shop):
    shop.process('then = ["again"]')
    shop.write(
        '[process.again]\nfrom = "books:Invoice"\nwhere = "DocNumber = \'W1001\'"\nmap = "note.jsonata"\n'
        'to = "books:Invoice"\ndo = "modify"\nkey = "Id"\n'
    )
    (shop.folder / "note.jsonata").write_text('{"Id": Id, "PrivateNote": "seen"}')
    shop.order("1001")
    told = shop.run()
    assert "orders: 1 in, 1 out." in told
    assert "again: 1 in, 1 out." in told
    assert shop.invoices()["W1001"]["PrivateNote"] == "seen"


def test_steps_in_a_circle_are_refused(shop):
    shop.process('then = ["orders"]')
    done = shop.tieout("run", "orders")
    assert done.exit_code == 2
    assert "it comes back to orders: orders → orders" in done.stderr


def test_a_key_that_is_wrong_in_the_map_is_refused_before_anything_is_read(shop):
    shop.process()
    (shop.folder / "order_to_invoice.jsonata").write_text('{\n"CustomerReff": 1}')
    done = shop.tieout("run", "orders")
    assert done.exit_code == 2
    assert (
        "order_to_invoice.jsonata, line 2: Invoice has no field 'CustomerReff'. Did you mean CustomerRef?"
        in done.stderr
    )
    assert "Nothing was written yet" in shop.tieout("runs").stderr


def test_a_parameter_that_nobody_knows(shop):
    shop.process(**{"from": '"shop:select * from orders where paid_at > :last_sucess"'})
    done = shop.tieout("run", "orders")
    assert "asks for :last_sucess, and nothing gives it a value. Did you mean last_success?" in done.stderr


def test_what_may_pass_is_tried_again(shop):
    shop.process("retry = 3", map='"flaky_maps:invoice"')
    (shop.folder / "flaky_maps.py").write_text(
        "from tieout.errors import Unreachable\n"
        "calls = []\n"
        "def invoice(order):\n"
        "    calls.append(order)\n"
        "    if len(calls) < 3:\n"
        "        raise Unreachable('the price list is away')\n"
        "    line = {'Amount': 1, 'DetailType': 'SalesItemLineDetail', 'SalesItemLineDetail': {'ItemRef': '1'}}\n"
        "    return {'CustomerRef': '1', 'DocNumber': 'W' + order['order_no'], 'Line': [line]}\n"
    )
    shop.order("1001")
    slept = []
    with shop.project() as project:
        run = run_flow(project, "orders", sleep=slept.append)
        states = [each.state for each in project.journal.runs()]
    assert slept == [0.0, 10.0]
    assert run.counts["out"] == 1
    assert states == ["finished", "stopped", "stopped"]


def test_a_misspelt_field_of_the_document_is_told(shop):
    shop.process()
    source = (shop.folder / "order_to_invoice.jsonata").read_text()
    (shop.folder / "order_to_invoice.jsonata").write_text(source.replace("rows[0].note", "rows[0].noet"))
    shop.order("1001", note="gift")
    assert (
        "order_to_invoice.jsonata, line 4: none of the first documents has a 'noet'. Did you mean note?"
        in shop.run()
    )


def test_a_plan_with_refusals_ends_as_the_run_would(shop):
    shop.process()
    shop.order("1001")
    shop.order("1002", ("99999", 1, "x"))
    for words in ((), ("--format", "jsonl")):
        done = shop.tieout("run", "orders", "--plan", *words)
        assert done.exit_code == 1, done.stderr
    assert shop.invoices() == {}


def test_the_map_of_a_later_step_is_checked_before_anything_is_done(shop):
    shop.process('then = ["payments"]')
    shop.write(
        '[process.payments]\nfrom = "shop:orders"\nto = "books:Payment"\ndo = "add"\nmap = "order_to_payment.jsonata"\n'
    )
    shop.order("1001")
    (shop.folder / "order_to_payment.jsonata").write_text('{"CustomerReff": customer}')
    for words in ((), ("--plan",)):
        told = shop.run(*words, code=2)
        assert "order_to_payment.jsonata, line 1: Payment has no field 'CustomerReff'" in told
        assert "Did you mean CustomerRef?" in told
    assert shop.invoices() == {}


def test_only_a_name_that_is_nearly_another_is_hinted_at(shop):
    shop.process()
    file = shop.folder / "order_to_invoice.jsonata"
    file.write_text(
        file.read_text().replace('"PrivateNote": rows[0].note', '"PrivateNote": rows[0].(note & note2)')
    )
    shop.order("1001", note="gift")
    assert "none of the first documents" not in shop.run()


def test_names_that_are_there_are_found_in_any_case(shop):
    shop.process('exists = "skip"', to='"books:Customer"', group="", map='"customer.jsonata"')
    (shop.folder / "customer.jsonata").write_text('{"DisplayName": customer}')
    shop.order("1001", customer="elm BAKERY")
    shop.order("1002", customer="Oak Bakery")
    with shop.project() as project, project.books("books") as books:
        known = books.add("Customer", {"DisplayName": "Elm Bakery"})["Id"]
        assert "2 in, 2 out." in shop.run()
        link = project.journal.link(books.connection.identity, "Customer", "order_no=1001")
        assert link.record_id == known
        named = [r["DisplayName"] for r in books.query("Customer")]
    assert "Oak Bakery" in named
    assert "elm BAKERY" not in named
