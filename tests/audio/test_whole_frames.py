"""A device gets what was mixed, in order, in whatever pieces it asks for."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tui.audio.whole_frames import WholeFrames
from tui.domain.media import FRAME_SAMPLES


@given(st.lists(st.integers(0, 3000), max_size=30))
def test_nothing_is_lost_repeated_or_made_too_early(asked: list[int]) -> None:
    pulled: list[int] = []

    def pull(samples: int) -> np.ndarray:
        begin = sum(pulled)
        pulled.append(samples)
        return np.arange(begin, begin + samples).astype(np.int16)

    answer = WholeFrames(pull)
    given_out = [answer(samples) for samples in asked]
    assert [len(piece) for piece in given_out] == asked
    whole = np.concatenate([*given_out, np.zeros(0, np.int16)])
    assert (whole == np.arange(len(whole)).astype(np.int16)).all()
    assert all(samples % FRAME_SAMPLES == 0 for samples in pulled)
    assert sum(pulled) - len(whole) < FRAME_SAMPLES
