"""What the API does."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from ...errors import SetupError
from ...project.cancelling import cancel
from ...project.reruns import documents_again, run_again
from . import shapes
from .endpoint import Call
from .looking import run_record

_EXACT = msgspec.json.Encoder(decimal_format="number")


def run_process(call: Call) -> list[shapes.Asked]:
    """Commit that the process is due; a worker takes it up."""
    name, company = _process(call), call.body.company
    entries = call.agenda.entries(name, company)
    if not entries:
        raise SetupError(
            f"{name} is not about {company or 'any company'} by now.",
            advice="GET /api/companies lists what can be run; `tieout serve` enters what it runs within seconds.",
        )
    call.agenda.ask(name, company, by_person=True)
    return [shapes.Asked(each.process, each.company) for each in entries]


def pause_process(call: Call) -> shapes.Asked:
    call.agenda.pause(_process(call), call.body.company)
    return shapes.Asked(_process(call), call.body.company)


def resume_process(call: Call) -> shapes.Asked:
    call.agenda.resume(_process(call), call.body.company)
    return shapes.Asked(_process(call), call.body.company)


def cancel_process(call: Call) -> list[shapes.Cancelled]:
    return _cancelled(call, _process(call), call.body.company)


def cancel_run(call: Call) -> list[shapes.Cancelled]:
    return _cancelled(call, run_record(call).id)


def run_document_again(call: Call) -> shapes.NewRun:
    """Map the document anew and write it once; a correction may not change its key."""
    run, wanted = run_record(call), call.body
    with TemporaryDirectory(prefix="tieout-") as folder:
        corrected = None
        if wanted.corrected is not None:
            corrected = Path(folder) / "corrected.json"
            corrected.write_bytes(_EXACT.encode([wanted.corrected]))
        name, documents = documents_again(
            call.project, run.id, refused=False, only=wanted.document, corrected=corrected
        )
    states: dict[str, str] = {}
    again = run_again(
        call.project, name, documents, lambda case: states.update({case.document.id: case.state})
    )
    return shapes.NewRun(again.run, states)


def check_connection(call: Call) -> shapes.Checked:
    """Ask the connection whether it can be used, and examine it where its kind can be."""
    with call.project.connection(call.path["name"]) as connection:
        if connection.supports.examines:
            found = [
                shapes.Point(each.point, each.state, each.told, each.advice) for each in connection.examine()
            ]
            return shapes.Checked("", {}, found)
        health = connection.check()
    return shapes.Checked(health.company, health.details, [])


def _process(call: Call) -> str:
    name = call.path["name"]
    call.project.process(name)
    return name


def _cancelled(call: Call, named: str, company: str = "") -> list[shapes.Cancelled]:
    return [shapes.Cancelled(*each) for each in cancel(call.project, call.agenda, named, company)]
