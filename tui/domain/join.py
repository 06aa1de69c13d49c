"""What each transport needs to join a session: its own document, made by the service.

One class for each media protocol, and nothing in common: whoever handles them matches on the type.
A transport knows its own; the composition root picks the transport by it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import field

from tui.domain.frozen import dataclass
from tui.domain.settings import SessionSettings
from tui.domain.snapshot import User


@dataclass(frozen=True, slots=True)
class LiveKitJoin:
    """A LiveKit room: the embedded server, livekit-server, LiveKit Cloud."""

    url: str
    """`ws://` or `wss://` address of the media server."""

    token: str
    """An access token; it names the room."""

    moderator: bool = False
    """The token lets us mute, remove and end for all."""

    key: str = field(default="", repr=False)
    """What seals and opens everything end to end (`tui.domain.sealing.read_keys`); empty: the call
    is not sealed. No server gets it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JitsiJoin:
    """A Jitsi conference: CometChat's cloud (spec cometchat-calls (f), (g)), any Jitsi Meet."""

    service_url: str
    """XMPP over WebSocket (`ws://`, `wss://`), or BOSH (`http://`, `https://`)."""

    token: str
    """A JWT for the XMPP server; empty where everybody may come in."""

    room: str
    """In lower case, as Jitsi wants it."""

    domain: str
    """The XMPP domain; the focus is at `focus.` of it."""

    muc: str
    """The domain of the rooms."""

    user: User
    """Who we are; the others are told in our presence. Without a uid nobody is told whose client
    it is: a Jitsi Meet server knows none."""

    password: str = field(default="", repr=False)
    """Of the room; empty where it has none."""

    anonymous_domain: str = ""
    """Where those without an account log in; empty: at `domain`."""

    focus: str = ""
    """The focus's address; empty: `focus.` of `domain`."""

    hidden_domain: str = ""
    """Whose members (recorders) are no participants."""

    peer_to_peer: bool = False
    """Two members may be asked to leave the bridge out; we decline."""

    prefer_sctp: bool = False
    """The bridge's channel runs over SCTP. Only then may it be advertised: a bridge without it is
    dropped for everybody as soon as one member does."""

    ssrc_rewriting: bool = False
    """The bridge sends a fixed set of SSRCs and says whose they are at the moment."""

    stereo: bool = False
    codecs: tuple[str, ...] = ()
    """Of pictures, best first, in lower case; empty: as the bridge offers them."""

    video_height: int = 0
    """Of the smaller side of the pictures to send, at most [pixels]; 0: not said."""

    conference_request_url: str = ""
    """`http(s)://`, where the focus is asked to open the conference; empty: over XMPP."""

    settings: SessionSettings = field(default_factory=SessionSettings)
    """Of this join; clients of CometChat are told some of them."""


@dataclass(frozen=True, slots=True)
class ConferenceAnswer:
    """What a focus says that is asked to open a conference."""

    ready: bool = False
    """The room can be entered; until then it is asked again."""
    visitors: bool = False
    """Only visitors are taken, who watch from another server."""
    refused: str = ""
    """The condition of a refusal (RFC 6120 8.3.3); empty: not refused."""


OpenConference = Callable[[str, str, str], Awaitable[ConferenceAnswer]]
"""Asks over HTTP: address, the room's JID, and a JWT or nothing. Raises `CallsError`."""

TransportDocument = LiveKitJoin | JitsiJoin
