"""Bare hardware that knows only stereo, as ALSA offers it, is heard and played as mono."""

from __future__ import annotations

import numpy as np
import pytest

from tui.devices import portaudio
from tui.domain.media import BLOCK_SAMPLES


class Stream:
    """One that opens with as many channels as the card has, and is called by the test."""

    def __init__(self, *, channels, callback, **_options):
        if channels not in Library.channels:
            raise ValueError(f"{channels} channels are not supported")
        self.opened_with = channels
        self.call = callback
        Library.stream = self

    def start(self):
        pass

    def stop(self, ignore_errors=True):
        pass

    abort = close = stop


class Library:
    """sounddevice with one card."""

    PortAudioError = RuntimeError
    RawInputStream = RawOutputStream = Stream
    channels = (1, 2)
    stream: Stream

    class default:
        device = (0, 0)

    @staticmethod
    def _terminate():
        pass

    _initialize = _terminate

    @staticmethod
    def query_devices():
        return [{"name": "Card", "max_input_channels": 2, "max_output_channels": 2}]


@pytest.fixture(params=[(1, 2), (2,)], ids=["mono", "stereo only"])
def channels(request, monkeypatch):
    monkeypatch.setattr(portaudio, "_sounddevice", lambda: Library)
    monkeypatch.setattr(Library, "channels", request.param)
    return request.param[0]


LEFT = np.arange(BLOCK_SAMPLES, dtype=np.int16)


def test_a_microphone_gives_the_mean_of_its_channels(channels):
    heard = []
    microphone = portaudio.PortAudioMicrophone()
    microphone.start(heard.append)
    data = np.stack([LEFT, LEFT + 2] if channels == 2 else [LEFT], axis=1).tobytes()
    Library.stream.call(memoryview(data), BLOCK_SAMPLES, None, None)
    (block,) = heard
    assert block.dtype == np.int16
    assert np.array_equal(block, LEFT + (channels == 2))
    assert block.flags.owndata, "PortAudio's buffer is gone after the callback"
    microphone.stop()


def test_a_speaker_plays_the_same_on_every_channel(channels):
    speaker = portaudio.PortAudioSpeaker()
    speaker.start(lambda samples: LEFT[:samples])
    out = bytearray(b"\xff" * (2 * channels * BLOCK_SAMPLES))
    Library.stream.call(memoryview(out), BLOCK_SAMPLES, None, None)
    played = np.frombuffer(out, np.int16).reshape(-1, channels)
    for column in played.T:
        assert np.array_equal(column, LEFT)
    speaker.stop()


def test_a_fault_is_played_as_silence_and_seen(channels):
    def broken(samples):
        raise ZeroDivisionError

    speaker = portaudio.PortAudioSpeaker()
    speaker.start(broken)
    out = bytearray(b"\xff" * (2 * channels * BLOCK_SAMPLES))
    Library.stream.call(memoryview(out), BLOCK_SAMPLES, None, None)
    assert not any(out)
    assert speaker.failed
    speaker.stop()
