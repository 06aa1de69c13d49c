"""JSON that somebody else wrote, where an object is expected."""

from __future__ import annotations

import json
from typing import Any


def json_object(text: str, *, most_characters: int) -> dict[str, Any]:
    """`text` as a JSON object; anything else, or a longer one, is an empty one."""
    if not text.startswith("{") or len(text) > most_characters:
        return {}
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):  # nested deeper than the interpreter goes
        return {}
    return parsed if isinstance(parsed, dict) else {}
