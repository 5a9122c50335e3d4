"""Passwords as Argon2id hashes, and those that were right remembered for as long as the process lives."""

from __future__ import annotations

import hmac
import os
import secrets
from collections.abc import Callable
from hashlib import sha256
from threading import Lock

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

_MEMORY = 19 * 1024
"""KiB; with two passes on one lane the least that OWASP recommends, and 25 ms."""

_TRIES, _WINDOW = 5, 60.0
"""Wrong passwords within so many seconds, after which none is looked at."""


def new_password() -> str:
    """One that nobody guesses, and that is easily read out: six groups of four letters and digits."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"  # without those that look alike
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(6))


def hashed(password: str) -> str:
    """The hash to keep, with its parameters and salt (PHC)."""
    argon2 = Argon2id(salt=os.urandom(16), length=32, iterations=2, lanes=1, memory_cost=_MEMORY)
    return argon2.derive_phc_encoded(password.encode())


class PasswordCheck:
    """Compares passwords with hashes, in the same time whether there is a hash or not, and not too often."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._key = secrets.token_bytes(32)
        self._right: dict[str, bytes] = {}
        self._wrong: dict[str, list[float]] = {}
        self._nobody = hashed(secrets.token_urlsafe())
        self._lock = Lock()

    def is_right(self, who: str, password: str, kept: str) -> bool:
        """Whether it is; an empty hash belongs to nobody. False without a look after too many wrong ones."""
        digest = hmac.digest(self._key, f"{kept}\n{password}".encode(), sha256)
        known = self._right.get(who)
        if known is not None and hmac.compare_digest(known, digest):
            return True
        if self.is_held_off(who):
            return False
        try:
            Argon2id.verify_phc_encoded(password.encode(), kept or self._nobody)
        except InvalidKey:
            right = False
        else:
            right = bool(kept)
        with self._lock:
            if right:
                self._right[who] = digest
                self._wrong.pop(who, None)
            else:
                self._wrong.setdefault(who, []).append(self._now())
        return right

    def is_held_off(self, who: str) -> bool:
        """Whether there were too many wrong passwords just now."""
        with self._lock:
            since = self._now() - _WINDOW
            recent = [at for at in self._wrong.get(who, ()) if at > since]
            self._wrong[who] = recent
            if not recent:
                del self._wrong[who]
            if len(self._wrong) > 10_000:  # names that somebody makes up
                self._wrong.clear()
            return len(recent) >= _TRIES
