"""The pages that the catalog writes hold every record type and every fault code."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from tieout.catalog.faults import fault_facts
from tieout.catalog.rest import type_names


@pytest.fixture(scope="module")
def program() -> ModuleType:
    path = Path(__file__).resolve().parents[2] / "tools" / "reference_record_types.py"
    found = importlib.util.spec_from_file_location("reference_record_types", path)
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def test_the_page_of_record_types_has_every_type_once(program: ModuleType) -> None:
    page = program.page()
    for name in type_names():
        assert page.count(f"\n### {name}\n") == 1
        assert page.count(f"[{name}](#{name.lower()})") == 1


def test_the_page_says_how_an_invoice_is_searched_and_voided(program: ModuleType) -> None:
    invoice = program.page().split("\n### Invoice\n")[1].split("\n### ")[0]
    assert "`MetaData.LastUpdatedTime`" in invoice
    assert "`CustomerRef`" in invoice
    assert "voided by: `operation=void`" in invoice
    assert "a deletion sends: `Id`, `SyncToken`" in invoice


def test_the_page_of_faults_has_every_code_once(program: ModuleType) -> None:
    page = program.faults_page()
    for fact in fault_facts():
        assert page.count(f"\n| {fact.code} | ") == 1
