"""A conversation of real processes on real (virtual) devices, for the sound benchmark."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import numpy as np

from tests.sound_lab.bad_line import BadLine
from tests.sound_lab.one_clock import OneClockRig, Recording
from tests.sound_lab.reading import RATE_HZ, Sound
from tests.whole.program import CELLCALL, Server, children_of, environment, read_json
from tui.devices.tones import voice

_FIRST: Final = ("nice", "-n", "-15") if os.geteuid() == 0 else ()
_JOIN_S: Final = 60.0
_NO_OPTIONS: Final[Mapping[str, tuple[str, ...]]] = {}


def speech(seconds: float = 11.0) -> Sound:
    """The bundled voice without its pause."""
    source = voice()
    blocks = [source.next_block() for _ in range(round(seconds * 100))]
    return np.concatenate(blocks).astype(np.float32) / 32768


class Conversation:
    """People with devices, robots without, and a server; everybody joins at once.

    Args:
        people: With a microphone and a loudspeaker on the rig.
        robots: How many talk beside them, without devices.
        lines: Whose network can be made bad.
        robot_microphone: What they say.
        drifting_microphone: Alice's microphone is a pipe, see `fast_microphone`.
        front_ends: Who sits before the plain front end, with an engine of their own, and not in
            `--headless`; they leave no figures.
        options: What else to give to whose command.
    """

    def __init__(
        self,
        people: tuple[str, ...] = ("alice", "bob"),
        *,
        robots: int = 0,
        lines: tuple[str, ...] = (),
        robot_microphone: str = "test:voice",
        drifting_microphone: bool = False,
        front_ends: tuple[str, ...] = (),
        options: Mapping[str, tuple[str, ...]] = _NO_OPTIONS,
    ):
        self._options = options
        self._robot_microphone, self._front_ends = robot_microphone, front_ends
        self.people, self._robots, self._bad = people, robots, lines
        self._drifting = drifting_microphone
        self.folder = Path(tempfile.mkdtemp(prefix="call-"))
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.lines: dict[str, BadLine] = {}
        self._open = contextlib.ExitStack()
        self._loops: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Conversation:
        try:
            self._begin()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _begin(self) -> None:
        self.rig = self._open.enter_context(OneClockRig(self.people))
        # Or programs that start keep it from answering, and it refuses the sixth who waits.
        prefer(self.rig.pid)
        if self._drifting:
            pipe = self.rig.folder / "pipe"
            self.rig.pactl(
                "load-module",
                "module-pipe-source",
                "source_name=fast_mic",
                f"file={pipe}",
                "format=s16le",
                "rate=48000",
                "channels=1",
            )
        self.server = Server(self.folder)
        self._open.callback(self.server.stop)
        if _FIRST:
            os.setpriority(os.PRIO_PROCESS, self.server.process.pid, -15)
        for uid in self._bad:
            address = urlsplit(self.server.url)
            assert address.port is not None
            line = BadLine(address.port, self.server.udp_port)
            self.lines[uid] = self._open.enter_context(line)
        for uid in self.people:
            env = self.rig.pulse_env(uid)
            if uid == "alice" and self._drifting:
                env["PULSE_SOURCE"] = "fast_mic"
            self._join(uid, env, *self._options.get(uid, ()))
        for number in range(self._robots):
            self._join(
                f"robot{number}", {}, "--microphone", self._robot_microphone, "--speaker", "null"
            )

    def _join(self, uid: str, env: dict[str, str], *more: str) -> None:
        line = self.lines.get(uid)
        url = f"http://127.0.0.1:{line.http_port}" if line else self.server.url
        front_end = ("--plain",)
        if uid not in self._front_ends:
            front_end = ("--headless", "--quiet", "--stats", str(self.folder / f"{uid}.json"))
        self.processes[uid] = subprocess.Popen(
            [
                *(*_FIRST, *CELLCALL, "join", "standup", "--no-video", *front_end),
                *("--server", url, "--user", uid, *more),
            ],
            env=environment(self.folder, CELLCALL_API_KEY=self.server.api_key) | env,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def __exit__(self, *_: object) -> None:
        for process in (*self.processes.values(), *self._loops):
            process.terminate()
        for process in (*self.processes.values(), *self._loops):
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with contextlib.suppress(BrokenPipeError):
                        pipe.close()
        self._open.close()
        self._figures = {
            uid: read_json(path)
            for uid in self.processes
            if (path := self.folder / f"{uid}.json").exists()
        }
        shutil.rmtree(self.folder, ignore_errors=True)

    def stats(self, whose: str, about: str) -> dict[str, Any]:
        """After the call: what `whose` program says of `about`."""
        figures: dict[str, Any] = self._figures[whose]["participants"][about]
        return {name: value for name, value in figures.items() if name.startswith("audio_")}

    def own_stats(self, whose: str) -> dict[str, Any]:
        """After the call: what `whose` program says of the sound it sent."""
        figures: dict[str, Any] = self._figures[whose]["own_sound"]
        return figures

    def type(self, uid: str, *lines: str) -> None:
        """Type lines at a front end."""
        keyboard = self.processes[uid].stdin
        assert keyboard is not None
        keyboard.write("".join(f"{line}\n" for line in lines).encode())
        keyboard.flush()

    def heard_at(self, uid: str) -> Recording:
        """A recording, once somebody is heard at `uid`."""
        recording = self.rig.record()
        self._open.callback(recording.stop)
        column = self.rig.channel(f"{uid}_spk")
        until_s = time.monotonic() + _JOIN_S
        while not (recording.so_far()[-RATE_HZ:, column] > 0.02).any():
            for who, process in (*self.processes.items(), *(("air", one) for one in self._loops)):
                if process.poll() is not None:
                    raise RuntimeError(f"{who} ended with {process.returncode}")
            if time.monotonic() > until_s:
                raise TimeoutError(f"nobody is heard at {uid}")
            time.sleep(0.1)
        # From here on neighbours must not decide: everything that measures or is measured.
        prefer(self.server.process.pid, self.rig.pid, os.getpid(), recording.pid)
        people = [process.pid for process in (*self.processes.values(), *self._loops)]
        prefer(*people, *(child for pid in people for child in children_of(pid)))
        prefer(*self.rig.children)
        return recording

    def loop_back(self, uid: str, *, gain: float) -> None:
        """Let a person's microphone hear their loudspeaker, some 60 ms later."""
        self.rig.pactl(
            "load-module",
            "module-remap-source",
            f"source_name={uid}_ear",
            "master=wire.monitor",
            "channels=1",
            "channel_map=mono",
            f"master_channel_map={self.rig.channel_name(f'{uid}_spk')}",
            "remix=no",
        )
        # Not module-loopback: it changes its rate and its delay by itself. Volumes are cubic.
        raw = ("--raw", "--format=s16le", "--rate=48000", "--channels=1")
        ear = [*_FIRST, "parec", "--latency-msec=20", "-d", f"{uid}_ear", *raw]
        mouth = [*_FIRST, "pacat", "-p", "--latency-msec=40", "-d", f"{uid}_feed", *raw]
        mouth.append(f"--volume={round(65536 * gain ** (1 / 3))}")
        speaking = subprocess.Popen(mouth, env=self.rig.env(), stdin=subprocess.PIPE)
        listening = subprocess.Popen(ear, env=self.rig.env(), stdout=subprocess.PIPE)
        self._loops += [speaking, listening]
        threading.Thread(target=_air, args=(listening, speaking), daemon=True).start()


def _air(ear: subprocess.Popen[bytes], mouth: subprocess.Popen[bytes]) -> None:
    """Carry sound, keeping next to none: programs that start slowly must not add delay."""
    assert ear.stdout is not None and mouth.stdin is not None
    sink = mouth.stdin.fileno()
    fcntl.fcntl(sink, fcntl.F_SETPIPE_SZ, 4096)
    os.set_blocking(sink, False)
    with contextlib.suppress(BrokenPipeError):
        while block := ear.stdout.read(960):
            with contextlib.suppress(BlockingIOError):
                os.write(sink, block)


class _FastClock:
    """A microphone whose clock runs `ppm` fast: a writer into the sound server's pipe source."""

    def __init__(self, pipe: Path, sound: Sound, ppm: float):
        self._sound = (np.clip(sound, -1, 1) * 32767).astype("<i2")
        self._rate = RATE_HZ * (1 + ppm * 1e-6)
        self._pipe = pipe
        self._stop = threading.Event()
        self._written = 0
        self._began_s = 0.0
        self._thread = threading.Thread(target=self._write, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(5)

    def _write(self) -> None:
        block = RATE_HZ // 100
        looped = np.concatenate((self._sound, self._sound[:block]))
        with self._pipe.open("wb", buffering=0) as pipe:
            self._began_s = time.monotonic()
            while not self._stop.is_set():
                at = self._written % len(self._sound)
                pipe.write(looped[at : at + block].tobytes())
                self._written += block
                ahead_s = self._began_s + self._written / self._rate - time.monotonic()
                if ahead_s > 0:
                    time.sleep(ahead_s)
                elif ahead_s < -0.1:
                    # Nobody read for a while: a microphone does not catch up either.
                    self._began_s -= ahead_s

    def spoken_s(self) -> float:
        """How many seconds were spoken by now, on the real clock."""
        return time.monotonic() - self._began_s

    def as_spoken(self, recorded_s: float, spoken_s: float) -> Sound:
        """What was spoken during a recording that ended when `spoken_s` had been spoken.

        At 48 kHz of the real clock. Where it starts is only known to some 60 ms: use it for changes
        of delay, not for the delay.
        """
        real_s = np.arange(round(recorded_s * RATE_HZ)) / RATE_HZ + (spoken_s - recorded_s)
        at = np.maximum(real_s, 0.0) * self._rate
        whole = self._sound.astype(np.float32) / 32768
        looped = np.append(whole, whole[0])
        return np.interp(at % len(whole), np.arange(len(looped)), looped).astype(np.float32)


@contextlib.contextmanager
def fast_microphone(rig: OneClockRig, sound: Sound, *, ppm: float) -> Iterator[_FastClock]:
    """Speak `sound` over and over into a microphone that runs fast."""
    clock = _FastClock(rig.folder / "pipe", sound, ppm)
    clock.start()
    try:
        yield clock
    finally:
        clock.stop()


def prefer(*pids: int) -> None:
    """Run every thread of these before other people's, where we may (root, Linux)."""
    for pid in pids:
        for thread in Path(f"/proc/{pid}/task").glob("*"):
            with contextlib.suppress(OSError):
                if os.sched_getscheduler(int(thread.name)) == os.SCHED_OTHER:
                    os.sched_setscheduler(int(thread.name), os.SCHED_RR, os.sched_param(1))


def cpu_percent(pid: int, seconds: float) -> float:
    """Of one core, user and system time of a process over some seconds."""

    def used_s() -> float:
        with open(f"/proc/{pid}/stat") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    began_s, used = time.monotonic(), used_s()
    time.sleep(seconds)
    return round(100 * (used_s() - used) / (time.monotonic() - began_s), 1)
