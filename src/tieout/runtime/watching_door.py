"""Where whatever watches over the server looks: is it there, can it work, how much is done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from ..errors import TieoutError
from ..project.following import FollowedProject
from ..state.agenda import Agenda
from ..state.times import read_time

_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Sample = tuple[dict[str, str], float]


class WatchingDoor:
    """`/ready` and `/metrics`; `/health` says only that the server answers."""

    def __init__(self, followed: FollowedProject, agenda: Agenda) -> None:
        self._followed = followed
        self._agenda = agenda

    def routes(self) -> Sequence[BaseRoute]:
        return [Route("/ready", self._ready), Route("/metrics", self._metrics)]

    async def _ready(self, _request: Request) -> Response:
        """200 when the state can be used, 503 with the reason when not."""
        try:
            await to_thread.run_sync(self._agenda.pauses)
        except TieoutError as error:
            return JSONResponse({"ready": False, "reason": str(error), "advice": error.advice}, 503)
        return JSONResponse({"ready": True})

    async def _metrics(self, _request: Request) -> Response:
        try:
            text = await to_thread.run_sync(self._text)
        except TieoutError as error:
            return PlainTextResponse(f"# {error}\n", 503)
        return Response(text, media_type=_TYPE)

    def _text(self) -> str:
        now = self._agenda.clock()
        figures = self._agenda.figures()
        oldest: dict[str, float] = {}
        for each in figures:
            since = read_time(each.oldest)
            if since is not None:
                oldest[each.process] = max(oldest.get(each.process, 0.0), (now - since).total_seconds())
        families: tuple[tuple[str, str, list[Sample]], ...] = (
            (
                "tieout_companies",
                "Companies of each process, by state and the outcome of the last run.",
                [
                    (
                        {"process": f.process, "state": f.state, "outcome": f.outcome or "none"},
                        float(f.count),
                    )
                    for f in figures
                ],
            ),
            (
                "tieout_oldest_success_seconds",
                "How long ago the company that waits longest had its last success.",
                [({"process": process}, seconds) for process, seconds in oldest.items()],
            ),
            (
                "tieout_alerts",
                "Things that a person should know.",
                [
                    ({"process": a.process, "company": a.company, "kind": a.kind}, 1.0)
                    for a in self._agenda.alerts()
                ],
            ),
            (
                "tieout_project_file_mistake",
                "1 while the project file has a mistake, and what was read before it goes on.",
                [({}, float(self._followed.mistake is not None))],
            ),
            (
                "tieout_reads_this_month",
                "Reads that Intuit meters, by connection.",
                [
                    ({"connection": name}, float(count))
                    for name, count in self._followed.now.meter.all(now).items()
                    if "/" not in name
                ],
            ),
        )
        return "".join(line for family in families for line in _written(*family))


def _written(name: str, help_text: str, samples: Sequence[Sample]) -> Iterator[str]:
    """A family of gauges in Prometheus' text format."""
    yield f"# HELP {name} {help_text}\n# TYPE {name} gauge\n"
    for labels, value in samples:
        said = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
        yield f"{name}{{{said}}} {value:g}\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
