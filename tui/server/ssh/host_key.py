"""The key by which ssh clients know this server: made once, kept where nobody else can read it."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Final

import asyncssh

from tui.server.secret import StoreUnavailable, open_state_folder, unusable

FILE_NAME: Final = "ssh-host-key"
_KIND: Final = "ssh-ed25519"


def host_key(folder: Path | None) -> asyncssh.SSHKey:
    """The key kept in `folder`, made when there is none; None: one for this run.

    Raises:
        StoreUnavailable: The folder or file can't be used, or holds no key.
    """
    if folder is None:
        return asyncssh.generate_private_key(_KIND)
    open_state_folder(folder)
    path = folder / FILE_NAME
    try:
        if not path.exists():
            _write(path, asyncssh.generate_private_key(_KIND).export_private_key())
        path.chmod(0o600)
        return asyncssh.import_private_key(path.read_bytes())
    except OSError as error:
        raise unusable(path, error) from error
    except asyncssh.KeyImportError as error:
        raise StoreUnavailable(
            f"{path} holds no ssh key.",
            "Delete it: a new one is made, and who came before is warned that it is another.",
        ) from error


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all: a key that is half there would change what clients know us by."""
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    file = os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, 0o600)
    with os.fdopen(file, "wb") as stream:
        stream.write(content)
    os.replace(fresh, path)
