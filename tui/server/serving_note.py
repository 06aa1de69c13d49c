"""A note in the state folder of a running server: where programs on this machine reach it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Final

from tui.domain.frozen import dataclass

FILE_NAME: Final = "serving.json"


@dataclass(frozen=True, slots=True)
class ServingNote:
    """Where a server is."""

    url: str
    """As this machine reaches it."""
    public_url: str
    """As others do: what links begin with."""
    certificate: str = ""
    """The file of the one it shows; empty: no TLS."""


def write_note(folder: Path, note: ServingNote) -> None:
    """Leave the note; the folder is the owner's alone."""
    path = folder / FILE_NAME
    fresh = path.with_suffix(".new")
    said = {"url": note.url, "public": note.public_url, "certificate": note.certificate}
    fresh.write_text(json.dumps(said))
    os.replace(fresh, path)


def read_note(folder: Path) -> ServingNote | None:
    """The note, if there is one; a server that crashed has left its own."""
    try:
        said = json.loads((folder / FILE_NAME).read_text())
        return ServingNote(str(said["url"]), str(said["public"]), str(said["certificate"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def remove_note(folder: Path) -> None:
    """The server has ended. Idempotent."""
    (folder / FILE_NAME).unlink(missing_ok=True)
