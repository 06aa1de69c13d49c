"""The cast of a scripted call: who there is, what they look like, and what of it others are told.

Nobody is real here: a person is what a server would say of one (`RemoteParticipant`) and a picture
painted for the moment. Everything about them follows from the script and its clock.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from tui.devices.synthetic_camera import Bars, Colour, SyntheticCamera
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.ids import ParticipantId, TrackSource
from tui.domain.media import PlanarFrame
from tui.domain.text import clean
from tui.ports.transport_events import RemoteParticipant, RemoteTrack
from tui.sdk.testing.clock import ScriptClock
from tui.sdk.testing.still import still_frame

WIDTH: Final = 320
HEIGHT: Final = 240
_SCREEN_RGB: Final = "1e3a5f"
_APART_S: Final = 0.7
"""Two people's pictures are not of the same moment, so that one can tell them apart."""

Pictures = str | Mapping[str, str]
"""`bars`, `colour=RRGGBB`, a picture's file, or `none`: for everybody, or by name."""


@dataclass(slots=True)
class Person:
    """One of the cast."""

    number: int
    described: RemoteParticipant
    camera: SyntheticCamera | PlanarFrame | None
    here: bool = False
    talking: bool = False
    screen: SyntheticCamera = field(
        default_factory=lambda: SyntheticCamera("", Colour(WIDTH, HEIGHT, _SCREEN_RGB))
    )

    def track(self, source: TrackSource) -> RemoteTrack | None:
        """What is published of this source."""
        return next((one for one in self.described.tracks if one.source is source), None)

    def picture(self, source: TrackSource, now_s: float) -> PlanarFrame | None:
        """What is seen of them at this moment; None while nothing is."""
        track = self.track(source)
        if track is None or track.muted:
            return None
        camera = self.screen if source is TrackSource.SCREEN_SHARE else self.camera
        if isinstance(camera, SyntheticCamera):
            return _untimed(camera.frame_at(now_s + self.number * _APART_S))
        return camera

    def picture_of_camera(self, clock: ScriptClock) -> Callable[[], PlanarFrame] | None:
        """What gives the camera's picture of the clock's moment; None without a camera."""
        camera = self.camera
        if camera is None:
            return None
        if isinstance(camera, PlanarFrame):
            return lambda: camera
        return lambda: _untimed(camera.frame_at(clock.now_s))

    def change(self, **fields: object) -> None:
        """Others are told something else of them from now on."""
        self.described = replace(self.described, **fields)  # type: ignore[arg-type]

    def mute(self, source: TrackSource, *, muted: bool) -> None:
        """A track is muted or paused, or no longer."""
        tracks = [
            replace(one, muted=muted) if one.source is source else one
            for one in self.described.tracks
        ]
        self.change(tracks=tuple(tracks))

    def share(self, *, shared: bool) -> None:
        """A screen is published, or no longer."""
        kept = [one for one in self.described.tracks if one.source is not TrackSource.SCREEN_SHARE]
        if shared:
            sid = f"TR_{self.number}_s"
            kept.append(RemoteTrack(sid, TrackSource.SCREEN_SHARE, False, WIDTH, HEIGHT))
        self.change(tracks=tuple(kept))


class Cast:
    """Everybody but our user.

    Args:
        names: Who is there from the beginning.
        pictures: What they look like.
    """

    def __init__(self, names: Sequence[str], pictures: Pictures):
        self._pictures = pictures
        self._people: dict[str, Person] = {}
        for name in names:
            self.cast(name).here = True

    def cast(self, name: str) -> Person:
        """Somebody of this name, new if need be."""
        if name in self._people:
            return self._people[name]
        number = len(self._people) + 1
        uid = _uid(name, {one.described.uid for one in self._people.values()})
        camera = self.looks(name)
        tracks = [RemoteTrack(f"TR_{number}_a", TrackSource.MICROPHONE)]
        if camera is not None:
            tracks.append(RemoteTrack(f"TR_{number}_v", TrackSource.CAMERA, False, WIDTH, HEIGHT))
        described = RemoteParticipant(
            ParticipantId(uid), name, uid, f"PA_{number}", tracks=tuple(tracks)
        )
        person = self._people[name] = Person(number, described, camera)
        return person

    def known(self, name: str) -> Person:
        """Somebody the script has named before.

        Raises:
            CallsError: `VALIDATION_ERROR`: the script is wrong.
        """
        person = self._people.get(name)
        if person is None or not person.here:
            here = ", ".join(one for one, other in self._people.items() if other.here) or "nobody"
            raise CallsError(
                ErrorCode.VALIDATION,
                f"script: came with {clean(name, 60)!r}, who is not there then; there is {here}.",
            )
        return person

    def here(self) -> list[Person]:
        """Who is in the session."""
        return [one for one in self._people.values() if one.here]

    def looks(self, name: str) -> SyntheticCamera | PlanarFrame | None:
        """What somebody's camera sees; None: they have none."""
        wanted = self._pictures
        if isinstance(wanted, Mapping):
            wanted = wanted.get(name, "none")
        kind, _, value = wanted.partition("=")
        if wanted == "none":
            return None
        if wanted == "bars":
            return SyntheticCamera("", Bars(WIDTH, HEIGHT))
        if kind == "colour" and re.fullmatch(r"[0-9a-fA-F]{6}", value):
            return SyntheticCamera("", Colour(WIDTH, HEIGHT, value))
        if Path(wanted).is_file():
            return still_frame(Path(wanted))
        raise CallsError(
            ErrorCode.VALIDATION,
            f"pictures: came as {clean(wanted, 80)!r}; expected bars, colour=RRGGBB, none, or the "
            "path of a picture.",
            field="pictures",
        )


def _uid(name: str, taken: set[str]) -> str:
    word = re.sub(r"[^a-z0-9]", "", name.split()[0].lower() if name.split() else "") or "guest"
    number = 1
    uid = word
    while uid in taken:
        number += 1
        uid = f"{word}{number}"
    return uid


def _untimed(frame: PlanarFrame) -> PlanarFrame:
    """Without a time of its own: there is no voice it would have to wait for."""
    return replace(frame, at_s=0.0)
