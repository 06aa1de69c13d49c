"""Keys of the sessions that links of this machine's server are sealed with.

They are made and kept here, beside the server and not in it: it never asks for one. So every link
into a session has the same key, also after a restart.
"""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import Final

from tui.cli.report import CommandError
from tui.domain.sealing import read_keys
from tui.front.kept_file import replace_file

FILE_NAME: Final = "session-keys.json"
_RANDOM_BYTES: Final = 9
"""12 characters, so that a link with one still fits a QR code on 80x24. Trying 2^72 of them takes
2^89 hashes, since PBKDF2 makes each dear."""


def session_key(folder: Path, session_id: str, *, make: bool) -> str:
    """The key of a session; empty when it has none and none is to be made.

    Raises:
        CommandError: The file can't be read or written.
        CallsError: What is in it is no key.
    """
    path = folder / FILE_NAME
    try:
        kept = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        if not isinstance(kept, dict):
            raise ValueError("it holds no object")
        key = str(kept.get(session_id, ""))
        if not key and make:
            key = kept[session_id] = secrets.token_urlsafe(_RANDOM_BYTES)
            replace_file(path, json.dumps(kept, indent=2))
    except (OSError, ValueError, RecursionError) as error:
        raise CommandError(
            f"The keys of sealed sessions in {path} can't be used: {error}.",
            "Correct the file, or delete it: links made before have other keys then.",
        ) from error
    if key:
        read_keys(key)
    return key
