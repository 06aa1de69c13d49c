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
import shutil
import subprocess

import numpy as np

from tests.devices.pulse_server import FIRST, RATE_HZ, PulseServer, Recorder, Sound

__all__ = ["RATE_HZ", "PulseRig", "Recorder", "Sound", "missing"]

# Without norewinds an idle null sink sleeps up to 2 s: a capture opened on its monitor then gets
# nothing for that long, while PortAudio polls at 98 % of a core.
_SINK = (
    "module-null-sink sink_name={name} rate=48000 channels={channels} norewinds=1 "
    "sink_properties=device.description={name}"
)
_RAW = ("--raw", "--format=float32le", "--rate=48000", "--channels=1")


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


class PulseRig(PulseServer):
    """For each person a speaker sink and a microphone source."""

    def __init__(self, people: tuple[str, ...] = ("alice", "bob")):
        super().__init__(people)

    def modules(self) -> list[str]:
        modules = []
        for person in self.people:
            modules += [
                _SINK.format(name=f"{person}_spk", channels=2),
                _SINK.format(name=f"{person}_feed", channels=1),
                f"module-remap-source source_name={person}_mic master={person}_feed.monitor "
                f"channels=1 source_properties=device.description={person}_mic",
            ]
        return modules

    def play(self, person: str, sound: Sound) -> None:
        """Speak into a person's microphone; returns when all of it was taken."""
        # 120 ms of slack: with less, a busy machine puts gaps into the stimulus.
        command = [*FIRST, "pacat", "-p", "--latency-msec=120", "-d", f"{person}_feed", *_RAW]
        process = subprocess.Popen(command, env=self.env(), stdin=subprocess.PIPE)
        with contextlib.suppress(BrokenPipeError):
            process.communicate(np.asarray(sound, np.float32).tobytes(), timeout=60)
        process.wait(5)

    def listen(self, person: str) -> Recorder:
        """Record what a person's loudspeaker plays."""
        device = f"{person}_spk.monitor"
        command = [*FIRST, "parec", "--latency-msec=60", "-d", device, *_RAW]
        return Recorder(command, self.env())
