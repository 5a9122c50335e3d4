from datetime import timedelta
from decimal import Decimal

import pytest

from tieout.protocols import exact_json

from .shop import NOON, refused


def rows(shop, statement):
    return [exact_json.decode(row) for row in shop.company.query(statement).records]


def names(shop, statement):
    return [row["DisplayName"] for row in rows(shop, statement)]


@pytest.fixture
def people(shop):
    for name in ("bob's", "Back\\slash", "Çafé", "anna"):
        shop.add("Customer", DisplayName=name)
    return shop


def test_everything_in_the_order_of_ids(people):
    assert names(people, "select * from Customer") == ["Ada", "bob's", "Back\\slash", "Çafé", "anna"]


def test_pages(people):
    found = people.company.query("SELECT * FROM customer STARTPOSITION 2 MAXRESULTS 2")
    assert (found.type, found.start, len(found.records)) == ("Customer", 2, 2)
    assert people.company.query("select * from Customer startposition 9").records == []


def test_a_page_holds_100_by_default_and_1000_at_most(shop):
    for number in range(1004):
        shop.company.install(
            "Class", {"Name": f"c{number}", "FullyQualifiedName": f"c{number}", "Active": True}
        )
    assert len(shop.company.query("select * from Class").records) == 100
    assert len(shop.company.query("select * from Class maxresults 5000").records) == 1000


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ("DisplayName = 'ADA'", ["Ada"]),
        ("DisplayName = 'bob\\'s'", ["bob's"]),
        ("DisplayName = 'Back\\\\slash'", ["Back\\slash"]),
        ("DisplayName like '%a'", ["Ada", "anna"]),
        ("DisplayName in ('anna', 'çafé')", ["Çafé", "anna"]),
        ("displayname > 'b' and Balance >= 0", ["bob's", "Back\\slash", "Çafé"]),
        ("Id in ('1', '3')", ["Ada"]),
        ("Active = true and Taxable = true", None),
        (
            "Metadata.LastUpdatedTime >= '2026-11-22T12:00:00-08:00'",
            ["Ada", "bob's", "Back\\slash", "Çafé", "anna"],
        ),
        ("MetaData.LastUpdatedTime > '2026-11-22T20:00:00Z'", []),
    ],
)
def test_conditions(people, where, found):
    if found is None:
        with refused(4001, "QueryValidationError: property 'Taxable' is not queryable"):
            people.company.query(f"select * from Customer where {where}")
    elif where.startswith("Id"):
        assert [row["Id"] for row in rows(people, f"select * from Customer where {where}")] == ["1", "3"]
    else:
        assert names(people, f"select * from Customer where {where}") == found


@pytest.mark.parametrize(
    ("order", "found"),
    [
        ("DisplayName", ["Ada", "anna", "Back\\slash", "bob's", "Çafé"]),
        ("DisplayName desc", ["Çafé", "bob's", "Back\\slash", "anna", "Ada"]),
        ("Balance desc, DisplayName", ["bob's", "Ada", "anna", "Back\\slash", "Çafé"]),
    ],
)
def test_order(people, order, found):
    bob = rows(people, "select * from Customer where DisplayName = 'bob\\'s'")[0]
    people.invoice(customer=bob["Id"])
    assert names(people, f"select * from Customer orderby {order}") == found


def test_ids_are_ordered_by_number(shop):
    for number in range(12):
        shop.add("Class", Name=f"c{number}")
    ids = [row["Id"] for row in rows(shop, "select * from Class orderby Id desc maxresults 4")]
    assert ids == ["12", "11", "10", "9"]


def test_inactive_records_are_hidden_unless_named(people):
    anna = rows(people, "select * from Customer where DisplayName = 'anna'")[0]
    people.change("Customer", anna, Active=False)
    assert people.company.query("select count(*) from Customer").total == 4
    assert people.company.query("select count(*) from Customer where Active in (true, false)").total == 5
    assert names(people, "select * from Customer where Active = false") == ["anna (deleted)"]


def test_counts(people):
    found = people.company.query("select count(*) from Customer where DisplayName like 'b%'")
    assert (found.count_only, found.total, found.records) == (True, 2, [])


def test_columns_make_sparse_rows(people):
    row = rows(people, "select DisplayName, MetaData.CreateTime from Customer maxresults 1")[0]
    assert set(row) == {"Id", "DisplayName", "MetaData", "domain", "sparse"}
    assert row["sparse"] is True


def test_references_compare_by_id_and_money_by_amount(shop):
    invoice = shop.invoice(shop.sold("12.50"))
    shop.invoice(shop.sold("9.99"))
    where = f"CustomerRef = '{shop.customer}' and TotalAmt >= '12.5' and TxnDate <= '2026-11-22'"
    assert [row["Id"] for row in rows(shop, f"select * from Invoice where {where}")] == [invoice["Id"]]
    assert rows(shop, "select * from Invoice where TotalAmt < 10")[0]["TotalAmt"] == Decimal("9.99")


def test_statements_that_are_refused(shop):
    with refused(4000):
        shop.company.query("select * from Customer where DisplayName = 'O'Reilly'")
    with refused(4001, "QueryValidationError: Property Colour not found for Entity Customer"):
        shop.company.query("select * from Customer where Colour = 'red'")
    with refused(4001, "QueryValidationError: property 'PrivateNote' is not queryable"):
        shop.company.query("select * from Invoice where PrivateNote = 'x'")
    with refused(4001, "QueryValidationError: value 0 is too small. Min allowed value is 1"):
        shop.company.query("select * from Invoice maxresults 0")


def test_changes_last_updated_last_and_the_deleted_apart(shop):
    first, second, third = (shop.invoice() for _ in range(3))
    shop.clock.advance(10)
    since = NOON + timedelta(seconds=5)
    shop.delete("Invoice", third)
    shop.clock.advance(10)
    shop.change("Invoice", second, PrivateNote="x")
    shop.clock.advance(10)
    shop.change("Invoice", first, PrivateNote="x")
    changes = shop.company.changed_since(["Customer", "Invoice"], since)
    assert [(name, len(live), len(gone)) for name, live, gone in changes] == [
        ("Customer", 0, 0),
        ("Invoice", 2, 1),
    ]
    assert [exact_json.decode(row)["Id"] for row in changes[1][1]] == [second["Id"], first["Id"]]
    assert exact_json.decode(changes[1][2][0]) == {
        "domain": "QBO",
        "status": "Deleted",
        "Id": third["Id"],
        "MetaData": {"LastUpdatedTime": "2026-11-22T12:00:10-08:00"},
    }


def test_changes_include_the_inactive_and_the_moment_itself(shop):
    shop.change("Customer", shop.read("Customer", shop.customer), Active=False)
    changes = shop.company.changed_since(["Customer"], NOON.replace(microsecond=0))
    assert exact_json.decode(changes[0][1][0])["Active"] is False


def test_changes_are_1000_objects_at_most(shop):
    for number in range(700):
        shop.company.install("Class", {"Name": f"c{number}", "Active": True})
        shop.company.install("Department", {"Name": f"d{number}", "Active": True})
    changes = shop.company.changed_since(["Class", "Department"], NOON - timedelta(days=1))
    assert [len(live) for _, live, _ in changes] == [700, 300]


def test_changes_that_are_not_to_be_had(shop):
    with refused(2190):
        shop.company.changed_since(["Invoice"], NOON - timedelta(days=31))
    with refused(2000):
        shop.company.changed_since(["TaxCode"], NOON)


def test_pseudo_tax_codes_stand_on_top_and_do_not_count(shop):
    agency = shop.add("TaxAgency", DisplayName="State")["Id"]
    for name in ("CA", "NV"):
        rate = {"TaxRateName": name, "RateValue": 8, "TaxAgencyId": agency}
        shop.company.tax_service({"TaxCode": name, "TaxRateDetails": [rate]})
    names = [row["Name"] for row in rows(shop, "select * from TaxCode maxresults 1")]
    assert names == ["TAX", "NON", "CustomSalesTax", "CA"]
    assert (
        len(rows(shop, "select * from TaxCode"))
        == shop.company.query("select count(*) from TaxCode").total
        == 5
    )


def test_many_ids_are_looked_up_and_not_searched_for(people):
    ids = [row["Id"] for row in rows(people, "select * from Customer")]
    asked = ", ".join(f"'{id_}'" for id_ in (*reversed(ids), ids[0], "98765"))
    assert [row["Id"] for row in rows(people, f"select * from Customer where Id in ({asked})")] == ids
    assert rows(people, f"select * from Customer where Id in ({asked}) and Id = '98765'") == []


def test_change_data_of_types_without_it_is_refused(shop):
    for name in ("TaxCode", "Nonsense", "", "customer"):
        with refused(2000):
            shop.company.changed_since([name], NOON)
