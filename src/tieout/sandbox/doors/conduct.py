"""How one call goes: as planned in the fault plan, or simply done."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

from starlette.responses import Response

from ..clock import Clock
from .calls import Answer
from .delivery import CutOff, Dropped, HangUp, huge
from .faults import HUGE, TIMED_OUT, FaultPlan, PlannedFault, Types, answer_instead

SLOW_SECONDS = 2.0
LONGEST = 120.0
"""Seconds after which the gateway gives up; the service behind it does not."""
_LOOK = 0.05
"""Seconds between looks at a clock that somebody may move."""


class Conduct:
    """Lets work be done and its answer be sent, unless something else is planned."""

    def __init__(self, plan: FaultPlan, hang_up: HangUp, clock: Clock) -> None:
        self._plan = plan
        self._hang_up = hang_up
        self._clock = clock

    async def __call__(self, place: str, types: Types, work: Callable[[], Response]) -> Response:
        planned = self._plan.take(place, types)
        if planned is None:
            return work()
        return self._instead(planned) or await self._around(planned, work)

    def _instead(self, planned: PlannedFault) -> Response | None:
        if planned.do == "reset":
            return Dropped(self._hang_up)
        if planned.do == "huge":
            return huge(HUGE)
        answer = answer_instead(planned, self._clock())
        return respond(answer) if answer else None

    async def _around(self, planned: PlannedFault, work: Callable[[], Response]) -> Response:
        seconds = SLOW_SECONDS if planned.seconds is None else planned.seconds
        if planned.do == "slow":
            await self._pass_time(min(seconds, LONGEST))
        response = work()
        if planned.do == "slow" and seconds > LONGEST:
            return respond(TIMED_OUT)
        match planned.do:
            case "truncate":
                return CutOff(response, self._hang_up)
            case "drop-after-commit":
                return Dropped(self._hang_up)
        return response

    async def _pass_time(self, seconds: float) -> None:
        """Wait on the sandbox's clock, so that moving it ends the wait."""
        end = self._clock() + timedelta(seconds=seconds)
        while (left := (end - self._clock()).total_seconds()) > 0:
            await asyncio.sleep(min(left, _LOOK))


def respond(answer: Answer) -> Response:
    """An answer as the web framework sends it."""
    headers = {"content-type": answer.content_type, **answer.headers}
    return Response(answer.body, answer.status, headers)
