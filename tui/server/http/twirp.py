"""LiveKit's RoomService for moderators: Twirp, protobuf or JSON over POST.

`roomCreate` and `roomList` are for the whole server; `roomAdmin` only for the token's own room, and
so for its host. `ReadmitParticipant` is ours: whoever was removed stays out until then. So are
`LockRoom`, `UnlockRoom`, and `LetIn` and `TurnAway` with the id of a knock as the identity.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from google.protobuf import json_format
from google.protobuf.message import DecodeError, Message
from livekit.protocol import models, rtc
from livekit.protocol import room as service
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response

from tui.domain.frozen import dataclass
from tui.server.access import AccessClaims, AccessRefused
from tui.server.limits import Limits, exceeded
from tui.server.rooms.all_rooms import Refusal, Rooms
from tui.server.rooms.participant import Participant, SignalRefused
from tui.server.rooms.room import Room
from tui.server.rooms.subscriptions import LOSSY, RELIABLE

log = logging.getLogger(__name__)

_STATUS = {
    "unauthenticated": 401,
    "permission_denied": 403,
    "not_found": 404,
    "bad_route": 404,
    "malformed": 400,
    "invalid_argument": 400,
    "failed_precondition": 412,
    "resource_exhausted": 429,
}


class TwirpError(Exception):
    """A refusal with a Twirp error code."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True, slots=True)
class _Method:
    request: type[Message]
    allowed: Callable[[AccessClaims, str], bool]
    run: Callable[[RoomService, Any], Message]


class RoomService:
    """The methods, as one Starlette endpoint.

    Args:
        rooms: All sessions.
        limits: For texts and data.
        claims: The claims of a request's token.
    """

    def __init__(
        self, rooms: Rooms, limits: Limits, claims: Callable[[HTTPConnection], AccessClaims]
    ) -> None:
        self._rooms = rooms
        self._limits = limits
        self._claims = claims

    async def call(self, request: Request) -> Response:
        """Answer one call."""
        as_json = "json" in request.headers.get("content-type", "")
        try:
            answer = await self._call(request, as_json=as_json)
        except TwirpError as error:
            return JSONResponse({"code": error.code, "msg": str(error)}, _STATUS[error.code])
        if as_json:
            text = json_format.MessageToJson(answer, indent=None, preserving_proto_field_name=True)
            return Response(text, media_type="application/json")
        return Response(answer.SerializeToString(), media_type="application/protobuf")

    async def _call(self, request: Request, *, as_json: bool) -> Message:
        name = request.path_params["method"]
        method = _METHODS.get(name)
        if method is None:
            raise TwirpError("bad_route", "no such method")
        try:
            claims = self._claims(request)
        except AccessRefused as refused:
            raise TwirpError("unauthenticated", str(refused)) from refused
        body = await self._body(request)
        try:
            if as_json:
                message = json_format.Parse(
                    body or b"{}",
                    method.request(),
                    ignore_unknown_fields=True,
                    max_recursion_depth=20,
                )
            else:
                message = method.request.FromString(body)
        except (DecodeError, json_format.Error, ValueError, RecursionError) as error:
            raise TwirpError("malformed", f"not a {method.request.__name__}") from error
        if not method.allowed(self._as_host(claims), getattr(message, "room", "")):
            raise TwirpError("permission_denied", f"the token does not allow {name} here")
        return method.run(self, message)

    def _as_host(self, claims: AccessClaims) -> AccessClaims:
        """The same claims, with the right to moderate while their holder hosts the session."""
        room = self._rooms.get(claims.room) if claims.may_host else None
        if room is None or not room.moderated_by(claims.identity):
            return claims
        return replace(claims, room_admin=True)

    async def _body(self, request: Request) -> bytes:
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            self._check(exceeded("request", len(body), self._limits.signal_bytes, "bytes"))
        return bytes(body)

    @staticmethod
    def _check(refusal: str | None) -> None:
        if refusal is not None:
            raise TwirpError("resource_exhausted", refusal)

    def _room(self, name: str) -> Room:
        room = self._rooms.get(name)
        if room is None:
            raise TwirpError("not_found", "no such session")
        return room

    def _participant(self, room: str, identity: str) -> Participant:
        participant = self._room(room).participants.get(identity)
        if participant is None:
            raise TwirpError("not_found", "no such participant in this session")
        return participant

    def list_rooms(self, request: service.ListRoomsRequest) -> Message:
        """All sessions, or the named ones."""
        return service.ListRoomsResponse(
            rooms=[
                room.info for room in self._rooms if not request.names or room.name in request.names
            ]
        )

    def create_room(self, request: service.CreateRoomRequest) -> Message:
        """Make a session, or find it."""
        limits = self._limits
        if not request.name:
            raise TwirpError("invalid_argument", "a session needs a name")
        self._check(exceeded("session ID", len(request.name), limits.name_characters, "characters"))
        self._check_metadata(request.metadata)
        room = self._rooms.create(request.name)
        if isinstance(room, Refusal):
            raise TwirpError("resource_exhausted", room.text)
        if request.metadata:
            room.set_metadata(request.metadata)
        if request.max_participants:
            room.info.max_participants = min(
                request.max_participants, limits.participants_per_session
            )
        if request.empty_timeout:
            room.info.empty_timeout = request.empty_timeout
        return room.info

    def delete_room(self, request: service.DeleteRoomRequest) -> Message:
        """End a session for all."""
        self._rooms.end(self._room(request.room).name, models.ROOM_DELETED)
        return service.DeleteRoomResponse()

    def update_room_metadata(self, request: service.UpdateRoomMetadataRequest) -> Message:
        """Change a session's metadata."""
        self._check_metadata(request.metadata)
        room = self._room(request.room)
        room.set_metadata(request.metadata)
        return room.info

    def list_participants(self, request: service.ListParticipantsRequest) -> Message:
        """Everybody in a session."""
        return service.ListParticipantsResponse(
            participants=[
                participant.info for participant in self._room(request.room).participants.values()
            ]
        )

    def get_participant(self, request: service.RoomParticipantIdentity) -> Message:
        """One participant."""
        return self._participant(request.room, request.identity).info

    def remove_participant(self, request: service.RoomParticipantIdentity) -> Message:
        """Put one participant out, until it is let in again or the session ends."""
        participant = self._participant(request.room, request.identity)
        self._rooms.remove(self._room(request.room), participant)
        return service.RemoveParticipantResponse()

    def readmit_participant(self, request: service.RoomParticipantIdentity) -> Message:
        """Let a removed one join again."""
        if not self._rooms.readmit(self._room(request.room), request.identity):
            raise TwirpError("not_found", "nobody of that name was removed from this session")
        return service.RemoveParticipantResponse()

    def lock_room(self, request: service.ListParticipantsRequest) -> Message:
        """Let nobody new in who is not let in by a moderator."""
        self._room(request.room).lock.turn(on=True)
        return service.RemoveParticipantResponse()

    def unlock_room(self, request: service.ListParticipantsRequest) -> Message:
        """Let everybody in again, whoever knocks first."""
        self._room(request.room).lock.turn(on=False)
        return service.RemoveParticipantResponse()

    def let_in(self, request: service.RoomParticipantIdentity) -> Message:
        """Let somebody in who knocks."""
        return self._answer_knock(request, let_in=True)

    def turn_away(self, request: service.RoomParticipantIdentity) -> Message:
        """Do not let somebody in who knocks."""
        return self._answer_knock(request, let_in=False)

    def _answer_knock(self, request: service.RoomParticipantIdentity, *, let_in: bool) -> Message:
        room = self._room(request.room)
        if not room.lock.answer(request.identity, let_in=let_in):
            raise TwirpError("not_found", "nobody knocks any more who was meant")
        return service.RemoveParticipantResponse()

    def mute_track(self, request: service.MuteRoomTrackRequest) -> Message:
        """Mute a track: its packets stop here, and its publisher is told.

        Nobody opens another's microphone or camera; livekit-server refuses it alike.
        """
        if not request.muted:
            raise TwirpError("failed_precondition", "remote unmute not enabled: ask them instead")
        participant = self._participant(request.room, request.identity)
        publication = participant.mute_by_moderator(request.track_sid)
        if publication is None:
            raise TwirpError("not_found", "no such track of this participant")
        return service.MuteRoomTrackResponse(track=publication.info)

    def update_participant(self, request: service.UpdateParticipantRequest) -> Message:
        """Change a participant's name, metadata, attributes or permissions."""
        participant = self._participant(request.room, request.identity)
        self._check(
            participant.update(
                name=request.name, metadata=request.metadata, attributes=request.attributes
            )
        )
        if request.HasField("permission"):
            participant.permit(request.permission)
        return participant.info

    def update_subscriptions(self, request: service.UpdateSubscriptionsRequest) -> Message:
        """Begin or end to forward tracks to a participant, as it could itself."""
        participant = self._participant(request.room, request.identity)
        wanted = rtc.UpdateSubscription(
            track_sids=request.track_sids,
            subscribe=request.subscribe,
            participant_tracks=request.participant_tracks,
        )
        try:
            participant.choose_tracks(wanted)
        except SignalRefused as refused:
            raise TwirpError("resource_exhausted", str(refused)) from refused
        return service.UpdateSubscriptionsResponse()

    def send_data(self, request: service.SendDataRequest) -> Message:
        """Send a data packet to some or all in a session."""
        packet = models.DataPacket(
            user=models.UserPacket(
                payload=request.data, topic=request.topic if request.HasField("topic") else None
            ),
            destination_identities=request.destination_identities,
        )
        message = packet.SerializeToString()
        self._check(exceeded("data packet", len(message), self._limits.message_bytes, "bytes"))
        self._room(request.room).say(
            LOSSY if request.kind == models.DataPacket.LOSSY else RELIABLE,
            message,
            list(request.destination_identities),
            sids=list(request.destination_sids),
            sender=None,
        )
        return service.SendDataResponse()

    def _check_metadata(self, metadata: str) -> None:
        self._check(
            exceeded("metadata", len(metadata.encode()), self._limits.metadata_bytes, "bytes")
        )


def _may_create(claims: AccessClaims, room: str) -> bool:
    return claims.room_create


def _may_list(claims: AccessClaims, room: str) -> bool:
    return claims.room_list


def _may_moderate(claims: AccessClaims, room: str) -> bool:
    return claims.administers(room)


def _may_delete(claims: AccessClaims, room: str) -> bool:
    return claims.room_create or claims.administers(room)


_METHODS = {
    "ListRooms": _Method(service.ListRoomsRequest, _may_list, RoomService.list_rooms),
    "CreateRoom": _Method(service.CreateRoomRequest, _may_create, RoomService.create_room),
    "DeleteRoom": _Method(service.DeleteRoomRequest, _may_delete, RoomService.delete_room),
    "UpdateRoomMetadata": _Method(
        service.UpdateRoomMetadataRequest, _may_moderate, RoomService.update_room_metadata
    ),
    "ListParticipants": _Method(
        service.ListParticipantsRequest, _may_moderate, RoomService.list_participants
    ),
    "GetParticipant": _Method(
        service.RoomParticipantIdentity, _may_moderate, RoomService.get_participant
    ),
    "RemoveParticipant": _Method(
        service.RoomParticipantIdentity, _may_moderate, RoomService.remove_participant
    ),
    "ReadmitParticipant": _Method(
        service.RoomParticipantIdentity, _may_moderate, RoomService.readmit_participant
    ),
    "LockRoom": _Method(service.ListParticipantsRequest, _may_moderate, RoomService.lock_room),
    "UnlockRoom": _Method(service.ListParticipantsRequest, _may_moderate, RoomService.unlock_room),
    "LetIn": _Method(service.RoomParticipantIdentity, _may_moderate, RoomService.let_in),
    "TurnAway": _Method(service.RoomParticipantIdentity, _may_moderate, RoomService.turn_away),
    "MutePublishedTrack": _Method(
        service.MuteRoomTrackRequest, _may_moderate, RoomService.mute_track
    ),
    "UpdateParticipant": _Method(
        service.UpdateParticipantRequest, _may_moderate, RoomService.update_participant
    ),
    "UpdateSubscriptions": _Method(
        service.UpdateSubscriptionsRequest, _may_moderate, RoomService.update_subscriptions
    ),
    "SendData": _Method(service.SendDataRequest, _may_moderate, RoomService.send_data),
}
