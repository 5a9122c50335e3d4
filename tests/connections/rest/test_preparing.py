"""Every trap of writing, at a sandbox that several tests write to; each with records of its own."""

from decimal import Decimal
from itertools import count

import pytest

from tieout.catalog.rest import record_type, record_types
from tieout.errors import AlreadyExists, Invalid, NotAllowed, NotFound, Stale
from tieout.operations import Act, Add, Delete, Modify, Put, Void
from tieout.sandbox.server import running_sandbox

from .desk import at_desk, invoice, line

NAMES = count(1)


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    with running_sandbox("small-shop") as sandbox, at_desk(tmp_path_factory.mktemp("desk"), sandbox) as desk:
        yield desk


def fresh(stem="Thing"):
    """A name that nothing has yet."""
    return f"{stem} {next(NAMES)}"


def value(identity):
    return {"value": str(identity)}


def refusal(desk, change):
    """Why a change is refused, before or by QuickBooks."""
    (outcome,) = desk.write(change)
    assert outcome.state == "refused", outcome
    return outcome.error


def unsent_refusal(desk, change):
    """Why a change is refused here, with nothing sent."""
    desk.sandbox.control.forget_requests()
    error = refusal(desk, change)
    assert desk.writes() == []
    return error


def spent(amount="10.00", account="35"):
    return {"Amount": Decimal(amount), "AccountBasedExpenseLineDetail": {"AccountRef": value(account)}}


def bought(price="10.00"):
    return {
        "Amount": Decimal(price),
        "ItemBasedExpenseLineDetail": {"ItemRef": value(5), "Qty": 1, "UnitPrice": Decimal(price)},
    }


def posted(side, account, amount="10.00"):
    return {
        "Amount": Decimal(amount),
        "JournalEntryLineDetail": {"PostingType": side, "AccountRef": value(account)},
    }


# ---- every type


def _sale(**more):
    return {"CustomerRef": value(2), "Line": [line()], **more}


def _buy(**more):
    return {"VendorRef": value(35), "Line": [spent()], **more}


MINIMAL = {
    "Account": lambda desk: {"Name": fresh(), "AccountType": "Expense"},
    "Attachable": lambda desk: {"Note": fresh("Note")},
    "Bill": lambda desk: _buy(),
    "BillPayment": lambda desk: _bill_payment(desk),
    "Budget": lambda desk: {
        "Name": fresh(),
        "StartDate": "2027-01-01",
        "EndDate": "2027-12-31",
        "BudgetType": "ProfitAndLoss",
        "BudgetEntryType": "Monthly",
        "BudgetDetail": [{"BudgetDate": "2027-01-01", "Amount": 5, "AccountRef": value(35)}],
    },
    "Class": lambda desk: {"Name": fresh()},
    "CompanyCurrency": lambda desk: {"Code": "CHF"},
    "CreditCardPaymentTxn": lambda desk: {
        "Amount": 5,
        "BankAccountRef": value(1),
        "CreditCardAccountRef": value(14),
    },
    "CreditMemo": lambda desk: _sale(),
    "Customer": lambda desk: {"DisplayName": fresh()},
    "Department": lambda desk: {"Name": fresh()},
    "Deposit": lambda desk: {
        "DepositToAccountRef": value(1),
        "Line": [{"Amount": 5, "DepositLineDetail": {"AccountRef": value(23)}}],
    },
    "Employee": lambda desk: {"GivenName": fresh("Ann"), "FamilyName": "Ott"},
    "Estimate": lambda desk: _sale(),
    "InventoryAdjustment": lambda desk: {
        "TxnDate": "2026-11-20",
        "AdjustAccountRef": value(28),
        "Line": [{"ItemAdjustmentLineDetail": {"ItemRef": value(12), "QtyDiff": 1}}],
    },
    "Invoice": lambda desk: _sale(),
    "Item": lambda desk: {"Name": fresh(), "Type": "Service", "IncomeAccountRef": value(23)},
    "JournalEntry": lambda desk: {"Line": [posted("Debit", 35), posted("Credit", 1)]},
    "Payment": lambda desk: {"CustomerRef": value(2), "TotalAmt": 5},
    "PaymentMethod": lambda desk: {"Name": fresh()},
    "Purchase": lambda desk: {"PaymentType": "Cash", "AccountRef": value(1), "Line": [spent()]},
    "PurchaseOrder": lambda desk: {"VendorRef": value(35), "APAccountRef": value(13), "Line": [bought()]},
    "RecurringTransaction": lambda desk: {
        "Bill": {
            **_buy(),
            "RecurringInfo": {
                "Name": fresh(),
                "RecurType": "Automated",
                "Active": True,
                "ScheduleInfo": {"IntervalType": "Monthly", "NumInterval": 1, "DayOfMonth": 1},
            },
        }
    },
    "RefundReceipt": lambda desk: _sale(DepositToAccountRef=value(1)),
    "SalesReceipt": lambda desk: _sale(),
    "TaxAgency": lambda desk: {"DisplayName": fresh()},
    "Term": lambda desk: {"Name": fresh(), "DueDays": 11},
    "TimeActivity": lambda desk: {
        "NameOf": "Employee",
        "EmployeeRef": value(54),
        "Hours": 2,
        "TxnDate": "2026-11-20",
    },
    "Transfer": lambda desk: {"FromAccountRef": value(1), "ToAccountRef": value(2), "Amount": 5},
    "Vendor": lambda desk: {"DisplayName": fresh()},
    "VendorCredit": lambda desk: _buy(),
}


def _bill_payment(desk):
    bill = desk.do(Add(type="Bill", record=_buy()))
    paid = {"Amount": 10, "LinkedTxn": [{"TxnId": bill["Id"], "TxnType": "Bill"}]}
    return {
        "VendorRef": value(35),
        "TotalAmt": 10,
        "PayType": "Check",
        "CheckPayment": {"BankAccountRef": value(1)},
        "Line": [paid],
    }


CHANGED = {
    "Account": {"Description": "changed"},
    "Attachable": {"Note": "changed"},
    "Class": {"Name": "Class changed"},
    "CompanyCurrency": {"Name": "Franken"},
    "Customer": {"Notes": "changed"},
    "Department": {"Name": "Department changed"},
    "Employee": {"Title": "Dr"},
    "Item": {"Description": "changed"},
    "PaymentMethod": {"Name": "Method changed"},
    "Term": {"DueDays": 12},
    "TimeActivity": {"Description": "changed"},
    "Vendor": {"CompanyName": "changed"},
    "Budget": {"Name": "Budget changed"},
}
"""A change of each type; of a transaction, its memo."""


def test_every_type_that_can_be_made_here_is_tried():
    france_only = {each.name for each in record_types() if each.head.get("countries") == "FR"}
    creatable = {each.name for each in record_types() if each.can("create")}
    assert set(MINIMAL) == creatable - {"TaxService"} - france_only


@pytest.mark.parametrize("type_name", sorted(MINIMAL))
def test_a_minimal_record_is_added_changed_and_taken_away(desk, type_name):
    kind = record_type(type_name)
    made = desk.do(Add(type=type_name, record=MINIMAL[type_name](desk)))
    made = next((made[name] for name in kind.wraps if name in made), made)
    assert made["Id"]
    if kind.can("update"):
        wanted = CHANGED.get(type_name, {"PrivateNote": "changed"})
        changed = desk.do(Modify(type=type_name, record={"Id": made["Id"], **wanted}))
        assert {name: changed[name] for name in wanted} == wanted
        assert changed["SyncToken"] == "1"
        again = desk.write(Modify(type=type_name, record={"Id": made["Id"], **wanted}))[0]
        assert (again.state, again.note) == ("done", "it is so already")
    if kind.can("deactivate"):
        hidden = desk.do(Act(type=type_name, name="deactivate", record={"Id": made["Id"]}))
        assert hidden["Active"] is False
        if type_name != "CompanyCurrency":  # the sandbox takes no code that ends with " (deleted)"
            shown = desk.do(Act(type=type_name, name="reactivate", record={"Id": made["Id"]}))
            assert shown["Active"] is True
    if kind.can("delete"):
        left = desk.do(Delete(type=type_name, record={"Id": made["Id"]}))
        assert left["Id"] == made["Id"]
        assert isinstance(refusal(desk, Delete(type=type_name, record={"Id": made["Id"]})), NotFound)


def test_a_tax_service_makes_a_code_with_its_rates(desk):
    rate = {"TaxRateName": fresh("Rate"), "RateValue": "5", "TaxAgencyId": "1", "TaxApplicableOn": "Sales"}
    made = desk.do(Add(type="TaxService", record={"TaxCode": fresh("Code"), "TaxRateDetails": [rate]}))
    assert made["TaxCodeId"]


@pytest.mark.parametrize(
    "type_name",
    [each.name for each in record_types() if not each.can("create") and each.name != "CompanyInfo"],
)
def test_what_cannot_be_added_is_refused_by_name(desk, type_name):
    error = unsent_refusal(desk, Add(type=type_name, record={}))
    assert isinstance(error, NotAllowed)
    assert f"does not let {type_name} be added" in str(error)


@pytest.mark.parametrize("type_name", ["Bil", "", "invoice"])
def test_a_type_that_is_none_is_refused_as_a_record_is(desk, type_name):
    outcomes = desk.write(
        Add(type=type_name, record={}, place="1"), Add(type="Class", record={"Name": fresh()}, place="2")
    )
    assert [each.state for each in outcomes] == ["refused", "done"]


# ---- voids


@pytest.mark.parametrize(
    "type_name",
    [
        each.name
        for each in record_types()
        if not each.can("void") and each.kind == "transaction" and each.can("create")
    ],
)
def test_an_unsupported_void_is_refused_by_name_and_not_sent(desk, type_name):
    error = unsent_refusal(desk, Void(type=type_name, record={"Id": "1"}))
    assert isinstance(error, NotAllowed)
    assert f"voids no {type_name}" in str(error)


@pytest.mark.parametrize("type_name", [each.name for each in record_types() if each.can("void")])
def test_a_void_leaves_the_record_with_no_amount(desk, type_name):
    made = desk.do(Add(type=type_name, record=MINIMAL[type_name](desk)))
    voided = desk.do(Void(type=type_name, record={"Id": made["Id"]}))
    assert (voided["TotalAmt"], voided["PrivateNote"].startswith("Voided")) == (0, True)
    again = desk.write(Void(type=type_name, record={"Id": made["Id"]}))[0]
    assert (again.state, again.note) == ("done", "it is so already")
    assert desk.now(type_name, made["Id"])["SyncToken"] == "1"


def test_voids_in_one_batch_are_done_each(desk):
    made = [
        desk.do(Add(type=name, record=MINIMAL[name](desk))) for name in ("Invoice", "SalesReceipt", "Payment")
    ]
    kinds = ("Invoice", "SalesReceipt", "Payment")
    changes = [
        Void(type=name, record={"Id": each["Id"]}, place=name) for name, each in zip(kinds, made, strict=True)
    ]
    desk.sandbox.control.forget_requests()
    assert [each.state for each in desk.write(*changes)] == ["done"] * 3
    assert desk.writes() == ["batch"]
    assert [desk.now(name, each["Id"])["TotalAmt"] for name, each in zip(kinds, made, strict=True)] == [
        0,
        0,
        0,
    ]


# ---- sparse changes


def test_required_fields_of_sparse_changes_are_filled_in(desk):
    for type_name, needed in (("Bill", {"VendorRef"}), ("Purchase", {"PaymentType", "AccountRef"})):
        record = {**MINIMAL[type_name](desk), "DocNumber": fresh("N"), "PrivateNote": "w"}
        made = desk.do(Add(type=type_name, record=record))
        change = Modify(type=type_name, record={"Id": made["Id"], "PrivateNote": "x"})
        (planned,) = desk.plan(change)
        assert needed <= planned.sent.keys()
        assert planned.differences == (("PrivateNote", "w", "x"),)
        assert desk.do(change)["PrivateNote"] == "x"


@pytest.mark.parametrize("type_name", ["Bill", "Purchase"])
def test_they_are_filled_in_for_who_gives_a_stamp_too(desk, type_name):
    made = desk.do(Add(type=type_name, record=MINIMAL[type_name](desk)))
    change = Modify(type=type_name, record={"Id": made["Id"], "SyncToken": "0", "PrivateNote": "x"})
    assert desk.do(change)["PrivateNote"] == "x"


def test_nothing_clears_a_field(desk):
    made = desk.do(
        Add(
            type="Invoice",
            record=invoice(PrivateNote="x", CustomerMemo={"value": "memo"}, ShipAddr={"City": "Bern"}),
        )
    )
    cleared = {"PrivateNote": None, "CustomerMemo": None, "ShipAddr": None}
    changed = desk.do(Modify(type="Invoice", record={"Id": made["Id"], **cleared}))
    assert not [name for name in cleared if changed.get(name)]


@pytest.mark.parametrize(
    ("type_name", "field"),
    [
        ("Item", "ClassRef"),
        ("Item", "Name"),
        ("Invoice", "CustomerRef"),
        ("Invoice", "Line"),
        ("Bill", "DueDate"),
    ],
)
def test_what_cannot_be_cleared_is_refused(desk, type_name, field):
    made = desk.do(Add(type=type_name, record=MINIMAL[type_name](desk)))
    error = unsent_refusal(desk, Modify(type=type_name, record={"Id": made["Id"], field: None}))
    assert (type(error), error.element) == (Invalid, field)


def test_a_type_that_is_sent_whole_is_cleared_by_leaving_out(desk):
    made = desk.do(Add(type="Term", record={"Name": fresh(), "DueDays": 30}))
    changed = desk.do(
        Modify(
            type="Term",
            record={"Id": made["Id"], "DueDays": None, "DayOfMonthDue": 15, "DueNextMonthDays": 5},
        )
    )
    assert changed.get("DueDays") is None
    assert changed["DayOfMonthDue"] == 15
    assert changed["Name"] == made["Name"]


def test_a_full_change_clears_what_it_does_not_give(desk):
    made = desk.do(Add(type="Customer", record={"DisplayName": fresh(), "Notes": "x", "CompanyName": "y"}))
    whole = {"Id": made["Id"], "DisplayName": made["DisplayName"], "CompanyName": "z"}
    (planned,) = desk.plan(Modify(type="Customer", record=whole, full=True))
    assert ("Notes", "x", None) in planned.differences
    changed = desk.do(Modify(type="Customer", record=whole, full=True))
    assert "Notes" not in changed
    assert changed["CompanyName"] == "z"


def test_a_full_change_needs_what_an_add_needs(desk):
    made = desk.do(Add(type="Invoice", record=invoice()))
    error = unsent_refusal(
        desk, Modify(type="Invoice", record={"Id": made["Id"], "PrivateNote": "x"}, full=True)
    )
    assert error.element == "CustomerRef"


def test_singletons_are_changed_without_an_id(desk):
    changed = desk.do(Modify(type="CompanyInfo", record={"LegalName": "Harbor Lane Goods Ltd"}))
    assert changed["LegalName"] == "Harbor Lane Goods Ltd"
    assert changed["CompanyName"] == "Harbor Lane Goods"
    changed = desk.do(Modify(type="Preferences", record={"AccountingInfoPrefs": {"UseAccountNumbers": True}}))
    assert changed["AccountingInfoPrefs"]["UseAccountNumbers"] is True
    put = desk.do(Put(type="CompanyInfo", record={"LegalName": "Harbor Lane Goods"}))
    assert put["LegalName"] == "Harbor Lane Goods"


def test_a_rate_of_exchange_is_named_by_its_currency_and_day(desk):
    rate = {"SourceCurrencyCode": "EUR", "AsOfDate": "2026-11-20", "Rate": "1.17"}
    assert desk.do(Modify(type="ExchangeRate", record=rate))["Rate"] == Decimal("1.17")
    error = unsent_refusal(desk, Modify(type="ExchangeRate", record={"SourceCurrencyCode": "EUR", "Rate": 1}))
    assert error.element == "AsOfDate"


def test_what_is_changed_must_be_there(desk):
    for change in (
        Modify(type="Invoice", record={"Id": "999999", "PrivateNote": "x"}),
        Void(type="Invoice", record={"Id": "999999"}),
        Delete(type="Invoice", record={"Id": "999999"}),
        Act(type="Customer", name="deactivate", record={"Id": "999999"}),
    ):
        assert isinstance(unsent_refusal(desk, change), NotFound)


@pytest.mark.parametrize("record", [{}, {"Id": ""}, {"Id": None}])
def test_something_must_say_which(desk, record):
    for change in (
        Modify(type="Invoice", record={**record, "PrivateNote": "x"}),
        Delete(type="Invoice", record=record),
    ):
        assert unsent_refusal(desk, change).element == "Id"


@pytest.mark.parametrize("bad", ["abc", "1' OR Id = '2", "٣", "-1", "1.5", "\\", " "])
def test_an_id_that_is_none_refuses_its_own_record_and_no_other(desk, bad):
    made = desk.do(Add(type="Invoice", record=invoice()))
    outcomes = desk.write(
        Modify(type="Invoice", record={"Id": bad, "PrivateNote": "x"}, place="bad"),
        Modify(type="Invoice", record={"Id": made["Id"], "PrivateNote": "x"}, place="good"),
    )
    assert [each.state for each in outcomes] == ["refused", "done"]


def test_what_quickbooks_refuses_is_told_with_its_code_and_what_to_do(desk):
    error = refusal(desk, Add(type="Invoice", record=invoice(CustomerRef=value(999999))))
    assert error.code == "2500"
    assert error.advice


# ---- names


def test_a_display_name_is_unique_among_three_lists(desk):
    name = fresh("Ann")
    made = desk.do(Add(type="Customer", record={"DisplayName": name}))
    for type_name in ("Customer", "Vendor"):
        error = unsent_refusal(desk, Add(type=type_name, record={"DisplayName": name.upper()}))
        assert isinstance(error, AlreadyExists)
        assert f"Customer {made['Id']} is called" in str(error)
        assert "share one list" in error.advice
    other = desk.do(Add(type="Vendor", record={"DisplayName": fresh()}))
    error = unsent_refusal(desk, Modify(type="Vendor", record={"Id": other["Id"], "DisplayName": name}))
    assert isinstance(error, AlreadyExists)
    assert desk.do(Modify(type="Customer", record={"Id": made["Id"], "DisplayName": name.upper()}))


def test_a_name_that_is_freed_by_the_same_command_is_free(desk):
    name = fresh("Ann")
    made = desk.do(Add(type="Customer", record={"DisplayName": name}))
    outcomes = desk.write(
        Modify(type="Customer", record={"Id": made["Id"], "DisplayName": fresh("Former")}, place="1"),
        Add(type="Vendor", record={"DisplayName": name}, place="2"),
    )
    assert [each.state for each in outcomes] == ["done", "done"]


def test_the_same_name_twice_in_one_command_is_written_once(desk):
    name = fresh("Twin")
    outcomes = desk.write(*(Add(type="Class", record={"Name": name}, place=str(n)) for n in range(2)))
    assert [each.state for each in outcomes] == ["done", "refused"]


@pytest.mark.parametrize("name", ["a:b", "a\tb", "a\nb"])
def test_names_with_what_parts_them_are_refused(desk, name):
    assert unsent_refusal(desk, Add(type="Customer", record={"DisplayName": name})).element == "DisplayName"


# ---- put


def test_put_finds_a_record_by_id_name_number_and_key(desk):
    name, number = fresh("Put"), fresh("N")
    made = desk.do(Put(type="Customer", record={"DisplayName": name, "Notes": "1"}))
    assert (
        desk.do(Put(type="Customer", record={"DisplayName": name.lower(), "Notes": "2"}))["Id"] == made["Id"]
    )
    assert desk.do(Put(type="Customer", record={"Id": made["Id"], "Notes": "3"}))["Notes"] == "3"
    sold = desk.do(Put(type="Invoice", record=invoice(DocNumber=number)))
    assert desk.do(Put(type="Invoice", record=invoice(line("7.00"), DocNumber=number)))["Id"] == sold["Id"]
    keyed = desk.do(Put(type="Payment", record=MINIMAL["Payment"](desk), key=f"order={number}"))
    put = desk.do(
        Put(type="Payment", record={**MINIMAL["Payment"](desk), "TotalAmt": 6}, key=f"order={number}")
    )
    assert (put["Id"], put["TotalAmt"]) == (keyed["Id"], 6)


def test_what_is_so_already_is_not_sent(desk):
    number = fresh("N")
    record = invoice(line(None, UnitPrice=5, Qty=2), DocNumber=number, TxnDate="2026-11-20")
    desk.do(Put(type="Invoice", record=record))
    desk.sandbox.control.forget_requests()
    (outcome,) = desk.write(Put(type="Invoice", record=record))
    assert (outcome.note, desk.writes()) == ("it is so already", [])
    (planned,) = desk.plan(Put(type="Invoice", record=record))
    assert planned.operation == "nothing"


def test_put_of_a_name_that_several_have_asks_which(desk):
    number = fresh("N")
    for _ in range(2):
        desk.sandbox.company.create(
            "Bill", {"VendorRef": value(35), "DocNumber": number, "Line": [{**spent(), "DetailType": "AccountBasedExpenseLineDetail"}]},
            include={"allowduplicatedocnum"},
        )  # fmt: skip
    error = unsent_refusal(desk, Put(type="Bill", record=_buy(DocNumber=number)))
    assert "2 records of Bill are called" in str(error)


@pytest.mark.parametrize("name", ["a\nb", "😀 Ann", "\ud83d", "a'b\\", "%", "漢字"])
def test_a_name_that_cannot_be_asked_for_keeps_no_other_record_back(desk, name):
    other = fresh()
    outcomes = desk.write(
        Put(type="Customer", record={"DisplayName": name}, place="odd"),
        Put(type="Customer", record={"DisplayName": other}, place="good"),
        Add(type="Vendor", record={"DisplayName": name}, place="odd vendor"),
    )
    assert outcomes[1].state == "done"
    assert {each.state for each in outcomes} <= {"done", "refused"}


# ---- acts


def test_a_document_is_sent_to_who_is_named_or_known(desk):
    nobody = desk.do(Add(type="Customer", record={"DisplayName": fresh()}))
    made = desk.do(Add(type="Invoice", record=invoice(CustomerRef=value(nobody["Id"]))))
    who = {"Id": made["Id"]}
    error = unsent_refusal(desk, Act(type="Invoice", name="send", record=who))
    assert error.element == "to"
    sent = desk.do(Act(type="Invoice", name="send", record=who, arguments={"to": "ann@example.com"}))
    assert sent["EmailStatus"] == "EmailSent"
    assert desk.do(Act(type="Invoice", name="send", record=who))["DeliveryInfo"]


def test_acts_that_a_type_does_not_know_are_refused(desk):
    for change, told in (
        (Act(type="Bill", name="send", record={"Id": "1"}), "sends no Bill"),
        (Act(type="Bill", name="deactivate", record={"Id": "1"}), "neither active nor inactive"),
        (Act(type="Bill", name="frobnicate", record={"Id": "1"}), "knows no act 'frobnicate'"),
    ):
        assert told in str(unsent_refusal(desk, change))


def test_files_are_uploaded_once_with_their_limits(desk):
    def upload(name, content, **record):
        return Act(type="Attachable", name="upload", arguments={"name": name}, content=content, record=record)

    made = desk.do(Add(type="Invoice", record=invoice()))
    to = [{"EntityRef": {"type": "Invoice", "value": made["Id"]}}]
    kept = desk.do(upload("scan.pdf", b"%PDF-1.4", AttachableRef=to))
    assert desk.connection.document("Attachable", kept["Id"], "download") == b"%PDF-1.4"
    assert "takes no files like 'run.exe'" in str(unsent_refusal(desk, upload("run.exe", b"x")))
    assert "has 0 bytes" in str(unsent_refusal(desk, upload("empty.txt", b"")))


# ---- stamps and amounts


def test_a_stamp_that_is_old_is_refused_with_what_is_there(desk):
    made = desk.do(Add(type="Customer", record={"DisplayName": fresh(), "Notes": "old"}))
    desk.behind_our_back("Customer", made["Id"], Notes="theirs")
    error = refusal(
        desk, Modify(type="Customer", record={"Id": made["Id"], "SyncToken": "0", "Notes": "ours"})
    )
    assert isinstance(error, Stale)
    assert "SyncToken 1 by now, yours is for 0" in str(error)
    assert "Notes is theirs" in str(error)


def test_amounts_are_recomputed_or_refused_to_the_cent(desk):
    made = desk.do(Add(type="Invoice", record=invoice(line(None, UnitPrice="3.335", Qty=3))))
    assert made["TotalAmt"] == Decimal("10.01")
    error = unsent_refusal(desk, Add(type="Invoice", record=invoice(line("10.02", UnitPrice="3.335", Qty=3))))
    assert error.element == "Line.1.Amount"
    error = unsent_refusal(desk, Add(type="Invoice", record=invoice(line("10.005"))))
    assert "no whole number of cents" in str(error)


def test_a_mark_goes_into_the_memo_where_nothing_else_finds_a_record_again(desk):
    plain = desk.do(Add(type="Invoice", record=invoice(PrivateNote="mine")))
    assert plain["PrivateNote"].startswith("mine [tieout ")
    numbered = desk.do(Add(type="Invoice", record=invoice(DocNumber=fresh("N"), PrivateNote="mine")))
    assert numbered["PrivateNote"] == "mine"
    full = desk.do(Add(type="Invoice", record=invoice(PrivateNote="x" * 4000)))
    assert full["PrivateNote"] == "x" * 4000
