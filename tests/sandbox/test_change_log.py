import pytest

from tieout.sandbox.company.change_log import ChangeLog
from tieout.sandbox.company.refusals import Refusal


@pytest.fixture
def told(shop):
    heard = []
    shop.company.books.changes.listen(lambda *change: heard.append(change))
    return heard


def test_a_write_tells_of_the_record_and_of_what_changed_with_it(shop, told):
    ann = shop.company.create("Customer", {"DisplayName": "Ann"})
    assert told.pop() == ("Customer", ann.id, "created")
    assert not told


def test_a_refused_write_tells_nothing(shop, told):
    with pytest.raises(Refusal):
        shop.company.create("Customer", {})
    assert not told


def test_a_block_that_fails_tells_nothing():
    heard, log = [], ChangeLog()
    log.listen(lambda *change: heard.append(change))
    with pytest.raises(ValueError), log.request():
        log.note("Customer", "1", "created")
        raise ValueError
    with log.request():
        log.note("Customer", "2", "created")
        log.note("Customer", "2", "updated")
        log.note("Invoice", "3", "updated")
        log.note("Invoice", "3", "deleted")
    assert heard == [("Customer", "2", "created"), ("Invoice", "3", "deleted")]


def test_each_verb_has_its_word_and_linked_records_are_updated(shop, told):
    invoice = shop.invoice()
    payment = shop.add(
        "Payment",
        CustomerRef={"value": shop.customer},
        TotalAmt="100.00",
        Line=[{"Amount": "100.00", "LinkedTxn": [{"TxnId": invoice["Id"], "TxnType": "Invoice"}]}],
    )
    assert told == [
        ("Invoice", invoice["Id"], "created"),
        ("Payment", payment["Id"], "created"),
        ("Invoice", invoice["Id"], "updated"),
    ]
    told.clear()
    shop.delete("Payment", payment)
    assert sorted(told) == [("Invoice", invoice["Id"], "updated"), ("Payment", payment["Id"], "deleted")]
    told.clear()
    shop.void("Invoice", shop.read("Invoice", invoice["Id"]))
    assert told == [("Invoice", invoice["Id"], "voided")]
