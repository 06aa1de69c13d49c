"""What own captions cost and how good they are: two readings into the microphone, in real time.

python -m tests.bench.captions [--json]: {"word_error", "cpu_s_per_s", "memory_mib"}, of each
reading. CPU time is the recogniser's and ours, guesses in between included and loading the model
not, by second of sound. Needs the dependency group `recogniser`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import time
from dataclasses import replace
from typing import Any

import numpy as np

from tests import recognition
from tests.fakes.world import FakeWorld
from tests.session.rig import MEDIA, joined
from tui.devices.recogniser.process import LocalRecognisers
from tui.domain.happenings import Captioned
from tui.domain.media import SAMPLE_RATE_HZ

_STEP_S = 0.1
_AFTER_S = 4.0


def _spent_s() -> float:
    """CPU time of ours and of children that have ended."""
    usages = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


async def _load_s(model: str) -> float:
    began_s = _spent_s()
    await (await LocalRecognisers().begin(model, "en")).close()
    return _spent_s() - began_s


async def measure(name: str, model: str) -> dict[str, Any]:
    """Say one reading into the microphone of a call."""
    load_s = await _load_s(model)
    world = FakeWorld()
    world.recognisers = LocalRecognisers()
    own = replace(MEDIA, captions_model=model, own_captions=True)
    sound = recognition.samples_of(recognition.reading(name))
    sound = np.concatenate((sound, np.zeros(int(_AFTER_S * SAMPLE_RATE_HZ), np.int16)))
    step = int(_STEP_S * SAMPLE_RATE_HZ)
    began_s = _spent_s()
    async with joined(world, media=own) as (calls, heard):
        await heard.until(lambda: calls.outlet.newest.local.captioned)
        start_s = time.monotonic()
        for number, at in enumerate(range(0, len(sound), step)):
            await asyncio.sleep(max(0.0, start_s + number * _STEP_S - time.monotonic()))
            assert world.devices.microphone.on_block is not None
            for part in range(at, min(at + step, len(sound)), step // 10):
                world.devices.microphone.on_block(sound[part : part + step // 10])
        words = " ".join(x.caption.text for x in heard.happenings if isinstance(x, Captioned))
    seconds = len(sound) / SAMPLE_RATE_HZ
    return {
        "words": words,
        "word_error": recognition.word_error(recognition.READINGS[name], words),
        "cpu_s_per_s": (_spent_s() - began_s - load_s) / seconds,
        "guesses": sum(not one.final for one in world.transport.captions),
        "finals": sum(one.final for one in world.transport.captions),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object and nothing else")
    as_json = parser.parse_args().json
    if lacking := recognition.lacking():
        parser.error(f"this machine lacks {lacking}")
    model = str(recognition.model())
    each = {name: asyncio.run(measure(name, model)) for name in recognition.READINGS}
    if not as_json:
        for name, found in each.items():
            print(f"{name}: {found['finals']} phrases, {found['guesses']} guesses")
            print(f"  {found['words']}")
    kib = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    figures = {
        "word_error": [round(found["word_error"], 3) for found in each.values()],
        "cpu_s_per_s": [round(found["cpu_s_per_s"], 3) for found in each.values()],
        "memory_mib": round(kib / 1024),
    }
    print(json.dumps(figures) if as_json else json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
