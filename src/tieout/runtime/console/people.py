"""Who may look and call: users, their browsers, and the keys of programs."""

from __future__ import annotations

from typing import Any

from ...errors import SetupError
from ...state.access import ROLES, checked_name, checked_role
from ...state.passwords import hashed, new_password
from .pages import Asked, GoTo, Shown

ALL = "all"
"""In the place of one browser."""


def show(asked: Asked) -> Shown:
    """Everybody who may look, and every program that may call."""
    return _page(asked)


def set_user(asked: Asked) -> Shown:
    """A user with a role and a new password, which is shown this once; browsers of the same name are signed out."""
    try:
        name, role = checked_name(asked.form.get("name", "")), checked_role(asked.form.get("role", ""))
    except SetupError as error:
        return _page(asked, error=error)
    password = new_password()
    asked.access.set_user(name, role, hashed(password))
    return _page(asked, secret={"what": "password", "name": name, "text": password})


def remove_user(asked: Asked) -> GoTo:
    asked.access.remove_user(asked.form.get("name", ""))
    return GoTo("/people")


def new_key(asked: Asked) -> Shown:
    """A key for a program, shown this once; that of the same name before is good no more."""
    try:
        name, role = checked_name(asked.form.get("name", "")), checked_role(asked.form.get("role", ""))
    except SetupError as error:
        return _page(asked, error=error)
    key = asked.access.new_key(name, role)
    return _page(asked, secret={"what": "key", "name": name, "text": key})


def remove_key(asked: Asked) -> GoTo:
    asked.access.remove_key(asked.form.get("name", ""))
    return GoTo("/people")


def end_session(asked: Asked) -> GoTo:
    """Sign a browser out, or all of them."""
    digest = asked.form.get("digest", "")
    if digest == ALL:
        asked.access.end_sessions()
    else:
        asked.access.end_session(digest)
    return GoTo("/people")


def show_own(asked: Asked) -> Shown:
    """The browsers in which the one who asks is signed in."""
    own = [each for each in asked.access.sessions() if each.name == asked.session.name]
    return Shown("sessions", {"sessions": own})


def end_own(asked: Asked) -> GoTo:
    """Sign one of them out, or all."""
    digest = asked.form.get("digest", "")
    if digest == ALL:
        asked.access.end_sessions_of(asked.session.name)
    elif any(each.digest == digest and each.name == asked.session.name for each in asked.access.sessions()):
        asked.access.end_session(digest)
    return GoTo("/sessions")


def _page(asked: Asked, **more: Any) -> Shown:
    values = {
        "users": asked.access.users(),
        "sessions": asked.access.sessions(),
        "keys": asked.access.all_keys(),
        "roles": ROLES,
        "secret": None,
        "error": None,
    }
    return Shown("people", {**values, **more}, 400 if more.get("error") else 200)
