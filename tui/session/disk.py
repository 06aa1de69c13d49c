"""Files of this machine that are sent, and files that are saved: read whole, written whole.

The traps are what is no file (a pipe that never ends, a device), a name that is there already, and
a disk that is full: nothing is written over, and nothing half written stays.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Final

from tui.domain.errors import CallsError, ErrorCode
from tui.domain.files import FILE_MAX_BYTES, file_name, refuse_size
from tui.domain.new_file import why, write_new
from tui.domain.text import clean

_TRIES: Final = 100
_SHOWN: Final = 160


def read_to_send(path: str) -> tuple[str, bytes]:
    """What a file may be called elsewhere, and all of it.

    Raises:
        CallsError: `VALIDATION_ERROR`: it can't be read, is no file, is empty or too large.
    """
    shown = clean(path, _SHOWN)
    try:
        # Without O_NONBLOCK, opening a pipe waits for whoever writes into it.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(descriptor, "rb") as file:
            state = os.fstat(file.fileno())
            if not stat.S_ISREG(state.st_mode):
                raise _refused(f"{shown} is not a file that can be sent.")
            refuse_size(shown, state.st_size)
            content = file.read(FILE_MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise _refused(f"{shown} can't be read: {why(error)}.") from error
    refuse_size(shown, len(content))
    return file_name(os.path.basename(path)), content


def save_new(folder: str, name: str, content: bytes) -> str:
    """Write it under this name, or one with a number where that is there already.

    Args:
        folder: Absolute; it has to be there.
        name: As `file_name` makes it.
        content: All of it.

    Returns:
        The whole path; only its owner may read the file.

    Raises:
        CallsError: `VALIDATION_ERROR`: it can't be written; nothing is left of it then.
    """
    shown = clean(folder, _SHOWN)
    stem, dot, suffix = name.rpartition(".")
    stem, ending = (stem, dot + suffix) if stem else (name, "")
    for number in range(1, _TRIES):
        path = Path(folder, name if number == 1 else f"{stem}-{number}{ending}")
        try:
            write_new(path, content)
        except FileExistsError:
            continue
        except (OSError, ValueError) as error:
            told = f"{clean(name)} was not saved in {shown}: {why(error)}."
            raise _refused(f"{told} It can be saved again, elsewhere.") from error
        return str(path)
    raise _refused(f"{shown} has {_TRIES} files of that name. Choose another folder.")


def _refused(text: str) -> CallsError:
    return CallsError(ErrorCode.VALIDATION, text)
