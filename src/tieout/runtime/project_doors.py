"""The doors of a project."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..connections.qbxml.web_connector.answering import Answering
from ..errors import SetupError
from ..project import Project, WebConnectorSettings
from ..project.companies import ends_of
from ..project.following import FollowedProject
from ..state.access import Access
from ..state.agenda import Agenda
from ..state.callbacks import Callbacks
from ..state.connector_sessions import ConnectorSessions
from .api.door import ApiDoor
from .callback_door import CallbackDoor
from .console.door import ConsoleDoor
from .console.sign_ins import SignIns
from .doors import Door, HealthDoor
from .invitation_door import InvitationDoor
from .invitations import Invitations
from .listening_door import ListeningDoor
from .runs_door import RunsDoor
from .watching_door import WatchingDoor
from .web_connector_door import WebConnectorDoor
from .webhook_door import WebhookDoor


def doors_of(
    project: Project,
    sign_ins: SignIns | None = None,
    *,
    console_anywhere: bool = False,
    followed: FollowedProject | None = None,
) -> list[Door]:
    """All that a project's server answers; the console where there are sign-ins to it."""
    followed = followed or FollowedProject(project)
    agenda = Agenda(project.state, environment=project.environment)
    invitations = Invitations(followed, agenda)
    return [
        web_connector_door(project, agenda, followed),
        CallbackDoor(Callbacks(project.state), invitations.finish),
        InvitationDoor(invitations),
        WebhookDoor(followed, agenda),
        RunsDoor(followed, agenda),
        ApiDoor(followed, agenda, Access(project.state)),
        ListeningDoor(followed),
        WatchingDoor(followed, agenda),
        HealthDoor(),
        *([ConsoleDoor(followed, agenda, sign_ins, anywhere=console_anywhere)] if sign_ins else ()),
    ]


def web_connector_door(
    project: Project, agenda: Agenda, followed: FollowedProject | None = None
) -> WebConnectorDoor:
    """The door for the Web Connectors of all connections of that kind, those made later too; a call wakes what waits for it."""
    followed = followed or FollowedProject(project)

    def woken(connection: str) -> None:
        wake(followed.now, agenda, connection)

    return WebConnectorDoor(Answering(ConnectorSessions(project.state), _Settings(project).of, woken=woken))


def wake(project: Project, agenda: Agenda, connection: str) -> None:
    """Let the processes begin that could not go on, for want of this connection."""
    for entry in agenda.entries():
        settings = project.processes.get(entry.process)
        if entry.outcome == "waiting" and settings is not None and connection in ends_of(settings):
            agenda.ask(entry.process, entry.company)


@dataclass
class _Settings:
    """The connections of the project file as it is now."""

    project: Project
    _read_at: float = field(default=0.0, init=False)

    def of(self, name: str) -> WebConnectorSettings | None:
        self._read_again_when_changed()
        found = self.project.connections.get(name)
        return found if isinstance(found, WebConnectorSettings) else None

    def _read_again_when_changed(self) -> None:
        try:
            changed = self.project.path.stat().st_mtime
            if changed != self._read_at:
                self.project = Project.read_connections(self.project.path, self.project.environ)
                self._read_at = changed
        except (OSError, SetupError):
            return  # it is being written, or has a mistake that its own commands tell: what was read before holds
