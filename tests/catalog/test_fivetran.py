"""Fivetran's layout: all that is read of it is there, and is made of columns that records have."""

from pathlib import Path

import pytest

from tieout.catalog.fivetran import ADDRESS, address_columns, addresses, tables
from tieout.catalog.rest import record_type
from tieout.connections.mirrors.fivetran_views import columns_of
from tieout.protocols.table_names import column_name, table_name

ASKED = [
    line.split(": ", 1)
    for line in Path(__file__).with_name("fivetran_columns.txt").read_text().splitlines()
    if not line.startswith("#")
]


@pytest.mark.parametrize(("name", "columns"), ASKED, ids=[name for name, _ in ASKED])
def test_what_dbts_package_reads_is_there(name, columns):
    if name == ADDRESS:
        there = [*(each.name for each in address_columns()), "_fivetran_synced"]
    else:
        there = [each.name for each in columns_of(tables()[name])]
    assert not set(columns.split()) - set(there)
    assert len(there) == len(set(there))


@pytest.mark.parametrize("name", tables())
def test_its_columns_are_made_of_what_records_have(name):
    table = tables()[name]
    found = _columns(table.type_name)
    ours = f"{table_name(table.type_name)}_{table.part}" if table.part else table_name(table.type_name)
    for column in table.columns:
        assert {column.source, column.when[0]} - {""} <= found[ours], column
        if column.links:
            linked = ours if table.part == "linked_txn" else f"{ours}_linked_txn"
            assert {"txn_id", "txn_type"} <= found[linked]


def test_addresses_are_where_records_have_them():
    for each in addresses():
        columns = _columns(each.type_name)[table_name(each.type_name)]
        assert {f"{each.field}_{c.source}" for c in address_columns()} <= columns


def _columns(type_name):
    """The columns of a type's tables, by the catalog."""
    of, found = record_type(type_name), {}

    def walk(shape, table, path, depth):
        for name, field in shape.items():
            at = (*path, name)
            if field.type == "ref" and not field.many:
                found[table].update(column_name((*at, member)) for member in ("value", "name", "type"))
            elif not field.is_shape:
                found[table].add(column_name(at))
            elif not field.many:
                walk(of.shape(field.type), table, at, depth)
            elif depth < 3:
                inner = f"{table}_{column_name(at)}"
                found[inner] = set()
                walk(of.shape(field.type), inner, (), depth + 1)

    found[table_name(type_name)] = set()
    walk(of.fields, table_name(type_name), (), 0)
    return found
