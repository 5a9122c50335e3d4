"""What a person needs to let a Web Connector call: the `.qwc` file, and the five steps."""

from __future__ import annotations

from ..project import WebConnectorSettings
from ..protocols.qwc_file import QwcFile, write_qwc


def qwc_of(name: str, settings: WebConnectorSettings, url: str, *, owner_id: str, file_id: str) -> bytes:
    """The `.qwc` file of a connection; it holds no password."""
    return write_qwc(
        QwcFile(
            name=f"tieout {name}",
            url=url,
            support=url,
            description="tieout moves records into and out of QuickBooks.",
            user=settings.user,
            owner_id=owner_id,
            file_id=file_id,
            unattended=settings.unattended,  # type: ignore[arg-type]
            personal_data=settings.personal_data,  # type: ignore[arg-type]
            minutes=settings.every,
        )
    )


def steps(name: str, url: str, qwc: str) -> tuple[str, ...]:
    """What a person does, on this machine and on that of QuickBooks."""
    return (
        f"Here, keep `tieout serve` running, so that {url} opens in a browser on the machine of QuickBooks.",
        f"Bring {qwc} to that machine. Open the company file in QuickBooks there, as Admin and in single-user mode.",
        "In QuickBooks choose File, App Management, Update Web Services (in older ones File, Update Web Services), "
        "Add an Application, and the .qwc file. Grant access: yes, always, even if QuickBooks is not running.",
        "In the Web Connector type the password into the line of this application, press Enter, and let it be saved.",
        f"Tick the line and press Update Selected while `tieout check {name}` waits here; then turn on Auto-Run.",
    )
