"""Writing through kills, dropped answers, throttles and 5xx: nothing twice, nothing lost. `make faults` runs it longer."""

from __future__ import annotations

import os

import pytest
from bench.faults import write_through_faults


@pytest.mark.timeout(300)
@pytest.mark.parametrize("remembered", [True, False], ids=["remembered", "forgotten"])
def test_every_record_is_written_once(remembered: bool) -> None:
    if not hasattr(os, "fork"):
        pytest.skip("NOT TESTED HERE: this platform cannot fork; the kills need children that start at once")
    result = write_through_faults(kills=25, remembered=remembered, seed=4, seconds=120, each=150)
    assert (result.twice, result.lost) == (0, 0), result.line()
    assert result.once >= 150
    assert result.kills == 25, result.line()
