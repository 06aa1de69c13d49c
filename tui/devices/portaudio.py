"""Sound cards through PortAudio: the only module that imports sounddevice, and only when asked.

Microphone and speaker are two streams: one duplex stream over ALSA and PulseAudio polls at 25-45 %
of a core (spec audio 1.3). The traps:

- a device that goes away raises nothing: callbacks just stop, sometimes `finished_callback` fires,
  so `failed` looks at both;
- the list of devices is frozen when PortAudio starts; it is started anew here whenever no stream
  is open;
- ALSA writes to file descriptor 2 by itself. The engine process points that at its log; whoever
  opens devices in a process with a screen does the same before.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any, ClassVar, Final

import numpy as np

from tui.devices.keeping_up import Pace
from tui.devices.sound_server import (
    PORTAUDIO_NAME,
    chosen_for_opening,
    list_server_devices,
    round_trip_s,
)
from tui.domain.device_choice import DeviceInfo
from tui.domain.frozen import dataclass
from tui.domain.media import BLOCK_SAMPLES, FRAME_SAMPLES, SAMPLE_RATE_HZ
from tui.domain.snapshot import DeviceKind
from tui.domain.text import clean
from tui.ports.devices import Block, DeviceUnavailable

_log = logging.getLogger(__name__)

_BLOCK_SAMPLES: Final = {
    # A packet leaves when its 20 ms are full, so handing over half of them brings no sound sooner,
    # and costs a third more: each call finds cold caches.
    DeviceKind.MICROPHONE: FRAME_SAMPLES,
    DeviceKind.SPEAKER: BLOCK_SAMPLES,
}
_LATENCY_S: Final = 0.020
_LATENCY_FAR_S: Final = 0.060
"""The least for PulseAudio over TCP; it needs the round trip and 40 ms (spec audio 6)."""
_LATENCY_STEP_S: Final = 0.040
_LATENCY_MOST_S: Final = 0.400
_SILENT_S: Final = 1.0
"""A running stream without callbacks for this long is dead."""
_STARTING_S: Final = 2.0
_TURN_S: Final = 3.0

_lock = threading.RLock()
"""PortAudio is not thread-safe outside its callbacks."""
_open_streams = 0
_more_latency_s: dict[DeviceKind, float] = {}
"""Beyond what `latency_s` says, learnt from streams that did not keep up."""


@dataclass(frozen=True, slots=True)
class _Device:
    index: int
    name: str
    channels: int
    is_default: bool
    server_id: str = ""
    """Of the sound server, when this is its device."""
    label: str = ""
    """For the screen; empty: the name."""


def latency_s(kind: DeviceKind = DeviceKind.SPEAKER) -> float:
    """What to ask PortAudio for: more when sound goes over a network, or did not keep up."""
    least_s = _LATENCY_S
    if _is_far():
        least_s = max(_LATENCY_FAR_S, round_trip_s() + _LATENCY_STEP_S)
    return min(least_s + _more_latency_s.get(kind, 0.0), _LATENCY_MOST_S)


def _is_far() -> bool:
    return os.environ.get("PULSE_SERVER", "").startswith("tcp")


def _sounddevice() -> Any:
    """The sounddevice module, which has no types.

    Raises:
        DeviceUnavailable: PortAudio is not installed.
    """
    try:
        import sounddevice
    except OSError as error:
        remedy = (
            "sudo apt install libportaudio2 libasound2-plugins"
            if sys.platform.startswith("linux")
            else "pip install --force-reinstall sounddevice"
        )
        raise DeviceUnavailable("No sound library on this machine.", remedy) from error
    return sounddevice


def _nothing(kind: DeviceKind) -> DeviceUnavailable:
    if os.environ.get("SSH_CONNECTION"):
        remedy = (
            "Over SSH, bring your own sound along: "
            "ssh -R 127.0.0.1:24713:/run/user/$(id -u)/pulse/native HOST, "
            "then there: export PULSE_SERVER=tcp:127.0.0.1:24713"
        )
        if os.environ.get("PULSE_SERVER"):
            remedy = "PULSE_SERVER is set but does not answer: is the SSH forwarding still up?"
    elif sys.platform.startswith("linux"):
        remedy = "Plug one in, or start PulseAudio or PipeWire (sudo apt install pipewire-pulse)."
    else:
        remedy = f"Plug in a {kind}."
    return DeviceUnavailable(f"No {kind} found.", remedy)


def silent_sound(kind: DeviceKind) -> DeviceUnavailable:
    """Nothing answers: the sound server takes connections and is silent, or a driver hangs."""
    server = os.environ.get("PULSE_SERVER", "")
    if server:
        return DeviceUnavailable(
            f"The sound server at {clean(server, 80)} does not answer.",
            "Start it again there, or unset PULSE_SERVER; over SSH, is the forwarding still up?",
        )
    return DeviceUnavailable(
        f"The sound system does not answer, so there is no {kind}.",
        "Start it again: systemctl --user restart pipewire-pulse (or pulseaudio).",
    )


@contextmanager
def _turn(kind: DeviceKind) -> Iterator[None]:
    """PortAudio for oneself; a call into it that never returns must not stop everybody else.

    Raises:
        DeviceUnavailable: Somebody else's call does not return.
    """
    if not _lock.acquire(timeout=_TURN_S):
        raise silent_sound(kind)
    try:
        yield
    finally:
        _lock.release()


def _listed(kind: DeviceKind) -> list[_Device]:
    """Devices of a kind, looked for anew when no stream is open.

    Raises:
        DeviceUnavailable: PortAudio is not installed.
    """
    sounddevice = _sounddevice()
    channels = "max_input_channels" if kind is DeviceKind.MICROPHONE else "max_output_channels"
    with _turn(kind):
        if _open_streams == 0:
            # Private, but the only way to see a device that was plugged in later
            # (python-sounddevice issue 125).
            sounddevice._terminate()
            sounddevice._initialize()
        default = sounddevice.default.device[0 if kind is DeviceKind.MICROPHONE else 1]
        devices = [
            _Device(index, str(one["name"]), int(one[channels]), index == default)
            for index, one in enumerate(sounddevice.query_devices())
            if one[channels] > 0
        ]
    if devices and not any(one.is_default for one in devices):
        first = devices[0]
        devices[0] = _Device(first.index, first.name, first.channels, True)
    return devices


def list_sound_devices(kind: DeviceKind) -> tuple[DeviceInfo, ...]:
    """What can be chosen now; empty without PortAudio or devices, never raises.

    The sound server's devices where there is one (it holds the bare cards anyway, and they stay
    reachable by name), else PortAudio's.
    """
    try:
        devices = _listed(kind)
    except Exception as error:
        # PortAudio's own errors derive from Exception, and its class can't be named without it.
        _log.warning("sound devices can't be listed: %s", error)
        return ()
    if any(one.name == PORTAUDIO_NAME for one in devices) and (served := list_server_devices(kind)):
        return served
    return tuple(DeviceInfo(kind, one.name, clean(one.name, 80), one.is_default) for one in devices)


def _chosen(kind: DeviceKind, name: str) -> _Device:
    devices = _listed(kind)
    if not devices:
        raise _nothing(kind)
    if not name:
        return next(one for one in devices if one.is_default)
    exact = [one for one in devices if name in (one.name, str(one.index))]
    server = next((one for one in devices if one.name == PORTAUDIO_NAME), None)
    served = list_server_devices(kind) if server is not None and not exact else ()
    for info in sorted(served, key=lambda info: name not in (info.device_id, info.label)):
        if server and (name == info.device_id or name.casefold() in info.label.casefold()):
            return replace(server, server_id=info.device_id, label=info.label)
    partly = [one for one in devices if name.casefold() in one.name.casefold()]
    found = exact or partly
    if not found:
        known = ", ".join([clean(one.name, 60) for one in devices] + [one.label for one in served])
        raise DeviceUnavailable(
            f"There is no {kind} {clean(name, 80)!r}; there is {known}.", "Choose one of these."
        )
    return found[0]


class _Stream:
    """One PortAudio stream and its watchdog."""

    _kind: ClassVar[DeviceKind]

    def __init__(self, name: str = ""):
        self._device = _chosen(self._kind, name)
        self.label = self._device.label or clean(self._device.name, 80)
        self._callback: Callable[[Any, int], None] | None = None
        self._stream: Any = None
        self._finished = False
        self._stopping = False
        self._alive_until_s = 0.0
        self._pace = Pace(0.0)
        self._open()

    def _open(self) -> None:
        global _open_streams
        sounddevice = _sounddevice()
        is_input = self._kind is DeviceKind.MICROPHONE
        # Raw: an array made for each callback costs a fifth of a callback that does nothing.
        make = sounddevice.RawInputStream if is_input else sounddevice.RawOutputStream
        refusal = ""
        # Mono first; bare ALSA hardware often knows only stereo.
        for channels in (1, 2):
            if channels > self._device.channels:
                break
            try:
                with _turn(self._kind), chosen_for_opening(self._kind, self._device.server_id):
                    self._stream = make(
                        samplerate=SAMPLE_RATE_HZ,
                        blocksize=_BLOCK_SAMPLES[self._kind],
                        device=self._device.index,
                        channels=channels,
                        dtype="int16",
                        latency=latency_s(self._kind),
                        callback=self._input if is_input else self._output,
                        finished_callback=self._on_finished,
                    )
                    _open_streams += 1
                return
            except (sounddevice.PortAudioError, ValueError) as error:
                refusal = clean(str(error), 120)
        raise self._unusable(refusal)

    def _unusable(self, reason: str) -> DeviceUnavailable:
        return DeviceUnavailable(
            f"The {self._kind} {self.label} can't be opened: {reason}.",
            "Close other programs that use it, or choose another one.",
        )

    def _begin(self, callback: Callable[[Any, int], None]) -> None:
        sounddevice = _sounddevice()
        self._callback = callback
        self._finished = self._stopping = False
        if self._stream is None:
            self._open()
        self._alive_until_s = time.monotonic() + _STARTING_S
        # What is asked for at the start fills buffers.
        self._pace = Pace(self._alive_until_s, far=_is_far())
        try:
            with _turn(self._kind):
                self._stream.start()
        except sounddevice.PortAudioError as error:
            self.stop()
            raise self._unusable(clean(str(error), 120)) from error

    def _input(self, data: Any, frames: int, at: Any, status: Any) -> None:
        self._called(data, frames)

    def _output(self, data: Any, frames: int, at: Any, status: Any) -> None:
        self._called(data, frames)

    def _called(self, data: Any, frames: int) -> None:
        now_s = time.monotonic()
        self._alive_until_s = now_s + _SILENT_S
        self._pace.called(frames, now_s)
        callback = self._callback
        if callback is None:
            return
        try:
            callback(data, frames)
        except Exception:
            # C would only print the exception; kept here, the session sees it by `failed`.
            _log.exception("%s stopped", self.label)
            self._callback = None
            self._finished = True

    def _on_finished(self) -> None:
        self._finished = True

    @property
    def failed(self) -> bool:
        """The stream ended by itself, or no callback came for a second."""
        if self._stream is None or (self._callback is None and not self._finished):
            return False
        if self._stopping:
            return False
        return self._finished or self.behind or time.monotonic() > self._alive_until_s

    @property
    def behind(self) -> bool:
        """The speaker takes less than the clock says; see `Pace`.

        A microphone over a slow line is late, not short: opening it again would not help.
        """
        return self._kind is DeviceKind.SPEAKER and self._pace.behind

    def stop(self) -> None:
        """Stop and close. Idempotent."""
        global _open_streams
        failed = self.failed
        if self._stream is not None and self.behind:
            more_s = _more_latency_s.get(self._kind, 0.0) + _LATENCY_STEP_S
            _more_latency_s[self._kind] = min(more_s, _LATENCY_MOST_S)
        self._stopping = True
        stream, self._stream = self._stream, None
        if stream is None:
            return
        with suppress(DeviceUnavailable), _turn(self._kind):
            try:
                if failed:
                    stream.abort(ignore_errors=True)  # nothing left to flush into
                else:
                    stream.stop(ignore_errors=True)
            finally:
                stream.close(ignore_errors=True)
                _open_streams -= 1
                self._callback = None


class PortAudioMicrophone(_Stream):
    """A sound card's input.

    Args:
        name: Name, part of it, or number; empty for the default one.

    Raises:
        DeviceUnavailable: no PortAudio, no device, not found, or refused.
    """

    _kind = DeviceKind.MICROPHONE
    hears_a_room = True

    def start(self, on_block: Callable[[Block], None]) -> None:
        """Begin. Raises `DeviceUnavailable` when the device refuses."""

        def heard(data: Any, frames: int) -> None:
            sound = np.frombuffer(data, np.int16)
            if len(sound) == frames:
                on_block(sound.copy())
            else:
                on_block(sound.reshape(frames, -1).mean(axis=1).astype(np.int16))

        self._begin(heard)


class PortAudioSpeaker(_Stream):
    """A sound card's output.

    Args:
        name: Name, part of it, or number; empty for the default one.

    Raises:
        DeviceUnavailable: no PortAudio, no device, not found, or refused.
    """

    _kind = DeviceKind.SPEAKER

    def start(self, pull: Callable[[int], Block]) -> None:
        """Begin. Raises `DeviceUnavailable` when the device refuses."""

        def wanted(data: Any, frames: int) -> None:
            try:
                sound = pull(frames)
            except BaseException:
                data[:] = bytes(len(data))  # what was there is noise
                raise
            channels = len(data) // sound.nbytes
            data[:] = (sound if channels == 1 else np.repeat(sound, channels)).tobytes()

        self._begin(wanted)
