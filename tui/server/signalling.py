"""The media server: LiveKit protocol v0 over websocket, with everything it needs to forward media."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from starlette.routing import BaseRoute

from tui.server.access import AccessVerifier
from tui.server.limits import Limits


class RoomObserver(Protocol):
    """Told when sessions and participants come and go. All calls are quick and never wait."""

    def session_started(self, session_id: str, at_ms: int) -> None:
        """The first participant is about to join `session_id`."""
        ...

    def participant_joined(self, session_id: str, uid: str, name: str, at_ms: int) -> None:
        """`uid` joined."""
        ...

    def participant_left(self, session_id: str, uid: str, at_ms: int) -> None:
        """`uid` left, was removed or was lost."""
        ...

    def session_ended(self, session_id: str, at_ms: int) -> None:
        """The last participant left, or the session was ended for all."""
        ...


@dataclass(frozen=True, slots=True)
class RunningSession:
    """One session with somebody in it."""

    session_id: str
    started_at_ms: int
    participants: tuple[tuple[str, str], ...]
    """(uid, name) of everybody in it, in order of joining."""


class MediaServer:
    """Sessions, signalling and media forwarding, as routes for a Starlette application.

    Args:
        access: Checks tokens.
        limits: What clients may ask for.
        observer: Told about joins and leaves.
        max_bitrate_bps: What one publisher may send in video, all layers together.
    """

    udp_port: int

    def __init__(
        self,
        access: AccessVerifier,
        limits: Limits = Limits(),  # noqa: B008 - frozen
        observer: RoomObserver | None = None,
        max_bitrate_bps: int = 3_000_000,
    ) -> None:
        self.udp_port = 0

    async def start(self, host: str, udp_port: int = 0, *, advertise: str | None = None) -> None:
        """Bind the UDP port (0 = any free one)."""
        raise NotImplementedError

    def routes(self) -> list[BaseRoute]:
        """`/`, `/rtc`, `/rtc/validate`, `/rtc/v1`, `/twirp/livekit.RoomService/{method}`."""
        raise NotImplementedError

    def uvicorn_options(self) -> dict[str, Any]:
        """Keyword arguments for `uvicorn.Config` that the websocket needs."""
        raise NotImplementedError

    def sessions(self) -> tuple[RunningSession, ...]:
        """The sessions with somebody in them."""
        raise NotImplementedError

    async def end_session(self, session_id: str) -> bool:
        """Tell everybody in `session_id` that it is over; False when there is no such session."""
        raise NotImplementedError

    async def stop(self) -> None:
        """Tell everybody that the server stops, then close everything."""
        raise NotImplementedError

    def counters(self) -> Mapping[str, int | float]:
        """Counts since the start, for diagnosis."""
        raise NotImplementedError
