"""How far each reading has come, for destinations that cannot keep the cursor with the rows."""

from __future__ import annotations

import json
from typing import Any

from .database import State


class Watermarks:
    """Cursors by key; the kind of connection that made a cursor alone can read it."""

    def __init__(self, state: State) -> None:
        self._state = state

    def get(self, key: str) -> dict[str, Any] | None:
        """The cursor kept under this key."""
        text = self._state.value("watermark", key=key)
        return None if text is None else dict(json.loads(text))

    def set(self, key: str, cursor: dict[str, Any]) -> None:
        """Keep a cursor in place of the one before."""
        self._state.rows("set_watermark", key=key, value=json.dumps(cursor))
