import pytest

from tieout.connections.rest import sign_in_at_sandbox
from tieout.errors import Busy, SetupError
from tieout.project import Project
from tieout.project.runs import planned_types, run_process, verify_process
from tieout.sandbox.server import running_sandbox
from tieout.state.locks import held

TEXT = """
[connection.a]
kind = "memory"

[connection.w]
kind = "duckdb"
path = "w.duckdb"

[process.from-memory]
from = "a:*"
to = "w:"
do = "put"
"""


@pytest.fixture
def project(tmp_path):
    (tmp_path / "tieout.toml").write_text(TEXT)
    with Project.read(tmp_path / "tieout.toml", {}) as project:
        yield project


@pytest.mark.parametrize("verb", [run_process, verify_process, planned_types])
def test_a_source_that_cannot_tell_what_changed_is_refused(project, verb):
    with pytest.raises(SetupError, match="cannot read from a"):
        verb(project, "from-memory")


@pytest.mark.parametrize("verb", [run_process, verify_process])
def test_one_run_at_a_time(project, verb):
    with held(project.folder, "run:from-memory"), pytest.raises(Busy, match="held by process"):
        verb(project, "from-memory")


def test_a_misspelt_process_is_told_the_nearest(project):
    with pytest.raises(SetupError, match="Did you mean from-memory"):
        run_process(project, "from-memry")


def test_what_keeps_no_tables_cannot_be_verified(tmp_path):
    with running_sandbox("empty") as sandbox:
        signed_in = sign_in_at_sandbox(sandbox.base_url)
        (tmp_path / "tieout.toml").write_text(
            f"""
[connection.books]
kind = "online"
company = "{signed_in.realm}"
base_url = "{signed_in.base_url}"
client_id = "x"

[connection.scratch]
kind = "memory"

[process.terms]
from = "books:Term"
to = "scratch:"
do = "put"
"""
        )
        with Project.read(tmp_path / "tieout.toml", {}) as project:
            signed_in.keep(project.vault)
            assert run_process(project, "terms").report.read.keys() == {"Term"}
            with pytest.raises(SetupError, match="scratch keeps no tables"):
                verify_process(project, "terms", catch_up=False)
