"""What holds for every record type of the catalog: it can be done exactly where the catalog says so."""

import random
from copy import deepcopy
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tieout.catalog.rest import record_types
from tieout.protocols import exact_json
from tieout.sandbox.companies import open_company
from tieout.sandbox.company.refusals import Refusal

from .shop import refused

NOON = datetime(2026, 11, 22, 20, tzinfo=UTC)
TYPES = {found.name: found for found in record_types()}
APART = {"RecurringTransaction", "ExchangeRate", "TaxService", "TaxClassification"}
"""Types with ways of their own, tested by name."""


@pytest.fixture(scope="module")
def company():
    return open_company("small-shop", clock=lambda: NOON)


@pytest.fixture(scope="module")
def victim():
    """Another one, which nonsense is sent to."""
    return open_company("small-shop", clock=lambda: NOON)


def able(*actions):
    return [name for name, found in TYPES.items() if name not in APART and all(map(found.can, actions))]


def unable(action, kinds=("transaction", "list")):
    return [name for name, found in TYPES.items() if found.kind in kinds and not found.can(action)]


def last(company, type_name):
    stored = company.books.store(type_name).everything()
    if not stored:
        pytest.skip(f"a company in the US has no {type_name}")
    return stored[-1].record


def sendable(company, type_name):
    """The last record that nothing locks."""
    for stored in reversed(company.books.store(type_name).everything()):
        if (
            not any(linked["TxnType"] == "Deposit" for linked in stored.record.get("LinkedTxn", ()))
            and stored.active
        ):
            return deepcopy(stored.record)
    return deepcopy(last(company, type_name))


def essence(record):
    return {name: value for name, value in record.items() if name not in ("SyncToken", "MetaData")}


@pytest.mark.parametrize("type_name", able("update"))
def test_a_record_sent_back_whole_stays_as_it_is(company, type_name):
    record = sendable(company, type_name)
    changed = company.update(type_name, record, include={"allowduplicatedocnum"}).record
    assert essence(changed) == essence(record)
    assert int(changed["SyncToken"]) == int(record["SyncToken"]) + 1
    assert company.read(type_name, record["Id"]).record == changed


@pytest.mark.parametrize("type_name", able("update", "sparse"))
def test_a_sparse_update_of_the_mandatory_fields_changes_nothing(company, type_name):
    record = sendable(company, type_name)
    sent = {name: record[name] for name in ("Id", "SyncToken", *TYPES[type_name].words("required_sparse"))}
    assert essence(company.update(type_name, {**sent, "sparse": True}).record) == essence(record)


@pytest.mark.parametrize("type_name", able("delete"))
def test_a_deleted_record_is_gone_and_leaves_the_books_in_balance(company, type_name):
    record = sendable(company, type_name)
    assert company.delete(type_name, record) == {"domain": "QBO", "status": "Deleted", "Id": record["Id"]}
    with refused(610):
        company.read(type_name, record["Id"])
    assert sum(company.books.ledger.accounts.values()) == 0


@pytest.mark.parametrize("type_name", able("void"))
def test_a_void_takes_all_amounts(company, type_name):
    record = sendable(company, type_name)
    voided = company.void(type_name, record, "operation=update&include=void").record
    assert voided["TotalAmt"] == 0
    assert voided["PrivateNote"].startswith("Voided")
    assert (type_name, record["Id"]) not in company.books.ledger.entries


@pytest.mark.parametrize("type_name", able("deactivate"))
def test_an_inactive_record_is_hidden(type_name):
    company = open_company("small-shop", clock=lambda: NOON)
    record = sendable(company, type_name)
    if type_name in ("Customer", "Vendor"):
        record = deepcopy(company.create(type_name, {"DisplayName": "Nobody"}).record)
    inactive = company.update(type_name, {**record, "Active": False}).record
    assert inactive[TYPES[type_name].head["name"]].endswith(" (deleted)")
    shown = company.query(f"select Id from {type_name} maxresults 1000").records
    assert record["Id"] not in [exact_json.decode(row)["Id"] for row in shown]


@pytest.mark.parametrize("type_name", unable("create"))
def test_what_cannot_be_created(company, type_name):
    with refused(500, "Operation create is not supported."):
        company.create(type_name, {"Name": "x"})


@pytest.mark.parametrize("type_name", unable("update"))
def test_what_cannot_be_updated(company, type_name):
    with refused(500, "Operation update is not supported."):
        company.update(type_name, {"Id": "1", "SyncToken": "0"})


@pytest.mark.parametrize("type_name", unable("delete", ("transaction", "list", "setup")))
def test_what_cannot_be_deleted(company, type_name):
    with refused(500, "Operation delete is not supported."):
        company.delete(type_name, {"Id": "1", "SyncToken": "0"})


@pytest.mark.parametrize("type_name", [name for name in TYPES if TYPES[name].can("query")])
def test_everything_queryable_answers(company, type_name):
    name = TYPES[type_name].head.get("query", type_name)
    count = company.query(f"select count(*) from {name}").total
    assert count == len(company.query(f"select * from {name} maxresults 1000").records)


@pytest.mark.parametrize("type_name", able("create"))
def test_nonsense_is_refused_and_never_breaks(victim, type_name):
    """A 400 Fault is the answer to nonsense, never an error of our own."""
    chance = random.Random(type_name)
    for _ in range(40):
        body = sendable(victim, type_name) if len(victim.books.store(type_name)) else {"Name": "x"}
        for _ in range(chance.randint(1, 6)):
            spoil(body, chance)
        for write in (victim.create, victim.update, victim.delete):
            assert refusal_of(write, type_name, body) in (None, 400)
    assert sum(victim.books.ledger.accounts.values()) == 0


def refusal_of(write, type_name, body):
    try:
        stored = write(type_name, body)
    except Refusal as refusal:
        return refusal.status
    if not isinstance(stored, dict):
        assert exact_json.decode(stored.encoded) == stored.record
    return None


NONSENSE = (
    None, "", "x", "-1", "9" * 30, 0, -5, 10**14, Decimal("1E+15"), Decimal("-0.005"), True, [], {}, [None], ["x"], [{}],
    {"value": "1"}, {"value": None}, {"value": {"value": "1"}}, "2026-02-30", "9999-12-31", "0001-01-01", "\ud800",
)  # fmt: skip


def spoil(part, chance):
    """Put nonsense somewhere into a body."""
    keys = list(part) if isinstance(part, dict) else list(range(len(part)))
    if not keys:
        return
    key = chance.choice(keys)
    if isinstance(part[key], dict | list) and part[key] and chance.random() < 0.7:
        spoil(part[key], chance)
    elif chance.random() < 0.2:
        del part[key]
    else:
        part[key] = deepcopy(chance.choice(NONSENSE))


@pytest.mark.parametrize("body", [None, [], "x", 5, {}])
@pytest.mark.parametrize("type_name", able("create"))
def test_bodies_that_are_no_records(company, type_name, body):
    for write in (company.create, company.update, company.delete):
        with pytest.raises(Refusal):
            write(type_name, body)
