"""Exact bytes and the values they stand for, from `tests/transcripts`; every case names its provenance."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parents[1] / "transcripts"
SHARED = Path(__file__).parents[3] / "shared"


def cases(pattern: str) -> Any:
    """A parametrization over the cases whose file fits the pattern."""
    found = sorted(FOLDER.glob(pattern))
    assert found, f"no transcript fits {pattern}"
    return pytest.mark.parametrize("case", [pytest.param(_read(path), id=path.stem) for path in found])


def _read(path: Path) -> dict[str, Any]:
    case = tomllib.loads(path.read_text("utf-8"))
    assert case["provenance"]
    return case | {"body": case["body"].encode()}


def shared(path: str) -> Path:
    """A file beside the repository; skips the test where it is absent."""
    found = SHARED / path
    if not found.exists():
        pytest.skip(f"NOT TESTED: ../shared/{path} is absent, so recorded messages were not checked")
    return found
