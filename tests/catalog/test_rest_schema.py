"""The catalog says of every field what Intuit's published schemas say: an independent reading of both.

The schemas are not part of this repository. They are looked for in `shared/schemas/rest` beside it.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

etree = pytest.importorskip("lxml.etree", reason="SCHEMAS NOT COMPARED: lxml is not installed")

ROOT = Path(__file__).resolve().parents[2]
SCHEMAS = ROOT.parent / "shared" / "schemas" / "rest"
CATALOG = ROOT / "src" / "tieout" / "catalog" / "rest"
TYPES = sorted(path.stem for path in CATALOG.glob("[A-Z]*.toml"))
NS = {"xs": "http://www.w3.org/2001/XMLSchema"}
PLAIN = {
    "xs:string": "str",
    "xs:boolean": "bool",
    "xs:decimal": "decimal",
    "xs:int": "int",
    "xs:long": "int",
    "xs:positiveInteger": "int",
    "xs:date": "date",
    "xs:dateTime": "datetime",
    "xs:anyURI": "uri",
    "id": "id",
    "ReferenceType": "ref",
    "IntuitAnyType": "any",
}

pytestmark = pytest.mark.skipif(
    not SCHEMAS.is_dir(),
    reason=f"SCHEMAS NOT COMPARED: there is no {SCHEMAS.relative_to(ROOT.parent)} beside the repository",
)

Property = tuple[str, str, bool, bool, bool]
"""Name, type, whether it repeats, whether it must be there, whether it is an attribute or the text."""


@cache
def schema() -> list[Any]:
    parser = etree.XMLParser(remove_comments=True)
    return [etree.parse(str(path), parser).getroot() for path in sorted(SCHEMAS.glob("*.xsd"))]


def find(kind: str, name: str) -> Any:
    for root in schema():
        found = root.xpath(f"xs:{kind}[@name=$name]", namespaces=NS, name=name)
        if found:
            return found[0]
    return None


def properties(name: str) -> list[Property]:
    """What the schema declares: attributes of the whole chain, then elements of the whole chain."""
    chain = []
    current: str | None = name
    while current and (node := find("complexType", current)) is not None:
        chain.insert(0, node)
        current = base_of(node)
    members: list[Property] = []
    for node in chain:
        members += [
            (each.get("name"), typed(each), False, each.get("use") == "required", True)
            for each in node.iterdescendants(f"{{{NS['xs']}}}attribute")
        ]
    for node in chain:
        members += (
            [("value", "str", False, False, True)] if node.xpath("xs:simpleContent", namespaces=NS) else []
        )
        members += elements(node)
    return members


def base_of(node: Any) -> str | None:
    return next(iter(node.xpath("xs:complexContent/xs:extension/@base", namespaces=NS)), None)


def elements(node: Any) -> Iterator[Property]:
    for each in node.iterdescendants(f"{{{NS['xs']}}}element", f"{{{NS['xs']}}}group"):
        if each.tag.endswith("group"):
            yield from elements(find("group", each.get("ref")))
        else:
            repeats = each.get("maxOccurs", "1") == "unbounded" or int(each.get("maxOccurs", "1")) > 1
            needed = each.get("minOccurs") != "0" and not each.xpath("ancestor::xs:choice", namespaces=NS)
            yield (each.get("name") or each.get("ref"), typed(each), repeats, needed, False)


def typed(node: Any) -> str:
    declared = node.get("type")
    if declared is None:
        return "any"
    if declared in PLAIN:
        return PLAIN[declared]
    return f"enum {declared}" if find("simpleType", declared) is not None else declared


def catalogued(table: dict[str, str]) -> list[Property]:
    """What the catalog declares, read from the text of its specifications."""
    members = []
    for name, specification in table.items():
        first, *marks = specification.split()
        base = first.rstrip("*+!")
        kind = f"enum {marks[0].rstrip('*+!')}" if base == "enum" else base
        signs = "".join(re.findall(r"[*+!](?= |$)", specification))
        repeats, needed = "*" in signs or "+" in signs, "!" in signs or "+" in signs
        members.append((name, kind, repeats, needed, "attribute" in marks or "text" in marks))
    return members


def stored(name: str) -> dict[str, dict[str, str]]:
    data = tomllib.loads((CATALOG / f"{name}.toml").read_text("utf-8"))
    return {name: data["fields"], **data.get("shapes", {})}


@cache
def shared() -> dict[str, dict[str, str]]:
    return tomllib.loads((CATALOG / "_shapes.toml").read_text("utf-8"))


@pytest.mark.parametrize("name", TYPES)
def test_every_property_of_a_type_and_of_its_own_shapes_is_the_schemas(name: str) -> None:
    for owner, table in stored(name).items():
        assert catalogued(table) == properties(owner), owner


def test_every_property_of_a_shared_shape_is_the_schemas() -> None:
    for owner, table in shared().items():
        assert catalogued(table) == properties(owner), owner


def test_every_value_set_is_the_schemas_in_its_order() -> None:
    for name, values in tomllib.loads((CATALOG / "_enums.toml").read_text("utf-8")).items():
        assert values == find("simpleType", name).xpath(
            "xs:restriction/xs:enumeration/@value", namespaces=NS
        ), name


def test_neighbours_that_exclude_each_other_are_the_schemas_choices() -> None:
    for owner, table in {**{o: t for n in TYPES for o, t in stored(n).items()}, **shared()}.items():
        marks = {field: {"one-of", "also"} & set(text.split()) for field, text in table.items()}
        assert {field: found for field, found in marks.items() if found} == choices(owner), owner


def choices(name: str) -> dict[str, set[str]]:
    """Members of choices, and of these the ones that go along with the branch's first."""
    found: dict[str, set[str]] = {}
    current: str | None = name
    while current and (node := find("complexType", current)) is not None:
        for each in node.xpath(".//xs:choice//xs:element", namespaces=NS):
            later = each.xpath("parent::xs:sequence[parent::xs:choice]/xs:element", namespaces=NS)[1:]
            found[each.get("name")] = {"one-of", "also"} if each in later else {"one-of"}
        current = base_of(node)
    return found


def test_the_schema_has_each_type_as_an_entity() -> None:
    known = {
        name
        for root in schema()
        for name in root.xpath("xs:element[@substitutionGroup='IntuitObject']/@name", namespaces=NS)
    }
    assert set(TYPES) <= known


def test_gathering_again_gives_the_same_files(tmp_path: Path) -> None:
    for path in CATALOG.glob("*.toml"):
        shutil.copy(path, tmp_path)
    run_gatherer(tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        path.name: path.read_bytes() for path in CATALOG.glob("*.toml")
    }


def test_what_a_person_wrote_survives_gathering(tmp_path: Path) -> None:
    for path in CATALOG.glob("*.toml"):
        shutil.copy(path, tmp_path)
    term = tmp_path / "Term.toml"
    ours = term.read_text("utf-8").replace('Name = "str 31', 'Name = "str 77')
    ours = ours.replace(
        'CustomField = "CustomField* @desktop', 'CustomField = "CustomField* computed since 99 @online'
    )
    assert "str 77" in ours
    assert "since 99" in ours
    ours = ours.replace("[fields]", "# a remark\n\n[fields]", 1)
    term.write_text(ours, "utf-8")
    run_gatherer(tmp_path)
    assert term.read_text("utf-8") == ours


def test_a_type_that_was_only_a_head_is_gathered_whole(tmp_path: Path) -> None:
    (tmp_path / "Term.toml").write_text('# mine\nurl = "term"\n\n[fields]\n', "utf-8")
    run_gatherer(tmp_path)
    text = (tmp_path / "Term.toml").read_text("utf-8")
    assert text.startswith('# mine\nurl = "term"\n\n[fields]\n')
    assert list(tomllib.loads(text)["fields"]) == [member[0] for member in properties("Term")]


def run_gatherer(folder: Path) -> None:
    program = ROOT / "tools" / "gather_rest_catalog.py"
    subprocess.run([sys.executable, str(program), str(SCHEMAS), str(folder)], check=True, timeout=60)
