"""The recogniser's process: phrases on its input, words on its output, a line of JSON for each.

Started as `python -m tui.devices.recogniser.program MODEL LANGUAGE`. It steps behind everything
else on the machine, uses one thread, and can't reach the network. Whisper takes half a minute at a
time; a phrase is given with four seconds of silence behind it instead, which costs a quarter.
With less it falls into repeating itself, so what repeats itself is heard again with the whole.

The trap is silence: trained on subtitles, the model hears "Thank you for watching" in noise. So a
voice detector has to agree, and what the model itself doubts is left out.
"""

from __future__ import annotations

import contextlib
import json
import os
import struct
import sys
from typing import Any, BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

HEADER: Final = struct.Struct("<IB")
"""Before each phrase: how many samples (int16, 16 kHz), and whether it is final."""
_NICE: Final = 10
_RATE_HZ: Final = 16_000
_FRAMES_PER_S: Final = 100
"""Of the model's spectrogram."""
_BEHIND_S: Final = 4.0
_WHOLE_FRAMES: Final = 3000
_TOKENS: Final = 12
_TOKENS_PER_S: Final = 9
"""Nobody speaks faster: what is longer repeats itself."""
_REPEATS: Final = 2.4
"""Compression ratio of text that repeats itself (Whisper's own limit)."""
_STUTTER: Final = 4
_NO_SPEECH: Final = 0.6
_DOUBTFUL: Final = -0.8
_NONSENSE: Final = -1.3
"""Mean log probability of its tokens; with `_NO_SPEECH`, and without."""


def main() -> int:
    """Answer phrases until the input ends."""
    model_folder, language = sys.argv[1:3]
    output = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    with contextlib.suppress(OSError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, 0, _NICE)
    with contextlib.suppress(ImportError):
        from setproctitle import setproctitle

        setproctitle("cellcall recogniser")
    sys.addaudithook(_no_network)
    try:
        listener = Listener(model_folder, language)
    except ModuleNotFoundError as error:
        return _tell(output, missing=error.name or "faster_whisper")
    except UnknownLanguage as error:
        return _tell(output, unknown=str(error))
    except Exception as error:  # whatever is wrong with a model is told, not shown as a traceback
        return _tell(output, problem=str(error) or type(error).__name__)
    _tell(output, ready=True, language=listener.language)
    while header := sys.stdin.buffer.read(HEADER.size):
        count, final = HEADER.unpack(header)
        samples = np.frombuffer(sys.stdin.buffer.read(count * 2), np.int16)
        _tell(output, words=listener.words(samples, final=bool(final)))
    return 0


def _tell(output: BinaryIO, **told: Any) -> int:
    output.write(json.dumps(told).encode() + b"\n")
    output.flush()
    return 0 if told.keys().isdisjoint(("problem", "missing", "unknown")) else 1


def _no_network(event: str, _arguments: tuple[Any, ...]) -> None:
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto"):
        raise OSError("a recogniser stays offline")


class UnknownLanguage(Exception):
    """The model knows no such language; says which it knows."""


class Listener:
    """A loaded model.

    Args:
        folder: Of the model.
        language: `en`, `en-US`; empty: by its sound.

    Raises:
        ModuleNotFoundError: faster-whisper is not installed.
        UnknownLanguage: The model does not know it.
    """

    def __init__(self, folder: str, language: str) -> None:
        from faster_whisper import WhisperModel

        class Cropped(WhisperModel):  # type: ignore[misc]  # a library without types
            """Leaves out most of the silence that a phrase is filled up with."""

            frames = _WHOLE_FRAMES

            def encode(self, features: Any) -> Any:
                return super().encode(features[..., : self.frames])

        self._model = Cropped(
            folder, device="cpu", compute_type="int8", cpu_threads=1, local_files_only=True
        )
        wished = language.partition("-")[0].lower()
        known = self._model.supported_languages
        if wished and wished not in known:
            only = "English only" if known == ["en"] else f"{len(known)} other languages"
            raise UnknownLanguage(f"{language} is not known to this model, which knows {only}")
        self.language = wished if len(known) > 1 else known[0]

    def words(self, samples: NDArray[np.int16], *, final: bool) -> str:
        """See `tui.ports.recogniser.Recogniser.words`."""
        sound = samples.astype(np.float32) / np.float32(32768)
        if not _has_speech(sound):
            return ""
        seconds = len(sound) / _RATE_HZ
        frames = min(_WHOLE_FRAMES, int((seconds + _BEHIND_S) * _FRAMES_PER_S))
        words = self._heard(sound, seconds, frames)
        if words is None and final:
            words = self._heard(sound, seconds, _WHOLE_FRAMES)
        return words or ""

    def _heard(self, sound: NDArray[np.float32], seconds: float, frames: int) -> str | None:
        """The words; None when they repeat themselves."""
        self._model.frames = frames
        segments, _ = self._model.transcribe(
            sound,
            language=self.language or None,
            beam_size=1,
            temperature=0.0,
            condition_on_previous_text=False,
            without_timestamps=True,
            max_new_tokens=_TOKENS + int(seconds * _TOKENS_PER_S),
            # Judged below: here they would only have it tried again.
            compression_ratio_threshold=None,
            log_prob_threshold=None,
            no_speech_threshold=None,
        )
        kept = []
        for one in segments:
            if one.compression_ratio > _REPEATS or _stutters(one.text):
                return None
            doubtful = one.no_speech_prob > _NO_SPEECH and one.avg_logprob < _DOUBTFUL
            if not doubtful and one.avg_logprob > _NONSENSE:
                kept.append(one.text.strip())
        return " ".join(kept)


def _stutters(text: str) -> bool:
    """Whether one word comes too often in a row."""
    run, before = 0, ""
    for word in text.split():
        run, before = (run + 1 if word == before else 1), word
        if run >= _STUTTER:
            return True
    return False


def _has_speech(sound: NDArray[np.float32]) -> bool:
    from faster_whisper.vad import VadOptions, get_speech_timestamps

    options = VadOptions(threshold=0.35, min_speech_duration_ms=100)
    return bool(get_speech_timestamps(sound, options))


if __name__ == "__main__":
    sys.exit(main())
