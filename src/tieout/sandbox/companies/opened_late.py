"""Companies of which each is opened when it is first asked for: thousands cost nothing until somebody comes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from threading import Lock

from ..company.company import Company

Open = Callable[[str, str], Company]
"""Opens the company of a realm and a name."""


class OpenedLate(Mapping[str, Company]):
    """Companies by realm. Threads share it."""

    def __init__(self, ready: Mapping[str, Company], later: Mapping[str, str], open_later: Open) -> None:
        self.names = {realm: company.name for realm, company in ready.items()} | dict(later)
        """By realm, of those that are not open too."""
        self._ready = dict(ready)
        self._open = open_later
        self._lock = Lock()
        self._told: Callable[[Company], None] = lambda _company: None

    def tell(self, told: Callable[[Company], None]) -> None:
        """Call this with each company that is open, and with others as they are opened."""
        with self._lock:
            for company in self._ready.values():
                told(company)
            self._told = told

    def __getitem__(self, realm: str) -> Company:
        with self._lock:
            if realm not in self._ready:
                company = self._open(realm, self.names[realm])
                self._told(company)
                self._ready[realm] = company
            return self._ready[realm]

    def __contains__(self, realm: object) -> bool:
        return realm in self.names

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)
