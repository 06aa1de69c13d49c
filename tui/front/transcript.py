"""The transcript of a call as a file: text, WebVTT (W3C) or JSON, by the name's ending.

It is private: only its owner may read it, and nothing that is there already is written over.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from tui.domain.captions import Caption
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.new_file import why, write_new
from tui.domain.text import clean

_LEAST_MS: Final = 1000
"""A cue is shown for so long at least."""


def as_text(captions: Sequence[Caption], began_at_ms: int, title: str) -> str:
    """One line a caption, with the time of day here."""
    lines = [f"{title}, {_clock(began_at_ms, '%Y-%m-%d %H:%M %Z')}"]
    lines += [f"{_clock(one.at_ms, '%H:%M:%S')} {one.label}: {one.text}" for one in captions]
    return "\n".join(lines) + "\n"


def as_webvtt(captions: Sequence[Caption], began_at_ms: int, title: str) -> str:
    """Cues in time since the call began, each with its speaker's voice tag."""
    cues = [f"WEBVTT - {_escaped(title)}".replace("-->", "->")]
    for one in captions:
        from_ms = max(0, one.at_ms - began_at_ms)
        to_ms = max(one.until_ms - began_at_ms, from_ms + _LEAST_MS)
        voice = f"<v {_escaped(one.label)}>{_escaped(one.text)}</v>"
        cues.append(f"{_cue_time(from_ms)} --> {_cue_time(to_ms)}\n{voice}")
    return "\n\n".join(cues) + "\n"


def as_json(captions: Sequence[Caption], began_at_ms: int, title: str) -> str:
    """Everything that is known; times in Unix milliseconds."""
    document = {
        "title": title,
        "began_at_ms": began_at_ms,
        "captions": [asdict(one) for one in captions],
    }
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


_FORMATS: Final[Mapping[str, Callable[[Sequence[Caption], int, str], str]]] = {
    ".vtt": as_webvtt,
    ".json": as_json,
    ".txt": as_text,
    "": as_text,
}


def save(name: str, captions: Sequence[Caption], began_at_ms: int, title: str) -> Path:
    """Write it, and say where.

    Raises:
        CallsError: `VALIDATION_ERROR` when there is nothing to save, for an ending of no known
            format, or when the file can't be written; nothing is left of it then.
    """
    path = Path(name.strip()).expanduser()
    made = _FORMATS.get(path.suffix.lower())
    if made is None:
        raise _refused(f"Came as {clean(path.name, 60)}; it may end in .txt, .vtt or .json.")
    if not captions:
        raise _refused("Nothing was said in captions yet, so nothing was saved.")
    content = made(captions, began_at_ms, title).encode("utf-8", "replace")
    shown = clean(str(path), 120)
    try:
        write_new(path, content)
    except FileExistsError:
        raise _refused(f"{shown} is there already. Choose another name.") from None
    except (OSError, ValueError) as error:
        raise _refused(f"{shown} can't be written: {why(error)}.") from error
    return path


def _refused(text: str) -> CallsError:
    return CallsError(ErrorCode.VALIDATION, text)


def _clock(at_ms: int, shape: str) -> str:
    return f"{datetime.fromtimestamp(at_ms / 1000, tz=UTC).astimezone():{shape}}"


def _cue_time(ms: int) -> str:
    return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02}.{ms % 1000:03}"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
