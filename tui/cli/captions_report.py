"""Own captions, for `cellcall doctor`: whether the extra and the model are there and work."""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from tui.cli.findings import Finding, State
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.meaning import whole_path
from tui.domain.text import clean
from tui.ports.recogniser import RecogniserGone, Recognisers

_AREA = "own captions"


async def captions_findings(
    choices: Mapping[str, Any], recognisers: Recognisers | None = None
) -> list[Finding]:
    """Nothing where nobody wants them; else the model is loaded and listens to a second.

    Args:
        choices: What is chosen, by name.
        recognisers: Instead of this machine's.
    """
    model, installed = choices.get("captions_model"), importlib.util.find_spec("faster_whisper")
    if not model and not installed:
        return []
    if not model:
        told = "What recognises speech is installed, and no model is chosen."
        remedy = "captions_model in the config file names the folder of a Whisper model."
        return [Finding(_AREA, State.NOTE, told, remedy)]
    if recognisers is None:
        from tui.devices.recogniser.process import LocalRecognisers

        recognisers = LocalRecognisers()
    try:
        recogniser = await recognisers.begin(
            whole_path(str(model)), str(choices.get("captions_language") or "")
        )
        began_s = time.monotonic()
        hum = np.random.default_rng(1).normal(0, 300, 16_000).astype(np.int16)
        await recogniser.words(hum, final=True)
        taken_s = time.monotonic() - began_s
        await recogniser.close()
    except CallsError as error:
        remedy = "Choose another folder."
        if error.code == ErrorCode.NOT_SUPPORTED:
            remedy = "Install it, or leave captions_model out."
        elif error.field == "captionLanguage":
            remedy = "Choose another model, or another captions_language."
        return [Finding(_AREA, State.PROBLEM, error.description, remedy)]
    except RecogniserGone as gone:
        return [Finding(_AREA, State.PROBLEM, str(gone), "Choose another model.")]
    shown, language = clean(str(model), 80), recogniser.language or "any language"
    told = f"{shown} loads and listens ({language}), the first second in {taken_s:.1f} s."
    return [Finding(_AREA, State.OK, told)]
