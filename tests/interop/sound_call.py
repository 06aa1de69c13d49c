"""A call of sound alone: one voice for each way of sending it, ours listening near and far."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any, Final

from .cellcall_peers import CellcallPeer, PlainPeer
from .lossy_line import LossyLine
from .namespace import NetworkNamespace
from .peers import Signature
from .recording import Recording
from .servers import Server
from .voices import LEVEL, ChromiumVoices, Person, RustVoices, Tone, Voice, Voices

LOSS: Final = 0.05
NEAR: Final = Signature("nina", (0, 0, 0), 2950)
FAR: Final = Signature("fred", (0, 0, 0), 2690)
"""Ours at the end of a line that loses packets."""
OUR_LEVEL: Final = 0.25
"""Amplitude of `test:tone`."""
MAKES: Final = ("rust", "chromium")
MEASURED_S: Final = 12.0
"""So much of every recording is measured; nobody is muted before."""
TALK_S: Final = 1.2
PAUSE_S: Final = 2.4
_SETTLED_S: Final = 0.5


def _people(make: str, base_hz: float) -> tuple[Person, ...]:
    """The people of one make; no two tones of a call are closer than 210 Hz."""
    stereo = Voice(
        tones=(Tone(base_hz), Tone(base_hz + 420, channel=0), Tone(base_hz + 840, channel=1)),
        stereo=True,
    )
    ours = (NEAR.identity, FAR.identity)
    return (
        Person(f"{make}-stereo", stereo),
        Person(
            f"{make}-pauses",
            Voice((Tone(base_hz + 1260),), dtx=True, talk_s=TALK_S, pause_s=PAUSE_S),
        ),
        Person(f"{make}-red", Voice((Tone(base_hz + 1680),), red=True, dtx=True)),
        Person(f"{make}-ear", hears=(*ours, f"{make}-stereo")),
    )


PEOPLE: Final = {"rust": _people("rust", 450), "chromium": _people("chromium", 660)}


def voice_of(make: str, manner: str) -> Voice:
    """What `rust-stereo`, `rust-pauses` and so on say."""
    identity = f"{make}-{manner}"
    return next(
        one.voice for one in PEOPLE[make] if one.identity == identity and one.voice is not None
    )


class SoundCall:
    """Everybody joins at once.

    Attributes:
        others: The people of each make.
        near: Ours over a good line; listens to everybody.
        far: Ours over a line that loses packets both ways; listens to everybody.
        line: That line.
        near_hears: What `near` hears; is measured once all are heard, as are the others.
        far_hears: What `far` hears.
        ears: What one of each make hears, by make and identity.

    Args:
        namespace: Where everybody is.
        server: Where the room is; a livekit-server must be `ice_lite`.
        folder: For logs, recordings and statistics.
    """

    def __init__(self, namespace: NetworkNamespace, server: Server, folder: Path):
        self._ending = contextlib.ExitStack()
        self._figures: dict[str, dict[str, Any]] = {}
        self.others: dict[str, Voices] = {}
        try:
            self._join(namespace, server, folder)
        except BaseException:
            self.end()
            raise

    def _join(self, namespace: NetworkNamespace, server: Server, folder: Path) -> None:
        where = (namespace, server, "sound")
        self.line = LossyLine(namespace, loss=LOSS, log=folder / "line.log")
        self._ending.callback(self.line.end)
        for make in (RustVoices, ChromiumVoices):
            voices = make(*where, PEOPLE[make.make], folder)
            self._ending.callback(voices.child.stop)
            self.others[make.make] = voices
        self.near = PlainPeer.join(*where, NEAR, folder, heard=folder / "near.wav")
        self._ending.callback(self.near.child.stop)
        bad = (namespace, self.line.towards(server), "sound")
        self.far = CellcallPeer.join(*bad, FAR, folder, heard=folder / "far.wav")
        self._ending.callback(self.far.child.stop)
        self.near_hears = Recording(folder / "near.wav", self.near.child)
        self.far_hears = Recording(folder / "far.wav", self.far.child)
        self.ears = {
            (make, heard): voices.heard(f"{make}-ear", heard)
            for make, voices in self.others.items()
            for heard in (NEAR.identity, FAR.identity, f"{make}-stereo")
        }

    def wait_until_all_are_heard(self) -> None:
        """By everybody who listens to them; what follows is what is measured."""
        self.near.wait_until_published()
        for voices in self.others.values():
            voices.wait_until_published()
        for ours in (self.near_hears, self.far_hears):
            for voice in (one.voice for make in MAKES for one in PEOPLE[make]):
                if voice is not None:
                    ours.wait_for_tone(voice.hz, LEVEL, lasts_s=_SETTLED_S)
        for make in MAKES:
            for one in (NEAR, FAR):
                self.ears[make, one.identity].wait_for_tone(one.tone_hz, OUR_LEVEL)
        for recording in (self.near_hears, self.far_hears, *self.ears.values()):
            recording.measure_from_here()

    def mute(self, make: str, *, muted: bool) -> None:
        """Mute or unmute `rust-red` or `chromium-red`, after what is measured has come."""
        for recording in (self.near_hears, self.far_hears):
            recording.measured(MEASURED_S)
        identity = f"{make}-red"
        self.others[make].mute(identity, muted=muted)
        self.near.wait_for_mute(identity, muted=muted)

    def figures(self) -> dict[str, dict[str, Any]]:
        """What `near` says of everybody else when it leaves, with somebody of each make muted."""
        if not self._figures:
            for make in MAKES:
                self.mute(make, muted=True)
            self._figures = self.near.leave()["participants"]
        return self._figures

    def end(self) -> None:
        """Everybody out. Idempotent."""
        self._ending.close()
