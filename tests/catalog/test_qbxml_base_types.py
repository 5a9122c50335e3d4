"""A text fits a base type of the catalog exactly when the published schema accepts it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tieout.catalog.qbxml import Edition, ValueType, edition
from tieout.catalog.qbxml.base_types import fits, pattern, patterns
from tieout.catalog.qbxml.notation import SCHEMA_NAMES

ROOT = Path(__file__).resolve().parents[2]
SCHEMAS = ROOT.parent / "shared" / "schemas" / "qbxml"
PREFIX = {"US": "", "CA": "QBC", "UK": "QBU", "OE": "QBO"}
TEXTS = [
    *(
        "",
        " ",
        "  \n",
        "a",
        "x" * 36,
        "x" * 37,
        "é",
        "a\nb",
        "true",
        "false",
        "1",
        "0",
        "True",
        "TRUE",
        " true ",
    ),
    *(
        "yes",
        "7",
        "+7",
        "-7",
        "07",
        " 7 ",
        "7.",
        ".7",
        "7.1",
        "-7.12",
        "+7.12",
        "7.123",
        "7.12345",
        "7.123456",
    ),
    *("1234567.12", "12345678.12", "12345678.1", "12345678.123", "123456789.12", "1234567890123.12"),
    *("12345678901234.12", "12345678901234", "1,000.00", "1e3", "$1.00", "1234567890.12345", "12345678901.1"),
    *("2024-02-29", "2023-02-29", "2024-13-01", "2024-1-1", "24-01-01", " 2024-01-01 ", "2024-01-01Z"),
    *("2024-01-01+02:00", "2024-01-01+15:00", "2024-04-31", "0000-01-01", "2024-01-01T10:11:12"),
    *("2024-01-01T10:11", "2024-01-01T10", "2024-01-01T10:11:12-08:00", "2024-01-01T1:1:1", "2024-99-99T99"),
    *("2024-01-01T10:11:12Z", "2024-01-01T10:11:12.5", "2024-01-01 10:11:12", " 2024-01-01T10:11:12"),
    *("PT1H", "PT1H2M3S", "PT", "PT3S", "-PT1H", "+PT1H", "P1D", "PT1.5H", " PT1H ", "1:30", "PT0S"),
    *(
        "{12345678-1234-1234-1234-123456789abc}",
        "12345678-1234-1234-1234-123456789abc",
        "{0}",
        "٣",
        "2024-٠1-01",
    ),
]


SAMPLE = [
    *(("US", version) for version in ("1.0", "3.0", "4.1", "5.0", "6.0", "7.0", "16.0")),
    *(("CA", "2.0"), ("UK", "6.0"), ("CA", "13.0"), ("OE", "2.1"), ("OE", "4.0"), ("OE", "6.0")),
]


@pytest.mark.parametrize(("country", "version"), SAMPLE)
def test_texts_fit_as_the_schema_says(country: str, version: str) -> None:
    etree = pytest.importorskip("lxml.etree", reason="SCHEMAS NOT COMPARED: lxml is not installed")
    if not SCHEMAS.is_dir():
        pytest.skip(
            f"SCHEMAS NOT COMPARED: there is no {SCHEMAS.relative_to(ROOT.parent)} beside the repository"
        )
    each = edition(country, version)
    schema = etree.XMLSchema(etree.XML(schema_of_one_element_a_type(each), base_url=f"{SCHEMAS}/here.xsd"))
    price = published_price(each)
    differing = []
    for base in patterns():
        for text in TEXTS:
            root = etree.Element(f"a{base}")
            root.text = text
            accepted = schema.validate(root) and (base != "price" or price.fullmatch(text) is not None)
            if accepted != fits(text, ValueType(base), each):
                differing.append((base, text))
    assert differing == []


def published_price(each: Edition) -> re.Pattern[str]:
    """The pattern of prices, for Python: libxml2 loses count of digits in patterns with alternatives."""
    found = re.search(
        r'name="PRICETYPE">.*?pattern value="([^"]+)"', (SCHEMAS / base_types_of(each)).read_text(), re.DOTALL
    )
    assert found is not None
    return re.compile(found[1])


def base_types_of(each: Edition) -> str:
    """The file of base types that an edition's entry point includes."""
    number = "" if each.version == "1.0" else each.version.replace(".", "")
    entry = (SCHEMAS / f"{PREFIX[each.country]}qbxmlops{number}.xsd").read_text("latin-1")
    included = re.search(r'schemaLocation="(qbxmltypes\d*\.xsd)"', entry)
    assert included is not None
    return included[1]


def schema_of_one_element_a_type(each: Edition) -> str:
    """A schema with an element for every base type."""
    elements = "".join(f'<xsd:element name="a{b}" type="{SCHEMA_NAMES[b]}"/>' for b in patterns())
    return (
        '<xsd:schema xmlns:xsd="http://www.w3.org/2001/XMLSchema">'
        f'<xsd:include schemaLocation="{base_types_of(each)}"/>{elements}</xsd:schema>'
    )


def test_every_base_type_has_a_pattern() -> None:
    assert set(patterns()) == set(SCHEMA_NAMES)


def test_amounts_grew_with_7_0() -> None:
    million = "123456789.00"
    assert not pattern("amount", edition("US", "6.0")).fullmatch(million)
    assert pattern("amount", edition("US", "7.0")).fullmatch(million)


def test_lengths_values_and_ranges_hold() -> None:
    newest = edition("US", "16.0")
    assert fits("12345678901", ValueType("str", 11), newest)
    assert not fits("123456789012", ValueType("str", 11), newest)
    assert not fits("Sometimes", ValueType("enum", values=("Always", "Never")), newest)
    assert not fits("0", ValueType("int", low="1", high="9999"), newest)
    assert fits("9999", ValueType("int", low="1", high="9999"), newest)
