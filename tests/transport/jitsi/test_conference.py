"""What only a Jitsi conference does, with a server in this process."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable

import pytest

from tests.fakes.people import camera
from tests.transport.client import Client
from tests.transport.jitsi.conftest import World
from tests.transport.media import ColourSource, Recorder, ToneSource, near
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.ids import TrackSource
from tui.domain.join import ConferenceAnswer
from tui.domain.participant import Quality, Role
from tui.domain.rights import Rights
from tui.domain.settings import SessionSettings, SessionType
from tui.domain.snapshot import User
from tui.ports.transport_events import (
    ChatReceived,
    MediaConnected,
    MediaMissing,
    MutedByServer,
    OwnRightsChanged,
    OwnRoleChanged,
    ParticipantUpdated,
    QualityChanged,
    Reconnected,
    Reconnecting,
    RecordingTold,
    WaitingToBeLetIn,
)
from tui.transport.jitsi.transport import JitsiTransport
from tui.transport.jitsi.xml import JINGLE, element

MakeWorld = Callable[..., Awaitable[World]]
RED, GREEN, BLUE = (81, 90, 200), (145, 54, 34), (41, 240, 110)


async def seen(world: World) -> None:
    """Ana and Bo see and hear each other."""
    ana, bo = world.clients[:2]
    await ana.transport.publish_microphone(ToneSource(440), muted=False)
    await ana.transport.publish_camera(ColourSource(RED, (160, 120)), muted=False)
    await bo.transport.publish_camera(ColourSource(GREEN, (160, 120)), muted=False)
    await bo.media.until(lambda: bo.media.video_count(ana.id) > 2)
    await bo.media.until(lambda: len(bo.media.packets[ana.id]) > 5)
    await ana.media.until(lambda: ana.media.video_count(bo.id) > 2)


@pytest.mark.parametrize("how", ["rewriting", "without rewriting", "sctp"])
async def test_every_kind_of_bridge(make_world: MakeWorld, how: str) -> None:
    world = await make_world(rewriting=how != "without rewriting")
    more = {"prefer_sctp": how == "sctp"}
    ana, bo = await world.join("Ana", **more), await world.join("Bo", **more)
    await seen(world)
    assert near(bo.media.colour(ana.id), RED)
    # A third who comes late: maps tell only what changed.
    chi = await world.join("Chi", **more)
    await chi.transport.publish_camera(ColourSource(BLUE, (160, 120)), muted=False)
    await ana.media.until(lambda: near(ana.media.colour(chi.id), BLUE))
    await chi.media.until(lambda: near(chi.media.colour(bo.id), GREEN))
    count = ana.media.video_count(bo.id)
    await ana.media.until(lambda: ana.media.video_count(bo.id) > count + 2)
    endpoint = world.bed.bridge.conferences[world.room_jid].endpoints[ana.id]
    assert (endpoint.data_channel is not None) == (how == "sctp")


async def test_a_slot_that_becomes_somebody_elses(make_world: MakeWorld) -> None:
    world = await make_world(video_slots=1)
    ana, bo, chi = [await world.join(name) for name in ("Ana", "Bo", "Chi")]
    await bo.transport.publish_camera(ColourSource(GREEN, (160, 120)), muted=False)
    await chi.transport.publish_camera(ColourSource(BLUE, (160, 120)), muted=False)
    ana.transport.want_video(camera(bo.id), width=160, height=120)
    await ana.media.until(lambda: near(ana.media.colour(bo.id), GREEN))
    ana.transport.want_video(camera(bo.id), width=0, height=0)
    ana.transport.want_video(camera(chi.id), width=160, height=120)
    colours: list[tuple[int, int, int]] = []

    def watched() -> bool:
        if ana.media.video_count(chi.id):
            colours.append(ana.media.colour(chi.id))
        return ana.media.video_count(chi.id) > 5

    await ana.media.until(watched)
    assert colours and all(near(one, BLUE) for one in colours), "one of Bo's came under Chi's name"
    assert camera(bo.id) in ana.media.ended


async def test_a_bridge_that_begins_anew(make_world: MakeWorld) -> None:
    world = await make_world()
    ana, bo = await world.join("Ana"), await world.join("Bo")
    await seen(world)
    await world.bed.focus.restart(world.room_jid)
    await bo.next(Reconnecting)
    await bo.next(Reconnected)
    assert ana.id == ana.joined.local.id, "nobody is somebody new"
    count = bo.media.video_count(ana.id)
    heard = len(bo.media.packets[ana.id])
    await bo.media.until(lambda: bo.media.video_count(ana.id) > count + 2)
    await bo.media.until(lambda: len(bo.media.packets[ana.id]) > heard + 5)


async def test_alone_and_not_alone_again(make_world: MakeWorld) -> None:
    world = await make_world(alone_s=0.2)
    ana = await world.join("Ana")
    await ana.next(MediaConnected)
    await ana.transport.publish_camera(ColourSource(RED, (160, 120)), muted=False)
    for name in ("Bo", "Chi"):
        guest = await world.join(name)
        await guest.media.until(lambda g=guest: g.media.video_count(ana.id) > 2)
        endpoints = world.bed.bridge.conferences[world.room_jid].endpoints
        await guest.transport.leave()
        while endpoints:  # the focus ends the session of who is alone
            await asyncio.sleep(0.02)
    assert not [one for one in ana.events if isinstance(one, Reconnecting)]


async def test_muted_by_whom(make_world: MakeWorld) -> None:
    world = await make_world()
    ana, bo = await world.join("Ana", token="moderator"), await world.join("Bo")
    await bo.transport.publish_camera(ColourSource(GREEN, (160, 120)), muted=False)
    await ana.media.until(lambda: ana.media.video_count(bo.id) > 2)
    assert ana.transport.moderator is not None
    await ana.transport.moderator.mute(bo.id, TrackSource.CAMERA)
    assert await bo.next(MutedByServer) == MutedByServer(TrackSource.CAMERA, ana.id)
    await ana.next(ParticipantUpdated, lambda e: any(track.muted for track in e.participant.tracks))


async def test_unmuting_only_with_leave(make_world: MakeWorld) -> None:
    world = await make_world()
    ana, bo = await world.join("Ana", token="moderator"), await world.join("Bo")
    assert ana.transport.moderator is not None

    async def told(*rights: Rights) -> None:
        await bo.next(OwnRightsChanged, lambda _: told_of(bo) == list(rights))

    def told_of(client: Client) -> list[Rights]:
        return [one.rights for one in client.events if isinstance(one, OwnRightsChanged)]

    moderator, mute = ana.transport.moderator, Rights(speak=False)
    await bo.transport.publish_microphone(ToneSource(440), muted=False)
    await ana.media.until(lambda: len(ana.media.packets[bo.id]) > 5)
    await moderator.let_all(TrackSource.MICROPHONE, on=False)
    await told(mute)
    chi = await world.join("Chi", token="moderator")
    await moderator.let(bo.id, TrackSource.MICROPHONE)
    await told(mute, Rights())
    await bo.transport.set_muted(TrackSource.MICROPHONE, muted=False)
    heard = len(ana.media.packets[bo.id])
    await ana.media.until(lambda: len(ana.media.packets[bo.id]) > heard + 5)
    await moderator.let_all(TrackSource.CAMERA, on=False)
    await told(mute, Rights(), Rights(show=False))
    await moderator.let_all(TrackSource.CAMERA, on=True)
    await told(mute, Rights(), Rights(show=False), Rights())
    assert not told_of(ana) and not told_of(chi), "moderators always may"


async def test_waiting_for_somebody_to_begin(make_world: MakeWorld) -> None:
    world = await make_world()
    world.bed.focus.refuses = "not-authorized"
    joining = asyncio.ensure_future(world.join("Ana"))
    while not world.clients:
        await asyncio.sleep(0)
    ana = world.clients[0]
    assert (await ana.next(WaitingToBeLetIn)).not_begun
    world.bed.focus.refuses = ""
    assert (await joining).joined is not None
    world.bed.focus.refuses = "not-authorized"
    with pytest.raises(CallsError, match="only for somebody with an account"):
        await world.transport().join(world.document("Bo", token="of nobody"), Recorder())


@pytest.mark.parametrize("answers", [True, False], ids=["it answers", "it is not there"])
async def test_a_conference_asked_for_over_http(make_world: MakeWorld, answers: bool) -> None:
    world, asked = await make_world(), []

    async def ask(url: str, room: str, token: str) -> ConferenceAnswer:
        asked.append((url, room, token))
        if not answers:
            raise CallsError(ErrorCode.NETWORK, "Nothing answers.")
        if len(asked) == 2:
            world.bed.focus.open(room)
        return ConferenceAnswer(ready=len(asked) == 2)

    transport = JitsiTransport(ask_conference=ask)
    url = "http://meet.example/conference-request/v1"
    client = Client(transport, "Ana")
    world.clients.append(client)
    await transport.join(world.document("Ana", conference_request_url=url), client.media)
    assert asked == [(url, world.room_jid, "")] * (2 if answers else 1)


async def test_a_server_that_is_full(make_world: MakeWorld) -> None:
    world = await make_world()
    world.bed.focus.refuses = "resource-constraint"
    with pytest.raises(CallsError, match="The server is full") as refused:
        await world.transport().join(world.document("Ana"), Recorder())
    assert refused.value.code == ErrorCode.SESSION_FULL


async def test_room_for_visitors_only(make_world: MakeWorld) -> None:
    world = await make_world()
    world.bed.focus.visitor_node = "v1"
    with pytest.raises(CallsError, match="nobody more but visitors"):
        await world.transport().join(world.document("Ana"), Recorder())


async def test_that_the_session_is_recorded(make_world: MakeWorld) -> None:
    world = await make_world()
    ana = await world.join("Ana")
    for status in ("pending", "on"):
        world.bed.focus.record(world.room_jid, status)
    assert await ana.next(RecordingTold) == RecordingTold(recorded=True)
    bo = await world.join("Bo")
    assert await bo.next(RecordingTold) == RecordingTold(recorded=True)
    world.bed.focus.record(world.room_jid, "off")
    await bo.next(RecordingTold, lambda told: not told.recorded)
    assert [one for one in ana.events if isinstance(one, RecordingTold)] == [
        RecordingTold(recorded=True),
        RecordingTold(recorded=False),
    ]


async def test_becoming_a_moderator(make_world: MakeWorld) -> None:
    world = await make_world(owner_for_first=True)
    ana = await world.join("Ana")
    if ana.joined.local.role is Role.NONE:  # the focus was slower than we
        await ana.next(OwnRoleChanged, lambda event: event.role is Role.MODERATOR)
    bo = await world.join("Bo")
    assert ana.transport.moderator is not None
    with pytest.raises(CallsError, match="has no camera in the call"):
        await ana.transport.moderator.mute(bo.id, TrackSource.CAMERA)
    assert bo.transport.moderator is None


async def test_what_was_said_before_we_came(make_world: MakeWorld) -> None:
    world = await make_world()
    ana = await world.join("Ana")
    await ana.transport.send_chat("long ago <&>")
    bo = await world.join("Bo")
    heard = await bo.next(ChatReceived)
    assert (heard.id, heard.text, heard.history) == (ana.id, "long ago <&>", True)
    assert not [one for one in ana.events if isinstance(one, ChatReceived)]


async def test_a_name_that_comes_late(make_world: MakeWorld) -> None:
    world = await make_world()
    ana = await world.join("Ana")
    await world.join("Bo")
    await world.clients[1].transport.set_attributes({}, name="Robert")
    await ana.next(ParticipantUpdated, lambda event: event.participant.name == "Robert")


async def test_how_well_somebody_is_connected(make_world: MakeWorld) -> None:
    world = await make_world()
    ana, bo = await world.join("Ana"), await world.join("Bo")
    await seen(world)
    endpoints = world.bed.bridge.conferences[world.room_jid].endpoints
    endpoints[bo.id].take_message({"colibriClass": "EndpointStats", "connectionQuality": 12})
    assert (await ana.next(QualityChanged)).quality == {bo.id: Quality.WEAK}
    for junk in ("[]", "{", '{"colibriClass": 5}', '{"colibriClass": "VideoSourcesMap"}'):
        await endpoints[ana.id].channel.send(junk)
    endpoints[bo.id].take_message({"colibriClass": "EndpointStats", "connectionQuality": 99})
    await ana.next(QualityChanged, lambda event: event.quality == {bo.id: Quality.GOOD})


async def test_a_member_asks_for_a_direct_connection(make_world: MakeWorld) -> None:
    """Two members may be asked to leave the bridge out; we stay on it."""
    world = await make_world()
    ana, bo = await world.join("Ana"), await world.join("Bo")
    await seen(world)
    connection = bo.transport._connection
    words = element(JINGLE, "jingle", {"action": "session-initiate", "sid": "p2p"})
    await connection._stream.ask(f"{world.room_jid}/{ana.id}", "set", words)
    count = bo.media.video_count(ana.id)
    await bo.media.until(lambda: bo.media.video_count(ana.id) > count + 2)


async def test_without_a_way_for_media_it_is_said(make_world: MakeWorld) -> None:
    world = await make_world(deaf=True)
    ana, bo = await world.join("Ana"), await world.join("Bo")
    missing = await bo.next(MediaMissing)
    assert "UDP" in missing.why or "sound" in missing.why
    assert [one for one in ana.events if isinstance(one, MediaConnected)], "she was alone"


@pytest.mark.parametrize(
    ("room", "document", "code", "words"),
    [
        ({"password": "sesame"}, {}, ErrorCode.PASSWORD_WRONG, "wants a password"),
        (
            {"password": "sesame"},
            {"password": "x"},
            ErrorCode.PASSWORD_WRONG,
            "has another password",
        ),
        ({"most": 0}, {}, ErrorCode.SESSION_FULL, "full"),
        ({"refuses": "item-not-found"}, {}, ErrorCode.CONNECTION_FAILED, "does not exist"),
        ({"refuses": "registration-required"}, {}, ErrorCode.CALL_TOKEN_REFUSED, "members only"),
        ({"refuses": "not-allowed"}, {}, ErrorCode.CALL_TOKEN_REFUSED, "--token"),
        ({"refuses": "invented"}, {}, ErrorCode.CONNECTION_FAILED, "(invented)"),
        ({}, {"token": "refused"}, ErrorCode.CALL_TOKEN_REFUSED, "has expired"),
    ],
)
async def test_refused_in_words(
    make_world: MakeWorld,
    room: dict[str, object],
    document: dict[str, object],
    code: ErrorCode,
    words: str,
) -> None:
    world = await make_world()
    for name, value in room.items():
        setattr(world.bed.xmpp.room("room"), name, value)
    transport = world.transport()
    with pytest.raises(CallsError) as refused:
        await transport.join(world.document("Ana", **document), Recorder())
    assert refused.value.code == code
    assert words in refused.value.description
    await transport.leave()


async def test_the_right_password(make_world: MakeWorld) -> None:
    world = await make_world()
    world.bed.xmpp.room("room").password = "sesame"
    assert (await world.join("Ana", password="sesame")).joined is not None


@pytest.mark.parametrize("answer", ["let in", "turned away"])
async def test_waiting_in_a_lobby(make_world: MakeWorld, answer: str) -> None:
    world = await make_world()
    server = world.bed.xmpp
    server.room("room").lobby = True
    joining = asyncio.ensure_future(world.join("Ana"))
    while not server.knocking("room"):
        await asyncio.sleep(0.02)
    await world.clients[0].next(WaitingToBeLetIn)
    if answer == "let in":
        server.admit("room")
        assert (await joining).joined is not None
        return
    server.turn_away("room")
    with pytest.raises(CallsError, match="did not let you in"):
        await joining


async def test_a_server_that_is_not_there(make_world: MakeWorld) -> None:
    world = await make_world()
    transport = world.transport()
    document = world.document("Ana", service_url="ws://127.0.0.1:9/xmpp-websocket")
    with pytest.raises(CallsError, match=r"Nothing answers at ws://127\.0\.0\.1:9"):
        await transport.join(document, Recorder())
    await transport.leave()


async def test_whose_client_it_is(make_world: MakeWorld) -> None:
    """Clients of CometChat's SDK 4 and 5 read different parts of it; a Jitsi Meet gets none."""
    world = await make_world()
    ana = await world.join("Ana")
    told = {one.tag.rpartition("}")[2]: one for one in presence_of(world, ana.id)}
    assert json.loads(told["user-info"].text)["uid"] == "ana"
    assert told["uid"].text == "ana"
    assert told["user_object"].get("uid") == "ana"
    assert told["initial_config"].get("session_id") == "room"
    assert told["initial_config"].get("is_peer_call") == "false"
    voice = SessionSettings(session_type=SessionType.VOICE, is_peer_call=True)
    chi = await world.join("Chi", settings=voice)
    told = {one.tag.rpartition("}")[2]: one for one in presence_of(world, chi.id)}
    assert told["initial_config"].get("is_peer_call") == "true"
    assert told["initial_config"].get("is_audio_only") == "true"
    bo = await world.join("Bo", user=User("", "Bo"))
    told = {one.tag.rpartition("}")[2]: one for one in presence_of(world, bo.id)}
    assert told["nick"].text == "Bo"
    assert not {"user-info", "uid", "user_object", "initial_config"} & set(told)


def presence_of(world: World, nick: str) -> list[object]:
    return list(world.bed.focus.rooms[world.room_jid].members[nick].presence)
