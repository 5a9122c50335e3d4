"""0x80040400 can never be caused by us: what the writer lets through is valid by Intuit's schema, what it refuses is not.

The schemas are not part of this repository; they are looked for in `shared/schemas/qbxml` beside it.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.protocols.qbxml_records import broken, content_of, plainly

from tieout.catalog.qbxml import EDITIONS, Edition, RecordType, record_types
from tieout.errors import Invalid
from tieout.protocols.qbxml_reader import read_requests
from tieout.protocols.qbxml_writer import SUBSCRIPTIONS, MessageSet, Request, write_message_set

ROOT = Path(__file__).resolve().parents[2]
SCHEMAS = ROOT.parent / "shared" / "schemas" / "qbxml"
SAMPLES = ROOT.parent / "shared" / "samples" / "desktop"
PREFIX = {"US": "", "CA": "QBC", "UK": "QBU", "OE": "QBO"}
NOT_LOADABLE = {("CA", "7.0"), ("UK", "7.0"), ("OE", "7.0"), ("OE", "5.0")}
"""Their schemas have faults of their own (range facets on texts), so nothing can be validated with them."""
CASES = [
    (kind, verb, each)
    for kind in record_types()
    for verb in sorted(kind.published)
    for each in EDITIONS
    if kind.can(verb, each) and (each.country, each.version) not in NOT_LOADABLE and each.country != "OE"
]

pytestmark = pytest.mark.skipif(
    not SCHEMAS.exists(), reason=f"NOTHING VALIDATED: there is no {SCHEMAS.name} beside the repository"
)


@cache
def schema(each: Edition) -> Any:
    etree = pytest.importorskip("lxml.etree", reason="NOTHING VALIDATED: lxml is not installed")
    number = "" if each.version == "1.0" else each.version.replace(".", "")
    return etree.XMLSchema(etree.parse(str(SCHEMAS / f"{PREFIX[each.country]}qbxmlops{number}.xsd")))


def is_valid(document: bytes, each: Edition) -> bool:
    from lxml import etree

    return bool(schema(each).validate(etree.fromstring(document)))


def why(document: bytes, each: Edition) -> str:
    is_valid(document, each)
    return f"{schema(each).error_log.last_error} in {document.decode()}"


def written(kind: RecordType, verb: str, content: dict[str, Any], each: Edition) -> bytes:
    return write_message_set(MessageSet(each, (Request(kind.name, verb, content, "1"),)))


@pytest.mark.timeout(300)
@settings(max_examples=400, deadline=None)
@given(st.sampled_from(CASES), st.integers(0, 2**32))
def test_what_fits_the_catalog_is_written_and_valid(case: tuple[RecordType, str, Edition], seed: int) -> None:
    kind, verb, each = case
    chance = Random(seed)
    shape = kind.shape(kind.message(verb, "Rq"), each)
    content = {n: v for n, v in content_of(kind, shape, each, chance).items() if n != "@requestID"}
    try:
        document = written(kind, verb, content, each)
    except Invalid:
        plain = envelope(
            kind, plainly(kind, kind.message(verb, "Rq"), kind.message(verb, "Rq"), content, each)
        )
        assert not is_valid(plain, each), f"refused, and valid: {plain.decode()}"
        return
    assert is_valid(document, each), why(document, each)


@pytest.mark.timeout(300)
@settings(max_examples=400, deadline=None)
@given(st.sampled_from(CASES), st.integers(0, 2**32))
def test_what_is_broken_is_refused_when_the_schema_refuses_it(
    case: tuple[RecordType, str, Edition], seed: int
) -> None:
    kind, verb, each = case
    chance = Random(seed)
    name = kind.message(verb, "Rq")
    shape = kind.shape(name, each)
    content = {n: v for n, v in content_of(kind, shape, each, chance).items() if n != "@requestID"}
    changed = _broken_somewhere(kind, shape, content, each, chance)
    try:
        document = written(kind, verb, changed, each)
    except Invalid as refusal:
        plain = envelope(kind, plainly(kind, name, name, changed, each))
        assert not is_valid(plain, each), f"refused ({refusal}), and valid: {plain.decode()}"
        return
    assert is_valid(document, each), why(document, each)


def _broken_somewhere(
    kind: RecordType, shape: Any, content: dict[str, Any], each: Edition, chance: Random
) -> dict[str, Any]:
    """Broken at the top, or in one of the elements below."""
    below = [e for e in shape.elements() if e.shape and isinstance(content.get(e.name), dict)]
    if below and chance.random() < 0.8:
        one = chance.choice(below)
        inner = kind.shape(one.shape, each)
        return {**content, one.name: _broken_somewhere(kind, inner, content[one.name], each, chance)}
    return broken(kind, shape, content, each, chance)


def envelope(kind: RecordType, request: str) -> bytes:
    name = "QBXMLSubscriptionMsgsRq" if kind.name in SUBSCRIPTIONS else "QBXMLMsgsRq"
    on_error = ' onError="continueOnError"' if name == "QBXMLMsgsRq" else ""
    return f"<QBXML><{name}{on_error}>{request}</{name}></QBXML>".encode()


def sample_files() -> list[Path]:
    return (
        sorted(path for path in SAMPLES.rglob("*.xml") if b"QBXMLMsgsRq" in path.read_bytes())
        if SAMPLES.exists()
        else []
    )


@pytest.mark.parametrize("path", sample_files(), ids=lambda path: path.stem)
def test_a_published_sample_is_read_and_written_back_equal(path: Path) -> None:
    etree = pytest.importorskip("lxml.etree")
    root = etree.parse(str(path)).getroot()
    each = next(
        (e for e in reversed(EDITIONS) if e.country == "US" and schema(e).validate(root)),
        None,
    )
    if each is None:
        pytest.skip(f"{path.name} is not valid by any schema")
    read = read_requests(path.read_bytes(), each)
    again = write_message_set(
        MessageSet(
            each,
            tuple(Request(r.type, r.verb, r.content, r.id) for r in read.requests),
            on_error=read.on_error,  # type: ignore[arg-type]
            new_id=read.new_id,
            old_id=read.old_id,
        )
    )
    assert canonical(etree.fromstring(again)) == canonical(root)


def canonical(element: Any) -> Any:
    """Names, attributes, texts and children; white space around texts, and how a boolean is spelled, say nothing."""
    text = {"1": "true", "0": "false"}.get((element.text or "").strip(), (element.text or "").strip())
    children = [canonical(child) for child in element if isinstance(child.tag, str)]
    return element.tag, sorted(element.attrib.items()), "" if children else text, children
