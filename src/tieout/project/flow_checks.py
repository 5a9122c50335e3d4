"""What can be judged of a process before it runs: its addresses, predicates and steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..catalog.nearest import did_you_mean
from ..errors import SetupError
from ..protocols.where_clause import parse_where
from .address import Address

if TYPE_CHECKING:
    from . import Project
    from .file import TablePlace
    from .flow_settings import FlowSettings


def refuse_wrong_flow(project: Project, name: str, flow: FlowSettings, place: TablePlace) -> None:
    """SetupError with the place of what is wrong."""
    with place.at("from"):
        project.check(flow.source)
        _refuse_second_reader(project, name)
        if not flow.source.types and not flow.source.words:
            raise SetupError(
                f"{str(flow.source)!r} names no type.",
                advice="Name one, such as books:Customer; a mirror alone takes all of them.",
            )
    for number, branch in enumerate(flow.branches, 1):
        with place.at("route" if flow.route else "to"):
            _check_target(project, branch, f"branch {number}: " if flow.route else "")
        with place.at("route" if flow.route else "when"):
            _check_predicate(branch.when)
    with place.at("when"):
        _check_predicate(flow.when)
    with place.at("write_back"):
        if flow.write_back:
            project.check(Address.parse(flow.write_back["to"]))
    with place.at("by"):
        _check_changed(flow, listens=name in project.listening)
    with place.at("then"):
        _refuse_cycle(project, name, (name,))


def _check_target(project: Project, branch: FlowSettings, who: str) -> None:
    if not branch.to:
        raise SetupError(f"{who}to is missing.", advice='Add a line such as to = "books:Invoice".')
    address = Address.parse(branch.to)
    project.check(address)
    if not address.types and not address.words:
        raise SetupError(
            f"{who}{branch.to!r} names no type.", advice="Name what records become, such as books:Invoice."
        )
    if branch.do == "upload" and not branch.files:
        raise SetupError(
            f"{who}it does not say where the files are that it uploads.",
            advice='Add a line such as files = "receipts".',
        )


def _check_predicate(text: str) -> None:
    if text:
        parse_where(text, None)


def _check_changed(flow: FlowSettings, *, listens: bool) -> None:
    if listens and flow.only == "changed":
        raise SetupError(
            "what others send is not there any more once it was dealt with, so it cannot be compared.",
            advice="Leave `only` out: each document is brought over as it comes.",
        )
    if flow.by and flow.only != "changed":
        raise SetupError(
            'it says how what changed is found, and only = "all" brings everything.',
            advice='Write only = "changed".',
        )
    if flow.only == "changed" and flow.by != "stamp" and flow.source.words and not (flow.key or flow.group):
        raise SetupError(
            "a snapshot is compared by key, and there is none.", advice='Add a line such as key = "order_no".'
        )


def _refuse_second_reader(project: Project, name: str) -> None:
    """What others sent is there until one process has dealt with it."""
    read = project.listening.get(name)
    for other, each in project.listening.items():
        if read == each and other != name:
            raise SetupError(
                f"{other} reads {read[0]}:{read[1]} too, and each document is for one process.",
                advice="Let one process come after the other with `then`, or have them sent as two types.",
            )


def _refuse_cycle(project: Project, name: str, way: tuple[str, ...]) -> None:
    process = project.processes[name]
    for following in getattr(process, "then", ()):
        if following not in project.processes:
            raise SetupError(
                f"there is no process {following!r}.{did_you_mean(following, project.processes)}",
                advice="Name processes of this file.",
            )
        if following in way:
            raise SetupError(
                f"it comes back to {following}: {' → '.join((*way, following))}.",
                advice="Take one of the steps out.",
            )
        _refuse_cycle(project, following, (*way, following))
