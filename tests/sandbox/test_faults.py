from datetime import UTC, datetime

import pytest

from tieout.errors import SetupError
from tieout.protocols.rest_faults import find_fault
from tieout.sandbox.doors.faults import ANSWERED, FaultPlan, PlannedFault, answer_instead, parse_plan

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def deeds(plan, place, types, count):
    taken = [plan.take(place, lambda: types) for _ in range(count)]
    return [planned.do if planned else None for planned in taken]


def test_a_fault_happens_once_unless_said_otherwise():
    plan = FaultPlan([{"on": "query", "do": "503"}])
    assert deeds(plan, "query", [], 3) == ["503", None, None]


def test_after_and_times_count_the_calls_that_match():
    plan = FaultPlan([{"on": "query", "after": 2, "times": 2, "do": "500"}])
    assert deeds(plan, "read", [], 5) == [None] * 5
    assert deeds(plan, "query", [], 6) == [None, None, "500", "500", None, None]


def test_always_is_always():
    plan = FaultPlan([{"on": "any", "times": "always", "do": "slow"}])
    assert deeds(plan, "token", [], 4) == ["slow"] * 4


def test_a_fault_can_wait_for_a_type():
    plan = FaultPlan([{"on": "query", "type": "Invoice", "do": "reset"}])
    assert deeds(plan, "query", ["Customer"], 2) == [None, None]
    assert deeds(plan, "query", ["invoice"], 2) == ["reset", None]


def test_entries_happen_one_after_the_other():
    plan = FaultPlan([{"on": "query", "do": "500"}, {"on": "any", "times": 2, "do": "503"}])
    assert deeds(plan, "query", [], 4) == ["500", "503", "503", None]


def test_an_entry_that_waits_counts_calls_that_went_wrong_otherwise():
    plan = FaultPlan([{"on": "query", "do": "500"}, {"on": "query", "after": 2, "do": "503"}])
    assert deeds(plan, "query", [], 4) == ["500", None, "503", None]


def test_a_plan_is_taken_whole_or_not_at_all():
    plan = FaultPlan()
    with pytest.raises(SetupError):
        plan.add([{"on": "any", "do": "500"}, {"on": "any", "do": "fly"}])
    assert deeds(plan, "query", [], 1) == [None]


@pytest.mark.parametrize(
    ("entries", "complaint"),
    [
        ({"on": "any", "do": "500"}, "must be a list"),
        (["500"], "Fault 1 must be an object"),
        ([{"on": "querry", "do": "500"}], "Did you mean query"),
        ([{"on": "query", "do": "trottle"}], "Did you mean throttle"),
        ([{"on": "query"}], "do = None must be one of"),
        (
            [{"on": "any", "do": "500"}, {"on": "any", "do": "500", "time": 3}],
            "Fault 2 has no setting 'time'. Did you mean",
        ),
        ([{"on": "any", "do": "500", "times": 0}], "times = 0 must be a whole number, 1 or more"),
        ([{"on": "any", "do": "500", "times": True}], "times = True"),
        ([{"on": "any", "do": "500", "after": -1}], "after = -1"),
        ([{"on": "any", "do": "slow", "seconds": "3"}], "seconds = '3'"),
        ([{"on": "query", "type": "Invoise", "do": "500"}], "Did you mean Invoice"),
        ([{"on": "query", "type": 7, "do": "500"}], "type = 7"),
        ([{"on": ["query"], "do": "500"}], "on = \\['query'\\]"),
    ],
)
def test_a_wrong_plan_is_refused_with_its_place(entries, complaint):
    with pytest.raises(SetupError, match=complaint):
        FaultPlan(entries)


def test_a_faults_file_must_be_json():
    with pytest.raises(SetupError, match="not JSON"):
        parse_plan("[{")
    assert parse_plan('[{"on": "any", "do": "500"}]') == [{"on": "any", "do": "500"}]


@pytest.mark.parametrize("deed", [deed for deed in ANSWERED if deed != "huge"])
def test_each_answer_is_what_its_name_says(deed):
    answer = answer_instead(PlannedFault("any", deed), NOW)
    fault = find_fault(answer.body, answer.content_type)
    expected = {
        "throttle": (429, "3001"),
        "throttle-403": (403, "3001"),
        "throttle-xml": (429, "3001"),
        "401": (401, "3200"),
        "500": (500, "10000"),
        "fault-200": (200, "10000"),
        "503": (503, None),
        "not-json": (200, None),
    }
    assert (answer.status, fault.first.code if fault else None) == expected[deed]


def test_a_throttle_says_how_long_only_when_told():
    assert not answer_instead(PlannedFault("any", "throttle"), NOW).headers
    told = answer_instead(PlannedFault("any", "throttle", seconds=7), NOW)
    assert told.headers == {"Retry-After": "7"}
