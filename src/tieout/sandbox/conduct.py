"""How one call goes: as planned in the fault plan, or simply done."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from starlette.responses import Response

from .calls import Answer
from .clock import Clock
from .delivery import CutOff, Dropped, HangUp, huge
from .faults import HUGE, FaultPlan, PlannedFault, Types, answer_instead

SLOW_SECONDS = 2.0


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
        if planned.do == "slow":
            await asyncio.sleep(SLOW_SECONDS if planned.seconds is None else planned.seconds)
        response = work()
        match planned.do:
            case "truncate":
                return CutOff(response, self._hang_up)
            case "drop-after-commit":
                return Dropped(self._hang_up)
        return response


def respond(answer: Answer) -> Response:
    """An answer as the web framework sends it."""
    headers = {"content-type": answer.content_type, **answer.headers}
    return Response(answer.body, answer.status, headers)
