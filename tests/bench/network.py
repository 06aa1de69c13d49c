"""Calls over bad networks, beside livekit-client in the same run. `python -m tests.bench.network`.

Two of ours, and then two of livekit-client, talk through one embedded server, the far one of each
pair at the end of a line that is made bad both ways, STUN, DTLS and RTCP with media
(`tests.sound_lab.bad_line`). Prints, for each condition and pair, what the far one hears and sees:

    pesq               PESQ-WB against what was said: median of stretches of 6 s
    mouth_to_ear_ms    median, without devices
    video_fps          pictures shown a second; 480x360 at 15 are sent, of a kind that costs bits
    longest_freeze_s   the longest time between two of them
    follows_s          from the drop of the line's rate until what is sent stays below it
    rises_s            from its end until 0.9 of what was sent before is sent again
    voice_waits_ms     of a narrow line: how long small packets, which the voice's are, wait before
                       it; half of them, 95 and 99 of a hundred wait no longer
    voice_lost         small packets that came to a queue that was full
    offered_kbit_s     all that came to the line
    noticed_s          from the beginning of a blackout, or the change of address, to the first word
    back_s             from its end until sound and pictures are there again

`up` is the same of what the far one sends. About 10 minutes; `--only NAME` may be repeated,
`--ours` leaves Chromium out, `--first` runs all of it before other programs (SCHED_RR). Needs root,
as a network namespace does.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
import tempfile
import time
import wave
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tests.interop.child import Child
from tests.interop.lossy_line import LossyLine
from tests.interop.namespace import NetworkNamespace
from tests.interop.peers import ChromiumPeer, web_environment, web_page
from tests.interop.servers import EmbeddedServer, Server, access_token
from tests.sound_lab.bad_line import Direction
from tests.sound_lab.conversation import speech
from tests.sound_lab.reading import RATE_HZ, Sound, delays, median_ms, pesq_wb

_SETTLE_S: Final = 4.0
_LOUD: Final = 0.02
_STRETCH_S: Final = 6.0
_TAIL_S: Final = 1.5
SOONER_S: Final = 5.5
"""So far apart both say the same, or what comes back would pass for an echo."""
_GONE_S: Final = 10.0
_WAIT_S: Final = 45.0
_NARROW_BPS: Final = 500_000
_NARROW_S: Final = 15.0
_WIDE_S: Final = 25.0
_VOICE_BYTES: Final = 220
"""Packets of pictures are larger, but for the ends of some."""

Figures = dict[str, Any]

STEADY: Final[dict[str, dict[str, float]]] = {
    "loss_0": {},
    "loss_5": {"loss": 0.05},
    "loss_10": {"loss": 0.10},
    "loss_20": {"loss": 0.20},
    "burst_10": {"loss": 0.10, "burst": 3.0},
    "jitter_200": {"jitter_s": 0.2},
    "kbit_500": {"rate_bps": 500_000},
}
GOOD: Final = {"loss": 0.0, "burst": 1.0, "jitter_s": 0.0, "rate_bps": 0.0, "black": False}


@dataclass
class Peer:
    """One participant, of either make."""

    child: Child
    ear: Path
    wall_offset_s: float
    """What to take from a time of the clock on the wall for one of the monotonic clock."""
    pictures: list[float] = field(default_factory=list)

    def at_s(self, line: dict[str, Any]) -> float:
        return float(line["at_s"] if "at_s" in line else line["wall_s"] - self.wall_offset_s)

    def line(self, event: str, *, since: int = 0) -> dict[str, Any]:
        found: dict[str, Any] = self.child.wait_for(
            lambda line: isinstance(line, dict) and line.get("event") == event,
            event,
            60,
            since=since,
        )
        return found

    def mouth_s(self, at_s: float) -> float:
        """When the voice began by its clock; told again whenever that clock was found off."""
        found = self.at_s(self.line("mouth"))
        for one in self.child.lines:
            if isinstance(one, dict) and one.get("event") == "mouth" and "told_s" in one:
                found = self.at_s(one) if one["told_s"] - self.wall_offset_s <= at_s else found
        return found

    def said_at_s(self, since_s: float) -> list[tuple[float, str]]:
        """What was told of the connection since."""
        lines = [x for x in self.child.lines if isinstance(x, dict) and x.get("event") == "said"]
        told = [(self.at_s(one), str(one["what"])) for one in lines]
        return [one for one in told if one[0] >= since_s]

    def pictures_at_s(self) -> list[float]:
        """When each picture so far came."""
        since = len(self.child.lines)
        self.child.send(json.dumps({"op": "pictures"}))
        told = self.line("pictures", since=since)
        offset_s = 0.0 if "times" in told else self.wall_offset_s
        times = told.get("times") or told.get("wall_times") or []
        self.pictures += [at - offset_s for at in times]
        return self.pictures

    def heard(self, from_s: float, until_s: float) -> Sound:
        """Silence where nothing was recorded."""
        began_s = self.at_s(self.line("ear"))
        samples = np.fromfile(self.ear, "<i2").astype(np.float32) / 32768
        first, last = (round((at - began_s) * RATE_HZ) for at in (from_s, until_s))
        sound = np.zeros(last - first, np.float32)
        there = samples[max(first, 0) : max(last, 0)]
        at = max(-first, 0)
        sound[at : at + len(there)] = there
        return sound


def _pesq(said: Sound, heard: Sound) -> float | None:
    """PESQ-WB; the worst there is, where nothing was heard."""
    heard = heard[: len(said) + RATE_HZ // 4]
    return pesq_wb(said, heard) if float(np.abs(heard).max()) > _LOUD else 1.0


class Pair:
    """A near one and a far one of the same make, in a room of their own."""

    def __init__(self, near: Peer, far: Peer, line: LossyLine):
        self.near, self.far, self.line = near, far, line
        self._said = speech()

    def spoken(self, peer: Peer, from_s: float, until_s: float) -> Sound:
        began_s = peer.mouth_s(from_s) - (SOONER_S if peer is self.far else 0.0)
        first = round((from_s - began_s) * RATE_HZ)
        count = round((until_s - from_s) * RATE_HZ)
        return self._said[(first + np.arange(count)) % len(self._said)]

    def heard_and_seen(self, from_s: float, until_s: float) -> Figures:
        """The figures of a stretch of time, both ways."""
        down = self._one_way(self.near, self.far, from_s, until_s)
        return down | {"up": self._one_way(self.far, self.near, from_s, until_s)}

    def _one_way(self, mouth: Peer, ear: Peer, from_s: float, until_s: float) -> Figures:
        said = self.spoken(mouth, from_s, until_s)
        heard = ear.heard(from_s, until_s + _TAIL_S)
        late_ms = median_ms(delays(said, heard[: len(said)]))
        ahead = max(0, round(((late_ms or 0) - 100) * RATE_HZ / 1000))
        length = round(_STRETCH_S * RATE_HZ)
        scores = [
            score
            for at in range(0, len(said) - length + 1, length)
            if (score := _pesq(said[at : at + length], heard[at + ahead :])) is not None
        ]
        shown = [at for at in ear.pictures_at_s() if from_s <= at < until_s]
        edges = [from_s, *shown, until_s]
        return {
            "pesq": round(float(np.median(scores)), 2) if scores else None,
            "mouth_to_ear_ms": late_ms,
            "video_fps": round(len(shown) / (until_s - from_s), 1),
            "longest_freeze_s": round(float(np.max(np.diff(edges))), 2),
        }

    def gone(self, began_s: float, ended_s: float) -> Figures:
        """What a person is told of an interruption, and how long it lasts for them."""
        told = self.far.said_at_s(began_s)
        heard = self.far.heard(ended_s, ended_s + _WAIT_S / 2)
        loud = np.flatnonzero(np.abs(heard) > _LOUD)
        seen = [at - ended_s for at in self.far.pictures_at_s() if at > ended_s + 0.05]
        back = [loud[0] / RATE_HZ if len(loud) else None, seen[0] if seen else None]
        known = [one for one in back if one is not None]
        return {
            "noticed_s": round(told[0][0] - began_s, 2) if told else None,
            "back_s": round(float(max(known)), 2) if len(known) == 2 else None,
            "said": [(round(at - ended_s, 2), what) for at, what in told],
        }


class Bench:
    """The server and a pair, in a namespace."""

    def __init__(self, namespace: NetworkNamespace, folder: Path, make: str):
        self._namespace, self._folder = namespace, folder
        self._open = contextlib.ExitStack()
        self._offset_s = time.time() - time.monotonic()
        self._voice = folder / "voice.wav"
        with wave.open(str(self._voice), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE_HZ)
            file.writeframes((speech() * 32767).astype("<i2").tobytes())
        self.server = EmbeddedServer(self._namespace, folder)
        self._open.callback(self.server.stop)
        try:
            self.server.start()
            self.pair = self._pair(make, self._ours if make == "cellcall" else self._browser)
            for peer in (self.pair.near, self.pair.far):
                peer.line("ear")
        except BaseException:
            self._open.close()
            raise

    def close(self) -> None:
        self._open.close()

    def _pair(self, room: str, join: Any) -> Pair:
        line = LossyLine(self._namespace, loss=0.0, log=self._folder / f"{room}-line.log")
        self._open.callback(line.end)
        line.set(everything=True)
        near = join(self.server, room, "near")
        return Pair(near, join(line.towards(self.server), room, "far"), line)

    def _peer(
        self, command: Sequence[str], room: str, who: str, environment: dict[str, str]
    ) -> Peer:
        child = Child(
            self._namespace.command(*command),
            log=self._folder / f"{room}-{who}.log",
            environment=environment,
        )
        self._open.callback(child.stop)
        return Peer(child, self._ear(room, who), self._offset_s)

    def _ear(self, room: str, who: str) -> Path:
        return self._folder / f"{room}-{who}.raw"

    def _ours(self, server: Server, room: str, who: str) -> Peer:
        sooner_s = SOONER_S if who == "far" else 0.0
        told = (
            *(server.url, access_token(server, room, who)),
            *(str(self._ear(room, who)), str(sooner_s)),
        )
        command = (sys.executable, "-m", "tests.bench.network_peer", *told)
        return self._peer(command, room, who, {})

    def _browser(self, server: Server, room: str, who: str) -> Peer:
        told: dict[str, Any] = {"url": server.url, "token": access_token(server, room, who)}
        told["sooner"] = SOONER_S if who == "far" else 0.0
        command = web_page("network.html", told | {"ear": str(self._ear(room, who))})
        environment = web_environment() | {"CELLCALL_VOICE": str(self._voice)}
        return self._peer(command, room, who, environment)

    def steady(self, harm: dict[str, float], seconds: float) -> Figures:
        """Everybody's figures while the lines are as `harm` says."""
        with self._harmed(**harm):
            time.sleep(_SETTLE_S)
            from_s = time.monotonic()
            time.sleep(seconds + _TAIL_S)
        figures = self.pair.heard_and_seen(from_s, from_s + seconds)
        if rate_bps := harm.get("rate_bps"):
            came = self.pair.line.came()
            figures |= queued(came["to_client"], rate_bps, from_s, from_s + seconds)
            figures["up"] |= queued(came["from_client"], rate_bps, from_s, from_s + seconds)
        return figures

    def rate_drop(self) -> Figures:
        """The line carries 500 kbit/s for a while: what is sent over it follows, down and up."""
        time.sleep(_WAIT_S / 5)
        fell_s = time.monotonic()
        with self._harmed(rate_bps=_NARROW_BPS):
            time.sleep(_NARROW_S + _TAIL_S)
        rose_s = time.monotonic()
        time.sleep(_WIDE_S)
        came = self.pair.line.came()
        figures = self.pair.heard_and_seen(fell_s, fell_s + _NARROW_S)
        figures |= followed(came["to_client"], fell_s, rose_s)
        figures["up"] |= followed(came["from_client"], fell_s, rose_s)
        return figures

    def blackout(self) -> Figures:
        """Nothing passes for ten seconds."""
        began_s = time.monotonic()
        with self._harmed(black=True):
            time.sleep(_GONE_S)
        ended_s = time.monotonic()
        return self._gone(began_s, ended_s)

    def address(self) -> Figures:
        """The far one is at another address from one moment on."""
        began_s = time.monotonic()
        self.pair.line.change_address()
        return self._gone(began_s, began_s)

    def _gone(self, began_s: float, ended_s: float) -> Figures:
        time.sleep(max(0.0, ended_s + _WAIT_S / 2 + 1 - time.monotonic()))
        return self.pair.gone(began_s, ended_s)

    @contextlib.contextmanager
    def _harmed(self, **harm: float) -> Iterator[None]:
        self.pair.line.set(**harm)
        try:
            yield
        finally:
            self.pair.line.set(**GOOD)


def followed(packets: Sequence[tuple[float, int]], fell_s: float, rose_s: float) -> Figures:
    """How soon what came to a line was no more than it carried, and as much as before."""
    at_s = np.array([at for at, _ in packets])
    bits = np.concatenate(([0.0], np.cumsum([8.0 * size for _, size in packets])))

    def seconds(from_s: float, until_s: float) -> tuple[NDArray[Any], NDArray[Any]]:
        """Bits of the seconds that begin each tenth of a second."""
        begins = np.arange(from_s, until_s - 1.0, 0.1)
        first, last = (np.searchsorted(at_s, begins + more) for more in (0.0, 1.0))
        return begins, bits[last] - bits[first]

    before = float(np.median(seconds(fell_s - 5.0, fell_s)[1]))
    begins, narrow = seconds(fell_s, rose_s)
    over = np.flatnonzero(narrow > _NARROW_BPS)
    follows_s = begins[over[-1]] + 0.1 - fell_s if len(over) else 0.0
    rising, wide = seconds(rose_s, rose_s + _WIDE_S)
    high = np.flatnonzero(wide >= 0.9 * before)
    return {
        "follows_s": round(float(follows_s), 1),
        "rises_s": round(float(rising[high[0]] - rose_s), 1) if len(high) else None,
        "kbit_s": [round(before / 1000), round(float(np.median(narrow)) / 1000)],
        "narrow_kbit_s": [round(one / 1000) for one in narrow[::10]],
        "wide_kbit_s": [round(one / 1000) for one in wide[::10]],
    }


def queued(
    packets: Sequence[tuple[float, int]], rate_bps: float, from_s: float, until_s: float
) -> Figures:
    """How long the voice's packets wait before a line of that rate."""
    line = Direction(rate_bps=rate_bps)
    waits = [(at, size, line.lateness_s(size, at)) for at, size in packets]
    voice = [late for at, size, late in waits if from_s <= at < until_s and size < _VOICE_BYTES]
    waited_ms = [1000 * late for late in voice if late is not None] or [0.0]
    bits = sum(8 * size for at, size, _ in waits if from_s <= at < until_s)
    return {
        "voice_waits_ms": [round(float(one)) for one in np.percentile(waited_ms, (50, 95, 99))],
        "voice_lost": sum(late is None for late in voice),
        "offered_kbit_s": round(bits / (until_s - from_s) / 1000),
    }


def measure(bench: Bench, name: str, seconds: float) -> Figures:
    """One condition."""
    if name == "blackout_10":
        return bench.blackout()
    if name == "address":
        return bench.address()
    if name == "rate_drop":
        return bench.rate_drop()
    return bench.steady(STEADY[name], seconds)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="one JSON object and nothing else")
    parser.add_argument("--only", action="append", metavar="NAME", help="may be repeated")
    parser.add_argument("--seconds", type=float, default=18.0, help="of each steady condition")
    parser.add_argument("--ours", action="store_true", help="without Chromium")
    parser.add_argument("--first", action="store_true", help="before other programs")
    options = parser.parse_args()
    known = [*STEADY, "rate_drop", "blackout_10", "address"]
    chosen = options.only or known
    for name in chosen:
        if name not in known:
            parser.error(f"--only {name}: there is {', '.join(known)}")
    lacks = None if options.ours else ChromiumPeer.lacks()
    if lacks is not None:
        print(f"without Chromium: this machine lacks {lacks}", file=sys.stderr)
    makes = ["cellcall"] if options.ours or lacks is not None else ["cellcall", "chromium"]
    figures: Figures = {name: {} for name in chosen}
    for make in makes:
        with NetworkNamespace() as namespace, tempfile.TemporaryDirectory() as folder:
            bench = Bench(namespace.first() if options.first else namespace, Path(folder), make)
            try:
                for name in chosen:
                    figures[name][make] = measure(bench, name, options.seconds)
                    figures[name][make]["load"] = round(os.getloadavg()[0], 1)
                    print(f"{name} {make}: {json.dumps(figures[name][make])}", file=sys.stderr)
            finally:
                bench.close()
    print(json.dumps(figures) if options.json else json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
