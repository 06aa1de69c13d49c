"""A private PulseAudio with virtual sound cards: real devices on a machine without any.

    with PulseRig(("alice", "bob")) as rig:
        env = rig.env("alice")            # PULSE_* for a child process, or for os.environ
        rig.play("alice", sound)          # speak into alice's microphone
        listener = rig.listen("bob")      # what bob's loudspeaker plays ...
        sound = listener.stop()           # ... as float32 mono at 48 kHz

Needs the Debian packages pulseaudio, pulseaudio-utils, libportaudio2, libasound2-plugins; no sound
card, no systemd, no dbus.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Sound = NDArray[np.float32]
RATE_HZ = 48_000
# Without norewinds an idle null sink sleeps up to 2 s: a capture opened on its monitor then gets
# nothing for that long, while PortAudio polls at 98 % of a core.
_SINK = (
    "module-null-sink sink_name={name} rate=48000 channels={channels} norewinds=1 "
    "sink_properties=device.description={name}"
)
_RAW = ("--raw", "--format=float32le", "--rate=48000", "--channels=1")
_BEFORE = ("nice", "-n", "-15") if os.geteuid() == 0 else ()


def missing() -> str:
    """Why the rig can't run here; empty when it can."""
    for program in ("pulseaudio", "pactl", "pacat", "parec"):
        if shutil.which(program) is None:
            return f"{program} is not installed"
    try:
        import sounddevice  # noqa: F401
    except OSError as error:
        return str(error)
    return ""


class Listener:
    """Records until stopped."""

    def __init__(self, command: list[str], env: dict[str, str]):
        self._process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE)
        self._bytes = bytearray()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        while piece := os.read(self._process.stdout.fileno(), 65536):
            self._bytes += piece

    def so_far(self) -> Sound:
        whole = bytes(self._bytes)
        return np.frombuffer(whole[: len(whole) // 4 * 4], np.float32)

    def stop(self) -> Sound:
        self._process.terminate()
        self._process.wait(5)
        self._thread.join(5)
        if self._process.stdout is not None:
            self._process.stdout.close()
        return self.so_far()


class PulseRig:
    """The daemon, and for each person a speaker sink and a microphone source."""

    def __init__(self, people: tuple[str, ...] = ("alice", "bob")):
        self.people = people
        # A socket's path holds 107 bytes at most, so not in pytest's long folders.
        self.folder = Path(tempfile.mkdtemp(prefix="rig-"))
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> PulseRig:
        socket = self.folder / "native"
        modules = [f"module-native-protocol-unix socket={socket} auth-anonymous=1"]
        for person in self.people:
            modules += [
                _SINK.format(name=f"{person}_spk", channels=2),
                _SINK.format(name=f"{person}_feed", channels=1),
                f"module-remap-source source_name={person}_mic master={person}_feed.monitor "
                f"channels=1 source_properties=device.description={person}_mic",
            ]
        command = ["pulseaudio", "-n", "--daemonize=no", "--fail=yes", "--use-pid-file=no"]
        command += ["--exit-idle-time=-1", "--high-priority=yes", "--realtime=yes"]
        command += [f"--log-target=file:{self.folder}/log", "--log-level=notice"]
        for module in modules:
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
                text = log.read_text(errors="replace") if log.exists() else "no log"
                self.__exit__()
                raise RuntimeError(f"pulseaudio did not start: {text}")
            time.sleep(0.05)
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def kill(self) -> None:
        """End the daemon: all devices are gone at once. Idempotent."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait(5)

    def again(self) -> None:
        """Start the daemon again after `kill`: the same devices, at the same address."""
        self.__enter__()

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

    def play(self, person: str, sound: Sound) -> None:
        """Speak into a person's microphone; returns when all of it was taken."""
        # 120 ms of slack: with less, a busy machine puts gaps into the stimulus.
        command = [*_BEFORE, "pacat", "-p", "--latency-msec=120", "-d", f"{person}_feed", *_RAW]
        process = subprocess.Popen(command, env=self.env(), stdin=subprocess.PIPE)
        with contextlib.suppress(BrokenPipeError):
            process.communicate(np.asarray(sound, np.float32).tobytes(), timeout=60)
        process.wait(5)

    def listen(self, person: str) -> Listener:
        """Record what a person's loudspeaker plays."""
        device = f"{person}_spk.monitor"
        command = [*_BEFORE, "parec", "--latency-msec=60", "-d", device, *_RAW]
        return Listener(command, self.env())
