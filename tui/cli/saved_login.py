"""The login that is kept between runs: server, user and auth token, readable by the user alone.

The token is kept, never the API key: signing out makes the token worthless.
"""

from __future__ import annotations

import contextlib
import json
from dataclasses import asdict
from pathlib import Path

from tui.cli import folders
from tui.cli.report import CommandError
from tui.domain.errors import ExitCode
from tui.domain.frozen import dataclass
from tui.domain.settings import AppSettings
from tui.front.kept_file import private_folder, replace_file


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedLogin:
    """Who was logged in where."""

    server: str
    """Origin, `http://127.0.0.1:7880`."""
    uid: str
    auth_token: str
    app_id: str = ""
    """Of CometChat's cloud, whose `server` it is then; empty: a server of one's own."""
    region: str = ""

    @property
    def app(self) -> AppSettings:
        """The service to sign in to again."""
        if self.app_id:
            return AppSettings(app_id=self.app_id, region=self.region or AppSettings().region)
        return AppSettings(server=self.server)


def _path() -> Path:
    return folders.state_folder() / "login.json"


def load_login() -> SavedLogin | None:
    """The saved login; None when there is none, or a file that isn't one."""
    try:
        raw = json.loads(_path().read_text(encoding="utf-8"))
        fields = {name: raw[name] for name in ("server", "uid", "auth_token")}
        fields |= {name: raw[name] for name in ("app_id", "region") if raw.get(name)}
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if not all(isinstance(value, str) and value for value in fields.values()):
        return None
    return SavedLogin(**fields)


def save_login(login: SavedLogin) -> None:
    """Keep `login` for the next run.

    Raises:
        CommandError: The state folder can't be written.
    """
    path = _path()
    try:
        private_folder(path.parent)
        replace_file(path, json.dumps(asdict(login)))
    except OSError as error:
        raise CommandError(
            f"The sign-in can't be kept in {path.parent}: {error.strerror or error}.",
            "Make that folder writable, or set XDG_STATE_HOME to one that is.",
            ExitCode.USAGE,
        ) from error


def forget_login() -> None:
    """Remove the saved login, if there is one."""
    with contextlib.suppress(OSError):
        _path().unlink()
