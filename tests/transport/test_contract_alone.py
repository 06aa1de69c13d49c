"""What every transport does for one client, whoever else is there; asked of all of them."""

from __future__ import annotations

import pytest

from tests.transport.client import Client
from tests.transport.media import ColourSource, Recorder, ToneSource
from tests.transport.serving import Rig
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.ids import ParticipantId, TrackSource
from tui.domain.participant import Role
from tui.ports.transport_events import Disconnected, DisconnectReason, Reconnected, Reconnecting

MICROPHONE, CAMERA = TrackSource.MICROPHONE, TrackSource.CAMERA


async def alone(rig: Rig, room: str, clients: list[Client], *, moderator: bool = False) -> Client:
    alice = await Client.join(rig, room, ParticipantId("alice"), moderator=moderator)
    clients.append(alice)
    await alice.ready()
    return alice


async def test_a_bad_token_is_refused(any_rig: Rig, room: str) -> None:
    transport = any_rig.transport()
    with pytest.raises(CallsError) as refused:
        await transport.join(any_rig.forged(), Recorder())
    assert refused.value.code == ErrorCode.CALL_TOKEN_REFUSED
    assert "not-a-token" not in refused.value.description or any_rig.name == "loopback"
    await transport.leave()


async def test_who_we_are_and_where(any_rig: Rig, room: str, clients: list[Client]) -> None:
    alice = await alone(any_rig, room, clients)
    assert alice.joined is not None
    assert alice.joined.session_id == room
    assert alice.id and alice.joined.local.name == "Alice"
    assert alice.joined.local.role is Role.NONE
    assert alice.transport.moderator is None


async def test_media_are_taken_and_muted_with_nobody_to_hear(
    any_rig: Rig, room: str, clients: list[Client]
) -> None:
    alice = await alone(any_rig, room, clients)
    await alice.transport.publish_microphone(ToneSource(), muted=True)
    await alice.transport.publish_camera(ColourSource((81, 90, 200)), muted=False)
    await alice.transport.set_muted(MICROPHONE, muted=False)
    await alice.transport.set_muted(CAMERA, muted=True)
    await alice.transport.set_attributes({"hand": "1"}, name="Alice B.")
    await alice.transport.leave()
    assert (await alice.next(Disconnected)).reason is DisconnectReason.LEFT


async def test_too_long_a_message_is_refused(
    any_rig: Rig, room: str, clients: list[Client]
) -> None:
    alice = await alone(any_rig, room, clients)
    await alice.transport.send_chat("é" * 7900)
    with pytest.raises(CallsError) as refused:
        await alice.transport.send_chat("é" * 9000)
    assert refused.value.code == ErrorCode.VALIDATION


async def test_leaving_twice_is_told_once_and_last(
    any_rig: Rig, room: str, clients: list[Client]
) -> None:
    alice = await alone(any_rig, room, clients)
    await alice.transport.leave()
    await alice.close()
    ends = [event for event in alice.events if isinstance(event, Disconnected)]
    assert ends == [Disconnected(DisconnectReason.LEFT)] == alice.events[-1:]


@pytest.mark.parametrize("how", ["remove", "end"])
async def test_put_out(any_rig: Rig, room: str, clients: list[Client], how: str) -> None:
    alice = await alone(any_rig, room, clients)
    if how == "remove":
        await any_rig.remove(room, alice.id)
        expected = DisconnectReason.REMOVED
    else:
        await any_rig.end(room)
        expected = DisconnectReason.SESSION_ENDED
    assert (await alice.next(Disconnected)).reason is expected
    await alice.close()
    assert [e.reason for e in alice.events if isinstance(e, Disconnected)] == [expected]


async def test_a_moderator_is_told_of_what_is_not_there(
    any_rig: Rig, room: str, clients: list[Client]
) -> None:
    alice = await alone(any_rig, room, clients, moderator=True)
    moderator = alice.transport.moderator
    assert moderator is not None
    others = [one.id for one in (alice.joined.others if alice.joined else ())]
    for who in (*others, ParticipantId("long gone")):
        with pytest.raises(CallsError, match="has no camera in the call") as refused:
            await moderator.mute(who, CAMERA)
        assert refused.value.code == ErrorCode.VALIDATION
    await moderator.end_for_all()
    assert (await alice.next(Disconnected)).reason is DisconnectReason.SESSION_ENDED


async def test_back_in_the_same_session(
    any_mortal_rig: Rig, room: str, clients: list[Client]
) -> None:
    alice = await alone(any_mortal_rig, room, clients)
    await any_mortal_rig.kill()
    assert (await alice.next(Reconnecting)).attempt == 1
    await any_mortal_rig.restart()
    assert (await alice.next(Reconnected)).joined.session_id == room
    await alice.transport.send_chat("still here")
