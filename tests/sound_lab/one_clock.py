"""A sound server whose microphones and loudspeakers run on ONE clock, recorded in one stream.

Every person's feed (what is spoken into the microphone) and loudspeaker is a channel of one virtual
sound card, so that the time from mouth to ear is read off a single recording, to the sample.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.devices.pulse_rig import RATE_HZ, Sound

_CHANNELS = (
    "front-left", "front-right", "rear-left", "rear-right",
    "front-center", "lfe", "side-left", "side-right",
)  # fmt: skip
_FIRST = ("nice", "-n", "-15") if os.geteuid() == 0 else ()
"""What measures must not wait for what is measured."""


class Recording:
    """All channels from `start` on, as one array."""

    def __init__(self, command: list[str], env: dict[str, str], channels: int):
        self._channels = channels
        self._process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE)
        self._bytes = bytearray()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        while piece := os.read(self._process.stdout.fileno(), 65536):
            self._bytes += piece

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def seconds(self) -> float:
        return len(self._bytes) / 4 / self._channels / RATE_HZ

    def so_far(self) -> NDArray[np.float32]:
        """Shape (samples, channels)."""
        whole = bytes(self._bytes)
        row = 4 * self._channels
        return np.frombuffer(whole[: len(whole) // row * row], np.float32).reshape(
            -1, self._channels
        )

    def wait(self, seconds: float) -> None:
        """Until so much was recorded; the sound server's clock, not ours.

        Raises:
            TimeoutError: It stands still.
        """
        until_s = time.monotonic() + 2 * seconds + 20
        while self.seconds < seconds:
            if time.monotonic() > until_s:
                raise TimeoutError("the sound server stands still")
            time.sleep(0.05)

    def stop(self) -> NDArray[np.float32]:
        self._process.terminate()
        self._process.wait(5)
        self._thread.join(5)
        return self.so_far()


class OneClockRig:
    """`people` with a microphone and a loudspeaker each, four at most."""

    def __init__(
        self, people: tuple[str, ...] = ("alice", "bob"), *, modules: tuple[str, ...] = ()
    ):
        assert 1 <= len(people) <= 4
        self.people = people
        self.folder = Path(tempfile.mkdtemp(prefix="rig-"))
        self._modules = modules
        self._channels = 2 * len(people)
        self.children: list[int] = []
        """Programs that speak into microphones."""
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Of the daemon."""
        assert self._process is not None
        return self._process.pid

    def channel(self, name: str) -> int:
        """Column of `alice_feed` or `alice_spk` in a recording."""
        person, _, what = name.rpartition("_")
        return 2 * self.people.index(person) + (what == "spk")

    def channel_name(self, name: str) -> str:
        """PulseAudio's name of that channel."""
        return _CHANNELS[self.channel(name)]

    def __enter__(self) -> OneClockRig:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None and self._process.poll() is not None:
            log = (self.folder / "log").read_text(errors="replace")[-2000:]
            print(f"the sound server ended: {self._process.returncode}\n{log}", file=sys.stderr)
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self) -> None:
        """Start the daemon."""
        socket = self.folder / "native"
        layout = ",".join(_CHANNELS[: self._channels])
        modules = [
            f"module-native-protocol-unix socket={socket} auth-anonymous=1",
            f"module-null-sink sink_name=wire rate=48000 channels={self._channels} "
            f"channel_map={layout} norewinds=1",
        ]
        for person in self.people:
            for what in ("feed", "spk"):
                name = f"{person}_{what}"
                modules.append(
                    f"module-remap-sink sink_name={name} master=wire channels=1 channel_map=mono "
                    f"master_channel_map={_CHANNELS[self.channel(name)]} remix=no"
                )
            feed = _CHANNELS[self.channel(f"{person}_feed")]
            modules.append(
                f"module-remap-source source_name={person}_mic master=wire.monitor channels=1 "
                f"channel_map=mono master_channel_map={feed} remix=no"
            )
        command = ["pulseaudio", "-n", "--daemonize=no", "--fail=yes", "--use-pid-file=no"]
        command += ["--exit-idle-time=-1", "--high-priority=yes", "--realtime=yes"]
        command += [f"--log-target=file:{self.folder}/log", "--log-level=notice"]
        for module in (*modules, *self._modules):
            command += ["-L", module]
        self._process = subprocess.Popen(
            command,
            env=self.env(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until_s = time.monotonic() + 15
        while subprocess.run(["pactl", "info"], env=self.env(), capture_output=True).returncode:
            if self._process.poll() is not None or time.monotonic() > until_s:
                log = self.folder / "log"
                raise RuntimeError(log.read_text(errors="replace") if log.exists() else "no log")
            time.sleep(0.05)

    def kill(self) -> None:
        """All devices are gone at once. Idempotent."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait(5)

    def pactl(self, *words: str) -> str:
        done = subprocess.run(
            ["pactl", *words], env=self.env(), capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def env(self, person: str = "") -> dict[str, str]:
        """The environment of a child whose default devices are this person's."""
        return {**os.environ, **self.pulse_env(person)}

    def pulse_env(self, person: str = "") -> dict[str, str]:
        """Only the variables that point at this rig."""
        env = {
            "PULSE_SERVER": f"unix:{self.folder}/native",
            "PULSE_RUNTIME_PATH": str(self.folder),
            "PULSE_STATE_PATH": str(self.folder),
            "PULSE_COOKIE": f"{self.folder}/cookie",
            "XDG_RUNTIME_DIR": str(self.folder),
        }
        if person:
            env |= {"PULSE_SINK": f"{person}_spk", "PULSE_SOURCE": f"{person}_mic"}
        return env

    def record(self) -> Recording:
        command = [*_FIRST, "parec", "--latency-msec=60", "-d", "wire.monitor", "--raw"]
        command += ["--format=float32le", "--rate=48000", f"--channels={self._channels}"]
        command += [f"--channel-map={','.join(_CHANNELS[: self._channels])}"]
        return Recording(command, self.env(), self._channels)

    @contextlib.contextmanager
    def speaking(self, person: str, sound: Sound) -> Iterator[None]:
        """`sound` over and over into a person's microphone."""
        command = [*_FIRST, "pacat", "-p", "--latency-msec=120", "-d", f"{person}_feed", "--raw"]
        command += ["--format=float32le", "--rate=48000", "--channels=1"]
        process = subprocess.Popen(command, env=self.env(), stdin=subprocess.PIPE)
        self.children.append(process.pid)
        data = np.asarray(sound, np.float32).tobytes()

        def feed() -> None:
            with contextlib.suppress(BrokenPipeError, ValueError):
                while process.poll() is None:
                    assert process.stdin is not None
                    process.stdin.write(data)

        thread = threading.Thread(target=feed, daemon=True)
        thread.start()
        try:
            yield
        finally:
            process.terminate()
            process.wait(5)
            thread.join(5)
