"""What carries qbXML documents to a company file and brings back the answers, whichever way it goes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass, field
from typing import Protocol

from .host import FileMode, Host, Opened, PersonalData, Unattended


class Exchange(Protocol):
    """A way to one company file."""

    def open(self) -> Opened:
        """Begin a session, unless there is one."""
        ...

    def exchange(self, document: bytes, *, reading: bool) -> Iterator[bytes]:
        """The answer to a document, in pieces of UTF-8; OutcomeUnknown where something was written and none came."""
        ...

    def end(self) -> None:
        """End the session: others may have QuickBooks now."""
        ...

    def close(self) -> None: ...


@dataclass(slots=True)
class HostExchange:
    """Through a host: the COM worker on the machine of QuickBooks, or the sandbox."""

    connect: Callable[[], Host]
    file: str = ""
    mode: FileMode = "auto"
    application_name: str = "tieout"
    application_id: str = ""
    unattended: Unattended = "optional"
    personal_data: PersonalData = "optional"
    conversation: Callable[[], AbstractContextManager[None]] = nullcontext
    """Holds what only one may have for as long as a session lasts; Busy, naming the holder, where another has it."""
    _held: ExitStack = field(default_factory=ExitStack, init=False)
    _host: Host | None = field(default=None, init=False)
    _opened: Opened | None = field(default=None, init=False)

    def open(self) -> Opened:
        if self._host is None or not self._host.usable:
            self.close()
            self._host = self.connect()
        if self._opened is None:
            with ExitStack() as held:
                held.enter_context(self.conversation())
                self._opened = self._host.open(
                    file=self.file,
                    mode=self.mode,
                    application_name=self.application_name,
                    application_id=self.application_id,
                    unattended=self.unattended,
                    personal_data=self.personal_data,
                )
                self._held = held.pop_all()
        return self._opened

    def exchange(self, document: bytes, *, reading: bool) -> Iterator[bytes]:
        self.open()
        assert self._host is not None
        return self._host.process(document, reading=reading)

    def end(self) -> None:
        if self._host is not None and self._opened is not None:
            self._opened = None
            with self._held:
                if self._host.usable:
                    self._host.end()

    def close(self) -> None:
        host, self._host, self._opened = self._host, None, None
        with self._held:
            if host is not None:
                host.close()
