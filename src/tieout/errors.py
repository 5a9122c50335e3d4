"""What can go wrong, sorted by what you can do about it.

TieoutError                 .advice  .retryable
├── SetupError              fix the project file or the call: names the place and the nearest valid word
├── ConnectionFailed
│   ├── Unreachable         try again later                                          retryable
│   ├── Busy                throttled, or someone has it open: try again after .wait  retryable
│   └── Unauthorized        a person must sign in, or allow the application
├── ProtocolError
│   ├── LocalProtocolError  we refused to send it
│   └── RemoteProtocolError we could not read it
├── RecordRefused           .code .message .element .record
│   ├── NotFound
│   ├── AlreadyExists
│   ├── Stale               somebody else changed the record meanwhile
│   ├── NotAllowed          closed books, a feature or a permission is missing
│   └── Invalid
├── OutcomeUnknown          sent, no answer: look it up before sending again
├── MapError                .record .field
└── RunStopped              too many refused, or the other side is suddenly empty
    └── RunCancelled        by a person, between two steps

Every error carries `.advice`, one sentence on what to do and who must do it. The command line and the
console print it and invent none.
"""

from __future__ import annotations

from typing import Any


class TieoutError(Exception):
    """Something went wrong in tieout."""

    advice = ""
    retryable = False

    def __init__(self, message: str = "", *, advice: str | None = None) -> None:
        super().__init__(message or self.__doc__)
        if advice is not None:
            self.advice = advice


class SetupError(TieoutError):
    """The project file or the call is wrong."""

    advice = "Correct the place named above and try again."


class ConnectionFailed(TieoutError):
    """The other side could not be used."""


class Unreachable(ConnectionFailed):
    """The other side does not answer."""

    advice = "Check the address and the network, then try again; nothing was lost."
    retryable = True


class Busy(ConnectionFailed):
    """The other side asks us to wait."""

    advice = "Wait a little and try again; nothing was lost."
    retryable = True

    def __init__(self, message: str = "", *, advice: str | None = None, wait: float = 60.0) -> None:
        super().__init__(message, advice=advice)
        self.wait = wait
        """Seconds to wait before the next attempt."""


class Unauthorized(ConnectionFailed):
    """The other side does not let us in."""

    advice = "Sign in again with `tieout connect NAME`."


class ProtocolError(TieoutError):
    """A message breaks the rules of its protocol."""


class LocalProtocolError(ProtocolError):
    """We were about to send something that the protocol does not allow; nothing was sent."""

    advice = "Correct what is named above; nothing was sent."


class RemoteProtocolError(ProtocolError):
    """The other side sent something that cannot be read."""

    advice = "Try again; if it happens twice, report it with the intuit_tid or the time of the request."


class RecordRefused(TieoutError):
    """QuickBooks refused a record."""

    def __init__(
        self,
        message: str = "",
        *,
        advice: str | None = None,
        code: str = "",
        element: str = "",
        record: Any = None,
        detail: str = "",
        tid: str = "",
    ) -> None:
        super().__init__(message, advice=advice)
        self.code = code
        self.message = message
        self.detail = detail
        self.element = element
        self.record = record
        self.tid = tid
        """Intuit's transaction id of the request, to name in a support case."""


class NotFound(RecordRefused):
    """There is no such record."""


class AlreadyExists(RecordRefused):
    """Another record has this name or number."""


class Stale(RecordRefused):
    """Somebody else changed the record meanwhile."""

    advice = "Read the record again, apply the change to what is there now, and send it once more."


class NotAllowed(RecordRefused):
    """QuickBooks does not allow this in this company."""


class Invalid(RecordRefused):
    """The record breaks a rule of QuickBooks."""


class OutcomeUnknown(TieoutError):
    """It was sent and no answer came; it may or may not have been done."""

    advice = "Look the record up in QuickBooks before it is sent again."


class MapError(TieoutError):
    """A map could not make a record."""

    def __init__(
        self, message: str = "", *, advice: str | None = None, record: Any = None, field: str = ""
    ) -> None:
        super().__init__(message, advice=advice)
        self.record = record
        self.field = field


class RunStopped(TieoutError):
    """The run was stopped before its end."""


class RunCancelled(RunStopped):
    """A person cancelled the run: it stopped between two steps."""

    def __init__(self) -> None:
        super().__init__(
            "The run was cancelled.", advice="Nothing is half done: run it again, and it goes on there."
        )
