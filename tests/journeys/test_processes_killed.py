"""A process that is killed in the middle, again and again: nothing twice, nothing lost, and the shop is told of each."""

from __future__ import annotations

import random
import subprocess
import sys
from collections import Counter

ORDERS = 240


def test_killed_at_random_moments(shop):
    shop.process('batch = 40\nwrite_back = { to = "shop:orders", order_no = "order_no", invoice_id = "Id" }')
    for number in range(ORDERS):
        shop.order(f"{number:04}", customer="1" if number % 50 else "99999")
    refused = {f"{number:04}" for number in range(0, ORDERS, 50)}
    random.seed(7)
    killed = 0
    for _ in range(8):
        running = subprocess.Popen(
            [sys.executable, "-m", "tieout", "run", "orders", "--project", str(shop.file)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            running.wait(random.uniform(0.6, 1.6))
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()
            killed += 1
    assert killed
    shop.run(code=1)
    numbers = Counter(
        s.record["DocNumber"]
        for s in shop.sandbox.company.books.store("Invoice")
        if str(s.record.get("DocNumber", "")).startswith("W")
    )
    assert set(numbers.values()) == {1}
    assert {number[1:] for number in numbers} == {f"{n:04}" for n in range(ORDERS)} - refused
    ids = {
        s.record["DocNumber"][1:]: s.id
        for s in shop.sandbox.company.books.store("Invoice")
        if str(s.record.get("DocNumber", "")).startswith("W")
    }
    told = dict(shop.database.execute("select order_no, invoice_id from orders where invoice_id is not null"))
    assert told == ids
    with shop.project() as project:
        log = project.process_log("orders")
        assert {each.document[9:] for each in log.standings("refused")} == refused
        assert not log.standings("owing")
