"""Waiting for QuickBooks: a dialog is open, it is starting, somebody restarted it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from ...errors import Busy, Unreachable
from .company import Company
from .hresults import hresult_of, session_is_gone

ATTEMPTS = 5
LONGEST = 60.0
"""Seconds of one wait."""

log = logging.getLogger("tieout.qbxml")

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Patience:
    """How often something is tried, and how the time between passes."""

    sleep: Callable[[float], object] = time.sleep
    attempts: int = ATTEMPTS

    def until_answered(self, company: Company, ask: Callable[[], Answer]) -> Answer:
        """What a question is answered with; it changes nothing, so it may be asked again."""
        for failures in range(self.attempts - 1):
            try:
                return ask()
            except Exception as error:
                self._wait_or_raise(company, failures, error)
        return ask()

    def until_read(self, company: Company, read: Callable[[], Iterator[Answer]]) -> Iterator[Answer]:
        """What is read, to its end; from the beginning again after a failure, so that some may come twice."""
        for failures in range(self.attempts - 1):
            try:
                yield from read()
            except Exception as error:
                self._wait_or_raise(company, failures, error)
            else:
                return
        yield from read()

    def _wait_or_raise(self, company: Company, failures: int, error: Exception) -> None:
        """Wait where waiting helps. A file that another of us has, or that no Web Connector calls for, is not waited for here."""
        if isinstance(error, Busy) and hresult_of(error):
            self.after_busy(error)
        elif isinstance(error, Unreachable):
            self.after_failure(company, failures, error)
        elif session_is_gone(error):
            company.renew()
        else:
            raise error

    def after_busy(self, error: Busy) -> None:
        log.info("busy: %s", error)
        self.sleep(min(error.wait or 1.0, LONGEST))

    def after_failure(self, company: Company, failures: int, error: Exception) -> None:
        """The session is of no more use; the next one gets some time to come."""
        log.info("not reached: %s", error)
        company.renew()
        self.sleep(min(0.5 * 2**failures, LONGEST))
