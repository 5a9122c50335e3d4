"""The declared reports against the facts that were gathered of Intuit's reference, where these are at hand."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

import tieout.catalog
from tieout.catalog.reports import date_macros, detail_columns, is_report, report, report_names
from tieout.catalog.rest import type_names
from tieout.errors import SetupError

SHARED = Path(__file__).parents[3] / "shared"
FACTS = SHARED / "facts" / "tables" / "online" / "reports.json"
SCHEMA = SHARED / "schemas" / "rest" / "Report.xsd"
DECLARED = tomllib.loads(Path(tieout.catalog.__file__).with_name("reports.toml").read_text("utf-8"))


def test_every_word_is_declared_and_used():
    used = [report(name) for name in report_names()]
    columns = {key for each in used for key in each.columns + each.more}
    parameters = {name for each in used for name in each.parameters}
    assert columns == set(detail_columns())
    assert parameters == set(DECLARED["parameters"])


def test_detail_reports_have_columns_and_others_have_not():
    for name in report_names():
        assert bool(report(name).columns) == report(name).is_detail or name == "FECReport"


def test_defaults_are_macros():
    defaults = {report(name).default for name in report_names()} - {""}
    assert defaults <= set(date_macros())


def test_no_report_is_called_like_a_record_type():
    assert not set(report_names()) & set(type_names())


def test_countries():
    assert report("TaxSummary").is_for("GB")
    assert not report("TaxSummary").is_for("US")
    assert report("FECReport").is_for("FR")
    assert not report("FECReport").is_for("CA")
    assert report("BalanceSheet").is_for("US")


def test_another_name_and_a_wrong_one():
    assert report("GeneralLedgerDetail") is not None
    assert report("GeneralLedgerDetail").name == "GeneralLedger"
    assert is_report("GeneralLedgerDetail")
    assert not is_report("Invoice")
    with pytest.raises(SetupError, match="Did you mean BalanceSheet"):
        report("BalanceSheets")


@pytest.mark.skipif(not FACTS.exists(), reason="the gathered facts are not at ../shared/facts")
def test_every_report_and_parameter_of_the_reference_is_there():
    facts = json.loads(FACTS.read_text("utf-8"))
    variants = {}
    for fact in facts.values():
        told = {
            name.strip()
            for each in fact.get("params", fact.get("parameters", ()))
            for name in each["name"].split(",")
        }
        variants |= dict.fromkeys(fact["variants"], told - {"minorversion"})
    assert set(variants) == set(report_names())
    for name, told in variants.items():
        assert told <= set(report(name).parameters), name


@pytest.mark.skipif(not SCHEMA.exists(), reason="the published schemas are not at ../shared/schemas/rest")
def test_macros_and_summaries_are_the_schema_s():
    etree = pytest.importorskip("lxml.etree")
    tree = etree.parse(str(SCHEMA))
    namespace = {"xs": "http://www.w3.org/2001/XMLSchema"}

    def values(name):
        return tree.xpath(f"//xs:simpleType[@name='{name}']//xs:enumeration/@value", namespaces=namespace)

    assert sorted(date_macros()) == sorted(values("DateMacro"))
    by = report("ProfitAndLoss").parameters["summarize_column_by"].choices
    assert sorted(by) == sorted(values("SummarizeColumnsByEnum"))
