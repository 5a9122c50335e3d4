"""Tie-outs: what came of comparing mirrors with QuickBooks, over time; and asking for one, which a worker makes."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from ...errors import NotFound
from ...project import FlowSettings
from ...project.tie_outs import tie_outs_of
from .chart import chart
from .pages import Asked, GoTo, Shown
from .processes import refuse_not_entered

if TYPE_CHECKING:
    from ...state.tie_outs import KeptTieOut

MOST = 50
"""Mirrors of companies in a page."""


def show(asked: Asked) -> Shown:
    """The last result of each mirror and company."""
    project = asked.project
    mirrors = [name for name, each in project.processes.items() if not isinstance(each, FlowSettings)]
    tie_outs = tie_outs_of(project)
    latest = [each for each in tie_outs.latest(MOST) if each.process in mirrors]
    compared = {each.process for each in latest}
    return Shown(
        "tie_outs",
        {
            "latest": latest,
            "mirrors": mirrors,
            "never": [name for name in mirrors if name not in compared],
            "wanted": tie_outs.wanted(),
            "most": MOST,
        },
    )


def show_one(asked: Asked) -> Shown:
    """One result, the newest unless the address says which, with those before it."""
    name, company = asked.path["name"], asked.query.get("company", "")
    asked.project.mirror(name)
    tie_outs = tie_outs_of(asked.project)
    kept = tie_outs.of(name, company)
    return Shown(
        "tie_out",
        {
            "name": name,
            "company": company,
            "shown": _chosen(kept, asked.query.get("at", "")),
            "kept": kept,
            "chart": chart([(each.at, each.records + each.accounts) for each in reversed(kept)]),
            "is_wanted": tie_outs.is_wanted(name, company),
        },
    )


def tie_out(asked: Asked) -> GoTo:
    """Ask for a comparison: the mirror is due now, and compared once it is up to date."""
    name, company = asked.path["name"], asked.form.get("company", "")
    asked.project.mirror(name)
    entries = refuse_not_entered(asked, name, company)
    tie_outs = tie_outs_of(asked.project)
    for each in entries:
        tie_outs.want(each.process, each.company)
    asked.agenda.ask(name, company, by_person=True)
    if len(entries) > 1:
        return GoTo("/tie-outs")
    return GoTo(f"/tie-outs/{name}?{urlencode({'company': entries[0].company})}")


def _chosen(kept: list[KeptTieOut], at: str) -> KeptTieOut | None:
    if not at:
        return kept[0] if kept else None
    for each in kept:
        if each.at == at:
            return each
    raise NotFound(
        f"There is no tie-out of {at}.", advice="The page of the mirror lists those that are kept."
    )
