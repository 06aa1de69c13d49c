"""Sound, measured outside the program. `python -m tests.bench.sound --json`.

Real `cellcall join --headless` processes with real PortAudio devices on a private sound server,
talking through the embedded server; what is spoken and what comes out of the loudspeaker is
recorded in one stream. Loss and jitter happen on the way (`tests.sound_lab.bad_line`).

    mouth_to_ear_ms       median over 12 s of speech, after settling
    after_one_loss_ms     the same in the 10 s after one lost packet
    pesq_loss_5, _10      PESQ-WB at 5 % and 10 % loss: median of stretches of 6 s
    jitter_100_ms         mouth to ear when every packet is 0 to 100 ms late
    drift_2000ppm_ms      how far mouth to ear wanders while the microphone is 2000 ppm fast
    echo_return_dbfs      what a talker hears of herself from a loudspeaker heard at -13 dB: median
                          of seconds (a machine that stops for 70 ms moves the echo, and a second
                          goes by until the canceller has found it again)
    cpu_percent           of one core: own voice and 1, 4, 8 talking people

and, beside them, what explains them (`more`). About 8 minutes; `--quick` halves the stretches
(worse medians); `--seconds 600` is the ten-minute run of loss, jitter and drift (45 minutes in
all, 11 with `--only`). As root everything measured, once it is in the call, runs before other
programs (SCHED_RR), so that neighbours do not decide; else a quiet machine, please.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np

from tests.sound_lab.conversation import Conversation, cpu_percent, fast_microphone, speech
from tests.sound_lab.reading import (
    RATE_HZ,
    Sound,
    delays,
    level_dbfs,
    longest_hole_ms,
    median_ms,
    pesq_wb,
    seconds_dbfs,
)

_PESQ_S: Final = 6.0
_SETTLE_S: Final = 10.0
_SPD_SAY: Final = """#!/bin/sh
for last; do :; done
[ "$last" = -C ] || exec espeak-ng -- "$last"
"""

Figures = dict[str, Any]


def clean(seconds: float) -> Figures:
    """A good network, then one lost packet."""
    with Conversation(lines=("alice",)) as call, call.rig.speaking("alice", speech()):
        recording = call.heard_at("bob")
        began_s = recording.seconds + _SETTLE_S
        recording.wait(began_s + seconds)
        lost_s = recording.seconds
        call.lines["alice"].to_server.drop_next = 1
        recording.wait(lost_s + 22)
        sound = recording.stop()
    mouth, ear = sound[:, call.rig.channel("alice_feed")], sound[:, call.rig.channel("bob_spk")]
    found = delays(mouth, ear)
    before = median_ms(found, began_s, lost_s - 1)
    stretch = slice(round(began_s * RATE_HZ), round(lost_s * RATE_HZ))
    return {
        "mouth_to_ear_ms": before,
        "after_one_loss_ms": median_ms(found, lost_s, lost_s + 10),
        "more": {
            "after_one_loss_and_10_s_ms": median_ms(found, lost_s + 10),
            "pesq_clean": _pesq(mouth[stretch], ear[stretch]),
            "dropped": call.lines["alice"].to_server.dropped,
            "clean_stats": call.stats("bob", "alice"),
        },
    }


def lossy(percent: int, seconds: float) -> Figures:
    """Loss on bob's line."""
    with Conversation(lines=("bob",)) as call, call.rig.speaking("alice", speech()):
        call.lines["bob"].to_client.loss = percent / 100
        recording = call.heard_at("bob")
        began_s = recording.seconds + _SETTLE_S
        recording.wait(began_s + seconds)
        sound = recording.stop()
    mouth, ear = sound[:, call.rig.channel("alice_feed")], sound[:, call.rig.channel("bob_spk")]
    found = delays(mouth, ear)
    stretch = slice(round(began_s * RATE_HZ), None)
    return {
        f"pesq_loss_{percent}": _pesq(mouth[stretch], ear[stretch]),
        "more": {
            f"loss_{percent}_ms": median_ms(found, began_s),
            f"loss_{percent}_creep_ms": _creep(found, began_s),
            f"loss_{percent}_stats": call.stats("bob", "alice"),
        },
    }


def jittery(seconds: float) -> Figures:
    """Every packet 0 to 100 ms late on bob's line."""
    with Conversation(lines=("bob",)) as call, call.rig.speaking("alice", speech()):
        call.lines["bob"].to_client.jitter_s = 0.1
        recording = call.heard_at("bob")
        began_s = recording.seconds + _SETTLE_S
        recording.wait(began_s + seconds)
        sound = recording.stop()
    mouth, ear = sound[:, call.rig.channel("alice_feed")], sound[:, call.rig.channel("bob_spk")]
    found = delays(mouth, ear)
    stretch = slice(round(began_s * RATE_HZ), None)
    return {
        "jitter_100_ms": median_ms(found, began_s),
        "more": {
            "jitter_100_creep_ms": _creep(found, began_s),
            "jitter_100_pesq": _pesq(mouth[stretch], ear[stretch]),
            "jitter_100_stats": call.stats("bob", "alice"),
        },
    }


def drifting(seconds: float) -> Figures:
    """Alice's microphone runs 2000 ppm fast."""
    with Conversation(drifting_microphone=True) as call:
        said = speech()
        with fast_microphone(call.rig, said, ppm=2000) as clock:
            recording = call.heard_at("bob")
            began_s = recording.seconds + _SETTLE_S
            recording.wait(began_s + seconds)
            ended_s = clock.spoken_s()
            sound = recording.stop()
    ear = sound[:, call.rig.channel("bob_spk")]
    # What was spoken, as it was heard in the recording's time: a little faster.
    mouth = clock.as_spoken(len(ear) / RATE_HZ, ended_s)
    found = [one for one in delays(mouth, ear, window_s=0.5) if one.at_s > began_s]
    course = _smooth([one.ms for one in found])
    stats = call.stats("bob", "alice")
    return {
        "drift_2000ppm_ms": round(max(course) - min(course), 1) if course else None,
        "more": {
            "drift_delay_minus_target_ms": round(
                stats["audio_delay_ms"] - stats["audio_target_ms"], 1
            ),
            "drift_hole_ms": longest_hole_ms(ear[round(began_s * RATE_HZ) :]),
            "drift_stats": stats,
        },
    }


def echo(seconds: float) -> Figures:
    """Bob's loudspeaker is heard by his microphone at -13 dB, 60 ms later; he says nothing."""
    with Conversation() as call:
        call.loop_back("bob", gain=0.2239)
        with call.rig.speaking("alice", speech()):
            recording = call.heard_at("bob")
            began_s = recording.seconds + _SETTLE_S / 2
            recording.wait(began_s + seconds)
            sound = recording.stop()
    stretch = slice(round(began_s * RATE_HZ), None)
    returned = seconds_dbfs(sound[stretch, call.rig.channel("alice_spk")])
    return {
        "echo_return_dbfs": round(float(np.median(returned)), 1),
        "more": {
            "echo_return_by_second_dbfs": returned,
            "echo_spoken_dbfs": level_dbfs(sound[stretch, call.rig.channel("alice_feed")]),
            "echo_at_microphone_dbfs": level_dbfs(sound[stretch, call.rig.channel("bob_feed")]),
            "echo_stats": call.own_stats("bob"),
        },
    }


def read_aloud(program: str, seconds: float) -> Figures:
    """Bob's announcements are read aloud before open loudspeakers; what alice hears of it.

    `espeak-ng` speaks in the sound of the call; `spd` past it, here with a program of that name
    that hands the words on to espeak-ng.
    """
    with tempfile.TemporaryDirectory() as folder:
        daemon = Path(folder) / "spd-say"
        daemon.write_text(_SPD_SAY)
        daemon.chmod(0o755)
        os.environ["PATH"] = f"{folder}:{os.environ['PATH']}"
        with Conversation(front_ends=("bob",), options={"bob": ("--speak", program)}) as call:
            call.loop_back("bob", gain=0.2239)
            recording = call.heard_at("bob")
            began_s = recording.seconds + _SETTLE_S
            recording.wait(began_s)
            for _ in range(3):
                call.type("bob", "/status")
                recording.wait(recording.seconds + seconds / 3)
            sound = recording.stop()
    stretch = slice(round(began_s * RATE_HZ), None)
    heard = {
        what: seconds_dbfs(sound[stretch, call.rig.channel(channel)])
        for what, channel in (
            ("aloud", "bob_spk"),
            ("at_microphone", "bob_feed"),
            ("returned", "alice_spk"),
        )
    }
    # Of the seconds in which something is read.
    spoken = [at for at, level in enumerate(heard["aloud"]) if level > -40]
    return {
        "more": {
            f"read_{program}_{what}_dbfs": round(float(np.median([levels[at] for at in spoken])), 1)
            for what, levels in heard.items()
        }
        | {f"read_{program}_returned_by_second_dbfs": heard["returned"]}
    }


def stalled_front_end(seconds: float) -> Figures:
    """Bob's front end is stopped for 3 s, then kept busy; a steady tone tells every gap."""
    with Conversation(
        people=("bob",), robots=1, robot_microphone="test:tone=600", front_ends=("bob",)
    ) as call:
        recording = call.heard_at("bob")
        front_end = call.processes["bob"]
        began_s = recording.seconds + 6
        recording.wait(began_s)
        front_end.send_signal(signal.SIGSTOP)
        recording.wait(began_s + 3)
        front_end.send_signal(signal.SIGCONT)
        recording.wait(began_s + 5)
        busy_s = recording.seconds
        assert front_end.stdin is not None
        while recording.seconds < busy_s + seconds / 2:
            front_end.stdin.write(b"/people\n" * 50)
            front_end.stdin.flush()
        sound = recording.stop()
    ear = sound[:, call.rig.channel("bob_spk")]
    stopped = ear[round(began_s * RATE_HZ) : round((began_s + 5) * RATE_HZ)]
    busy = ear[round(busy_s * RATE_HZ) :]
    return {
        "more": {
            "front_end_stopped_gap_ms": longest_hole_ms(stopped, quiet=0.02),
            "front_end_busy_gap_ms": longest_hole_ms(busy, quiet=0.02),
        }
    }


def load(remotes: int, seconds: float) -> Figures:
    """Bob talks and hears `remotes` people who all talk at once."""
    with Conversation(people=("bob",), robots=remotes) as call, call.rig.speaking("bob", speech()):
        recording = call.heard_at("bob")
        recording.wait(recording.seconds + 6 + 2 * remotes)
        percent = cpu_percent(call.processes["bob"].pid, seconds)
        recording.stop()
    for number in range(remotes):
        packets = call.stats("bob", f"robot{number}")["audio_packets"]
        if packets < 40 * seconds:
            raise RuntimeError(f"robot{number} was not there: {packets} packets")
    return {"cpu_percent": {str(remotes): percent}}


def _pesq(mouth: Sound, ear: Sound) -> float | None:
    length = round(_PESQ_S * RATE_HZ)
    scores = [
        pesq_wb(mouth[at : at + length], ear[at : at + length + RATE_HZ // 2])
        for at in range(0, len(mouth) - length - RATE_HZ // 2 + 1, length)
    ]
    known = [score for score in scores if score is not None]
    return round(float(np.median(known)), 2) if known else None


def _creep(found: list[Any], began_s: float) -> float | None:
    """Median of the last third minus that of the first."""
    late = [one for one in found if one.at_s >= began_s]
    third = len(late) // 3
    if not third:
        return None
    first, last = (np.median([one.ms for one in part]) for part in (late[:third], late[-third:]))
    return round(float(last - first), 1)


def _smooth(values: list[float]) -> list[float]:
    """Running medians of five: a single window may be matched to the wrong period."""
    return [float(np.median(values[at : at + 5])) for at in range(max(0, len(values) - 4))]


def scenarios(seconds: float | None, *, quick: bool) -> dict[str, Callable[[], Figures]]:
    """By name, for `--only`."""
    half = 0.5 if quick else 1.0
    long_s = seconds if seconds is not None else 24 * half
    return {
        "clean": lambda: clean(12 * half),
        "loss_5": lambda: lossy(5, long_s),
        "loss_10": lambda: lossy(10, long_s),
        "jitter": lambda: jittery(long_s),
        "drift": lambda: drifting(seconds if seconds is not None else 60 * half),
        "echo": lambda: echo(12 * half),
        "read_aloud": lambda: read_aloud("espeak-ng", 27 * half),
        "read_past": lambda: read_aloud("spd", 27 * half),
        "front_end": lambda: stalled_front_end(12 * half),
        "cpu_1": lambda: load(1, 10 * half),
        "cpu_4": lambda: load(4, 10 * half),
        "cpu_8": lambda: load(8, 10 * half),
    }


def merge(whole: Figures, part: Figures) -> None:
    """Add figures; objects inside are joined."""
    for name, value in part.items():
        if isinstance(value, dict) and isinstance(whole.get(name), dict):
            whole[name] |= value
        else:
            whole[name] = value


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="one JSON object and nothing else")
    parser.add_argument("--only", action="append", metavar="NAME", help="may be repeated")
    parser.add_argument("--seconds", type=float, help="of loss, jitter and drift each")
    parser.add_argument("--quick", action="store_true", help="half of every stretch")
    options = parser.parse_args()
    known = scenarios(options.seconds, quick=options.quick)
    chosen = options.only or list(known)
    for name in chosen:
        if name not in known:
            parser.error(f"--only {name}: there is {', '.join(known)}")
    figures: Figures = {}
    for name in chosen:
        began_s = time.monotonic()
        merge(figures, known[name]())
        print(f"{name}: {time.monotonic() - began_s:.0f} s", file=sys.stderr)
    print(json.dumps(figures) if options.json else json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
