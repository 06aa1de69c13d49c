"""REST bodies of spec cometchat-calls (d)-(f), as pydantic models shared by client and server.

Keys on the wire are camelCase; unknown keys are dropped, missing required ones refused. Nothing
in here is cleaned: whoever takes text out of a body for people cleans it.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from tui.domain.errors import CallsError
from tui.domain.snapshot import User
from tui.wire.codes import HTTP_STATUS


class WireModel(BaseModel):
    """One JSON object on the wire."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="ignore", frozen=True
    )

    def to_wire(self) -> dict[str, Any]:
        """The JSON object with the keys of the wire."""
        return self.model_dump(by_alias=True, exclude_none=True)


class ErrorDetail(WireModel):
    """`error` of an error body; all four are strings or it is no error body."""

    message: str
    dev_message: str
    source: str
    code: str


class ErrorBody(WireModel):
    """What a refused request answers."""

    error: ErrorDetail

    @classmethod
    def of(cls, error: CallsError) -> ErrorBody:
        """The body that says `error`."""
        return cls(
            error=ErrorDetail(
                message=error.description,
                dev_message=f"{error.code}: {error.description}",
                source="cellcall",
                code=error.code,
            )
        )


def http_status(code: str) -> int:
    """The HTTP status that goes with an error code."""
    return HTTP_STATUS.get(code, 400)


class NewUser(WireModel):
    """Body of POST `/users`."""

    uid: str
    name: str = ""
    avatar: str = ""


class DeviceBody(WireModel):
    """Body of POST `/users/{uid}/auth_tokens` and PUT `/me`."""

    platform: str = ""
    device_id: str = ""


class CallTokenRequest(WireModel):
    """Body of POST `/call_tokens`."""

    session_id: str


class GuestRequest(WireModel):
    """Body of POST `/guests`."""

    session_id: str
    invitation: str
    """The code of a link for many."""
    name: str = ""
    knock: str = ""
    """Of whoever waits already to be let in: what the last answer said."""


class LinkRequest(WireModel):
    """Body of POST `/links` with the API key: for one person when it has a name."""

    session_id: str
    name: str = ""


class LinkData(WireModel):
    """A join link as the server tells it."""

    id: str
    session_id: str
    invitation: str = ""
    """The code of a link for many; empty: a personal one."""
    certificate: str = ""
    """What a link says of a certificate of the server's own making."""
    name: str = ""
    expires_at: int = 0
    """Seconds since 1970."""
    guests: int = 0
    suspended: bool = False
    revoked: bool = False


class UserData(WireModel):
    """A user as the server tells it."""

    uid: str = Field(min_length=1)
    name: str
    avatar: str = ""
    status: str = "online"
    role: str = "default"
    last_active_at: float | None = None
    """Seconds since 1970."""

    @model_validator(mode="before")
    @classmethod
    def _null_is_missing(cls, value: object) -> object:
        if isinstance(value, dict):
            return {key: one for key, one in value.items() if one is not None}
        return value

    @classmethod
    def of(cls, user: User, *, last_active_at_s: int | None = None) -> UserData:
        """`user` for the wire."""
        return cls(
            uid=user.uid,
            name=user.name,
            avatar=user.avatar,
            role=user.role,
            last_active_at=last_active_at_s,
        )


class AuthTokenData(WireModel):
    """`data` of a login."""

    auth_token: str = Field(min_length=1)


class CallTokenData(WireModel):
    """`data` of POST `/call_tokens`."""

    token: str = Field(min_length=1)


class KnockData(WireModel):
    """`data` of POST `/guests` where a moderator has to let us in: to be asked again with it."""

    knock: str = Field(min_length=1)


class JoinData(WireModel):
    """The join document of the embedded server."""

    call_token: str
    session_id: str
    user: UserData
    settings: dict[str, Any] = Field(default_factory=dict)
    transport: str
    url: str
    token: str
    moderator: bool = False


class JitsiHosts(WireModel):
    """`connectionConfig.hosts`; the object must be there, its members need not."""

    domain: str = ""
    muc: str = ""


class JitsiPeerToPeer(WireModel):
    """`connectionConfig.p2p`."""

    enabled: bool


class JitsiBridgeChannel(WireModel):
    """`connectionConfig.bridgeChannel`."""

    prefer_sctp: bool = False


class JitsiFlags(WireModel):
    """`connectionConfig.flags`, those that change what a client does."""

    ssrc_rewriting_enabled: bool = False


class JitsiAudioQuality(WireModel):
    """`connectionConfig.audioQuality`."""

    stereo: bool = False


class JitsiVideoQuality(WireModel):
    """`connectionConfig.videoQuality`."""

    codec_preference_order: tuple[str, ...] = ()


class ConnectionConfig(WireModel):
    """`settings.connectionConfig`: where CometChat's cloud runs the room."""

    service_url: str
    hosts: JitsiHosts
    p2p: JitsiPeerToPeer = Field(alias="p2p")  # the generator would say `p2P`
    hidden_domain: str = ""
    bridge_channel: JitsiBridgeChannel = JitsiBridgeChannel()
    flags: JitsiFlags = JitsiFlags()
    audio_quality: JitsiAudioQuality = JitsiAudioQuality()
    video_quality: JitsiVideoQuality = JitsiVideoQuality()
    resolution: int = Field(0, ge=0, le=10_000)


class CloudSettings(WireModel):
    """`settings` of CometChat's join document."""

    connection_config: ConnectionConfig


class CloudJoinData(WireModel):
    """The join document of CometChat's cloud (spec cometchat-calls (f))."""

    call_token: str
    session_id: str
    user: UserData
    settings: CloudSettings


class OlderCloudSettings(WireModel):
    """`settings` of the join document that SDK 4 is given: everything follows from the host."""

    webrtc_host: str = Field(alias="WEBRTC_HOST", min_length=1, max_length=253)


class OlderCloudUser(WireModel):
    """`payload.data` of that document."""

    session_id: str
    user: UserData


class OlderCloudPayload(WireModel):
    """`payload` of that document."""

    data: OlderCloudUser


class OlderCloudJoinData(WireModel):
    """The join document of CometChat's cloud as SDK 4 is given it (spec cometchat-calls (f))."""

    call_token: str
    settings: OlderCloudSettings
    payload: OlderCloudPayload


class SessionPerson(WireModel):
    """One participant of a running session."""

    uid: str
    name: str


class SessionData(WireModel):
    """One running session."""

    session_id: str
    started_at_ms: int = Field(ge=0, le=10**14)
    """Milliseconds since 1970."""
    participants: tuple[SessionPerson, ...] = ()


class CallPerson(WireModel):
    """One participant of a logged call; times in seconds since 1970."""

    uid: str
    name: str
    avatar: str = ""
    is_joined: bool = True
    joined_at: int = 0
    left_at: int | None = None
    state: str = "ended"
    total_duration_in_minutes: float = 0.0


class CallData(WireModel):
    """One entry of the call log; times in seconds since 1970."""

    session_id: str
    mode: str = "meet"
    type: str = "video"
    status: str = "ended"
    initiator: str = ""
    initiated_at: int = 0
    started_at: int = 0
    ended_at: int | None = None
    total_duration: str = "00:00:00"
    total_duration_in_minutes: float = 0.0
    total_participants: int = 0
    has_recording: bool = False
    participants: tuple[CallPerson, ...] = ()
    recordings: tuple[dict[str, Any], ...] = ()
    transcriptions: tuple[dict[str, Any], ...] = ()


class ListedPerson(WireModel):
    """As much of a logged call's participant as a client needs."""

    uid: str = ""
    name: str = ""
    avatar: str | None = None
    joined_at: int | None = Field(None, ge=0, le=10**11)
    left_at: int | None = Field(None, ge=0, le=10**11)
    state: str | None = None
    total_duration_in_minutes: float | None = None


class ListedRecording(WireModel):
    """One recording of a logged call; its address is snake_case on the wire."""

    rid: str = ""
    recording_url: str | None = Field(None, alias="recording_url")
    start_time: int | None = Field(None, ge=0, le=10**11)
    end_time: int | None = Field(None, ge=0, le=10**11)
    duration: float | None = None


class ListedCall(WireModel):
    """As much of a call log entry as a client needs; the cloud leaves some of it out."""

    session_id: str
    status: str | None = None
    initiated_at: int | None = Field(None, ge=0, le=10**11)
    started_at: int | None = Field(None, ge=0, le=10**11)
    ended_at: int | None = Field(None, ge=0, le=10**11)
    participants: tuple[ListedPerson, ...] | None = None
    type: str | None = None
    mode: str | None = None
    initiator: Any = None
    """A uid, or whatever the cloud says of the user."""
    receiver: Any = None
    total_duration_in_minutes: float | None = None
    has_recording: bool | None = None
    recordings: tuple[ListedRecording, ...] | None = None


class ListedTranscript(WireModel):
    """One transcript; times in seconds since 1970."""

    tid: str = ""
    mid: str | None = None
    room_name: str | None = None
    start_time: int | None = Field(None, ge=0, le=10**11)
    end_time: int | None = Field(None, ge=0, le=10**11)
    url: str | None = None
    transcript_url: str | None = None


class Pagination(BaseModel):
    """`meta.pagination`; its keys are snake_case on the wire too."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    total: int = 0
    count: int = 0
    per_page: int = 0
    current_page: int = 1
    total_pages: int = 0


def clock_text(seconds: int) -> str:
    """`HH:MM:SS`, as the call log writes a duration."""
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
