import json

import pytest
from tests.cli.conftest import call

MAP = """{
  "DocNumber": order_no,
  "Line": [rows.{
    "Amount": $number(qty) * $number(price),
    "DetailType": "SalesItemLineDetail"
  }]
}"""
ORDERS = "order_no,qty,price\n1001,3,10.10\n1001,1,0.05\n1002,x,1\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "m.jsonata").write_text(MAP)
    (tmp_path / "orders.csv").write_text(ORDERS)
    return tmp_path


def test_in_and_out_stand_side_by_side(folder):
    result = call("map", "m.jsonata", "orders.csv", "--group", "order_no", "--to", "Invoice")
    assert '"Amount": 30.3' in result.stdout
    assert '"price": "10.10"' in result.stdout
    assert "orders.csv, line 4: m.jsonata, line 4 (for Line.Amount)" in result.stdout
    assert "2 in, 1 out, 1 refused by the map." in result.stderr
    assert result.exit_code == 1


def test_as_json(folder):
    (folder / "orders.csv").write_text(ORDERS[: ORDERS.index("1002")])
    result = call("map", "m.jsonata", "orders.csv", "--group", "order_no", "--format", "json")
    (tried,) = json.loads(result.stdout)
    assert tried["in"]["rows"][1] == {"order_no": "1001", "qty": "1", "price": "0.05"}
    assert [line["Amount"] for line in tried["out"][0]["Line"]] == [30.3, 0.05]
    assert result.exit_code == 0


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("n.jsonata", "orders.csv"), "There is no map"),
        (("m.jsonata", "order.csv"), "order.csv cannot be read"),
        (("no_such_module:f", "orders.csv"), "there is no module no_such_module"),
        (("m.jsonata", "orders.csv", "--to", "Invoce"), "Did you mean Invoice"),
        (("m.jsonata", "orders.csv", "--to", "Customer"), "line 2: Customer has no field 'DocNumber'"),
    ],
)
def test_what_is_wrong_is_named(folder, words, complaint):
    result = call("map", *words)
    assert complaint in result.stderr
    assert result.exit_code == 2


def test_a_python_map_beside_the_project(folder):
    (folder / "tried_maps.py").write_text(
        "def invoice(order, world):\n    return {'DocNumber': order['order_no'], 'PrivateNote': world.xref('terms', 'n')}\n"
    )
    (folder / "terms.csv").write_text("from,to\nn,30 days\n")
    result = call("map", "tried_maps:invoice", "orders.csv", "--format", "jsonl")
    first = json.loads(result.stdout.splitlines()[0])
    assert first["out"] == [{"DocNumber": "1001", "PrivateNote": "30 days"}]
