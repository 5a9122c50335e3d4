"""What a connection to QuickBooks Online needs, point by point: keys, sign-in, the clock, and the company itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from ...errors import TieoutError
from ...protocols import exact_json, rest
from ..base import Finding
from .company import Company
from .oauth import Tokens

SKEW = timedelta(minutes=2)
"""By how much clocks may differ: signatures and the lives of tokens are measured by them."""

SOON = timedelta(days=14)
"""From when on the end of a sign-in is worth a warning."""


def examine(company: Company, tokens: Tokens, clock: Callable[[], datetime]) -> Iterator[Finding]:
    """Each point in the order in which they are needed; after one without which nothing goes on, no more."""
    try:
        secret = tokens.kept()
    except TieoutError as error:
        yield Finding("sign-in", "not ok", str(error), str(error.advice))
        return
    yield Finding("application keys", "ok", f"client id {secret['client_id'][:6]}…")
    yield Finding("sign-in", "ok", f"since {secret.get('signed_in_at', 'some time')}")
    yield from _ends(secret.get("refresh_until"), "sign-in ends", clock())
    yield from _ends(secret.get("hard_until"), "sign-in ends for good", clock())
    began = clock()
    try:
        response = company.client.read(rest.company_info_request(company.realm, company.minor_version))
        raw, told = rest.read_entity(response.body, "CompanyInfo", tid=response.tid)
    except TieoutError as error:
        yield Finding("company", "not ok", str(error), str(error.advice))
        return
    yield Finding("tokens and scope", "ok", "QuickBooks takes the access token for accounting")
    yield Finding("company", "ok", f"{exact_json.decode(raw).get('CompanyName')} ({company.realm})")
    yield _clock(told, began, clock())


def _ends(told: str | None, point: str, now: datetime) -> Iterator[Finding]:
    if told is None:
        return
    left = datetime.fromisoformat(told) - now
    if left > SOON:
        yield Finding(point, "ok", f"{told}, in {left.days} days")
    else:
        yield Finding(
            point,
            "not ok",
            f"{told}: {max(left.days, 0)} days are left.",
            "Sign in again with `tieout connect` before.",
        )


def _clock(theirs: datetime | None, began: datetime, ended: datetime) -> Finding:
    if theirs is None:
        return Finding("clock", "cannot tell", "QuickBooks did not say what time it is.")
    off = max(began - theirs, theirs - ended, timedelta())
    if off <= SKEW:
        return Finding("clock", "ok", "as QuickBooks'")
    return Finding(
        "clock",
        "not ok",
        f"It differs from QuickBooks' by {off}.",
        "Let the operating system set the time by a server.",
    )
