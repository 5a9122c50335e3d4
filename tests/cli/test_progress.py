import io

import pytest
from rich.console import Console
from rich.progress import Progress

from tieout.cli.progress import LARGE, _Mirroring
from tieout.connections.base import Expected, Gone, Mark, Notice
from tieout.processes.sync import SyncReport


class Rows:
    """As much of a page as a bar looks at."""

    def __init__(self, type_name, rows):
        self.type, self.rows = type_name, rows

    def __len__(self):
        return self.rows


@pytest.fixture
def progress():
    with Progress(console=Console(file=io.StringIO())) as shown:
        yield shown


def bars(progress):
    return {task.description: (task.completed, task.total) for task in progress.tasks}


def watching(progress):
    """A run's bars, told of one change after another."""
    bars = _Mirroring(progress, "mirror")
    return lambda change: bars(change, SyncReport())


def test_large_types_have_bars_of_their_own(progress):
    watch = watching(progress)
    for change in (Expected("Invoice", LARGE), Expected("Term", 5), Expected("Class", 3)):
        watch(change)
    watch(Rows("Invoice", 400))
    watch(Rows("Term", 5))
    assert bars(progress) == {"Invoice": (400, LARGE), "mirror Term": (5, 8)}


def test_more_than_expected_is_never_more_than_all(progress):
    watch = watching(progress)
    watch(Expected("Term", 5))
    watch(Rows("Term", 5))
    watch(Rows("Term", 5))
    assert bars(progress) == {"mirror Term": (10, 10)}


def test_without_expectations_rows_are_counted(progress):
    watch = watching(progress)
    for change in (Gone("Term", ["1"]), Mark({}), Notice("x"), Rows("Term", 2)):
        watch(change)
    assert bars(progress) == {"mirror Term": (2, None)}
