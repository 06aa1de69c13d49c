"""The whole sound path on sound cards: microphone, Opus, playout buffer, mixer, speaker."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os

import numpy as np
import pytest

from tests.audio.sound import tone_amplitude
from tests.devices.pulse_rig import PulseRig, missing
from tests.fakes.people import voice
from tui.audio.capture import Capture
from tui.audio.mixer import Mixer
from tui.devices.local import LocalDevices
from tui.domain.media import parse_media_name

pytestmark = [
    pytest.mark.devices,
    pytest.mark.skipif(bool(missing()), reason=f"no sound rig: {missing()}"),
]
CLEAN_WINDOWS = 70
"""Of the 100 windows of 20 ms in two seconds; a splice or a concealed frame spoils one."""
DEFAULT = parse_media_name("default", role="speaker")


def windows_with(hz: float, heard: np.ndarray) -> int:
    """In how many windows of 20 ms the tone is there, loud."""
    samples = (np.clip(heard, -1, 1) * 32767).astype(np.int16)
    starts = range(0, len(samples) - 959, 960)
    return sum(tone_amplitude(samples[at : at + 960], hz) > 0.2 for at in starts)


@pytest.fixture
def preferred():
    """Other work on the machine must not decide the result (where we may say so)."""
    if os.geteuid() != 0:
        yield
        return
    before = os.getpriority(os.PRIO_PROCESS, 0)
    os.setpriority(os.PRIO_PROCESS, 0, -15)
    yield
    os.setpriority(os.PRIO_PROCESS, 0, before)


async def test_what_alice_says_comes_out_of_bobs_speaker(monkeypatch, preferred):
    gc.collect()
    with PulseRig(("alice", "bob")) as rig:
        env = rig.pulse_env("bob") | {"PULSE_SOURCE": "alice_mic"}
        for name, value in env.items():
            monkeypatch.setenv(name, value)
        devices, capture, mixer = LocalDevices(), Capture(), Mixer()
        speaker = devices.open_speaker(DEFAULT)

        async def network() -> None:
            while True:
                mixer.packet(voice("alice"), await capture.next_packet())

        carrier = asyncio.create_task(network())
        try:
            await asyncio.to_thread(capture.attach, devices.open_microphone(DEFAULT))
            speaker.start(mixer.pull)
            async with asyncio.timeout(10):
                while mixer.counts(voice("alice")).ok < 25:
                    await asyncio.sleep(0.02)
            at = np.arange(96_000) / 48_000
            tone = (0.4 * np.sin(2 * np.pi * 600 * at)).astype(np.float32)
            clean = []
            # A shared machine has scheduling holes of its own, so it gets three tries.
            while len(clean) < 3 and max(clean, default=0) < CLEAN_WINDOWS:
                listener = rig.listen("bob")
                await asyncio.to_thread(rig.play, "alice", tone)
                clean.append(windows_with(600, listener.stop()))
            figures = mixer.figures(voice("alice"))
        finally:
            carrier.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await carrier
            await asyncio.to_thread(capture.close)
            await asyncio.to_thread(speaker.stop)
            mixer.close()
    assert max(clean) >= CLEAN_WINDOWS, (clean, figures)
    assert figures["audio_delay_ms"] < 250
    assert figures["audio_gaps"] <= 3 * len(clean), figures
