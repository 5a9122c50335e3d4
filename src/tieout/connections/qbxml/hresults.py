"""What QuickBooks' request processor, and COM below it, say when a call fails, as errors of ours."""

from __future__ import annotations

from ... import errors
from ...catalog.desktop_codes import CodeFact, hresult_fact
from ...errors import Busy, OutcomeUnknown, TieoutError, Unreachable

_WAITS = {"0x80010001": 2.0, "0x8004041B": 5.0, "0x80040424": 10.0, "0x80040414": 20.0}
"""Seconds before the next attempt, where a minute would be too long: the call was only rejected, the permissions are
locked for a moment, QuickBooks is starting, a person is about to answer a dialog."""

_CALL_ORDER = ("0x8004040C", "0x8004040D", "0x8004040F")
"""No session, a stale ticket, no connection."""


class CallFailed(Exception):
    """A call that gave an HRESULT; the cause of the error that people see."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code} {text}".strip())
        self.code = code
        self.text = text


def error_from_hresult(code: int | str, text: str = "", *, writing: bool = False) -> TieoutError:
    """The error that an HRESULT means, with QuickBooks' own text and the code in it.

    A connection that breaks leaves a question open only where something was being written.
    """
    fact = hresult_fact(int(code, 16) if isinstance(code, str) else code)
    shown = f"{fact.means} ({fact.code})" + (f": {text.strip()}" if text.strip() else ".")
    error = _of_its_class(fact, shown, writing=writing)
    error.__cause__ = CallFailed(fact.code, text)
    return error


def hresult_of(error: BaseException) -> str:
    """The HRESULT behind an error, `0x80040414`; empty where there is none."""
    return error.__cause__.code if isinstance(error.__cause__, CallFailed) else ""


def session_is_gone(error: BaseException) -> bool:
    """Whether the session must be opened anew before anything else can be asked."""
    return hresult_of(error) in _CALL_ORDER


def _of_its_class(fact: CodeFact, shown: str, *, writing: bool) -> TieoutError:
    kind: type[TieoutError] = getattr(errors, fact.error)
    if kind is Busy:
        return Busy(shown, advice=fact.advice, wait=_WAITS.get(fact.code, 60.0))
    if kind is OutcomeUnknown and not writing:
        return Unreachable(
            shown, advice=fact.advice.partition(";")[0].removesuffix(".") + ", then try again."
        )
    return kind(shown, advice=fact.advice)
