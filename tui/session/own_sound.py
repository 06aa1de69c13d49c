"""Waiting in the loop for what the sound threads do: a recording to be full, a clip to be over.

The trap is who calls: `Recorder` and the mixer's clips report from a sound thread, perhaps after
the loop has gone.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

from tui.audio.capture import Capture
from tui.audio.mixer import Mixer
from tui.audio.recorder import Recorder
from tui.ports.devices import Block, DeviceUnavailable

_SLACK_S: Final = 2.0


async def recorded(capture: Capture, seconds: float) -> Block:
    """What `capture` would send, muted or not: mono, 48 kHz.

    Raises:
        DeviceUnavailable: It brings nothing.
    """
    loop, full = asyncio.get_running_loop(), asyncio.Event()

    def stop() -> None:
        loop.call_soon_threadsafe(full.set)

    recorder = Recorder(seconds, stop)
    capture.record(recorder)
    try:
        async with asyncio.timeout(seconds + _SLACK_S):
            await full.wait()
    except TimeoutError:
        raise DeviceUnavailable(
            "The microphone brings no sound.", "Choose another one, or plug it in again."
        ) from None
    finally:
        capture.record(None)
    return recorder.samples


async def played(mixer: Mixer, samples: Block) -> None:
    """Play a clip (mono, 48 kHz) beside everybody's voice; returns when it is over."""
    loop, over = asyncio.get_running_loop(), asyncio.Event()

    def ended() -> None:
        # The speaker may play it off after the loop has gone.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(over.set)

    mixer.clips.play(samples, ended)
    await over.wait()
