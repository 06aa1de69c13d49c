"""Rules of sessions, without a network."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Callable

import pytest
from livekit.protocol import models as m
from livekit.protocol import rtc

from tests.server.conftest import Log
from tui.server.access import AccessClaims
from tui.server.limits import Limits
from tui.server.rooms.all_rooms import Refusal, RoomObserver, Rooms
from tui.server.rooms.audience import Audience
from tui.server.rooms.hosts import HOST_BACK_S
from tui.server.rooms.participant import Participant, SignalRefused
from tui.server.rooms.room import Room
from tui.server.rooms.services import MediaServices
from tui.server.sfu.counters import Counters
from tui.server.sfu.credentials import ServerCertificate
from tui.server.sfu.mux import UdpMux
from tui.server.tasks import OwnedTasks
from tui.wire.sdp import SdpError

MakeRooms = Callable[..., Rooms]


@pytest.fixture
async def make_rooms() -> AsyncIterator[MakeRooms]:
    all_tasks: list[OwnedTasks] = []

    def make(limits: Limits | None = None, observer: RoomObserver | None = None) -> Rooms:
        counters, tasks = Counters(), OwnedTasks()
        all_tasks.append(tasks)
        services = MediaServices(
            UdpMux(counters), ServerCertificate(), counters, tasks, 1_000_000, limits or Limits()
        )
        return Rooms(services, observer)

    yield make
    for tasks in all_tasks:
        await tasks.finish(1)
        await tasks.close()


def _claims(identity: str, room: str = "demo", **more: object) -> AccessClaims:
    return AccessClaims(identity=identity, room=room, room_join=True, **more)  # type: ignore[arg-type]


def _join(rooms: Rooms, identity: str, room: str = "demo", **more: object) -> Participant:
    joined = rooms.join(_claims(identity, room, **more), rtc.JoinResponse(), auto_subscribe=True)
    assert isinstance(joined, Participant)
    return joined


def _present(rooms: Rooms) -> dict[str, Participant]:
    room = rooms.get("demo")
    assert room is not None
    return room.participants


def _waiting(participant: Participant) -> list[rtc.SignalResponse]:
    queue = participant.outbox._queue
    messages = [queue.get_nowait() for _ in range(queue.qsize())]
    return [message for message in messages if message is not None]


def _said(participant: Participant, kind: str) -> list[object]:
    return [getattr(x, kind) for x in _waiting(participant) if x.WhichOneof("message") == kind]


async def test_comings_and_goings_are_observed_in_order(make_rooms: MakeRooms) -> None:
    log = Log()
    rooms = make_rooms(observer=log)
    ann, ben = _join(rooms, "ann", name="Ann"), _join(rooms, "ben")
    ann.leave(m.CLIENT_INITIATED)
    ann.leave(m.CLIENT_INITIATED)
    ben.leave(m.CLIENT_INITIATED)
    assert log.events == [
        ("started", "demo"),
        ("joined", "demo", "ann", "Ann"),
        ("joined", "demo", "ben", ""),
        ("left", "demo", "ann"),
        ("left", "demo", "ben"),
        ("ended", "demo"),
    ]
    assert list(rooms) == []


async def test_a_faulty_observer_does_not_end_the_call(make_rooms: MakeRooms) -> None:
    class Faulty(Log):
        def participant_joined(self, session_id: str, uid: str, name: str, at_ms: int) -> None:
            raise RuntimeError("disk full")

    rooms = make_rooms(observer=Faulty())
    ann = _join(rooms, "ann")
    assert _present(rooms) == {"ann": ann}


async def test_the_same_identity_replaces_without_ending(make_rooms: MakeRooms) -> None:
    log = Log()
    rooms = make_rooms(observer=log)
    first = _join(rooms, "ann")
    second = _join(rooms, "ann")
    assert first.gone
    leave = _said(first, "leave")[0]
    assert isinstance(leave, rtc.LeaveRequest)
    assert (leave.reason, leave.action) == (m.DUPLICATE_IDENTITY, rtc.LeaveRequest.DISCONNECT)
    assert len(list(rooms)) == 1
    assert ("ended", "demo") not in log.events
    first.leave(m.SIGNAL_CLOSE)  # its websocket closes only now
    assert _present(rooms) == {"ann": second}


async def test_the_others_are_told_once_and_hidden_ones_never(make_rooms: MakeRooms) -> None:
    rooms = make_rooms()
    ann, spy = _join(rooms, "ann"), _join(rooms, "spy", hidden=True)
    assert spy.update(name="Spy", attributes={}) is None
    assert _said(ann, "update") == []
    ben = _join(rooms, "ben")
    ben.leave(m.CLIENT_INITIATED)
    updates = _said(ann, "update")
    states = [update.participants[0].state for update in updates]  # type: ignore[attr-defined]
    assert states == [m.ParticipantInfo.JOINING, m.ParticipantInfo.DISCONNECTED]
    versions = [update.participants[0].version for update in updates]  # type: ignore[attr-defined]
    assert versions == sorted(set(versions))


async def test_created_sessions_wait_and_are_forgotten(make_rooms: MakeRooms) -> None:
    rooms = make_rooms(Limits(sessions=2))
    room = rooms.create("demo")
    assert isinstance(room, Room)
    assert rooms.create("demo") is room
    rooms.forget_unused(room.created_at + 299)
    assert rooms.get("demo") is room
    rooms.create("other")
    assert rooms.create("third") == Refusal(503, "the server is full (2 of 2 sessions)")
    rooms.forget_unused(room.created_at + 400)
    assert list(rooms) == []
    assert not rooms.end("demo", m.ROOM_DELETED)


async def test_a_session_can_be_smaller_than_the_limit(make_rooms: MakeRooms) -> None:
    rooms = make_rooms()
    room = rooms.create("demo")
    assert isinstance(room, Room)
    room.info.max_participants = 1
    _join(rooms, "ann")
    refused = rooms.join(_claims("ben"), rtc.JoinResponse(), auto_subscribe=True)
    assert refused == Refusal(503, "session is full (1 of 1)")


@pytest.mark.parametrize(
    ("claims", "text"),
    [
        (_claims("ann", metadata="é" * 4097), "metadata is 8194 bytes"),
        (_claims("ann", attributes={"k": "v" * 8192}), "attributes is 8193 bytes"),
        (_claims("ann", name="x" * 257), "name is 257 characters"),
        (_claims("x" * 257), "identity is 257 characters"),
        (_claims("ann", "x" * 257), "session ID is 257 characters"),
    ],
)
async def test_long_texts_are_refused(
    make_rooms: MakeRooms, claims: AccessClaims, text: str
) -> None:
    refusal = make_rooms().join(claims, rtc.JoinResponse(), auto_subscribe=True)
    assert isinstance(refusal, Refusal)
    assert refusal.status == 400
    assert text in refusal.text


async def test_signalling_of_no_sense_is_refused(make_rooms: MakeRooms) -> None:
    ann = _join(make_rooms(), "ann")
    with pytest.raises(SignalRefused):
        ann.handle(rtc.SignalRequest())
    with pytest.raises(SdpError):
        ann.handle(rtc.SignalRequest(offer=rtc.SessionDescription(sdp="x")))
    ann.handle(rtc.SignalRequest(mute=rtc.MuteTrackRequest(sid="TR_none", muted=True)))
    ann.handle(rtc.SignalRequest(trickle=rtc.TrickleRequest(candidateInit="not json")))
    settings = rtc.UpdateTrackSettings(track_sids=["TR_none"], width=5)
    ann.handle(rtc.SignalRequest(track_setting=settings))
    subscription = rtc.UpdateSubscription(track_sids=["TR_none"], subscribe=True)
    ann.handle(rtc.SignalRequest(subscription=subscription))
    assert not ann.gone


async def test_a_track_muted_before_it_is_negotiated_stays_muted(make_rooms: MakeRooms) -> None:
    ann = _join(make_rooms(), "ann")
    ann.handle(rtc.SignalRequest(add_track=rtc.AddTrackRequest(cid="c", type=m.AUDIO)))
    (published,) = _said(ann, "track_published")
    sid = published.track.sid  # type: ignore[attr-defined]
    ann.handle(rtc.SignalRequest(mute=rtc.MuteTrackRequest(sid=sid, muted=True)))
    (announced,) = ann.publisher._announced.values()
    assert announced.track.muted
    assert announced.info.muted


async def test_names_lose_what_a_terminal_would_obey(make_rooms: MakeRooms) -> None:
    ann = _join(make_rooms(), "ann", name="An\x1b[31mn")
    assert "\x1b" not in ann.info.name
    assert ann.update(name="Q\x07ueen", attributes={}) is None
    assert ann.info.name == "Queen"


async def test_a_moderator_is_shown_as_one_whatever_its_client_writes(
    make_rooms: MakeRooms,
) -> None:
    rooms = make_rooms()
    host = _join(rooms, "host", room_admin=True, metadata='{"team": "blue"}')
    assert json.loads(host.info.metadata) == {"team": "blue", "role": "moderator"}
    assert host.update(metadata='{"role": "guest", "team": "red"}', attributes={}) is None
    assert json.loads(host.info.metadata) == {"team": "red", "role": "moderator"}
    assert json.loads(_join(rooms, "plain", room_admin=True).info.metadata) == {"role": "moderator"}


async def test_nobody_makes_themselves_a_moderator_by_metadata(make_rooms: MakeRooms) -> None:
    ann = _join(make_rooms(), "ann", can_update_own_metadata=True)
    assert ann.info.metadata == ""
    wanted = rtc.UpdateParticipantMetadata(metadata='{"role": "moderator", "a": [1]}')
    ann.handle(rtc.SignalRequest(update_metadata=wanted))
    assert json.loads(ann.info.metadata) == {"a": [1]}


@pytest.mark.parametrize("metadata", ["not json", "[1]", '"role"', "[" * 5000, '{"role": "chair"}'])
async def test_metadata_of_another_application_stays(make_rooms: MakeRooms, metadata: str) -> None:
    assert _join(make_rooms(), "ann", metadata=metadata).info.metadata == metadata


async def test_a_token_may_call_its_holder_a_moderator(make_rooms: MakeRooms) -> None:
    """An application that signs its own tokens decides who moderates there."""
    ann = _join(make_rooms(), "ann", metadata='{"role": "moderator"}')
    assert ann.update(metadata='{"x": 1}', attributes={}) is None
    assert json.loads(ann.info.metadata) == {"x": 1, "role": "moderator"}


async def test_the_offer_waits_for_the_client_s_handshake(make_rooms: MakeRooms) -> None:
    """Offered actpass, Go clients (pion) answer passive: then nobody begins."""
    offers = _said(_join(make_rooms(), "ann"), "offer")
    assert [("a=setup:passive" in one.sdp, "actpass" in one.sdp) for one in offers] == [  # type: ignore[attr-defined]
        (True, False)
    ]


def _hosts(rooms: Rooms) -> list[str]:
    return [one.identity for one in _present(rooms).values() if one.hosting]


async def test_the_first_of_those_entitled_hosts(make_rooms: MakeRooms) -> None:
    rooms = make_rooms()
    _join(rooms, "guest")
    _join(rooms, "ana", may_host=True)
    _join(rooms, "bob", may_host=True)
    assert _hosts(rooms) == ["ana"]
    assert json.loads(_present(rooms)["ana"].info.metadata) == {"role": "moderator"}
    assert not _present(rooms)["bob"].info.metadata


async def test_whoever_hosts_and_leaves_is_followed_and_hosts_again(make_rooms: MakeRooms) -> None:
    rooms = make_rooms()
    ana = _join(rooms, "ana", may_host=True)
    bob = _join(rooms, "bob", may_host=True)
    _join(rooms, "guest")
    ana.leave(m.CLIENT_INITIATED)
    assert _hosts(rooms) == ["bob"]
    assert any("moderator" in p.metadata for u in _said(bob, "update") for p in u.participants)
    _join(rooms, "ana", may_host=True)
    assert _hosts(rooms) == ["bob", "ana"]


async def test_a_host_who_was_lost_has_a_while_to_come_back(make_rooms: MakeRooms) -> None:
    rooms = make_rooms()
    ana = _join(rooms, "ana", may_host=True)
    _join(rooms, "bob", may_host=True)
    ana.leave(m.SIGNAL_CLOSE)
    room = rooms.get("demo")
    assert room is not None
    room.hosts.tick(room.participants.values(), time.monotonic() + HOST_BACK_S / 2)
    assert not _hosts(rooms)
    _join(rooms, "ana", may_host=True)
    room.hosts.tick(room.participants.values(), time.monotonic() + HOST_BACK_S * 2)
    assert _hosts(rooms) == ["ana"]
    _present(rooms)["ana"].leave(m.SIGNAL_CLOSE)
    room.hosts.tick(room.participants.values(), time.monotonic() + HOST_BACK_S * 2)
    assert _hosts(rooms) == ["bob"]


async def test_another_session_of_the_same_name_has_its_own_host(make_rooms: MakeRooms) -> None:
    rooms = make_rooms()
    _join(rooms, "ana", may_host=True).leave(m.CLIENT_INITIATED)
    assert rooms.get("demo") is None
    _join(rooms, "bob", may_host=True)
    _join(rooms, "ana", may_host=True)
    assert _hosts(rooms) == ["bob"]


async def test_removed_people_stay_out_until_the_session_is_over(make_rooms: MakeRooms) -> None:
    rooms = make_rooms()
    ana, bob = _join(rooms, "ana"), _join(rooms, "bob")
    room = rooms.get("demo")
    assert room is not None
    room.removed["bob"] = ""
    bob.leave(m.PARTICIPANT_REMOVED)
    refusal = rooms.refusal(_claims("bob"))
    assert refusal is not None and refusal.status == 403
    assert rooms.refusal(_claims("bob", "another")) is None
    del room.removed["bob"]
    assert rooms.refusal(_claims("bob")) is None
    room.removed["bob"] = ""
    ana.leave(m.CLIENT_INITIATED)
    assert rooms.refusal(_claims("bob")) is None


def test_an_audience_is_who_was_named() -> None:
    audience = Audience()
    assert audience.admits("bob", "PA_b", "TR_1")
    only = rtc.SubscriptionPermission(
        all_participants=False,
        track_permissions=[
            rtc.TrackPermission(participant_identity="bob", all_tracks=True),
            rtc.TrackPermission(participant_sid="PA_c", track_sids=["TR_1"]),
        ],
    )
    audience.change(only)
    admitted = [
        (who, track)
        for who in (("bob", "PA_b"), ("cleo", "PA_c"), ("dee", "PA_d"))
        for track in ("TR_1", "TR_2")
        if audience.admits(*who, track)
    ]
    assert admitted == [
        (("bob", "PA_b"), "TR_1"),
        (("bob", "PA_b"), "TR_2"),
        (("cleo", "PA_c"), "TR_1"),
    ]
    audience.change(rtc.SubscriptionPermission(all_participants=True))
    assert audience.admits("dee", "PA_d", "TR_2")


async def test_who_records_is_told_before_that_the_session_is_recorded(
    make_rooms: MakeRooms,
) -> None:
    rooms = make_rooms()
    ann, ben = _join(rooms, "ann"), _join(rooms, "ben")
    for who in (ann, ben):
        _waiting(who)
    ann.update(attributes={"cellcall.recording": "sound"})
    for who in (ann, ben):
        who_records, session = _waiting(who)
        assert who_records.update.participants[0].attributes["cellcall.recording"] == "sound"
        assert session.room_update.room.active_recording
