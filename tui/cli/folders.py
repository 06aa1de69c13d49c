"""Where things are kept on this machine: configuration, saved login, server state, logs."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Final

_NAME: Final = "cellcall"
_LOG_MOST_BYTES: Final = 1_000_000


def config_file() -> Path:
    """`config.toml`; it need not exist."""
    import platformdirs

    return platformdirs.user_config_path(_NAME, appauthor=False) / "config.toml"


def state_folder() -> Path:
    """The saved login and the server's state; it need not exist."""
    import platformdirs

    return platformdirs.user_state_path(_NAME, appauthor=False)


def log_file() -> Path | None:
    """A log that can be written, in an existing folder; None where there is no such place."""
    path = state_folder() / "cellcall.log"
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if path.exists() and path.stat().st_size > _LOG_MOST_BYTES:
            path.replace(path.with_suffix(".log.1"))
        with path.open("ab"):
            return path
    except OSError:
        return None


def append_to_log(text: str) -> Path | None:
    """Keep `text` for a bug report. Returns where, or None when that is impossible."""
    path = log_file()
    if path is not None:
        with contextlib.suppress(OSError), path.open("a", encoding="utf-8") as log:
            log.write(text + "\n")
            return path
    return None
