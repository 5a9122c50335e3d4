"""The heads of the record types and the table of faults: every word valid, every name a field that is there."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from importlib.resources import files

import pytest

from tieout import errors
from tieout.catalog import rest
from tieout.catalog.faults import FaultFact, fault_fact, fault_facts
from tieout.catalog.rest import (
    REF,
    SCALARS,
    Field,
    RecordType,
    Shape,
    detail_member,
    enums,
    parse_field,
    record_type,
    record_types,
    shared_shapes,
    type_names,
)
from tieout.errors import SetupError

KINDS = {"transaction", "list", "setup", "system"}
ACTIONS = {
    "create",
    "read",
    "query",
    "update",
    "sparse",
    "delete",
    "void",
    "deactivate",
    "send",
    "pdf",
    "cdc",
}
EVENTS = {"created", "updated", "deleted", "merged", "voided", "emailed"}
VOIDS = {"operation=void", "operation=update&include=void"}
FIELDS_OF_A_HEAD = ("number", "name", "total", "balance", "party")
NEEDED = ("required", "required_update", "required_sparse", "carrier", "unclearable")
WORDS = {
    "posts",
    "webhook",
    "void",
    "delete",
    "required_if",
    "lines",
    "unique",
    "countries",
    "key",
    "singleton",
    "wraps",
}
KEYS = WORDS | {"query", "json_names", "note", *FIELDS_OF_A_HEAD, *NEEDED}
MARKS = {"filter", "sort", "readonly", "computed", "attribute", "text", "one-of", "also", "substituted"}

each_type = pytest.mark.parametrize("kind", record_types(), ids=lambda kind: kind.name)


def all_shapes() -> Iterator[tuple[str, RecordType | None, Shape]]:
    for kind in record_types():
        yield kind.name, kind, kind.fields
        yield from ((f"{kind.name}.{name}", kind, shape) for name, shape in kind.shapes.items())
    yield from ((name, None, shape) for name, shape in shared_shapes().items())


def all_fields() -> Iterator[tuple[str, RecordType | None, Field]]:
    for place, kind, shape in all_shapes():
        yield from ((f"{place}.{name}", kind, field) for name, field in shape.items())


@each_type
def test_a_head_has_only_known_keys_and_words(kind: RecordType) -> None:
    assert set(kind.head) <= KEYS
    assert kind.kind in KINDS
    assert kind.actions <= ACTIONS
    assert kind.url == kind.url.lower()
    assert set(kind.words("webhook")) <= EVENTS
    assert {len(country) for country in kind.words("countries")} <= {2}


@each_type
def test_a_head_names_fields_that_are_there_and_served(kind: RecordType) -> None:
    named = [str(kind.head[key]) for key in FIELDS_OF_A_HEAD if key in kind.head]
    needed = " ".join(
        [str(kind.head.get(key, "")) for key in NEEDED] + [*kind.head.get("required_if", {}).values()]
    )
    for name in [*named, *needed.replace("|", " ").split()]:
        field = kind.field(name)
        assert field is not None, name
        assert field.served, name


@each_type
def test_a_condition_of_what_is_required_names_a_value_of_a_field(kind: RecordType) -> None:
    for condition in kind.head.get("required_if", {}):
        name, value = condition.split("=")
        assert value in enums()[kind.fields[name].targets[0]]


@each_type
def test_actions_and_the_keys_about_them_go_together(kind: RecordType) -> None:
    assert kind.can("void") == ("void" in kind.head)
    assert kind.head.get("void", "operation=void") in VOIDS
    assert kind.can("delete") == ("delete" in kind.head)
    assert kind.head.get("delete", "full") in ("full", "Id SyncToken")
    assert kind.can("update") or not kind.can("sparse")
    assert kind.can("update") or not kind.can("deactivate")
    assert not (kind.can("delete") and kind.can("deactivate")), "lists are deactivated, transactions deleted"
    assert not kind.can("deactivate") or "Active" in kind.fields
    assert ("required" in kind.head) == kind.can("create") or kind.wraps
    assert kind.kind == "transaction" or not kind.posts
    assert not kind.posts or "total" in kind.head or kind.name == "InventoryAdjustment"


@each_type
def test_details_of_lines_are_members_of_a_line(kind: RecordType) -> None:
    for word in kind.words("lines"):
        assert word == "LinkedTxn" or word in enums()["LineDetailTypeEnum"]
        assert kind.field(f"Line.{detail_member(word)}") is not None
    assert not kind.words("lines") or kind.fields["Line"].many


@each_type
def test_types_that_a_head_names_are_there(kind: RecordType) -> None:
    assert {*kind.words("unique"), *kind.wraps} <= set(type_names())
    assert not kind.words("unique") or kind.name in kind.words("unique")


@each_type
def test_a_type_that_can_be_asked_for_can_be_asked_what_changed(kind: RecordType) -> None:
    if kind.can("query") and not kind.head.get("singleton"):
        assert kind.filterable("Id") or kind.name == "ExchangeRate"
        assert kind.filterable("MetaData.LastUpdatedTime")
        assert kind.sortable("MetaData.CreateTime")


def test_every_field_has_a_type_that_is_there() -> None:
    for place, kind, field in all_fields():
        if field.is_shape:
            assert kind is None or kind.shape(field.type) is not None, place
            assert kind is not None or field.type in shared_shapes(), place
        elif field.type == "enum":
            assert field.targets[0] in enums(), place
        elif field.type == "ref":
            assert set(field.targets) <= set(type_names()), place
        else:
            assert field.type in SCALARS, place


def test_every_mark_is_known() -> None:
    for place, _, field in all_fields():
        assert field.marks <= MARKS | {"@desktop", "@online"}, place
        assert not {"@desktop", "@online"} <= field.marks, place
        assert "also" not in field.marks or "one-of" in field.marks, place


def test_a_file_says_nothing_twice_and_nothing_that_the_reader_drops() -> None:
    for kind in record_types():
        stored = tomllib.loads(files(rest.__package__).joinpath(f"{kind.name}.toml").read_text("utf-8"))
        assert len(stored["fields"]) == len([name for name in kind.fields if name not in kind.wraps]) + bool(
            kind.wraps
        )


def test_references_of_the_main_types_point_somewhere() -> None:
    invoice = record_type("Invoice")
    assert invoice.fields["CustomerRef"].targets == ("Customer",)
    item = invoice.field("Line.SalesItemLineDetail.ItemRef")
    assert item is not None
    assert item.targets == ("Item",)
    entity = record_type("Purchase").fields["EntityRef"]
    assert entity.targets == ("Customer", "Vendor", "Employee")


def test_a_path_is_filterable_only_when_all_of_it_is() -> None:
    invoice = record_type("Invoice")
    assert invoice.filterable("CustomerRef")
    assert invoice.filterable("CustomerRef.value")
    assert not invoice.filterable("DepartmentRef")
    assert not invoice.filterable("PrivateNote")
    assert not invoice.filterable("AttachableRef.EntityRef.value")
    assert record_type("Attachable").filterable("AttachableRef.EntityRef.value")
    assert not invoice.sortable("Nothing.AtAll")


def test_a_recurring_transaction_holds_one_of_the_types_it_wraps() -> None:
    recurring = record_type("RecurringTransaction")
    assert "IntuitObject" not in recurring.fields
    assert recurring.fields["Invoice"].has("one-of")
    rate = recurring.field("Invoice.Line.SalesItemLineDetail.UnitPrice")
    assert rate is not None
    assert rate.type == "decimal"
    assert recurring.field("Invoice.GlobalInfo.Month") is not None


def test_tax_classifications_spell_their_members_as_json_does() -> None:
    fields = record_type("TaxClassification").fields
    assert {"id", "code", "name", "applicableTo", "ParentRef"} <= set(fields)
    assert "Id" not in fields


def test_an_unknown_type_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(SetupError, match="Did you mean Invoice"):
        record_type("Invioce")


def test_a_declaration_is_read_in_all_its_parts() -> None:
    assert parse_field("A", "ref Customer|Vendor+ filter since 40 @online") == Field(
        "A",
        "ref",
        targets=("Customer", "Vendor"),
        many=True,
        required=True,
        marks=frozenset({"filter", "@online"}),
        since=40,
    )
    assert parse_field("B", "str 21! readonly").length == 21
    with pytest.raises(ValueError, match="no field declaration"):
        parse_field("C", "str ?")


def test_a_reference_has_three_members() -> None:
    assert list(REF) == ["value", "name", "type"]


@pytest.mark.parametrize("fact", fault_facts(), ids=lambda fact: fact.code)
def test_a_fault_says_what_it_is_and_what_to_do(fact: FaultFact) -> None:
    raised = getattr(errors, fact.error)
    assert issubclass(raised, errors.TieoutError)
    assert fact.retry == raised.retryable
    assert fact.message
    assert fact.advice.endswith(".")
    assert len(fact.advice) > 20
    assert fault_fact(fact.code.zfill(6)) == fact


def test_faults_are_many_and_ascending() -> None:
    codes = [int(fact.code) for fact in fault_facts()]
    assert codes == sorted(set(codes))
    assert len(codes) == 123


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("42", "Unauthorized"),
        ("555", "NotAllowed"),
        ("1999", "Invalid"),
        ("4999", "Invalid"),
        ("9999", "Invalid"),
        ("12345", "Unreachable"),
        ("", "Invalid"),
        ("E-7", "Invalid"),
    ],
)
def test_an_unknown_code_is_judged_by_its_range(code: str, error: str) -> None:
    assert fault_fact(code).error == error
    assert fault_fact(code).code == code
