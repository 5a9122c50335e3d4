"""What can be done with each type of qbXML, against counts that Intuit's reference gives."""

import pytest

from tieout.catalog.qbxml import EDITIONS, edition, record_type, record_types
from tieout.catalog.qbxml.actions import (
    actions,
    counts,
    editions_of,
    generic_requests,
    iterates,
    message,
    reports,
    targets,
)

NEWEST = edition("US", "16.0")


@pytest.mark.parametrize(
    ("owner", "verb", "number"),
    [
        ("List", "Del", 38),
        ("Txn", "Del", 25),
        ("Txn", "Void", 16),
        ("ListMerge", "Do", 14),
        ("ListDisplay", "Add", 6),
        ("ListDisplay", "Mod", 6),
        ("TxnDisplay", "Add", 21),  # BillPayment stands for both kinds
        ("TxnDisplay", "Mod", 21),
    ],
)
def test_generic_requests_have_their_targets(owner, verb, number):
    assert len(targets(owner, verb, NEWEST)) == number
    assert (owner, verb) in generic_requests().values()


def test_what_intuit_keeps_to_itself_is_no_target():
    assert not [name for name in targets("Txn", "Del", NEWEST) if name.startswith("Payroll")]


def test_a_type_is_a_target_only_in_versions_that_have_it():
    assert "InventorySite" not in targets("List", "Del", edition("US", "9.0"))
    assert "InventorySite" in targets("List", "Del", edition("US", "10.0"))
    assert targets("ListMerge", "Do", edition("US", "6.0")) == ()


def test_reports_have_their_types():
    assert {name: len(types) for name, types in reports(NEWEST).items()} == {
        "AgingReport": 5,
        "BudgetSummaryReport": 5,
        "CustomDetailReport": 1,
        "CustomSummaryReport": 1,
        "GeneralDetailReport": 34,
        "GeneralSummaryReport": 29,
        "JobReport": 6,
        "PayrollDetailReport": 5,
        "PayrollSummaryReport": 3,
        "TimeReport": 4,
    }
    assert reports(edition("US", "1.1")) == {}


def test_some_queries_iterate_and_more_can_count():
    iterating = {kind.name for kind in record_types() if iterates(kind, NEWEST)}
    assert len(iterating) == 46
    assert {"Invoice", "Customer", "Item", "Transaction"} <= iterating
    assert not {"Account", "Employee", "Class", "StandardTerms"} & iterating
    assert sum(counts(kind, NEWEST) for kind in record_types()) == 80
    assert not any(iterates(kind, edition("US", "4.1")) for kind in record_types())


def test_actions_come_in_the_versions_that_brought_them():
    invoice = record_type("Invoice")
    assert actions(invoice, edition("US", "1.0")) == ("add", "query", "read")
    assert min(each.number for each in editions_of(invoice, "modify")) == 21
    assert actions(record_type("WorkersCompCode"), edition("CA", "13.0")) == ()


def test_every_message_has_elements_or_says_nothing_on_purpose():
    """Each action's root is a shape that there is, in every edition."""
    empty = set()
    for kind in record_types():
        for each in EDITIONS:
            for action in actions(kind, each):
                found = message(kind, action, each)
                assert found is not None
                if not found.kind.shape(found.root, each).parts:
                    empty.add((kind.name, action))
    assert {action for _, action in empty} == {"query"}
    assert {name for name, _ in empty} == {
        *(
            "AccountTaxLineInfo",
            "CompanyActivity",
            "Company",
            "Host",
            "Preferences",
            "ReceivePaymentToDeposit",
        ),
        *("SalesTaxReturn", "Template"),
    }
