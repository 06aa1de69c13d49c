"""The server's secrets, kept in its state folder where nobody else may read them.

The API key lets people log in; the signing secret makes call tokens. They are separate: a call
token names its issuer in plain text, so the issuer's name must not be the key people log in with.
"""

from __future__ import annotations

import json
import logging
import os
import secrets
import stat
from pathlib import Path
from typing import Final

from tui.domain.frozen import dataclass

log = logging.getLogger(__name__)

FILE_NAME: Final = "server-keys.json"
ISSUER: Final = "cellcall"
"""`iss` of every call token: the LiveKit API key's name, not a secret."""

MIN_SECRET_CHARACTERS: Final = 32
"""HS256 wants as many bits as its hash has (RFC 7518 3.2)."""


class StoreUnavailable(Exception):
    """The state folder or a file in it can't be used.

    Args:
        problem: One sentence for the screen.
        remedy: The step that mends it.
    """

    def __init__(self, problem: str, remedy: str):
        super().__init__(f"{problem} {remedy}")
        self.problem = problem
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class ServerKeys:
    """What a server must keep to itself."""

    api_key: str
    """The REST API key (`apiKey` header, `--api-key`)."""
    signing_secret: str
    """Signs call tokens; the secret of the LiveKit API key `ISSUER`."""

    def __repr__(self) -> str:
        """Without the secrets, so that no log has them."""
        return "ServerKeys(...)"


@dataclass(frozen=True, slots=True)
class KeptKeys:
    """Keys from the state folder."""

    keys: ServerKeys
    warning: str = ""
    """A sentence for the person who runs the server, or empty."""


def new_keys() -> ServerKeys:
    """Random keys: 160 and 256 bits."""
    return ServerKeys(api_key=secrets.token_hex(20), signing_secret=secrets.token_urlsafe(32))


_warned_of: set[Path] = set()
"""Folders are opened by whoever keeps something there; one warning is enough."""


def open_state_folder(folder: Path) -> None:
    """Create `folder`, for its owner only, when it is not there.

    Raises:
        StoreUnavailable: It can't be created or is no folder.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        mode = stat.S_IMODE(folder.stat().st_mode)
    except OSError as error:
        raise unusable(folder, error) from error
    if mode & 0o022 and folder not in _warned_of:
        _warned_of.add(folder)
        log.warning(
            "%s may be changed by other users of this machine (mode %04o): they can take the "
            "server's keys. chmod 700 it.",
            folder,
            mode,
        )


def load_or_create_keys(folder: Path) -> KeptKeys:
    """The keys kept in `folder`, made at the first call.

    A file that others can read or write is repaired (0600) and warned about: its secrets may be
    known already.

    Raises:
        StoreUnavailable: The folder or the file can't be used, or the file holds no keys.
    """
    open_state_folder(folder)
    path = folder / FILE_NAME
    try:
        return _load(path)
    except FileNotFoundError:
        pass
    except OSError as error:
        raise unusable(path, error) from error
    keys = new_keys()
    content = json.dumps({"apiKey": keys.api_key, "signingSecret": keys.signing_secret})
    # Written whole under another name first: no reader, and no crash, ever sees half a file. The
    # rights are set when it is created, so there is no moment at which others can open it.
    temporary = folder / f".{FILE_NAME}.{secrets.token_hex(8)}"
    try:
        file = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, 0o600)
        with os.fdopen(file, "w", encoding="ascii") as stream:
            stream.write(content + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        try:
            os.link(temporary, path)  # fails when another server was quicker
        except FileExistsError:
            return _load(path)
        finally:
            os.unlink(temporary)
    except OSError as error:
        raise unusable(path, error) from error
    return KeptKeys(keys)


def _load(path: Path) -> KeptKeys:
    # A FIFO would wait for a writer for ever.
    file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(file, "rb") as stream:
        found = os.fstat(stream.fileno()).st_mode
        if not stat.S_ISREG(found):
            raise StoreUnavailable(
                f"{path} is no file.", "Delete it: new keys are made, and people need the API key."
            )
        mode = stat.S_IMODE(found)
        warning = ""
        if mode & 0o077:
            os.fchmod(stream.fileno(), 0o600)
            warning = (
                f"{path} could be read by other users of this machine (mode {mode:04o}); it is "
                "private now. If others may have read it, stop the server and delete the file: "
                "new keys are made and old ones stop working."
            )
        raw = stream.read(16_384)
    try:
        content = json.loads(raw)
        keys = ServerKeys(
            api_key=_text(content, "apiKey", 16),
            signing_secret=_text(content, "signingSecret", MIN_SECRET_CHARACTERS),
        )
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise StoreUnavailable(
            f"{path} holds no usable server keys.",
            "Delete it: new keys are made, and people need the new API key.",
        ) from error
    return KeptKeys(keys, warning)


def _text(content: dict[str, object], key: str, min_characters: int) -> str:
    value = content[key]
    if not isinstance(value, str) or len(value) < min_characters or not value.isascii():
        raise ValueError(f"{key} must be text of at least {min_characters} characters")
    return value


def unusable(path: Path, error: OSError) -> StoreUnavailable:
    """`StoreUnavailable` for what the operating system said about `path`."""
    return StoreUnavailable(
        f"{path} can't be used: {error.strerror or error}.",
        "Choose a folder you may write to with --state, or correct its permissions.",
    )
