"""A call of four that one of them records, on both servers: who comes, changes, breaks off.

On livekit-server the call is sealed as well. Bo talks as people do, with pauses, in which nothing
is sent (DTX); what is recorded of him says how true the times are.
"""

from __future__ import annotations

import itertools
import sys
import time
import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import av
import numpy as np
import pytest

from tests.recordings import Track, probe
from tui.cli.given_key import KEY_VARIABLE
from tui.devices.recording.joining import tracks_of

from .cellcall_peers import PlainPeer
from .child import Child
from .namespace import NetworkNamespace
from .peers import Signature
from .recording import RATE_HZ, Sound, pitch_hz, spurts, tone_levels
from .servers import LivekitServer, Server, access_token

pytestmark = pytest.mark.interop

KEY: Final = "correct horse battery staple"
TALKS_S, PAUSES_S = 1.0, 1.5
LEVEL: Final = 0.3
GREEN: Final = (40, 200, 40)
ANA, BO, CHI, DAN = (
    Signature("ana", (0, 0, 0), 440),
    Signature("bo", (0, 0, 0), 880),
    Signature("chi", GREEN, 660),
    Signature("dan", (0, 0, 0), 550),
)
CHANGED_HZ: Final = 1100
"""Of the microphone that Chi takes up in the middle."""


def talk(path: Path, hz: float, seconds: float) -> None:
    """A WAV file of a tone with pauses."""
    at = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    sounds = np.sin(2 * np.pi * hz * at) * (at % (TALKS_S + PAUSES_S) < TALKS_S)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes((sounds * LEVEL * 32767).astype("<i2").tobytes())


Join = Callable[..., PlainPeer]


@pytest.fixture
def join(namespace: NetworkNamespace, server: Server, tmp_path: Path) -> Iterator[Join]:
    """Has somebody join in plain mode."""
    key = KEY if isinstance(server, LivekitServer) else ""
    peers: list[PlainPeer] = []

    def run(who: Signature, *more: str, microphone: str = "") -> PlainPeer:
        number = len(peers)
        camera = f"test:colour={who.hex}" if any(who.rgb) else "none"
        command = [
            *(sys.executable, "-m", "tui", "join", "--server", server.url, "--plain"),
            *("--token", access_token(server, f"recording-{tmp_path.name}", who.identity)),
            *("--camera", camera, "--speaker", "null"),
            *("--microphone", microphone or f"test:tone={who.tone_hz:.0f}", *more),
        ]
        log = tmp_path / f"{who.identity}-{number}.log"
        child = Child(namespace.command(*command), log=log, environment={KEY_VARIABLE: key})
        peers.append(PlainPeer(child, who, tmp_path / "none.json"))
        return peers[-1]

    yield run
    for one in peers:
        one.child.stop()


def wait_for_track(file: Path, title: str, holds: Callable[[Track], bool]) -> None:
    """Until what is recorded of somebody's sound is so."""
    deadline = time.monotonic() + 60
    while True:
        named = tracks_of(file).glob(f"* {title} microphone.mkv")
        tracks = [track for one in named if one.stat().st_size for track in probed(one)]
        if any(holds(track) for track in tracks):
            return
        assert time.monotonic() < deadline, (title, tracks)
        time.sleep(0.1)


def probed(path: Path) -> list[Track]:
    """The tracks of a file that grows."""
    try:
        return probe(path)
    except av.FFmpegError:
        return []


def as_heard(file: Path, title: str) -> Sound:
    """A sound track from the recording's beginning, pauses and all."""
    pieces: list[tuple[int, Sound]] = []
    with av.open(str(file)) as opened:
        track = next(one for one in opened.streams.audio if one.metadata["title"] == title)
        resampler = av.AudioResampler("flt", "mono", RATE_HZ)
        for packet in opened.demux(track):
            for frame in packet.decode() if packet.pts is not None else ():
                at = round(float(packet.pts * packet.time_base) * RATE_HZ)
                pieces += [(at, one.to_ndarray()[0]) for one in resampler.resample(frame)]
    whole = np.zeros(max(at + len(sound) for at, sound in pieces), np.float32)
    for at, sound in pieces:
        whole[at : at + len(sound)] = sound
    return whole


def test_everybody_is_recorded_as_they_were(server: Server, join: Join, tmp_path: Path) -> None:
    file, wav = tmp_path / "call.mkv", tmp_path / "talk.wav"
    talk(wav, BO.tone_hz, 120)
    ana = join(ANA, "--record", str(file), "--record-video", "small")
    ana.wait_for_line("record: You record this call", 60)
    bo = join(BO, microphone=f"file:{wav}")
    chi = join(CHI)
    dan = join(DAN)
    for one in (bo, chi, dan):
        one.wait_for_line("record: Ana records this call|.*record", 60)
    wait_for_track(file, "Chi", lambda track: track.ends_s - track.begins_s > 2)
    wait_for_track(file, "Dan", lambda track: track.ends_s - track.begins_s > 2)

    chi.say(f"/use microphone test:tone={CHANGED_HZ}")
    chi.wait_for_line("info: Microphone is now")
    dan.child.kill()  # his machine lost power
    again = join(DAN)
    again.wait_until_published()
    wait_for_track(file, "Dan", lambda track: track.longest_gap_s > 0.5)
    wait_for_track(file, "Bo", lambda track: track.ends_s - track.begins_s > 12)
    ana.say("/record off")
    ana.wait_for_line("record: You no longer record", 60)

    tracks = {(one.kind, one.title): one for one in probe(file)}
    assert sorted(tracks) == [
        *(("audio", name) for name in ("Ana", "Bo", "Chi", "Dan")),
        ("video", "Chi"),
    ]
    assert tracks["video", "Chi"].first_is_key

    # Who was there all the time is there all the time, to the end.
    assert tracks["audio", "Ana"].begins_s < 0.5
    assert tracks["audio", "Ana"].longest_gap_s < 0.1
    ends = [tracks["audio", name].ends_s for name in ("Ana", "Chi", "Dan")]
    assert max(ends) - min(ends) < 0.25

    # Bo's pauses are no packets, and as long as they were.
    heard = spurts(tone_levels(as_heard(file, "Bo"), BO.tone_hz), LEVEL)[1:-1]
    assert len(heard) >= 3
    assert tracks["audio", "Bo"].longest_gap_s > 0.3
    for begin, end in heard:
        assert end - begin == pytest.approx(TALKS_S, abs=0.1), heard
    for (_, end), (begin, _) in itertools.pairwise(heard):
        assert begin - end == pytest.approx(PAUSES_S, abs=0.1), heard

    # A change of microphones is a change of tone in one track; a new start is a gap in one.
    of_chi = as_heard(file, "Chi")
    begins = round(tracks["audio", "Chi"].begins_s * RATE_HZ)
    assert pitch_hz(of_chi[begins + RATE_HZ :][:RATE_HZ], CHI.tone_hz) == pytest.approx(660, abs=3)
    assert pitch_hz(of_chi[-RATE_HZ:], CHANGED_HZ) == pytest.approx(CHANGED_HZ, abs=3)
    assert pitch_hz(as_heard(file, "Dan")[-RATE_HZ:], DAN.tone_hz) == pytest.approx(550, abs=3)

    with av.open(str(file)) as opened:
        *_, last = opened.decode(opened.streams.video[0])
    colour = last.to_ndarray(format="rgb24").mean((0, 1))
    assert CHI.shown_by([round(one) for one in colour])
