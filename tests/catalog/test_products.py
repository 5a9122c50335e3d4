"""Years, countries and versions of QuickBooks Desktop, and what is refused in which words."""

import pytest

from tieout.catalog.products import (
    product_of,
    products,
    refusal,
    refusals,
    refuse_unsupported,
    releases,
    releases_of,
    trade_of,
)
from tieout.catalog.qbxml.editions import EDITIONS, edition, edition_of
from tieout.errors import SetupError


def test_years_and_versions_only_grow():
    found = releases()
    assert [each.year for each in found] == sorted(each.year for each in found)
    assert {each.year for each in found} == set(range(2002, 2025))
    for country in ("US", "CA", "UK"):
        versions = [each.newest[country].number for each in found if country in each.newest]
        assert versions == sorted(versions)
    assert all(each.major == each.year - 1990 for each in found)


def test_every_version_of_the_schemas_came_with_some_release():
    newest = {each for release in releases() for each in release.newest.values()}
    assert {each for each in EDITIONS if each.country == "US"} <= newest


@pytest.mark.parametrize(
    ("major", "country", "version"),
    [(16, "US", "5.0"), (24, "CA", "13.0"), (14, "UK", "3.0"), (34, "US", "16.0")],
)
def test_a_major_version_tells_the_newest_qbxml(major, country, version):
    assert releases_of(major)[-1].newest[country] == edition(country, version)


def test_countries_ended_at_different_years():
    last = {c: max(each.year for each in releases() if c in each.newest) for c in ("US", "CA", "UK")}
    assert last == {"US": 2024, "CA": 2023, "UK": 2022}


@pytest.mark.parametrize(
    ("name", "product", "trade"),
    [
        ("QuickBooks Pro 2006", "QuickBooks Pro", ""),
        (
            "QuickBooks Premier: Manufacturing and Wholesale Edition 2012",
            "QuickBooks Premier",
            "Manufacturing and Wholesale",
        ),
        (
            "QuickBooks Enterprise Solutions: Professional Services 19.0",
            "QuickBooks Enterprise",
            "Professional Services",
        ),
    ],
)
def test_supported_products(name, product, trade):
    found = product_of(name)
    assert found is not None
    assert (found.name, trade_of(name)) == (product, trade)
    assert refusal(product=name, country="US", file=r"C:\Books\Shop.QBW") is None


@pytest.mark.parametrize(
    ("known", "name"),
    [
        ({"product": "QuickBooks Simple Start 2010"}, "QuickBooks Simple Start for Desktop"),
        ({"product": "QuickBooks 2016 for Mac"}, "QuickBooks for Mac"),
        ({"file": "/Users/ann/Shop.qb2019"}, "QuickBooks for Mac"),
        ({"kind": "QBPOS"}, "QuickBooks Point of Sale"),
        ({"product": "QuickBooks Pro", "country": "AU"}, "QuickBooks in Australia (Reckon)"),
        ({"file": r"C:\Books\Shop.QBB"}, "a backup or a portable copy of a company file"),
    ],
)
def test_what_is_refused_says_so_in_plain_words(known, name):
    found = refusal(**known)
    assert found is not None
    assert found.name == name
    with pytest.raises(SetupError) as error:
        refuse_unsupported(**known)
    assert str(error.value) == found.says
    assert error.value.advice == found.advice


def test_nothing_known_is_not_refused():
    assert refusal() is None
    assert all(each.says.endswith(".") and each.advice.endswith(".") for each in refusals())
    assert [each.flag for each in products()] == [2, 4, 8]


@pytest.mark.parametrize(
    ("wire", "country", "found"),
    [
        ("CA3.0", "CA", "CA 3.0"),
        ("13.0", "US", "US 13.0"),
        ("8.0", "UK", "UK 8.0"),
        ("CA3.0", "UK", "None"),
        ("1.1", "CA", "None"),
        ("QBOE", "US", "None"),
    ],
)
def test_versions_as_quickbooks_spells_them(wire, country, found):
    assert str(edition_of(wire, country)) == found
    assert all(edition_of(each.wire, each.country) == each for each in EDITIONS)
