"""What the API does."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import msgspec

from ...errors import SetupError
from ...processes.write import settle_open
from ...project.cancelling import cancel
from ...project.reruns import documents_again, run_again
from ...project.tie_outs import tie_outs_of
from ...project.unknowns import settle_change
from ...state.access import checked_name
from ...state.passwords import hashed, new_password
from . import shapes
from .endpoint import Call
from .looking import opened_for_company, run_record, sessions

if TYPE_CHECKING:
    from ...state.agenda import Entry

_EXACT = msgspec.json.Encoder(decimal_format="number")


def run_process(call: Call) -> list[shapes.Asked]:
    """Commit that the process is due; a worker takes it up."""
    name, company = _process(call), call.body.company
    entries = _entered(call, name, company)
    call.agenda.ask(name, company, by_person=True)
    return [shapes.Asked(each.process, each.company) for each in entries]


def tie_out(call: Call) -> list[shapes.Asked]:
    """The mirror is due now, and compared once it is up to date; GET tells what came of it."""
    name, company = call.path["process"], call.body.company
    call.project.mirror(name)
    entries, tie_outs = _entered(call, name, company), tie_outs_of(call.project)
    for each in entries:
        tie_outs.want(each.process, each.company)
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
        again = documents_again(
            call.project, run.id, refused=False, only=wanted.document, corrected=corrected
        )
    states: dict[str, str] = {}
    ran = run_again(again, lambda case: states.update({case.document.id: case.state}))
    return shapes.NewRun(ran.run, states)


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


def find_out(call: Call) -> list[shapes.FoundOut]:
    """Ask QuickBooks what became of all that was sent without an answer; nothing is sent anew."""
    with opened_for_company(call) as connection:
        return [
            shapes.FoundOut(each.change.id, each.state, each.record_id)
            for each in settle_open(connection, call.project.journal)
        ]


def settle(call: Call) -> shapes.Change:
    """Take a person's word on what became of a change."""
    said = call.body
    with opened_for_company(call) as connection:
        settled = settle_change(
            call.project, connection, said.change, is_record=said.record, not_done=said.not_done
        )
    return shapes.Change(**{name: getattr(settled, name) for name in shapes.Change.__slots__})


def set_user(call: Call) -> shapes.NewSecret:
    """A user with a role and a new password; browsers of the same name are signed out."""
    name, password = checked_name(call.body.name), new_password()
    call.access.set_user(name, call.body.role, hashed(password))
    return shapes.NewSecret(name, call.body.role, password)


def remove_user(call: Call) -> shapes.Removed:
    return shapes.Removed(call.access.remove_user(call.body.name))


def new_key(call: Call) -> shapes.NewSecret:
    """A key for a program; that of the same name before is good no more."""
    name = checked_name(call.body.name)
    return shapes.NewSecret(name, call.body.role, call.access.new_key(name, call.body.role))


def remove_key(call: Call) -> shapes.Removed:
    return shapes.Removed(call.access.remove_key(call.body.name))


def end_sessions(call: Call) -> list[shapes.SessionTold]:
    """Sign a browser out, or all; those that are left."""
    if call.body.id:
        call.access.end_session(call.body.id)
    else:
        call.access.end_sessions()
    return sessions(call)


def _entered(call: Call, name: str, company: str) -> list[Entry]:
    """What the agenda has of a process; SetupError when it has nothing, for then nobody takes it up."""
    entries = call.agenda.entries(name, company)
    if not entries:
        raise SetupError(
            f"{name} is not about {company or 'any company'} by now.",
            advice="GET /api/companies lists what can be run; `tieout serve` enters what it runs within seconds.",
        )
    return entries


def _process(call: Call) -> str:
    name = call.path["name"]
    call.project.process(name)
    return name


def _cancelled(call: Call, named: str, company: str = "") -> list[shapes.Cancelled]:
    return [shapes.Cancelled(*each) for each in cancel(call.project, call.agenda, named, company)]
