"""A sound server whose microphones and loudspeakers run on ONE clock, recorded in one stream.

Every person's feed (what is spoken into the microphone) and loudspeaker is a channel of one virtual
sound card, so that the time from mouth to ear is read off a single recording, to the sample.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import numpy as np

from tests.devices.pulse_server import FIRST, PulseServer, Recorder, Sound

_CHANNELS = (
    "front-left", "front-right", "rear-left", "rear-right",
    "front-center", "lfe", "side-left", "side-right",
)  # fmt: skip


class Recording(Recorder):
    """All channels from `record` on, as one array of shape (samples, channels)."""

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


class OneClockRig(PulseServer):
    """`people` with a microphone and a loudspeaker each, four at most."""

    def __init__(
        self, people: tuple[str, ...] = ("alice", "bob"), *, modules: tuple[str, ...] = ()
    ):
        assert 1 <= len(people) <= 4
        super().__init__(people)
        self._modules = modules
        self._channels = 2 * len(people)
        self.children: list[int] = []
        """Programs that speak into microphones."""

    def channel(self, name: str) -> int:
        """Column of `alice_feed` or `alice_spk` in a recording."""
        person, _, what = name.rpartition("_")
        return 2 * self.people.index(person) + (what == "spk")

    def channel_name(self, name: str) -> str:
        """PulseAudio's name of that channel."""
        return _CHANNELS[self.channel(name)]

    def __exit__(self, *_: object) -> None:
        if self._process is not None and self._process.poll() is not None:
            log = self.log()[-2000:]
            print(f"the sound server ended: {self._process.returncode}\n{log}", file=sys.stderr)
        super().__exit__()

    def modules(self) -> list[str]:
        layout = ",".join(_CHANNELS[: self._channels])
        modules = [
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
        return [*modules, *self._modules]

    def record(self) -> Recording:
        command = [*FIRST, "parec", "--latency-msec=60", "-d", "wire.monitor", "--raw"]
        command += ["--format=float32le", "--rate=48000", f"--channels={self._channels}"]
        command += [f"--channel-map={','.join(_CHANNELS[: self._channels])}"]
        return Recording(command, self.env(), channels=self._channels)

    @contextlib.contextmanager
    def speaking(self, person: str, sound: Sound) -> Iterator[None]:
        """`sound` over and over into a person's microphone."""
        command = [*FIRST, "pacat", "-p", "--latency-msec=120", "-d", f"{person}_feed", "--raw"]
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
            assert process.stdin is not None
            with contextlib.suppress(BrokenPipeError):
                process.stdin.close()
