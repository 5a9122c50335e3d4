"""Passwords: hashed, compared, and not guessed."""

from __future__ import annotations

import re

from tieout.state.passwords import PasswordCheck, hashed, new_password


class Clock:
    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


def test_a_new_password_is_long_and_another_each_time() -> None:
    made = {new_password() for _ in range(50)}
    assert len(made) == 50
    assert all(re.fullmatch(r"([a-z2-9]{4}-){5}[a-z2-9]{4}", each) for each in made)


def test_a_hash_tells_its_parameters_and_not_the_password() -> None:
    kept = hashed("secret")
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert kept != hashed("secret")
    check = PasswordCheck(Clock())
    assert check.is_right("a", "secret", kept)
    assert check.is_right("a", "secret", kept)
    assert not check.is_right("a", "Secret", kept)
    assert not check.is_right("b", "secret", "")


def test_a_new_password_replaces_the_one_that_was_remembered() -> None:
    check = PasswordCheck(Clock())
    assert check.is_right("a", "old", hashed("old"))
    assert not check.is_right("a", "old", hashed("new"))


def test_too_many_wrong_ones_hold_off_for_a_minute_but_not_whoever_was_let_in() -> None:
    clock = Clock()
    check, kept = PasswordCheck(clock), hashed("right")
    insider = PasswordCheck(clock)
    assert insider.is_right("a", "right", kept)
    for each in (check, insider):
        assert not any(each.is_right("a", f"wrong {number}", kept) for number in range(5))
        assert each.is_held_off("a")
    assert not check.is_right("a", "right", kept)
    assert insider.is_right("a", "right", kept)
    clock.at += 61
    assert check.is_right("a", "right", kept)


def test_names_that_somebody_makes_up_are_forgotten() -> None:
    clock = Clock()
    check = PasswordCheck(clock)
    check._wrong = {str(number): [0.0] for number in range(10_001)}
    check.is_held_off("x")
    assert len(check._wrong) <= 1
