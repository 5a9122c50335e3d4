"""A folder on a server or in a bucket, through fsspec: sftp://, s3:// and whatever else it knows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, BinaryIO, cast
from urllib.parse import urlsplit

import fsspec

from ...errors import SetupError, Unauthorized, Unreachable
from .folder import FoundFile, explained

_PACKAGES = {"sftp": "tieout[files]", "ssh": "tieout[files]", "s3": "tieout[s3]", "s3a": "tieout[s3]"}
_WHOLE_AT_ONCE = ("s3", "s3a", "gcs", "gs", "az", "abfs")
"""Where an object appears when it is complete, and renaming one would be copying it."""


class RemoteFolder:
    """A folder at an address such as `sftp://shop@files.example/outbox`."""

    def __init__(self, address: str, password: str = "", *, known_hosts: str = "", **options: Any) -> None:
        parts = urlsplit(address)
        self._protocol = parts.scheme
        shown = f"{parts.scheme}://{parts.hostname or ''}{parts.path}"
        self._address = shown.rstrip("/")
        if password and parts.scheme in ("sftp", "ssh", "ftp", "smb"):
            options["password"] = password
        try:
            if parts.scheme in ("sftp", "ssh"):
                from .sftp import SftpFiles

                fsspec.register_implementation(parts.scheme, SftpFiles, clobber=True)
                options["known_hosts"] = known_hosts
            with _explained(self._address):
                self._files, path = fsspec.core.url_to_fs(
                    address, skip_instance_cache=True, **options
                )  # one that was kept would stay broken when its server was away once
        except ImportError as error:
            raise SetupError(
                f"What reaches {self._address} is not installed: {error.name or error}.",
                advice=f"Install it: pip install '{_PACKAGES.get(parts.scheme, 'fsspec')}'.",
            ) from error
        except ValueError as error:
            raise SetupError(
                f"{self._address}: {error}.", advice="Write a folder, sftp://… or s3://…."
            ) from error
        self._root = str(path).rstrip("/")

    @property
    def address(self) -> str:
        return self._address.replace(" ", "%20")

    def files(self) -> list[FoundFile]:
        with _explained(self._address):
            self._files.invalidate_cache()
            found = self._found()
        named = [(path[len(self._root) :].lstrip("/"), told) for path, told in found.items()]
        listed = [FoundFile(name, int(told.get("size") or 0), _changed(told)) for name, told in named]
        return sorted(listed, key=lambda each: each.name)

    def _found(self) -> dict[str, Any]:
        """What fsspec finds; a server that is away looks like an empty folder to it, unless it is told to raise."""
        if self._protocol in _WHOLE_AT_ONCE:
            return dict(self._files.find(self._root, detail=True))
        try:
            return dict(self._files.find(self._root, detail=True, on_error="raise"))
        except FileNotFoundError as error:
            raise SetupError(
                f"There is no folder {self._address}.", advice="Make it, or correct `path`."
            ) from error

    def now(self) -> datetime:
        return datetime.now(UTC)

    def open(self, name: str) -> BinaryIO:
        with _explained(self._address):
            return cast("BinaryIO", self._files.open(self._at(name), "rb"))

    def read(self, name: str) -> bytes | None:
        with _explained(self._address):
            self._files.invalidate_cache()
            return bytes(self._files.cat_file(self._at(name))) if self._files.exists(self._at(name)) else None

    def replace(self, name: str, body: bytes) -> None:
        path = self._at(name)
        with _explained(self._address):
            folder, _, file = path.rpartition("/")
            self._files.makedirs(folder, exist_ok=True)
            if self._protocol in _WHOLE_AT_ONCE:
                self._files.pipe_file(path, body)
                return
            beside = f"{folder}/.{file}.part"
            with self._files.open(beside, "wb") as written:
                written.write(body)
            self._rename(beside, path)

    def _rename(self, path: str, to: str) -> None:
        """Over a file that is there, at once where the server can do that."""
        posix = getattr(getattr(self._files, "ftp", None), "posix_rename", None)  # paramiko's, for SFTP
        if posix is not None:
            posix(path, to)
        else:
            self._files.mv(path, to)

    def move(self, name: str, to: str) -> None:
        with _explained(self._address):
            self._files.makedirs(self._at(to).rpartition("/")[0], exist_ok=True)
            self._files.mv(self._at(name), self._at(to))

    def delete(self, name: str) -> bool:
        with _explained(self._address):
            if not self._files.exists(self._at(name)):
                return False
            self._files.rm_file(self._at(name))
            return True

    def close(self) -> None:
        """Let go of the server."""
        client = getattr(self._files, "client", None)  # paramiko's, for SFTP
        if client is not None:
            client.close()

    def _at(self, name: str) -> str:
        return f"{self._root}/{name}"


@contextmanager
def _explained(address: str) -> Iterator[None]:
    """The same for what the libraries of servers raise that is no error of the system."""
    with explained(address):
        try:
            yield
        except Exception as error:
            library, name = type(error).__module__.partition(".")[0], type(error).__name__
            if library not in ("paramiko", "botocore"):
                raise
            if name == "BadHostKeyException":
                raise Unauthorized(
                    f"{address} shows another key than before, so it may be another server; no password was sent.",
                    advice="Ask whoever runs it. If its key is new, take its line out of .tieout/known_hosts, or ~/.ssh/known_hosts.",
                ) from error
            if "Authentication" in name or "Credentials" in name:
                raise Unauthorized(
                    f"{address} does not let us in: {error}.",
                    advice="`tieout connect NAME` asks for the password; correct the user in `path`, or the credentials of S3.",
                ) from error
            raise Unreachable(f"{address}: {error or name}.") from error


def _changed(told: dict[str, Any]) -> datetime | None:
    """When a file was changed, under the names that file systems have for it."""
    for word in ("mtime", "LastModified", "last_modified", "modified", "created"):
        found = told.get(word)
        if isinstance(found, datetime):
            return found if found.tzinfo else found.replace(tzinfo=UTC)
        if isinstance(found, int | float):
            return datetime.fromtimestamp(found, UTC)
    return None
