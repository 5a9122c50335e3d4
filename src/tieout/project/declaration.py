"""How a setting is declared, once: the declaration checks it, asks for it and writes its reference page.

A table of the project file is a dataclass whose fields are made by `setting`. `read_table` makes one from a
table, `settings_of` lists what it takes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, get_origin, get_type_hints

from ..catalog.nearest import did_you_mean
from ..errors import SetupError

Declared = TypeVar("Declared")

_TYPE_WORDS: Mapping[type, str] = {
    str: "text",
    int: "a whole number",
    bool: "true or false",
    tuple: "a list of texts",
    dict: "a table of texts",
    list: "tables",
}
_ANSWERS = {"true": True, "yes": True, "y": True, "false": False, "no": False, "n": False}


class NotInProject(SetupError):
    """The project file has no connection or process of this name."""


class UnsetVariable(SetupError):
    """A setting is completed by a variable of the environment that is not set: who needs it refuses."""


class Settings:
    """What the project file says in one table; a setting whose variable is not set raises when it is asked for."""

    if not TYPE_CHECKING:  # else any name would be a setting

        def __getattribute__(self, name):
            unset = object.__getattribute__(self, "__dict__").get("unset_settings", {})
            if name in unset:
                raise unset[name]
            return object.__getattribute__(self, name)

    @property
    def unset(self) -> Sequence[UnsetVariable]:
        """Why settings have no value."""
        return list(self.__dict__.get("unset_settings", {}).values())


class Place(Protocol):
    """Where a table was found."""

    def error(self, complaint: str, key: str = "", *, advice: str | None = None) -> SetupError:
        """A complaint that names the place."""
        ...


def setting(
    help: str,  # noqa: A002 - the word of every command line
    *,
    default: Any = MISSING,
    key: str = "",
    choices: Sequence[str] = (),
    later: Sequence[str] = (),
    check: Callable[[Any], Any] | None = None,
    secret: bool = False,
    example: str = "",
) -> Any:
    """Declare a setting; without a default it is required.

    `key` is its name in the file where Python reserves the word. `later` lists choices of versions to come.
    `check` returns the value to use or raises ValueError with the complaint.
    """
    told = {
        "help": help,
        "key": key,
        "choices": tuple(choices),
        "later": tuple(later),
        "check": check,
        "secret": secret,
        "example": example,
    }
    return field(default=default, metadata=told)


@dataclass(frozen=True, slots=True)
class Setting:
    """One declared setting."""

    name: str
    """Its attribute."""
    key: str
    """Its name in the project file."""
    type: type
    """What the file holds: str, int, bool, tuple for a list of texts, dict for a table of them, list for tables."""
    help: str
    default: Any
    choices: tuple[str, ...]
    later: tuple[str, ...]
    check: Callable[[Any], Any] | None
    secret: bool
    """Kept in the vault, never in the project file."""
    example: str

    @property
    def required(self) -> bool:
        return self.default is MISSING and not self.secret

    @property
    def type_words(self) -> str:
        return _TYPE_WORDS[self.type]

    def value(self, given: Any) -> Any:
        """The value to use for what the file gives; ValueError says what is wrong with it."""
        if self.type is tuple and isinstance(given, list) and all(isinstance(item, str) for item in given):
            given = tuple(given)
        if type(given) is not self.type:
            raise ValueError(self._wrong_type(given))
        if isinstance(given, dict) and not all(isinstance(each, str) for each in given.values()):
            raise ValueError(self._wrong_type(given))
        if isinstance(given, list) and not all(isinstance(each, dict) for each in given):
            raise ValueError(self._wrong_type(given))
        if self.choices and given not in self.choices:
            raise ValueError(self._wrong_choice(str(given)))
        return self.check(given) if self.check else given

    def answer(self, text: str) -> Any:
        """The value to use for what a person typed; ValueError says what is wrong with it."""
        text = text.strip()
        if self.type is int and text.lstrip("-").isdecimal():
            return self.value(int(text))
        if self.type is bool:
            return self.value(_ANSWERS.get(text.casefold(), text))
        if self.type is tuple:
            return self.value([part.strip() for part in text.split(",") if part.strip()])
        return self.value(text)

    def _wrong_type(self, given: Any) -> str:
        hint = " Put it in quotes." if self.type is str and isinstance(given, int | float) else ""
        return f"{given!r} is not {self.type_words}.{hint}"

    def _wrong_choice(self, given: str) -> str:
        if given in self.later:
            return f"{given!r} is not supported yet by this version of tieout; it supports {_listed(self.choices)}."
        return f"{given!r} is not one of {_listed(self.choices)}.{did_you_mean(given, self.choices)}"


@cache
def settings_of(declared: type) -> tuple[Setting, ...]:
    """The settings that a declared table takes, in order: its own before those that it shares with other tables."""
    hints, own = get_type_hints(declared), declared.__annotations__
    ordered = sorted(fields(declared), key=lambda f: f.name not in own)
    return tuple(_declared(f.name, hints[f.name], f.default, f.metadata) for f in ordered)


def read_table(
    declared: type[Declared], table: Mapping[str, Any], place: Place, *, incomplete: bool = False
) -> Declared:
    """Make the declared object from a table of the file; SetupError names the place of what is wrong.

    A value may be the reason why there is none. What an `incomplete` table lacks is empty.
    """
    settings = check_keys(declared, table, place, incomplete=incomplete)
    unset = {settings[key].name: given for key, given in table.items() if isinstance(given, UnsetVariable)}
    read = {
        settings[key].name: read_value(settings[key], given, place)
        for key, given in table.items()
        if settings[key].name not in unset
    }
    lacking = {
        each.name: each.type() for each in settings.values() if each.required and each.key not in table
    }
    made = declared(**dict.fromkeys(unset), **lacking, **read)
    if unset:
        made.__dict__["unset_settings"] = unset
    return made


def check_keys(
    declared: type, table: Mapping[str, Any], place: Place, *, incomplete: bool = False
) -> Mapping[str, Setting]:
    """The settings by key; SetupError when a key is unknown or secret, or missing where the table is to be whole."""
    settings = {s.key: s for s in settings_of(declared)}
    for key in table:
        if key not in settings:
            raise place.error(_unknown(declared, key, settings), key)
        if settings[key].secret:
            raise place.error(
                "a secret does not belong in this file.",
                key,
                advice="Remove the line; `tieout connect NAME` asks for it and keeps it in the vault.",
            )
    for key, declaration in settings.items():
        if declaration.required and key not in table and not incomplete:
            raise place.error(
                f"{key} is missing: {declaration.help}",
                advice=f"Add a line such as {key} = {declaration.example}",
            )
    return settings


def read_value(declaration: Setting, given: Any, place: Place) -> Any:
    """The value to use; SetupError names the place of what is wrong with it."""
    try:
        return declaration.value(given)
    except (ValueError, SetupError) as error:
        raise place.error(str(error), declaration.key, advice=getattr(error, "advice", None)) from error


def _unknown(declared: type, key: str, settings: Mapping[str, Setting]) -> str:
    if key in getattr(declared, "LATER", ()):
        return "not supported yet by this version of tieout."
    if key in getattr(declared, "ELSEWHERE", ()):
        return "a mirror has no such setting. A process that brings documents over names a type in `to`, such as books:Invoice."
    valid = [k for k, s in settings.items() if not s.secret]
    return f"there is no such setting.{did_you_mean(key, valid)}"


def _declared(name: str, hint: Any, default: Any, told: Mapping[str, Any]) -> Setting:
    base = get_origin(hint) or hint
    base = dict if base is Mapping else list if base is Sequence else base
    return Setting(
        name=name,
        type=base if base in _TYPE_WORDS else str,
        default=default,
        **{**told, "key": told["key"] or name},
    )


def _listed(words: Sequence[str]) -> str:
    return ", ".join(words)
