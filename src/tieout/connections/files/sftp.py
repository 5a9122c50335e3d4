"""SFTP through paramiko, with the keys of servers remembered: whoever shows another key gets no password."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import paramiko
from fsspec.implementations.sftp import SFTPFileSystem


class SftpFiles(SFTPFileSystem):  # type: ignore[misc]  # fsspec has no types
    """Files of a server; its key is kept in the file `known_hosts` when it is first seen, and asked of it from then on."""

    def __init__(self, host: str, known_hosts: str = "", **told: Any) -> None:
        self._known_hosts = known_hosts
        super().__init__(host, **told)

    def _connect(self) -> None:
        self.client = paramiko.SSHClient()
        self.client.load_system_host_keys()
        if self._known_hosts:
            file = Path(self._known_hosts)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch()
            self.client.load_host_keys(str(file))
        self.client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
        self.client.connect(self.host, **self.ssh_kwargs)
        self.ftp = self.client.open_sftp()
