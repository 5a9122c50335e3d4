"""The console's addresses: which page answers where, and whose rights it takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ...state.access import Role
from . import (
    companies,
    connections,
    meter,
    overview,
    people,
    processes,
    quickbooks_sign_in,
    records,
    runs,
    settle,
    tie_outs,
)
from .pages import Asked, Download, GoTo, Shown

Answer = Shown | GoTo | Download
Page = Callable[[Asked], Answer]

# What viewers see.
PAGES: Mapping[str, Page] = {
    "": overview.show,
    "/runs": runs.show_all,
    "/runs/{run}": runs.show_one,
    "/runs/{run}/document": runs.show_document,
    "/runs/{run}/messages": runs.show_messages,
    "/search": runs.search,
    "/records": records.browse,
    "/record": records.show_one,
    "/processes/{name}": processes.show,
    "/processes/{name}/plan": processes.show_plan,
    "/tie-outs": tie_outs.show,
    "/tie-outs/{name}": tie_outs.show_one,
    "/connections/{name}": connections.show,
    "/settle": settle.show,
    "/settle/{name}": settle.show_one,
    "/companies": companies.show,
    "/company": companies.show_one,
    "/meter": meter.show,
    "/sessions": people.show_own,
}
LIVE = (
    "",
    "/runs",
    "/runs/{run}",
    "/processes/{name}",
    "/tie-outs",
    "/tie-outs/{name}",
    "/companies",
    "/company",
)
"""Pages that go on telling how things stand to whoever asks for events."""
# What everybody may do.
ACTIONS_OF_ALL: Mapping[str, Page] = {
    "/sessions/end": people.end_own,
}
# What operators do.
ACTIONS: Mapping[str, Page] = {
    "/runs/{run}/send": runs.send_again,
    "/runs/{run}/cancel": runs.cancel_run,
    "/processes/{name}/run": processes.run_now,
    "/processes/{name}/pause": processes.pause,
    "/processes/{name}/resume": processes.resume,
    "/processes/{name}/cancel": processes.stop_runs,
    "/tie-outs/{name}": tie_outs.tie_out,
    "/settle/{name}": settle.settle,
    "/settle/{name}/look": settle.look,
    "/company/run": companies.run_now,
    "/company/pause": companies.pause,
    "/company/resume": companies.resume,
    "/company/cancel": companies.cancel_one,
    "/connections/{name}/check": connections.check,
}
# What admins see and do.
PAGES_OF_ADMINS: Mapping[str, Page] = {
    "/connections/{name}/qwc": connections.download_qwc,
    "/people": people.show,
}
ACTIONS_OF_ADMINS: Mapping[str, Page] = {
    "/connections/{name}/sign-in": quickbooks_sign_in.begin,
    "/connections/{name}/signed-in": quickbooks_sign_in.finish,
    "/connections/{name}/password": connections.new_user_password,
    "/people/users": people.set_user,
    "/people/users/remove": people.remove_user,
    "/people/keys": people.new_key,
    "/people/keys/remove": people.remove_key,
    "/people/sessions/end": people.end_session,
}
TABLES: Sequence[tuple[str, Role, Mapping[str, Page]]] = (
    ("GET", "viewer", PAGES),
    ("POST", "viewer", ACTIONS_OF_ALL),
    ("POST", "operator", ACTIONS),
    ("GET", "admin", PAGES_OF_ADMINS),
    ("POST", "admin", ACTIONS_OF_ADMINS),
)
