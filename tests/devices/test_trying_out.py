"""The green room on sound cards: heard by yourself only, and the device is really closed after."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import numpy as np
import pytest

from tests.devices.pulse_rig import RATE_HZ, PulseRig, Sound, missing
from tests.fakes.world import FakeWorld
from tui.devices.local import LocalDevices
from tui.domain.commands.own import CheckSound
from tui.domain.device_choice import MediaChoice
from tui.front.levels import level_word
from tui.session.core import SessionCore
from tui.session.seat import Seat

pytestmark = [
    pytest.mark.devices,
    pytest.mark.skipif(bool(missing()), reason=f"no sound rig: {missing()}"),
]
BOTH = MediaChoice("null", "default", "default")


def syllables(seconds: float) -> Sound:
    """Not steady, or it would be taken for noise: 300 Hz and harmonics, twice a second."""
    at_s = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    voice = sum(np.sin(2 * np.pi * 300 * n * at_s) / n for n in range(1, 6))
    return (0.2 * voice * (np.sin(2 * np.pi * 2 * at_s) > 0)).astype(np.float32)


def loudest(sound: Sound) -> float:
    """RMS of the loudest tenth of a second, 1.0 is full scale."""
    window = RATE_HZ // 10
    pieces = [sound[at : at + window] for at in range(0, len(sound) - window, window)]
    return max((float(np.sqrt(np.mean(piece**2))) for piece in pieces), default=0.0)


async def test_hear_yourself_play_a_tone_and_close(monkeypatch: pytest.MonkeyPatch) -> None:
    with PulseRig(("ana",)) as rig:
        for name, value in rig.pulse_env("ana").items():
            monkeypatch.setenv(name, value)
        # The rig's own microphone is a remapped source, which records all the time.
        before = rig.pactl("list", "short", "source-outputs").count("\n")
        fakes = FakeWorld()
        calls = SessionCore(replace(fakes.world(), devices=LocalDevices()))
        try:
            await Seat(calls).do(CheckSound(BOTH))
            assert not any(device.problem for device in calls.outlet.newest.devices)
            assert rig.pactl("list", "short", "source-outputs").count("\n") > before
            recording = asyncio.create_task(calls.current.sound_test().record())
            await asyncio.to_thread(rig.play, "ana", syllables(3.5))
            assert level_word(await recording) in ("low", "good", "loud")

            listener = rig.listen("ana")
            await calls.current.sound_test().play_back()
            assert loudest(listener.stop()) > 0.01, "what was said comes out of the speaker"
            listener = rig.listen("ana")
            await calls.current.sound_test().play_tone()
            assert loudest(listener.stop()) > 0.02, "the tone comes out of the speaker"

            await Seat(calls).do(CheckSound(replace(BOTH, microphone="null")))
            opened = rig.pactl("list", "short", "source-outputs").count("\n")
            assert opened == before, "off is off"
            assert fakes.transport.said == []
        finally:
            await calls.aclose()
