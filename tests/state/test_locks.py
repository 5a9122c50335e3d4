import pytest

from tieout.errors import Busy, SetupError
from tieout.state.locks import held

from .processes import standing

HOLD = """
    import sys
    from pathlib import Path
    from tieout.state.locks import held

    with held(Path(sys.argv[1]), sys.argv[2]):
        print("ready", flush=True)
        sys.stdin.read()
"""


def test_a_held_lock_says_what_is_held_and_by_which_process(tmp_path):
    with (
        standing(HOLD, tmp_path, "run mirror") as holder,
        pytest.raises(Busy) as refused,
        held(tmp_path, "run mirror"),
    ):
        pass
    assert str(refused.value) == f"run mirror is held by process {holder.pid}."
    assert str(holder.pid) in refused.value.advice
    assert refused.value.retryable


def test_other_names_are_free_meanwhile(tmp_path):
    with standing(HOLD, tmp_path, "run mirror"), held(tmp_path, "run orders"):
        pass


def test_the_lock_of_a_killed_holder_is_free(tmp_path):
    with standing(HOLD, tmp_path, "run mirror") as holder:
        holder.kill()
        holder.wait()
        with held(tmp_path, "run mirror", timeout=5):
            pass


def test_waiting_ends_when_the_holder_leaves(tmp_path):
    with standing(HOLD, tmp_path, "run mirror") as holder:
        holder.stdin.close()
        with held(tmp_path, "run mirror", timeout=5):
            pass


def test_one_process_cannot_hold_it_twice(tmp_path):
    with held(tmp_path, "run mirror"), pytest.raises(Busy), held(tmp_path, "run mirror"):
        pass


def test_a_lock_is_given_back_after_an_error(tmp_path):
    with pytest.raises(ZeroDivisionError), held(tmp_path, "run mirror"):
        raise ZeroDivisionError
    with held(tmp_path, "run mirror"):
        pass


@pytest.mark.parametrize("name", ["online:1@https://h/x", "..", "a\\b", "con?*|"])
def test_any_text_names_a_lock(tmp_path, name):
    with held(tmp_path / "inside", name), pytest.raises(Busy), held(tmp_path / "inside", name):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["inside"]


def test_locks_that_cannot_be_kept_are_explained(tmp_path):
    (tmp_path / "locks").write_text("in the way")
    with pytest.raises(SetupError, match="locks cannot be used"), held(tmp_path, "run mirror"):
        pass


def test_a_holder_that_cannot_take_its_name_back_gives_the_lock_back(tmp_path):
    (tmp_path / "locks" / "run mirror.holder").mkdir(parents=True)
    for _ in range(2):
        with held(tmp_path, "run mirror"):
            pass
