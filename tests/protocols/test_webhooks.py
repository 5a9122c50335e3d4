"""Webhooks are read the same in both forms, and nothing that arrives breaks the reader."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tieout.errors import RemoteProtocolError
from tieout.protocols.webhooks import is_signed, read_events
from tieout.sandbox.doors.webhook_messages import Event, Subscription, body_of, signature

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
VERBS = ("created", "updated", "deleted", "merged", "voided", "emailed")


@pytest.mark.parametrize("form", ["cloudevents", "legacy"])
@pytest.mark.parametrize("void", ["void", "voided"])
def test_both_forms_say_the_same(form, void):
    events = [
        Event("47", "CreditMemo", str(n), verb, NOON, "9" if verb == "merged" else "")
        for n, verb in enumerate(VERBS)
    ]
    told = read_events(body_of(Subscription(url="x", format=form, void_word=void), events))
    assert [(each.company, each.type, each.record, each.verb) for each in told] == [
        ("47", "CreditMemo", str(n), verb) for n, verb in enumerate(VERBS)
    ]
    assert len({each.id for each in told}) == len(VERBS)


@given(st.binary(max_size=200))
def test_what_is_no_webhook_is_refused_and_nothing_worse(body):
    try:
        read_events(body)
    except RemoteProtocolError:
        return


@given(st.binary(max_size=50), st.text(max_size=20), st.text(max_size=50))
def test_only_who_has_the_token_signs(body, token, forged):
    assert is_signed(body, signature(token, body), token)
    assert not is_signed(body + b" ", signature(token, body), token)
    assert is_signed(body, forged, token) == (forged == signature(token, body))
