"""Who moderates, as clients read it: `role` in a participant's metadata.

A client may change its own metadata, so what it says there about its role counts for nothing.
"""

from __future__ import annotations

import json

MODERATOR = "moderator"


def says_moderator(metadata: str) -> bool:
    """Whether `metadata` calls its participant a moderator."""
    said = _object(metadata)
    return said is not None and said.get("role") == MODERATOR


def with_role(metadata: str, *, moderator: bool) -> str:
    """`metadata` with its role set right and the rest as it was.

    Metadata that is no JSON object belongs to an application of its own and stays.

    >>> with_role('{"team": "blue"}', moderator=True)
    '{"team": "blue", "role": "moderator"}'
    >>> with_role('{"role": "moderator", "team": "blue"}', moderator=False)
    '{"team": "blue"}'
    """
    said = _object(metadata)
    if said is None or (said.get("role") == MODERATOR) == moderator:
        return metadata
    if moderator:
        said["role"] = MODERATOR
    else:
        del said["role"]
    return json.dumps(said, ensure_ascii=False)


def _object(metadata: str) -> dict[str, object] | None:
    """Metadata as a JSON object; empty metadata is an empty one."""
    try:
        said = json.loads(metadata or "{}")
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) else None
