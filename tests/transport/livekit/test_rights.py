"""A right that the server takes and gives back: said, obeyed, and undone, on both servers."""

from __future__ import annotations

from typing import Any

from tests.transport.client import Client
from tests.transport.media import ColourSource, ToneSource
from tests.transport.serving import LiveKitRig
from tui.domain.ids import TrackSource
from tui.domain.rights import Rights
from tui.ports.transport_events import OwnRightsChanged, ParticipantUpdated

ALL = {"canSubscribe": True, "canPublish": True, "canPublishData": True}
MICROPHONE, CAMERA = TrackSource.MICROPHONE, TrackSource.CAMERA


def sends(*sources: TrackSource) -> Any:
    return lambda event: (
        event.participant.id == "ana"
        and {track.source for track in event.participant.tracks} == set(sources)
    )


async def two(rig: LiveKitRig, room: str, clients: list[Client]) -> tuple[Client, Client]:
    """Ana sends sound and pictures, and Bob knows."""
    ana, bob = await Client.join(rig, room, "ana"), await Client.join(rig, room, "bob")
    clients += [ana, bob]
    for client in clients:
        await client.ready()
    await ana.transport.publish_microphone(ToneSource(), muted=False)
    await ana.transport.publish_camera(ColourSource((82, 90, 240)), muted=False)
    await bob.next(ParticipantUpdated, sends(MICROPHONE, CAMERA))
    return ana, bob


async def permit(rig: LiveKitRig, room: str, **permission: object) -> None:
    await rig._ask("UpdateParticipant", room=room, identity="ana", permission=ALL | permission)


async def test_what_we_may_not_send_is_sent_again_when_we_may(
    served: LiveKitRig, room: str, clients: list[Client]
) -> None:
    ana, bob = await two(served, room, clients)
    await permit(served, room, canPublish=False, canPublishData=False)
    less = await ana.next(OwnRightsChanged)
    assert less.rights == Rights(speak=False, show=False, share=False, write=False)
    await bob.next(ParticipantUpdated, sends())
    await permit(served, room)
    await ana.next(OwnRightsChanged, lambda event: event.rights == Rights())
    await bob.next(ParticipantUpdated, sends(MICROPHONE, CAMERA))
    heard, seen = len(bob.media.packets["ana"]), bob.media.video_count("ana")
    await bob.media.until(lambda: len(bob.media.packets["ana"]) >= heard + 50)
    await bob.media.until(lambda: bob.media.video_count("ana") >= seen + 10)


async def test_one_source_alone(served: LiveKitRig, room: str, clients: list[Client]) -> None:
    ana, bob = await two(served, room, clients)
    await permit(served, room, canPublishSources=["MICROPHONE"])
    assert (await ana.next(OwnRightsChanged)).rights == Rights(show=False, share=False)
    await bob.next(ParticipantUpdated, sends(MICROPHONE))
