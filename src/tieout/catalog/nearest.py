"""The nearest valid word to a misspelt one, for errors that help."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(word: str, valid: Iterable[str]) -> str | None:
    """The valid word that `word` was probably meant to be, or None."""
    by_folded = {v.casefold(): v for v in valid}
    close = get_close_matches(word.casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[close[0]] if close else None


def did_you_mean(word: str, valid: Iterable[str]) -> str:
    """` Did you mean X?` with its leading space, or the empty string."""
    found = nearest(word, valid)
    return f" Did you mean {found}?" if found else ""
