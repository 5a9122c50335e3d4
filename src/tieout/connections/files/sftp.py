"""SFTP through paramiko, with the keys of servers remembered: whoever shows another key gets no password."""

from __future__ import annotations

from pathlib import Path
from secrets import token_hex
from typing import Any

import paramiko
from fsspec.implementations.sftp import SFTPFileSystem

from ...errors import SetupError


class SftpFiles(SFTPFileSystem):  # type: ignore[misc]  # fsspec has no types
    """Files of a server; its key is kept in the file `known_hosts` when it is first seen, and asked of it from then on."""

    def __init__(self, host: str, known_hosts: str = "", **told: Any) -> None:
        self._known_hosts = known_hosts
        super().__init__(host, **told)

    def _connect(self) -> None:
        self.client = paramiko.SSHClient()
        self.client.load_system_host_keys()
        if self._known_hosts:
            known = Path(self._known_hosts)
            _load(self.client, known)
            self.client.set_missing_host_key_policy(_Remembered(known))
        else:
            self.client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
        self.client.connect(self.host, **self.ssh_kwargs)
        self.ftp = self.client.open_sftp()


def _load(client: paramiko.SSHClient, known: Path) -> None:
    """Take the keys of the file, if there is one; SetupError for a file that is no such list."""
    try:
        client.get_host_keys().load(str(known))
    except FileNotFoundError:
        return
    except (paramiko.hostkeys.InvalidHostKey, UnicodeDecodeError) as error:
        raise SetupError(
            f"{known} is damaged: one of its lines is no key of a server.",
            advice="Take that line out. The key of its server is taken as right once more, so make sure that the address is.",
        ) from error


class _Remembered(paramiko.MissingHostKeyPolicy):  # type: ignore[misc]  # paramiko has no types
    """Keeps the key of a server that is seen for the first time, in a file that is whole at any moment."""

    def __init__(self, known: Path) -> None:
        self._known = known

    def missing_host_key(self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey) -> None:
        keys = client.get_host_keys()
        keys.add(hostname, key.get_name(), key)
        self._known.parent.mkdir(parents=True, exist_ok=True)
        beside = self._known.with_name(f".{self._known.name}.{token_hex(4)}")
        try:
            keys.save(str(beside))
            beside.replace(self._known)
        finally:
            beside.unlink(missing_ok=True)
