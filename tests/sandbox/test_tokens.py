from datetime import UTC, datetime

import pytest

from tieout.sandbox.clock import MovableClock
from tieout.sandbox.doors.tokens import Application, Applications, TokenBook, TokenRefused

HERE = "http://localhost:9/back"
SCOPES = frozenset({"com.intuit.quickbooks.accounting"})
HOUR, DAY = 3600, 86_400


@pytest.fixture
def clock():
    return MovableClock(lambda: datetime(2026, 11, 22, 12, tzinfo=UTC))


@pytest.fixture
def tokens(clock):
    return TokenBook(clock)


def test_a_code_is_good_once(tokens):
    code = tokens.authorize("1", SCOPES, HERE)
    assert tokens.exchange(code, HERE).grant.realm == "1"
    with pytest.raises(TokenRefused, match="invalid_grant"):
        tokens.exchange(code, HERE)


def test_a_code_belongs_to_its_redirect_address(tokens):
    code = tokens.authorize("1", SCOPES, HERE)
    with pytest.raises(TokenRefused, match="invalid_grant"):
        tokens.exchange(code, "http://localhost:10/back")


def test_a_code_dies_after_ten_minutes(tokens, clock):
    code = tokens.authorize("1", SCOPES, HERE)
    clock.advance(600)
    with pytest.raises(TokenRefused, match="invalid_grant"):
        tokens.exchange(code, HERE)


def test_an_access_token_lives_an_hour(tokens, clock):
    access = tokens.access(tokens.grant("1", SCOPES).access_token)
    clock.advance(HOUR - 1)
    assert tokens.is_live(access)
    clock.advance(1)
    assert not tokens.is_live(access)


def test_a_refresh_token_keeps_its_value_within_its_day(tokens, clock):
    first = tokens.grant("1", SCOPES)
    clock.advance(DAY - 1)
    second = tokens.refresh(first.refresh_token)
    assert second.refresh_token == first.refresh_token
    assert second.access_token != first.access_token


def test_after_a_day_the_value_rotates_and_the_old_one_is_refused(tokens, clock):
    first = tokens.grant("1", SCOPES)
    clock.advance(DAY)
    second = tokens.refresh(first.refresh_token)
    assert second.refresh_token != first.refresh_token
    with pytest.raises(TokenRefused, match="Incorrect or invalid refresh token"):
        tokens.refresh(first.refresh_token)
    assert tokens.refresh(second.refresh_token).refresh_token == second.refresh_token


def test_rotation_at_every_refresh_can_be_switched_on(tokens):
    tokens.rotate_always = True
    first = tokens.grant("1", SCOPES)
    assert tokens.refresh(first.refresh_token).refresh_token != first.refresh_token


def test_a_refresh_token_dies_when_it_is_not_used(tokens, clock):
    first = tokens.grant("1", SCOPES)
    clock.advance(first.refresh_seconds)
    with pytest.raises(TokenRefused, match="invalid_grant"):
        tokens.refresh(first.refresh_token)


def test_using_a_refresh_token_begins_its_life_again_but_not_beyond_five_years(tokens, clock):
    issued = tokens.grant("1", SCOPES)
    full = issued.refresh_seconds
    for _ in range(18):
        clock.advance(100 * DAY)
        issued = tokens.refresh(issued.refresh_token)
    assert issued.refresh_seconds == issued.hard_seconds == 25 * DAY < full
    clock.advance(25 * DAY)
    with pytest.raises(TokenRefused, match="invalid_grant"):
        tokens.refresh(issued.refresh_token)


@pytest.mark.parametrize("by", ["access_token", "refresh_token"])
def test_revoking_ends_both_tokens(tokens, by):
    issued = tokens.grant("1", SCOPES)
    assert tokens.revoke(getattr(issued, by))
    assert tokens.access(issued.access_token).grant.revoked
    with pytest.raises(TokenRefused, match="invalid_grant"):
        tokens.refresh(issued.refresh_token)
    assert not tokens.revoke(getattr(issued, by))


def test_an_application_is_known_by_id_and_secret():
    application = Application("id", "secret")
    assert application.is_called("id", "secret")
    assert not application.is_called("id", "Secret")
    assert not application.is_called("", "")
    assert not application.is_called("ïd", "secret")


def test_tokens_are_good_for_their_own_application_alone(tokens):
    code = tokens.authorize("1", SCOPES, "https://example", "one")
    with pytest.raises(TokenRefused, match="invalid_grant"):
        tokens.exchange(code, "https://example", "two")
    issued = tokens.grant("1", SCOPES, "one")
    with pytest.raises(TokenRefused, match="invalid_grant"):
        tokens.refresh(issued.refresh_token, "two")
    assert not tokens.revoke(issued.access_token, "two")
    assert tokens.refresh(issued.refresh_token, "one").grant.client_id == "one"


def test_applications_prove_who_they_are():
    applications = Applications()
    known = applications.register()
    assert applications.proves(known.client_id, known.client_secret)
    assert not applications.proves(known.client_id, "guessed")
    assert not applications.proves("unknown", known.client_secret)
    assert list(applications) == [known.client_id]
