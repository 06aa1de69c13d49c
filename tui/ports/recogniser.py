"""The recogniser port: phrases in, words out. Implemented by `tui.devices.recogniser`.

It runs on this machine, by itself, and fetches nothing.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Recogniser(Protocol):
    """A program that has loaded a model."""

    language: str
    """What it takes speech for, as `en`; empty: it hears that by itself."""

    async def words(self, samples: NDArray[np.int16], *, final: bool) -> str:
        """What is said there; empty for what seems to be no speech. One at a time.

        Args:
            samples: Mono, 16 kHz, at most half a minute.
            final: Whether it is worth a second look, where the first finds nonsense.

        Raises:
            RecogniserGone: It has ended, or does not answer; it is closed then.
        """

    async def close(self) -> None:
        """End it. Idempotent."""


class RecogniserGone(Exception):
    """Nothing more comes of it; says why in a sentence."""


class Recognisers(Protocol):
    """Starts recognisers."""

    async def begin(self, model: str, language: str) -> Recogniser:
        """Start one, and wait until it has loaded.

        Args:
            model: Folder of the model, absolute.
            language: `en`, `en-US`; empty: by its sound.

        Raises:
            CallsError: `ERROR_NOT_SUPPORTED` when what recognises is not installed;
                `VALIDATION_ERROR` for a folder that is no model, or a language it does not know.
        """
