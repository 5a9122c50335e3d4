"""Recorded answers of QuickBooks Online hold nothing that the catalog does not know.

The recordings are not part of this repository. They are looked for in `shared/samples/online` beside it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tieout.catalog.faults import fault_fact
from tieout.catalog.rest import RecordType, Shape, enums, record_type, type_names

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT.parent / "shared" / "samples" / "online"
RECORDED = sorted((SAMPLES / "exquickbooks").glob("*.json")) if SAMPLES.is_dir() else []

pytestmark = pytest.mark.skipif(
    not RECORDED,
    reason=f"RECORDINGS NOT READ: there is no {SAMPLES.relative_to(ROOT.parent)} beside the repository",
)


def records(answer: dict[str, Any]) -> Iterator[tuple[RecordType, dict[str, Any]]]:
    for name, value in {**answer, **answer.get("QueryResponse", {})}.items():
        if name in type_names():
            yield from (
                (record_type(name), record) for record in (value if isinstance(value, list) else [value])
            )


def walk(kind: RecordType, shape: Shape, value: dict[str, Any], path: str) -> Iterator[str]:
    """What is wrong with a value: members unknown, marked as not served, or of another form."""
    for name, member in value.items():
        declared = shape.get(name)
        if declared is None or not declared.served:
            yield f"{path}.{name} is {'unknown' if declared is None else 'marked @desktop'}"
            continue
        if isinstance(member, list) != declared.many:
            yield f"{path}.{name} repeats otherwise than declared"
        for each in member if isinstance(member, list) else [member]:
            inner = kind.inner(declared)
            if (inner is not None) != isinstance(each, dict):
                yield f"{path}.{name} has another form"
            elif inner is not None:
                yield from walk(kind, inner, each, f"{path}.{name}")
            elif declared.type == "enum" and each not in enums()[declared.targets[0]]:
                yield f"{path}.{name} has the unknown value {each!r}"


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_a_recorded_answer_reads_whole(path: Path) -> None:
    answer = json.loads(path.read_text("utf-8"))
    found = list(records(answer))
    wrong = [what for kind, record in found for what in walk(kind, kind.fields, record, kind.name)]
    assert wrong == []
    assert found or "Fault" in answer


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_a_recorded_fault_is_in_the_table(path: Path) -> None:
    for error in json.loads(path.read_text("utf-8")).get("Fault", {}).get("Error", []):
        assert fault_fact(error["code"]).message not in ("General", "Validation", "Business Rule", "Severe")
