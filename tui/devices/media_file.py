"""Opening a film, picture or sound file by PyAV: files of this machine, and nothing else.

FFmpeg takes what looks like an address for one (`http://`, `tcp://`, `concat:`), and would connect;
and it waits for ever for a pipe that nobody writes to, or for the end of a device that has none.
So each is refused in words before it is opened, and a name with a colon in it is a name.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from typing import Any, Final

import av
from av.container import InputContainer
from av.stream import Stream

from tui.domain.text import clean
from tui.ports.devices import DeviceUnavailable

UNREADABLE: Final = (av.FFmpegError, OSError, ValueError)
"""What opening, reading and writing a file raise; a file that is too short for its format is an
`EOFError`, which is none of Python's two."""
_ADDRESS: Final = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://")
_BAD_PACKETS: Final = 50
"""After so many damaged packets in a row, a file or a device is taken to be over."""
_INSTEAD: Final = "Copy it into a file, and give that."


def file_problem(path: str, error: Exception) -> DeviceUnavailable:
    """The sentence for a file that can't be used."""
    shown = clean(path, 120)
    if isinstance(error, FileNotFoundError):
        return DeviceUnavailable(f"There is no file {shown}.", "Check the path.")
    if isinstance(error, PermissionError):
        return DeviceUnavailable(f"The file {shown} may not be opened.", "Check its rights.")
    if path.lower().endswith((".svg", ".svgz")):
        return DeviceUnavailable(
            f"The file {shown} is a drawing of lines (SVG).", "Convert it to PNG, and give that."
        )
    # PyAV's text repeats number and path; its strerror is the reason alone.
    reason = clean(getattr(error, "strerror", None) or str(error), 120)
    return DeviceUnavailable(
        f"The file {shown} can't be used: {reason}.", "Give a file that plays in other programs."
    )


def require_file(path: str) -> None:
    """Whether it can be read from beginning to end.

    Raises:
        DeviceUnavailable: An address, a folder, a pipe or a device.
        OSError, ValueError: It is not there, or may not be looked at.
    """
    shown = clean(path, 120)
    try:
        kind = os.stat(path).st_mode
    except FileNotFoundError:
        if _ADDRESS.match(path):
            raise DeviceUnavailable(
                f"{shown} is an address: nothing is fetched from the network.",
                "Download it, and give the file.",
            ) from None
        raise
    if stat.S_ISDIR(kind):
        raise DeviceUnavailable(f"{shown} is a folder.", "Give a file in it.")
    if stat.S_ISFIFO(kind) or stat.S_ISSOCK(kind):
        raise DeviceUnavailable(f"{shown} is a pipe, which has no beginning.", _INSTEAD)
    if not stat.S_ISREG(kind):
        raise DeviceUnavailable(f"{shown} is a device, and no file.", _INSTEAD)


def open_media(path: str) -> InputContainer:
    """The file, whatever its name.

    Raises:
        DeviceUnavailable: An address, a folder, a pipe or a device.
        av.FFmpegError, OSError, ValueError: `file_problem` has the words.
    """
    require_file(path)
    container = av.open(f"file:{path}")
    assert isinstance(container, InputContainer)
    return container


def whole_frames(container: InputContainer, stream: Stream) -> Iterator[Any]:
    """What can be decoded of a stream, from where it is: damage costs what is damaged alone.

    Raises:
        av.FFmpegError, OSError: It can't be read any further.
    """
    bad = 0
    while bad < _BAD_PACKETS:
        frames: Iterator[Any] = container.decode(stream)
        try:
            for frame in frames:
                bad = 0
                yield frame
            return
        except av.EOFError:
            return
        except av.InvalidDataError:
            bad += 1  # decoding goes on behind the damaged packet
