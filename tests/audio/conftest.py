"""A mixer, and the clock of its arrivals, in a test's hand."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tui.audio.mixer import Mixer


@pytest.fixture
def clock() -> list[float]:
    """One number: now [s]."""
    return [50.0]


@pytest.fixture
def mixer(clock: list[float]) -> Iterator[Mixer]:
    mixer = Mixer(clock_s=lambda: clock[0])
    yield mixer
    mixer.close()
