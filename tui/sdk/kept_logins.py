"""Logins kept between runs, one for each app, so that `init` finds the user again.

The web SDK keeps them in the browser's storage; here it is a file that its user alone can read.
The auth token is kept, never the key it was made with: logging out makes the token worthless.
"""

from __future__ import annotations

import json
import logging
from pathlib import Path

from tui.domain.settings import AppSettings
from tui.front.kept_file import private_folder, replace_file

log = logging.getLogger(__name__)


def logins_file() -> Path:
    """Where they are kept."""
    import platformdirs

    return platformdirs.user_state_path("cellcall", appauthor=False) / "sdk-logins.json"


class KeptLogins:
    """Auth tokens by app.

    Args:
        path: The file; None keeps nothing.
    """

    def __init__(self, path: Path | None):
        self._path = path

    def find(self, app: AppSettings) -> str:
        """The auth token kept for this app; empty when there is none."""
        return self._read().get(_name(app), "")

    def keep(self, app: AppSettings, auth_token: str) -> None:
        """Keep a token for the next run; an empty one forgets what was kept."""
        kept = self._read()
        if kept.get(_name(app), "") == auth_token:
            return
        kept.pop(_name(app), None)
        if auth_token:
            kept[_name(app)] = auth_token
        self._write(kept)

    def _read(self) -> dict[str, str]:
        if self._path is None:
            return {}
        try:
            raw = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        if not isinstance(raw, dict):
            return {}
        return {key: value for key, value in raw.items() if isinstance(value, str)}

    def _write(self, kept: dict[str, str]) -> None:
        path = self._path
        if path is None:
            return
        try:
            private_folder(path.parent)
            replace_file(path, json.dumps(kept))
        except OSError as error:
            # The call is not held up by it: the next run asks for a login again.
            log.warning("the login can't be kept in %s: %s", path.parent, error)


def _name(app: AppSettings) -> str:
    return app.server or f"{app.app_id}.{app.region.lower()}"
