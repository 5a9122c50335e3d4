"""Documents are found by what they are known by: at once by the index, otherwise one after another, and never all in memory."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import pytest

from tieout.operations import Predicate
from tieout.protocols.where_clause import parse_where
from tieout.state import document_search
from tieout.state.document_search import DocumentSearch
from tieout.state.process_log import ProcessLog, RunDocument, Settled
from tieout.state.watermarks import Watermarks

COUNT = 50


def where(text: str) -> Predicate:
    return parse_where(text, None)


def keep(state, run: str, first: int, count: int) -> None:
    documents = [
        RunDocument(
            run=run,
            document=f"no={number:03}",
            process="orders/47",
            place=f"line {number}",
            state="refused" if number % 10 == 0 else "done",
            tracked=json.dumps({"buyer": f"Buyer {number % 2}", "sum": f"{number}.50"}),
            why="",
            advice="",
            given='{"all": 1}',
            made="",
            at=f"2026-11-27T10:00:{number % 60:02}",
        )
        for number in range(first, first + count)
    ]
    ProcessLog(state, "orders/47").settle(Settled(documents=documents), run)


@pytest.fixture
def search(state) -> DocumentSearch:
    for number in range(5):
        keep(state, f"20261127-10000{number}", number * 10, 10)
    return DocumentSearch(state)


FOUND = (
    ("no = '017'", [17], 1),
    ("no = 17", [17], 1),
    ("no = 17.0", [17], 1),
    ("no = '17'", [], 1),  # the same number, and another text
    ("sum = '17.5'", [], 1),
    ("sum = 17.5", [17], 1),
    ("buyer = 'BUYER 1' and no = '017'", [17], 1),  # by what fewest have
    ("buyer = 'buyer 1' and state = 'done' and sum < 4", [3, 1], 25),
    ("no = '017' or no = '018'", [18, 17], COUNT),
    ("not (no != '017')", [17], COUNT),
    ("company = '47' and process = 'orders' and no in ('001', '002')", [2, 1], COUNT),
    ("state = 'refused'", [40, 30, 20, 10, 0], COUNT),
    ("sum like '1_.50' and place = 'line 12'", [12], COUNT),
    ("nothing = 'x'", [], 0),
)
"""Predicates, with the numbers of what fits and how many are looked at for it."""


def test_what_fits_is_found_newest_first(search):
    for text, found, looked in FOUND:
        told = search.find(where(text))
        assert [int(each.document.removeprefix("no=")) for each in told.documents] == found, text
        assert (told.looked, told.left_off) == (looked, None), text
        assert all(each.given == '{"all": 1}' for each in told.documents)


def test_a_search_goes_on_where_it_left_off(search, monkeypatch):
    monkeypatch.setattr(document_search, "_BATCH", 7)
    for text in ("buyer = 'Buyer 1'", "buyer like '%1'"):
        found, parts = [], [search.find(where(text), most=10, looks=8)]
        while parts[-1].left_off is not None:
            parts.append(search.find(where(text), after=parts[-1].left_off, most=10, looks=8))
        for part in parts:
            assert part.looked <= 8
            found += [int(each.document.removeprefix("no=")) for each in part.documents]
        assert found == list(range(49, 0, -2)), text
        assert len(parts) >= 3


def test_what_was_kept_before_there_was_an_index_is_entered_by_the_first_search(state, monkeypatch):
    monkeypatch.setattr(document_search, "_BATCH", 7)
    document = RunDocument("r", "no=1", "p", "", "done", '{"buyer": "Ann"}', "", "", "", "", "2026")
    state.many("keep_run_document", [asdict(replace(document, document=f"no={n}")) for n in range(30)])
    search = DocumentSearch(state)
    assert search.find(where("buyer = 'ann'")).documents == []
    Watermarks(state).set("document_fields", {})
    assert len(search.find(where("buyer = 'ann'")).documents) == 30
    assert Watermarks(state).get("document_fields") == {"whole": True}


def test_it_is_known_which_fields_documents_have(search):
    assert list(search.fields()) == ["buyer", "no", "sum"]
    assert search.has_field("sum")
    assert not any(map(search.has_field, ("su", "summ", "Sum", "")))


def test_odd_values_are_kept_and_found(state):
    for value in ("1e9999999", "-1e-99999999", "NaN", "Infinity", "sNaN", "", "é" * 500, "a\x00b"):
        document = RunDocument(
            "r", "no=1", "p", "", "done", json.dumps({"odd": value}), "", "", "", "", "2026"
        )
        ProcessLog(state, "p").settle(Settled(documents=[document]), "r")
        assert len(DocumentSearch(state).find(where(f"odd = '{value}'")).documents) == 1, value
