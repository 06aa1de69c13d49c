"""Whether a folder is a model that faster-whisper can load, in words for people.

All of it has to be there: what is missing the library would fetch, and nothing is fetched here.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from tui.domain.errors import CallsError, ErrorCode
from tui.domain.text import clean

_NEEDED: Final = ("model.bin", "config.json", "tokenizer.json")
_VOCABULARIES: Final = ("vocabulary.json", "vocabulary.txt")
_EXPECTED: Final = "Expected the folder of a Whisper model in CTranslate2's format"


def check_model(model: str) -> None:
    """See whether it can be one; what is in its files the library will see.

    Raises:
        CallsError: `VALIDATION_ERROR` with what came, what is lacking and what to do.
    """
    if not model:
        raise refused(
            "Own captions need a model. Set captions_model in the config file, or "
            "--captions-model, to the folder of one."
        )
    folder, shown = Path(model), clean(model, 160)
    try:
        if not folder.is_dir():
            problem = "is not a folder" if folder.exists() else "does not exist"
            raise refused(f"captions_model: {shown} {problem}. {_EXPECTED}.")
        names = {one.name for one in folder.iterdir()}
        missing = [name for name in _NEEDED if name not in names]
        if not missing and names.isdisjoint(_VOCABULARIES):
            missing = [_VOCABULARIES[0]]
        if missing:
            raise refused(f"captions_model: {shown} has no {missing[0]}. {_EXPECTED}.")
        for name in (*_NEEDED, *names.intersection(_VOCABULARIES)):
            with (folder / name).open("rb") as file:
                file.read(1)
        json.loads((folder / "config.json").read_bytes())
    except OSError as error:
        told = clean(error.strerror or str(error), 80)
        raise refused(f"captions_model: {shown} can't be read: {told}. Check who may.") from error
    except ValueError as error:
        raise refused(f"captions_model: config.json in {shown} is no JSON. {_EXPECTED}.") from error


def refused(told: str) -> CallsError:
    """A model that can't be used."""
    return CallsError(ErrorCode.VALIDATION, told, field="captions_model")
