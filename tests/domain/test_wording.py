"""Times in words."""

from __future__ import annotations

import pytest

from tui.domain.wording import duration_words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-3, "0 seconds"),
        (0.6, "1 second"),
        (40.4, "40 seconds"),
        (59.6, "1 minute"),
        (179.9, "3 minutes"),
        (12 * 60 + 29, "12 minutes"),
        (59 * 60 + 31, "1 hour"),
        (2 * 3600 + 5 * 60, "2 hours 5 minutes"),
    ],
)
def test_a_time_span_is_rounded_to_what_is_nearest(seconds: float, words: str) -> None:
    assert duration_words(seconds) == words
