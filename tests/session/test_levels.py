"""Front ends get levels when there is something to show, and are left alone otherwise."""

from __future__ import annotations

import pytest

from tui.session.upkeep import level_to_tell


@pytest.mark.parametrize("comfort_noise", [-127.0, -109.0, -103.4, -75.6])
def test_noise_that_no_meter_shows_is_silence(comfort_noise: float) -> None:
    assert level_to_tell(comfort_noise) == -127


@pytest.mark.parametrize(("heard", "told"), [(-74.6, -75), (-60.2, -60), (-12.5, -12), (0.0, 0)])
def test_what_can_be_heard_is_told_in_whole_decibels(heard: float, told: float) -> None:
    assert level_to_tell(heard) == told
