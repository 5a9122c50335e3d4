"""Payouts of a payment service become deposits."""

from __future__ import annotations

from decimal import Decimal

from .conftest import records
from .payment_service import KEY, payment_service

NOON = 1_795_780_800
"""2026-11-27, 12:00 UTC, in seconds."""


def payout(number, gross, fee, **other):
    return {
        "id": f"po_{number}",
        "object": "payout",
        "amount": gross - fee,
        "gross": gross,
        "fee": fee,
        "currency": "usd",
        "status": "paid",
        "arrival_date": NOON,
        **other,
    }


PAYOUTS = [
    payout(1, 125_00, 3_93),
    payout(2, 80_10, 2_62),
    payout(3, 10_00, 59, status="in_transit"),
    payout(4, 20_00, 0),
    payout(5, 50_00, 1_75, amount=50_00),
]


def test_payouts_arrive_once_less_their_fees(example, company, monkeypatch):
    bank = example("payouts")
    bank.connect(company)
    before = len(records(company, "Deposit"))
    settings = (bank.folder / "tieout.toml").read_text("utf-8")
    monkeypatch.setenv("TIEOUT_TOKEN", KEY)
    with payment_service(PAYOUTS) as address:
        bank.write("tieout.toml", settings.replace("https://payments.example", address))
        bank.tieout("connect", "payments")
        refused = bank.tieout("run", "payouts", code=1)
        assert "5 in, 3 out, 1 refused, 1 skipped." in refused.stderr
        assert "is not what came in less the fees" in refused.stdout
        arrived = records(company, "Deposit")[before:]
        assert [d["TotalAmt"] for d in arrived] == [Decimal("121.07"), Decimal("77.48"), 20]
        assert [line["Amount"] for line in arrived[0]["Line"]] == [125, Decimal("-3.93")]
        assert {d["TxnDate"] for d in arrived} == {"2026-11-27"}
        again = bank.run("payouts", code=1)
        assert "5 in, 0 out, 1 refused, 1 skipped, 3 brought over before." in again
    assert "po_2" in bank.tieout("runs", "--where", "payout = 'po_2'").stdout
