"""Sound through real devices, measured outside the program: alice's microphone to bob's speaker."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from tests.audio.sound import tone_amplitude
from tests.devices.pulse_rig import RATE_HZ, PulseRig, Sound, missing
from tests.sound_lab.conversation import Conversation, prefer, speech
from tests.sound_lab.reading import level_dbfs, likeness, seconds_dbfs
from tui.devices.speech_programs import SpeechPrograms

from .program import CELLCALL, Server, environment, read_json, until, wait_until

pytestmark = [
    pytest.mark.devices,
    pytest.mark.skipif(bool(missing()), reason=f"no sound rig: {missing()}"),
]

TONE_HZ = 600.0
SECONDS = 10
WINDOW = RATE_HZ // 50
LONGEST_HOLE_WINDOWS = 3


def join(server: Server, rig: PulseRig, folder: Path, uid: str) -> subprocess.Popen[bytes]:
    """`uid` joins with the machine's default microphone and speaker, which are the rig's.

    A tone that goes on is noise to the noise suppressor.
    """
    settings = folder / "settings.json"
    settings.write_text('{"enableNoiseReduction": false}')
    return subprocess.Popen(
        [
            *(*CELLCALL, "join", "standup", "--headless", "--quiet", "--no-video"),
            *("--server", server.url, "--user", uid, "--stats", str(folder / f"{uid}.json")),
            *("--settings", str(settings)),
        ],
        env=environment(folder, CELLCALL_API_KEY=server.api_key) | rig.pulse_env(uid),
    )


def tone(seconds: float) -> Sound:
    at_s = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    return (0.4 * np.sin(2 * np.pi * TONE_HZ * at_s)).astype(np.float32)


def windows_with_tone(sound: Sound) -> np.ndarray:
    """Which 20 ms windows hold the tone (of a longer one, a splice would break the phase)."""
    samples = (np.clip(sound, -1, 1) * 32767).astype(np.int16)
    count = len(samples) // WINDOW
    return np.array(
        [
            tone_amplitude(samples[n * WINDOW : (n + 1) * WINDOW], TONE_HZ) > 0.05
            for n in range(count)
        ]
    )


def longest_hole(present: np.ndarray) -> int:
    """The longest run of windows without the tone between the first and last with it."""
    heard = np.nonzero(present)[0]
    inside = present[heard[0] : heard[-1] + 1] if len(heard) else present
    longest = run = 0
    for there in inside:
        run = 0 if there else run + 1
        longest = max(longest, run)
    return longest


async def test_a_tone_spoken_to_alice_is_heard_at_bobs_for_10_s(
    server: Server, tmp_path: Path
) -> None:
    with PulseRig(("alice", "bob")) as rig:
        people = [join(server, rig, tmp_path, uid) for uid in ("alice", "bob")]
        listener = rig.listen("bob")
        try:
            speaking = asyncio.create_task(asyncio.to_thread(rig.play, "alice", tone(SECONDS + 25)))
            # Wait until it arrives, then for ten seconds of it.
            await until(lambda: windows_with_tone(listener.so_far()).sum() > 25, 60)
            prefer(*(person.pid for person in people), server.process.pid)
            start = len(listener.so_far())
            await until(lambda: len(listener.so_far()) - start > SECONDS * RATE_HZ, 30)
            sound = listener.so_far()[start : start + SECONDS * RATE_HZ]
        finally:
            for person in people:
                person.terminate()
            codes = [await asyncio.to_thread(person.wait, 20) for person in people]
            listener.stop()
        speaking.cancel()
        assert codes == [0, 0]
        present = windows_with_tone(sound)
        # A splice or a concealed packet spoils a window; a busy machine has some.
        assert present.mean() > 0.95, f"{100 * present.mean():.1f} % of 10 s"
        assert longest_hole(present) <= LONGEST_HOLE_WINDOWS, f"{longest_hole(present) * 20} ms"
        heard = read_json(tmp_path / "bob.json")["participants"]["alice"]
        assert abs(heard["audio_peak_hz"] - TONE_HZ) <= 6


async def test_a_sound_server_that_dies_and_comes_back_is_heard_again_and_nobody_drops(
    server: Server, tmp_path: Path
) -> None:
    with PulseRig(("alice", "bob")) as rig:
        people = [join(server, rig, tmp_path, uid) for uid in ("alice", "bob")]

        async def heard_by_bob(limit_s: float) -> None:
            listener = rig.listen("bob")
            speaking = asyncio.create_task(asyncio.to_thread(rig.play, "alice", tone(limit_s)))
            try:
                await until(lambda: windows_with_tone(listener.so_far()).sum() > 25, limit_s)
            finally:
                listener.stop()
                rig.kill()  # ends the speaking, too
                await speaking

        try:
            await heard_by_bob(60)  # and kills the daemon
            rig.start()
            await heard_by_bob(30)
            assert [person.poll() for person in people] == [None, None]
        finally:
            for person in people:
                person.terminate()
            codes = [await asyncio.to_thread(person.wait, 20) for person in people]
        assert codes == [0, 0]


@pytest.mark.skipif(not shutil.which("espeak-ng"), reason="espeak-ng is not installed")
def test_what_is_read_to_bob_comes_out_of_his_loudspeaker_and_not_out_of_alices() -> None:
    answer = "Announcements are not silenced. /quiet 5 does so for 5 minutes."
    words = asyncio.run(SpeechPrograms().samples(answer)).astype(np.float32) / 32768
    with Conversation(front_ends=("bob",), options={"bob": ("--speak", "espeak-ng")}) as call:
        call.loop_back("bob", gain=0.2239)  # his microphone hears it at -13 dB
        recording = call.heard_at("bob")
        column = call.rig.channel("bob_spk")
        # What is read on joining teaches the canceller.
        wait_until(lambda: level_dbfs(recording.so_far()[-RATE_HZ:, column]) < -50, 60, 0.2)
        began = round(recording.seconds * RATE_HZ)
        call.type("bob", "/quiet")
        recording.wait(recording.seconds + len(words) / RATE_HZ + 3)
        sound = recording.stop()[began:]
    loudspeaker = sound[:, call.rig.channel("bob_spk")]
    assert likeness(words, loudspeaker) > 0.9, f"{level_dbfs(loudspeaker)} dBFS of what?"
    assert level_dbfs(sound[:, call.rig.channel("bob_feed")]) > -45, "open loudspeakers"
    returned = seconds_dbfs(sound[:, call.rig.channel("alice_spk")])
    # A machine that stops for a moment moves the echo; the canceller finds it again in a second.
    assert np.median(returned) < -70, f"{returned}"


def test_a_voice_from_open_loudspeakers_does_not_come_back_to_who_speaks() -> None:
    with Conversation() as call:
        call.loop_back("bob", gain=0.2239)  # -13 dB, some 60 ms later
        with call.rig.speaking("alice", speech()):
            recording = call.heard_at("bob")
            began_s = recording.seconds + 5  # in which the canceller learns the room
            recording.wait(began_s + 10)
            sound = recording.stop()[round(began_s * RATE_HZ) :]
    at_microphone = level_dbfs(sound[:, call.rig.channel("bob_feed")])
    returned = seconds_dbfs(sound[:, call.rig.channel("alice_spk")])
    assert at_microphone > -40, "open loudspeakers"
    # A machine that stops for a moment moves the echo; the canceller finds it again in a second.
    assert np.median(returned) < -70, f"{returned} of {at_microphone}; {call.own_stats('bob')}"
