"""Files that people send one another in a call: how large, how many, and what one may be called.

The trap is the name: it is its sender's, and becomes a file's on this machine. What is left of it
names one file in one folder, hides nothing and is no option of a program.
"""

from __future__ import annotations

from typing import Final

from tui.domain.errors import CallsError, ErrorCode
from tui.domain.frozen import dataclass
from tui.domain.text import clean

FILE_MAX_BYTES: Final = 16_000_000
KEPT_MAX_BYTES: Final = 32_000_000
"""Of all files of a call that can still be saved; the oldest goes for a new one."""
COMING_MAX: Final = 8
"""On their way at once, from all together."""
PER_MINUTE: Final = 10
"""From one person."""
_NAME_MAX: Final = 100
_SUFFIX_MAX: Final = 12
_NOT_IN_NAMES: Final = str.maketrans(dict.fromkeys('<>:"|?*', "_"))


@dataclass(frozen=True, slots=True)
class Sample:
    """A picture, small enough to be drawn in a list."""

    width: int
    """Of `rgb` [pixels]."""
    height: int
    rgb: str
    """Base64 of three bytes a pixel, row by row."""


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file somebody sent, or we did."""

    number: int
    """By which it is saved: the first of a call is 1."""
    name: str
    """Fit for a file; see `file_name`."""
    size: int
    """Bytes."""
    width: int = 0
    """Of a picture, as it was sent [pixels]; 0: no picture that can be shown."""
    height: int = 0
    sample: Sample | None = None


def file_name(sent: str) -> str:
    r"""What a file is called here, whatever its sender calls it; never empty.

    >>> file_name("../../etc/passwd")
    'passwd'
    >>> file_name("-rf .bashrc\x1b[2J")
    'rf .bashrc[2J'
    """
    last = sent[-4096:].replace("\\", "/").rstrip("/").rpartition("/")[2]
    name = clean(last.translate(_NOT_IN_NAMES), 1000).strip(" .-~")
    if len(name) > _NAME_MAX:
        stem, dot, suffix = name.rpartition(".")
        ending = f"{dot}{suffix}" if stem and len(suffix) <= _SUFFIX_MAX else ""
        name = name[: _NAME_MAX - len(ending)].rstrip(" .") + ending
    while len(name.encode()) > 240:  # most file systems take 255 bytes
        stem, dot, suffix = name.rpartition(".")
        name = f"{stem[:-1]}{dot}{suffix}" if stem else name[:-1]
    return name or "file"


def size_words(size: int) -> str:
    """`340 bytes`, `12 kB`, `3.4 MB`."""
    if size < 1000:
        return f"{size} bytes"
    return f"{round(size / 1000)} kB" if size < 999_500 else f"{size / 1_000_000:.1f} MB"


def file_words(file: SentFile) -> str:
    """`file 3: plan.pdf, 2.3 MB`, `picture 4: cat.png, 640 by 480, 91 kB`."""
    what = f"{file.width} by {file.height}, " if file.width else ""
    kind = "picture" if file.width else "file"
    return f"{kind} {file.number}: {file.name}, {what}{size_words(file.size)}"


def refuse_size(name: str, size: int) -> None:
    """Raises `CallsError` (`VALIDATION_ERROR`) for what is too large to be sent, or empty."""
    if not size:
        raise CallsError(ErrorCode.VALIDATION, f"{name} is empty, so there is nothing to send.")
    if size > FILE_MAX_BYTES:
        raise CallsError(
            ErrorCode.VALIDATION,
            f"{name} has {size_words(size)}; at most {size_words(FILE_MAX_BYTES)} can be sent.",
        )
