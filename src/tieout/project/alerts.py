"""Telling people of refusals, failures and silence: by e-mail and by webhook, and of the same thing once."""

from __future__ import annotations

import logging
import smtplib
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from ..errors import RunCancelled, SetupError, TieoutError
from ..processes.flow import ProcessRun
from ..processes.outgoing import Case
from ..state.process_log import HELD, ProcessLog
from .flow_settings import FlowSettings, span_of

if TYPE_CHECKING:
    from . import Project

log = logging.getLogger(__name__)

MOST = 20
"""Documents that an alert names."""
_WAIT = 15.0


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that a person should know."""

    process: str
    event: str
    """refused, failed or stale."""
    subject: str
    text: str
    run: str = ""
    documents: Sequence[Mapping[str, str]] = ()

    @property
    def document(self) -> dict[str, Any]:
        """As a webhook gets it; `text` is what chat programs show."""
        return {
            "process": self.process,
            "event": self.event,
            "run": self.run,
            "text": f"{self.subject}\n{self.text}",
            "documents": [dict(each) for each in self.documents],
        }


class Watch:
    """Follows the runs of one process, and tells whom its settings name."""

    def __init__(self, project: Project, name: str, flow: FlowSettings) -> None:
        self._project, self._name, self._flow = project, name, flow
        self._log: ProcessLog = project.process_log(name)
        self._refused: list[Case] = []

    def followed(self, run: ProcessRun, watch: Callable[[Case], None] = lambda _case: None) -> ProcessRun:
        """Bring a run to its end, and tell of what was refused in it."""
        for case in run:
            self.saw(case)
            watch(case)
        run.notices += self.ended(run.run)
        return run

    def saw(self, case: Case) -> None:
        """A document that is refused, or of which nobody knows, and that was not before."""
        if case.state in HELD and (case.standing is None or case.standing.state not in HELD):
            self._refused.append(case)

    def ended(self, run: str) -> list[str]:
        """A run came to its end; sentences about alerts that reached nobody."""
        if self._log.mark.get("told_failure"):
            self._log.move(told_failure=None)
        told = [self._of_refusals(run)] if self._refused else []
        silence = self._of_silence(self._project.journal.clock())
        return self._tell([*told, *silence])

    @contextmanager
    def failures_told(self) -> Iterator[None]:
        """Tell of what stops a run inside; that a person cancelled it, nobody has to be told."""
        try:
            yield
        except RunCancelled:
            raise
        except TieoutError as error:
            for text in self.failed(error):
                log.warning("%s", text)
            raise

    def failed(self, error: TieoutError) -> list[str]:
        """A run was stopped; the same reason is told once."""
        if self._log.mark.get("told_failure") == str(error):
            return []
        self._log.move(told_failure=str(error))
        text = f"{error}\n→ {error.advice}" if error.advice else str(error)
        told = [Alert(self._name, "failed", f"tieout: {self._name} failed", text)]
        return self._tell([*([self._of_refusals("")] if self._refused else []), *told])

    def _of_refusals(self, run: str) -> Alert:
        documents = [
            {
                "document": case.document.id if case.document.key else case.document.place,
                "state": case.state,
                "why": str(case.why or ""),
                "advice": case.why.advice if case.why is not None else "",
            }
            for case in self._refused[:MOST]
        ]
        lines = [f"{each['document']}: {each['why']}\n→ {each['advice']}" for each in documents]
        lines.append(f"`tieout runs {run} --refused` shows all of them." if run else "")
        count = len(self._refused)
        return Alert(
            self._name,
            "refused",
            f"tieout: {self._name}: {count:,} refused",
            "\n".join(lines).strip(),
            run,
            documents,
        )

    def _of_silence(self, now: datetime) -> list[Alert]:
        arrived = self._log.mark.get("arrived")
        if not self._flow.stale or arrived is None or self._log.mark.get("told_stale") == arrived:
            return []
        if now - datetime.fromisoformat(arrived) < span_of(self._flow.stale):
            return []
        self._log.move(told_stale=arrived)
        text = f"Nothing arrived from {self._flow.source} since {arrived[:19].replace('T', ' ')} UTC."
        return [Alert(self._name, "stale", f"tieout: {self._name}: nothing arrived", text)]

    def _tell(self, alerts: Sequence[Alert]) -> list[str]:
        return [text for each in alerts for text in tell(self._project, self._flow.alert, each)]


def tell(project: Project, places: Sequence[str], alert: Alert) -> list[str]:
    """Tell all of them; sentences about those that could not be told."""
    failures = []
    for place in places:
        try:
            _sender(place)(project, place, alert)
        except (TieoutError, OSError) as error:
            failures.append(
                f"{place.partition('?')[0]} could not be told that {alert.process} has something {alert.event}: {error}"
            )
    return failures


def _sender(place: str) -> Callable[[Project, str, Alert], None]:
    return _mail if place.startswith("mailto:") else _post


def _post(_project: Project, place: str, alert: Alert) -> None:
    import httpx2

    try:
        answer = httpx2.post(place, json=alert.document, timeout=_WAIT)
    except httpx2.HTTPError as error:
        raise OSError(str(error)) from error
    if answer.is_error:
        raise OSError(f"it answers {answer.status_code}")


def _mail(project: Project, place: str, alert: Alert) -> None:
    server = urlsplit(project.whole.smtp)
    if not server.hostname:
        raise SetupError(
            "no mail server is named.",
            advice='Add smtp = "smtp://mail.example.com:587" above the first table.',
        )
    message = EmailMessage()
    message["Subject"], message["To"] = alert.subject, unquote(place.removeprefix("mailto:"))
    message["From"] = project.whole.alert_from or (
        unquote(server.username or "") if "@" in unquote(server.username or "") else "tieout@localhost"
    )
    message.set_content(alert.text)
    context = ssl.create_default_context()
    try:
        with _connected(server.scheme, server.hostname, server.port, context) as session:
            if server.scheme == "smtp" and session.has_extn("starttls"):
                session.starttls(context=context)
            if server.username:
                session.login(unquote(server.username), unquote(server.password or ""))
            session.send_message(message)
    except smtplib.SMTPException as error:
        raise OSError(str(error)) from error


def _connected(scheme: str, host: str, port: int | None, context: ssl.SSLContext) -> smtplib.SMTP:
    if scheme == "smtps":
        return smtplib.SMTP_SSL(host, port or 465, timeout=_WAIT, context=context)
    session = smtplib.SMTP(host, port or 587, timeout=_WAIT)
    session.ehlo()
    return session
