"""Server answers as domain values, every foreign text cleaned on the way."""

from __future__ import annotations

from typing import Any, Final

from tui.domain.call_log import LoggedCall, LoggedPerson, LoggedRecording, Transcript
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.join import JitsiJoin, LiveKitJoin
from tui.domain.snapshot import RunningSession, User
from tui.domain.text import clean
from tui.ports.service import JoinDocument
from tui.service.http_json import model_of
from tui.wire.address import ANY, read_address, shown_host
from tui.wire.rest import (
    CloudJoinData,
    JoinData,
    ListedCall,
    ListedPerson,
    ListedTranscript,
    OlderCloudJoinData,
    SessionData,
    UserData,
)
from tui.wire.rules import AVATAR_MAX_CHARACTERS, SESSION_ID_MAX_CHARACTERS, display_name

_HOST_MAX_CHARACTERS: Final = 253


URL_MAX_CHARACTERS: Final = 2000


def user_of(data: UserData) -> User:
    """A user as the front ends show it."""
    uid = clean(data.uid, 128) or "(no uid)"
    return User(
        uid=uid,
        name=display_name(data.name, uid),
        avatar=clean(data.avatar, AVATAR_MAX_CHARACTERS),
        role=clean(data.role, 64) or "default",
    )


def join_document_of(data: object, *, asked: str) -> JoinDocument:
    """The join document of the embedded server, or of CometChat's cloud.

    Args:
        data: The answer.
        asked: The base URL of the API that it came from.

    Raises:
        CallsError: `BAD_RESPONSE` naming the field that is missing or wrong;
            `ERROR_CONNECTION_FAILED` for a media protocol that nobody here speaks.
    """
    if isinstance(data, dict) and "transport" not in data and _has_connection_config(data):
        cloud = model_of(CloudJoinData, data, "join document")
        session_id, user = clean(cloud.session_id, SESSION_ID_MAX_CHARACTERS), user_of(cloud.user)
        return JoinDocument(session_id, user, _jitsi(cloud, user))
    if isinstance(data, dict) and "transport" not in data and "payload" in data:
        return _older(model_of(OlderCloudJoinData, data, "join document"))
    ours = model_of(JoinData, data, "join document")
    if ours.transport != "livekit":
        raise CallsError(
            ErrorCode.CONNECTION_FAILED,
            f"This session runs on {clean(ours.transport, 32)}, which this version can't join.",
        )
    return JoinDocument(
        session_id=clean(ours.session_id, SESSION_ID_MAX_CHARACTERS),
        user=user_of(ours.user),
        transport=LiveKitJoin(_behind_path(ours.url, asked), ours.token, ours.moderator),
    )


def _jitsi(cloud: CloudJoinData, user: User) -> JitsiJoin:
    """How to join what CometChat's cloud describes.

    `hosts` must be there, but not what is in it: a domain is the service's host without its
    `xmpp.`, and the rooms are at `conference.` of it, as CometChat names its own.
    """
    config = cloud.settings.connection_config
    service_url = _media_url(config.service_url, "serviceUrl")
    domain = _host(config.hosts.domain) or shown_host(service_url).removeprefix("xmpp.")
    return JitsiJoin(
        service_url=service_url,
        token=cloud.call_token,
        room=clean(cloud.session_id, SESSION_ID_MAX_CHARACTERS).lower(),
        domain=domain,
        muc=_host(config.hosts.muc) or f"conference.{domain}",
        user=user,
        hidden_domain=_host(config.hidden_domain),
        peer_to_peer=config.p2p.enabled,
        prefer_sctp=config.bridge_channel.prefer_sctp,
        ssrc_rewriting=config.flags.ssrc_rewriting_enabled,
        stereo=config.audio_quality.stereo,
        codecs=tuple(
            clean(one, 16).lower() for one in config.video_quality.codec_preference_order[:16]
        ),
        video_height=config.resolution,
    )


def _older(cloud: OlderCloudJoinData) -> JoinDocument:
    """As SDK 4 reads it: domain, rooms and XMPP are named after the host."""
    host, told = cloud.settings.webrtc_host, cloud.payload.data
    service_url = _media_url(f"wss://xmpp.{host}/xmpp-websocket", "WEBRTC_HOST")
    session_id, user = clean(told.session_id, SESSION_ID_MAX_CHARACTERS), user_of(told.user)
    document = JitsiJoin(
        service_url=service_url,
        token=cloud.call_token,
        room=session_id.lower(),
        domain=_host(host),
        muc=_host(f"conference.{host}"),
        user=user,
        hidden_domain=_host(f"hidden.{host}"),
        peer_to_peer=True,
        prefer_sctp=True,
        ssrc_rewriting=True,
        video_height=720,
    )
    return JoinDocument(session_id, user, document)


def _host(text: str) -> str:
    return clean(text, _HOST_MAX_CHARACTERS)


def _has_connection_config(data: dict[str, Any]) -> bool:
    settings = data.get("settings")
    return isinstance(settings, dict) and "connectionConfig" in settings


def _media_url(url: str, field: str) -> str:
    """The address of a media server; http and https are BOSH (spec cometchat-calls (g) 1)."""
    what = f"The server's join document does not fit: {field}"
    read_address(url, ANY, bare=False, what=what, code=ErrorCode.BAD_RESPONSE)
    return url


def _behind_path(url: str, asked: str) -> str:
    """Our server's media address, with the path that a proxy puts before all of it.

    A server that was not told its public address knows the name it was asked by, and no path.
    """
    media = read_address(_media_url(url, "url"), ANY, bare=False)
    api = read_address(asked, bare=False)
    path = api.path.removesuffix("/v3.0")
    return f"{url.rstrip('/')}{path}" if media.origin == api.origin and not media.path else url


def running_session_of(item: object) -> RunningSession:
    """One running session. Raises `BAD_RESPONSE`."""
    data = model_of(SessionData, item, "list of sessions")
    return RunningSession(
        session_id=clean(data.session_id, SESSION_ID_MAX_CHARACTERS),
        started_at_ms=data.started_at_ms,
        participants=tuple(display_name(one.name, clean(one.uid)) for one in data.participants),
    )


def logged_call_of(item: object) -> LoggedCall:
    """One entry of the call log. Raises `BAD_RESPONSE`."""
    data = model_of(ListedCall, item, "call log")
    return LoggedCall(
        session_id=clean(data.session_id, SESSION_ID_MAX_CHARACTERS),
        started_at_ms=(data.started_at or data.initiated_at or 0) * 1000,
        ended_at_ms=(data.ended_at or 0) * 1000,
        participants=tuple(
            display_name(one.name, clean(one.uid)) for one in data.participants or ()
        ),
        status=clean(data.status or "", 32) or "ended",
        type=clean(data.type or "", 32) or "video",
        mode=clean(data.mode or "", 32) or "meet",
        initiator=_uid_of(data.initiator),
        receiver=_uid_of(data.receiver),
        total_minutes=data.total_duration_in_minutes or 0.0,
        has_recording=bool(data.has_recording),
        people=tuple(_logged_person(one) for one in data.participants or ()),
        recordings=tuple(
            LoggedRecording(
                clean(one.rid, 128),
                clean(one.recording_url or "", URL_MAX_CHARACTERS),
                (one.start_time or 0) * 1000,
                (one.end_time or 0) * 1000,
                one.duration or 0.0,
            )
            for one in data.recordings or ()
        ),
    )


def _logged_person(one: ListedPerson) -> LoggedPerson:
    uid = clean(one.uid, 128)
    return LoggedPerson(
        uid=uid,
        name=display_name(one.name, uid),
        avatar=clean(one.avatar or "", AVATAR_MAX_CHARACTERS),
        joined_at_ms=(one.joined_at or 0) * 1000,
        left_at_ms=(one.left_at or 0) * 1000,
        total_minutes=one.total_duration_in_minutes or 0.0,
        state=clean(one.state or "", 32) or "ended",
    )


def _uid_of(value: object) -> str:
    """The uid, where the cloud may say a whole user."""
    if isinstance(value, dict):
        value = value.get("uid")
    return clean(value, 128) if isinstance(value, str) else ""


def transcript_of(item: object) -> Transcript:
    """One transcript. Raises `BAD_RESPONSE`."""
    data = model_of(ListedTranscript, item, "list of transcripts")
    return Transcript(
        clean(data.tid, 128),
        clean(data.mid or "", 128),
        clean(data.room_name or "", SESSION_ID_MAX_CHARACTERS),
        (data.start_time or 0) * 1000,
        (data.end_time or 0) * 1000,
        clean(data.url or "", URL_MAX_CHARACTERS),
        clean(data.transcript_url or "", URL_MAX_CHARACTERS),
    )
