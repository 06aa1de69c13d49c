"""People of sound alone, many in one process of a make nobody here wrote."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar, Final

from .child import Child
from .namespace import NetworkNamespace
from .peers import HERE, web_environment, web_page
from .recording import Recording
from .servers import Server, access_token

LEVEL: Final = 0.1
"""Amplitude of a tone; many at once must not make a limiter work."""


@dataclass(frozen=True, slots=True)
class Tone:
    """A sine; in both channels, or in the left (0) or right (1) one alone."""

    hz: float
    channel: int | None = None
    level: float = LEVEL


@dataclass(frozen=True, slots=True)
class Voice:
    """What somebody says, and how it is published."""

    tones: tuple[Tone, ...]
    stereo: bool = False
    dtx: bool = False
    red: bool = False
    talk_s: float = 0.0
    pause_s: float = 0.0
    """Silence after each `talk_s` of sound; 0: never."""

    @property
    def hz(self) -> float:
        """The tone in both channels."""
        return next(tone.hz for tone in self.tones if tone.channel is None)


@dataclass(frozen=True, slots=True)
class Person:
    """One participant.

    Attributes:
        identity: Unique in the room.
        voice: What they say; None: nothing is published.
        hears: Whose sound they subscribe to; it is recorded.
    """

    identity: str
    voice: Voice | None = None
    hears: tuple[str, ...] = ()


class Voices:
    """`people` in one process; `_command` says of which make."""

    make: ClassVar[str]

    def __init__(
        self,
        namespace: NetworkNamespace,
        server: Server,
        room: str,
        people: Sequence[Person],
        folder: Path,
    ):
        self._folder = folder
        self._room = room
        told = [
            {
                "identity": one.identity,
                "token": access_token(server, room, one.identity),
                "voice": asdict(one.voice) if one.voice is not None else None,
                "hears": {other: str(self._file(one.identity, other)) for other in one.hears},
            }
            for one in people
        ]
        self._speakers = [one.identity for one in people if one.voice is not None]
        self.child = Child(
            namespace.command(*self._command({"url": server.url, "people": told})),
            log=folder / f"{room}-{self.make}.log",
            environment=self._environment(),
        )

    def _file(self, hearer: str, heard: str) -> Path:
        return self._folder / f"{self._room}-{hearer}-hears-{heard}.raw"

    def _command(self, told: Mapping[str, Any]) -> list[str]:
        raise NotImplementedError

    def _environment(self) -> Mapping[str, str]:
        return {}

    def wait_until_published(self) -> None:
        for identity in self._speakers:
            self._wait_for_event("published", identity=identity)

    def codec_of(self, identity: str) -> str:
        """How `identity`, of any make, is offered to one who listens here: `audio/red`, ..."""
        mime: str = self._wait_for_event("offered", identity=identity)["mime"]
        return mime.lower()

    def heard(self, hearer: str, heard: str) -> Recording:
        """What `hearer` hears of `heard`."""
        return Recording(self._file(hearer, heard), self.child)

    def mute(self, identity: str, *, muted: bool) -> None:
        """Mute or unmute, and wait until that was done."""
        since = len(self.child.lines)
        self.child.send(json.dumps({"op": "mute", "identity": identity, "muted": muted}))
        self._wait_for_event("muted", since=since, identity=identity, muted=muted)

    def _wait_for_event(self, event: str, *, since: int = 0, **values: Any) -> dict[str, Any]:
        wanted = {"event": event, **values}
        line: dict[str, Any] = self.child.wait_for(
            lambda line: isinstance(line, dict) and wanted.items() <= line.items(),
            str(wanted),
            60,
            since=since,
        )
        return line


class RustVoices(Voices):
    """The Rust SDK through PyPI's `livekit`."""

    make = "rust"

    def _command(self, told: Mapping[str, Any]) -> list[str]:
        return [sys.executable, str(HERE / "rust_voices.py"), json.dumps(told)]


class ChromiumVoices(Voices):
    """npm's `livekit-client` in one page of headless Chromium."""

    make = "chromium"

    def _command(self, told: Mapping[str, Any]) -> list[str]:
        return web_page("voices.html", dict(told))

    def _environment(self) -> Mapping[str, str]:
        return web_environment()
