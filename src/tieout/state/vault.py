"""Secrets of connections, sealed with AES-GCM in `vault.db`, or in the state where several machines share one.

The identity of a connection is the seal's associated data: a secret copied to another identity does not open.
Secrets are small tables of text. `exclusive` keeps every other process away from one identity while its tokens
are refreshed; refreshing one company never makes another wait.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import secrets
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ..errors import SetupError, Unauthorized
from .database import Database, State
from .files import make_folder, replace_file
from .locks import WAIT, held
from .watermarks import Watermarks

KEY_VARIABLE = "TIEOUT_VAULT_KEY"
KEY_BYTES = 32
NONCE_BYTES = 12

FINGERPRINT = "fingerprint of the vault's key"

Secret = dict[str, str]


class Vault:
    """Secrets by identity, such as `online:4620816365@https://quickbooks.api.intuit.com`.

    Each call opens the file for itself, so threads share a vault and there is nothing to close. With `shared` the secrets are
    there instead, for all machines that have the key.
    """

    def __init__(self, path: Path, key: bytes, *, shared: State | None = None) -> None:
        self.path = path
        self._shared = shared
        self._cipher = AESGCM(key)

    def read(self, identity: str) -> Secret | None:
        """The secret of this identity; Unauthorized when our key does not open it."""
        with self._open() as database:
            sealed = database.value("secret", identity=identity)
        return None if sealed is None else self._unseal(identity, sealed)

    def write(self, identity: str, secret: Mapping[str, str]) -> None:
        """Keep a secret in place of the one before; it is on the disk when this returns."""
        with self._open() as database:
            database.rows("set_secret", identity=identity, sealed=self._seal(identity, secret))

    def write_all(self, kept: Mapping[str, Mapping[str, str]]) -> None:
        """Keep many secrets by identity, all of them or none."""
        with self._open() as database, database.transaction():
            for identity, secret in kept.items():
                database.rows("set_secret", identity=identity, sealed=self._seal(identity, secret))

    def delete(self, identity: str) -> None:
        """Forget a secret, if there is one."""
        with self._open() as database:
            database.rows("delete_secret", identity=identity)

    def identities(self) -> list[str]:
        """Every identity with a secret, sorted."""
        with self._open() as database:
            return [identity for (identity,) in database.rows("identities")]

    @contextmanager
    def exclusive(self, identity: str, *, timeout: float = WAIT) -> Iterator[Held]:
        """Keep everyone else out of this identity's `exclusive`; Busy when someone stays in it too long."""
        name = f"sign-in of {identity}"
        with (
            self._shared.exclusive(name, wait=timeout)
            if self._shared is not None
            else held(self.path.parent, name, timeout=timeout)
        ):
            yield Held(self, identity)

    def sealed_text(self, purpose: str, secret: Mapping[str, str]) -> str:
        """A secret as a word that may stand in an address: who has no key can neither read nor make nor change it."""
        return base64.urlsafe_b64encode(self._seal(purpose, secret)).decode().rstrip("=")

    def opened_text(self, purpose: str, text: str) -> Secret | None:
        """What was sealed for this purpose; None for anything else."""
        try:
            return self._unseal(purpose, base64.urlsafe_b64decode(f"{text}{'=' * (-len(text) % 4)}"))
        except (Unauthorized, ValueError):
            return None

    def take_in(self, other: Vault) -> None:
        """Keep what another vault with the same key has, unless it is known here already."""
        with other._open() as before, self._open() as ours:
            for identity in other.identities():
                ours.rows("add_secret", identity=identity, sealed=before.value("secret", identity=identity))

    def _open(self) -> AbstractContextManager[State | Database]:
        if self._shared is not None:
            return nullcontext(self._shared)
        return Database(self.path, schema="vault", loss="every connection then has to sign in again")

    def _seal(self, identity: str, secret: Mapping[str, str]) -> bytes:
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, json.dumps(dict(secret)).encode(), identity.encode())

    def _unseal(self, identity: str, sealed: bytes) -> Secret:
        nonce, ciphertext = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        try:
            plain = self._cipher.decrypt(nonce, ciphertext, identity.encode())
        except (InvalidTag, ValueError) as error:
            raise Unauthorized(
                f"The secrets of {identity} in {self.path if self._shared is None else 'the state'} do not open with this key: "
                "they were sealed with another key or for another connection.",
                advice=f"Give the key they were sealed with in {KEY_VARIABLE} or vault.key, or sign in again "
                "with `tieout connect NAME`.",
            ) from error
        return dict(json.loads(plain))


class Held:
    """One identity of the vault while nobody else is in its `exclusive`."""

    def __init__(self, vault: Vault, identity: str) -> None:
        self._vault = vault
        self._identity = identity

    def read(self) -> Secret | None:
        """The secret as the one who was here before us left it."""
        return self._vault.read(self._identity)

    def write(self, secret: Mapping[str, str]) -> None:
        """Keep a secret at once: it outlives us even if we die before we leave."""
        self._vault.write(self._identity, secret)


def open_vault(folder: Path, environ: Mapping[str, str]) -> Vault:
    """The vault in the folder `.tieout`, with the key of the environment or of `vault.key`."""
    path = make_folder(folder) / "vault.db"
    encoded = environ.get(KEY_VARIABLE)
    if encoded:
        return Vault(path, _decode(encoded, KEY_VARIABLE))
    return Vault(path, _own_key(path))


def open_shared_vault(folder: Path, environ: Mapping[str, str], state: State) -> Vault:
    """The vault of all machines that share a state; what this one kept in a file before goes there. SetupError for another key.

    The state knows the key's fingerprint, so that no machine begins with a key of its own.
    """
    path = make_folder(folder) / "vault.db"
    place, marks = str(path.with_name("vault.key")), Watermarks(state)

    def key_here() -> bytes:
        return _decode(environ[KEY_VARIABLE], KEY_VARIABLE) if environ.get(KEY_VARIABLE) else _own_key(path)

    if marks.get(FINGERPRINT) is None:
        with state.exclusive("vault key", wait=WAIT):
            if marks.get(FINGERPRINT) is None:
                marks.set(FINGERPRINT, {"sha256": _fingerprint(key_here())})
    if not environ.get(KEY_VARIABLE) and not Path(place).exists():
        raise _other_machines_key(f"There is no {place}")
    key = key_here()
    if marks.get(FINGERPRINT) != {"sha256": _fingerprint(key)}:
        raise _other_machines_key(f"{KEY_VARIABLE if environ.get(KEY_VARIABLE) else place} is another key")
    vault = Vault(path, key, shared=state)
    with held(path.parent, "vault key", timeout=WAIT):
        if path.exists():
            vault.take_in(Vault(path, key))
            path.replace(path.with_name("vault.db.moved"))
    return vault


def _other_machines_key(what: str) -> SetupError:
    return SetupError(
        f"{what}, and the secrets of this state were sealed on another machine.",
        advice=f"Bring vault.key from there into this machine's .tieout, or set {KEY_VARIABLE} to what it holds.",
    )


def _fingerprint(key: bytes) -> str:
    return hmac.digest(key, b"tieout vault", "sha256").hex()


def new_key() -> str:
    """A fresh key as `TIEOUT_VAULT_KEY` and `vault.key` spell it."""
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def _own_key(vault: Path) -> bytes:
    file = vault.with_name("vault.key")
    with held(vault.parent, "vault key", timeout=WAIT):
        if not file.exists():
            _refuse_to_orphan(vault)
            replace_file(file, new_key().encode(), private=True)
        return _decode(file.read_text("ascii", errors="replace"), str(file))


def _refuse_to_orphan(vault: Path) -> None:
    """A new key would not open what is there already."""
    if vault.exists():
        raise Unauthorized(
            f"{vault} is there, but its key is not.",
            advice=f"Put vault.key back beside it or give the key in {KEY_VARIABLE}; if it is lost, delete "
            "vault.db and sign in again with `tieout connect NAME`.",
        )


def _decode(text: str, place: str) -> bytes:
    try:
        key = base64.b64decode(
            text.strip(), altchars=b"-_" if {"-", "_"} & set(text) else None, validate=True
        )
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise SetupError(
            f"{place} holds no key: a key is {KEY_BYTES} bytes in base64.",
            advice="Put the right key there; `openssl rand -base64 32` makes a new one for a new vault.",
        )
    return key
