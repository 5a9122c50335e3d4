"""Move records into and out of QuickBooks, every edition, and prove that both sides agree.

    import tieout

    with tieout.running_sandbox("small-shop") as sandbox, tieout.connect(sandbox=sandbox.base_url) as books:
        print(books.check().company, "has", books.count("Invoice"), "invoices")
        unpaid = books.query("Invoice", where="Balance > 0", order="TxnDate desc")
        for invoice in unpaid:
            print(invoice["TxnDate"], invoice["CustomerRef"]["name"], invoice["Balance"])
        print("owed:", sum(invoice["Balance"] for invoice in unpaid))
        print(unpaid.tables()["invoice_line"].column_names)
        print(books.add("Customer", {"DisplayName": "Ann's Flowers"}, key="shop_id=17")["Id"])  # never twice

`connect("books")` opens a connection of the project file instead. Nothing is imported before it is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .errors import (
        AlreadyExists,
        Busy,
        ConnectionFailed,
        Invalid,
        LocalProtocolError,
        MapError,
        NotAllowed,
        NotFound,
        OutcomeUnknown,
        ProtocolError,
        RecordRefused,
        RemoteProtocolError,
        RunCancelled,
        RunStopped,
        SetupError,
        Stale,
        TieoutError,
        Unauthorized,
        Unreachable,
    )
    from .operations import Act, Add, Delete, Modify, Outcome, Put, Void
    from .project import Project
    from .project.books import Books, Results
    from .project.connect import connect, open_project
    from .project.runs import run_process, verify_process
    from .sandbox.server import running_sandbox

__all__ = [
    "Act",
    "Add",
    "AlreadyExists",
    "Books",
    "Busy",
    "ConnectionFailed",
    "Delete",
    "Invalid",
    "LocalProtocolError",
    "MapError",
    "Modify",
    "NotAllowed",
    "NotFound",
    "Outcome",
    "OutcomeUnknown",
    "Project",
    "ProtocolError",
    "Put",
    "RecordRefused",
    "RemoteProtocolError",
    "Results",
    "RunCancelled",
    "RunStopped",
    "SetupError",
    "Stale",
    "TieoutError",
    "Unauthorized",
    "Unreachable",
    "Void",
    "connect",
    "open_project",
    "run_process",
    "running_sandbox",
    "verify_process",
]

_ROOMS = {
    **dict.fromkeys(("Act", "Add", "Delete", "Modify", "Outcome", "Put", "Void"), "operations"),
    "Books": "project.books",
    "Project": "project",
    "Results": "project.books",
    "connect": "project.connect",
    "open_project": "project.connect",
    "run_process": "project.runs",
    "running_sandbox": "sandbox.server",
    "verify_process": "project.runs",
}
"""Where a name lives when it is no error."""


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(f".{_ROOMS.get(name, 'errors')}", __name__), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
