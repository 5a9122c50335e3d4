"""Writing to a company file through kills of the writer and of QuickBooks, and lost answers: nothing twice, nothing lost."""

from __future__ import annotations

import os

import pytest
from bench.desktop_faults import write_to_desktop_through_faults


@pytest.mark.timeout(300)
@pytest.mark.parametrize("remembered", [True, False], ids=["remembered", "forgotten"])
def test_every_record_is_written_once(remembered: bool) -> None:
    if not hasattr(os, "fork"):
        pytest.skip("NOT TESTED HERE: this platform cannot fork; the kills need children that start at once")
    result = write_to_desktop_through_faults(kills=15, remembered=remembered, seed=4, seconds=120, each=150)
    assert (result.twice, result.lost) == (0, 0), result.line()
    assert result.once >= 150
    assert result.kills == 15, result.line()
