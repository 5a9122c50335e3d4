"""`tieout users` and `tieout keys`: who may look at the console, and which programs may call."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ..errors import SetupError
from .messages import note
from .options import AsFormat, Format, ProjectFile, open_project

RoleOption = Annotated[
    str,
    typer.Option(
        metavar="ROLE",
        help="viewer looks, operator also runs and corrects, admin also signs in to QuickBooks and says who may do what.",
        show_default=False,
    ),
]
Removed = Annotated[bool, typer.Option("--remove", help="It is let in no more.")]


def users(
    name: Annotated[
        str, typer.Argument(metavar="[NAME]", help="Of a person; lists all when absent.", show_default=False)
    ] = "",
    role: RoleOption = "",
    remove: Removed = False,
    chosen: AsFormat = Format.TABLE,
    project: ProjectFile = None,
) -> None:
    """Say who signs in to the console, and as what.

    With a name and a role it makes a user, or gives the one there another role, and a new password, which is shown this once; the
    browsers of that name are signed out.
    """
    from ..state.access import Access, checked_name, checked_role
    from ..state.passwords import hashed, new_password

    with open_project(project) as opened:
        access = Access(opened.state)
        if not name:
            rows = [{"name": each.name, "role": each.role, "made": each.made} for each in access.users()]
            _show_all(rows, "user", chosen)
            return
        if remove:
            _gone(access.remove_user(name), "user", name)
            return
        known = access.user(checked_name(name))
        granted = checked_role(role or (known.role if known else ""))
        password = new_password()
        access.set_user(name, granted, hashed(password))
        _told_once({"name": name, "role": granted, "password": password}, chosen)
        if known:
            note(f"The password that {name} had before is good no more, and its browsers are signed out.")


def keys(
    name: Annotated[
        str, typer.Argument(metavar="[NAME]", help="Of a program; lists all when absent.", show_default=False)
    ] = "",
    role: RoleOption = "",
    remove: Removed = False,
    chosen: AsFormat = Format.TABLE,
    project: ProjectFile = None,
) -> None:
    """Say which programs call the API, and as what.

    With a name and a role it makes a key, which is shown this once; the one of that name before is good no more.
    """
    from ..state.access import Access, checked_name, checked_role

    with open_project(project) as opened:
        access = Access(opened.state)
        if not name:
            rows = [
                {"name": each.name, "role": each.role, "made": each.made, "used": each.used}
                for each in access.all_keys()
            ]
            _show_all(rows, "key", chosen)
            return
        if remove:
            _gone(access.remove_key(name), "key", name)
            return
        granted = checked_role(role)
        is_replaced = any(each.name == checked_name(name) for each in access.all_keys())
        _told_once({"name": name, "role": granted, "key": access.new_key(name, granted)}, chosen)
        if is_replaced:
            note(f"The key that {name} had before is good no more.")


def _show_all(rows: list[dict[str, Any]], what: str, chosen: Format) -> None:
    from .reports import Report, show

    nothing = f"There is no {what} yet: `tieout {what}s NAME --role viewer` makes one."
    show(Report(rows, empty=nothing), chosen)


def _gone(was_there: bool, what: str, name: str) -> None:
    if not was_there:
        raise SetupError(f"There is no {what} {name!r}.", advice=f"`tieout {what}s` lists them.")
    note(f"The {what} {name} is let in no more.")


def _told_once(told: dict[str, Any], chosen: Format) -> None:
    from .reports import Report, show

    show(Report([told], told, whole=("password", "key")), chosen)
    note("Keep it now: it is not shown again.")
