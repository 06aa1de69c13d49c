"""Waiting in the loop for what the sound threads do: a recording to be full, a clip to be over.

The trap is who calls: `Recorder` and the mixer's clips report from a sound thread, perhaps after
the loop has gone.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

from tui.audio.capture import Capture
from tui.audio.clips import Clips
from tui.audio.recorder import Recorder
from tui.domain.media import SAMPLE_RATE_HZ
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


async def played(clips: Clips, samples: Block) -> bool:
    """Play a clip (mono, 48 kHz) beside what plays there; cancelling it cuts the clip off.

    Returns when it is over: whether all of it was played. False too when the speaker, or whoever
    sends it, does not ask for sound, `_SLACK_S` after it should have been over.
    """
    loop, over = asyncio.get_running_loop(), asyncio.Event()
    wholly = False

    def tell(whole: bool) -> None:
        nonlocal wholly
        wholly = whole
        over.set()

    def ended(whole: bool) -> None:
        # The speaker may reach the end of the clip after the loop has gone.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(tell, whole)

    cut_off = clips.play(samples, ended)
    try:
        async with asyncio.timeout(len(samples) / SAMPLE_RATE_HZ + _SLACK_S):
            await over.wait()
    except TimeoutError:
        return False
    finally:
        cut_off()
    return wholly
