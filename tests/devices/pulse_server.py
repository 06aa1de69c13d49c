"""A private PulseAudio daemon and what records from it, for rigs of virtual sound cards.

A rig says which modules there are; everything else about the daemon is here. The daemon finds
nothing of the machine's own sound: its folder, socket and cookie are the rig's.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

Sound = NDArray[np.float32]
RATE_HZ = 48_000
FIRST = ("nice", "-n", "-15") if os.geteuid() == 0 else ()
"""What measures must not wait for what is measured."""


class Recorder:
    """Takes what `command` writes, as float32, until stopped."""

    def __init__(self, command: list[str], env: dict[str, str], *, channels: int = 1):
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

    def so_far(self) -> Sound:
        """Shape (samples,) of one channel, else (samples, channels)."""
        whole = bytes(self._bytes)
        row = 4 * self._channels
        sound = np.frombuffer(whole[: len(whole) // row * row], np.float32)
        return sound if self._channels == 1 else sound.reshape(-1, self._channels)

    def stop(self) -> Sound:
        self._process.terminate()
        self._process.wait(5)
        self._thread.join(5)
        if self._process.stdout is not None:
            self._process.stdout.close()
        return self.so_far()


class PulseServer:
    """The daemon of a rig, between `with` and its end."""

    def __init__(self, people: tuple[str, ...]):
        self.people = people
        # A socket's path holds 107 bytes at most, so not in pytest's long folders.
        self.folder = Path(tempfile.mkdtemp(prefix="rig-"))
        self._process: subprocess.Popen[bytes] | None = None

    def modules(self) -> list[str]:
        """The rig's modules, as `pulseaudio -L` takes them."""
        raise NotImplementedError

    @property
    def pid(self) -> int:
        """Of the daemon."""
        assert self._process is not None
        return self._process.pid

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self) -> None:
        """Start the daemon, also again after `kill`: the same devices, at the same address.

        Raises:
            RuntimeError: With what it logged.
        """
        command = ["pulseaudio", "-n", "--daemonize=no", "--fail=yes", "--use-pid-file=no"]
        command += ["--exit-idle-time=-1", "--high-priority=yes", "--realtime=yes"]
        command += [f"--log-target=file:{self.folder}/log", "--log-level=notice"]
        socket = f"module-native-protocol-unix socket={self.folder}/native auth-anonymous=1"
        for module in (socket, *self.modules()):
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
                text = self.log()
                self.__exit__()
                raise RuntimeError(f"pulseaudio did not start: {text}")
            time.sleep(0.05)

    def log(self) -> str:
        """What the daemon logged."""
        path = self.folder / "log"
        return path.read_text(errors="replace") if path.exists() else "no log"

    def kill(self) -> None:
        """End the daemon: all devices are gone at once. Idempotent."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait(5)

    def pactl(self, *words: str) -> str:
        """What pactl answers."""
        done = subprocess.run(
            ["pactl", *words], env=self.env(), capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

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

    def env(self, person: str = "") -> dict[str, str]:
        """The whole environment of a child whose default devices are this person's."""
        return {**os.environ, **self.pulse_env(person)}
