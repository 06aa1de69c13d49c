"""Somebody encrypts, and we have no key: nothing of it is decoded, on any server."""

from __future__ import annotations

from livekit.protocol import models, rtc

from tests.fakes.people import camera, screen
from tests.transport.client import Client
from tests.transport.livekit.scripted import Scripted, scripted
from tests.transport.media import ColourSource, Recorder, ToneSource, near
from tests.transport.serving import Rig
from tui.domain.join import LiveKitJoin
from tui.domain.sealing import Sealing
from tui.ports.transport_events import ParticipantUpdated
from tui.transport.livekit.transport import LiveKitTransport

RED, GREEN = (82, 90, 240), (145, 54, 34)


def seal(client: Client) -> None:
    """Announce what `client` publishes as encrypted; its bytes are those of any track."""
    publisher = client.transport._connection._publisher
    send = publisher._send

    async def sealed(**message: object) -> None:
        request = message.get("add_track")
        if isinstance(request, rtc.AddTrackRequest):
            request.encryption = models.Encryption.GCM
        await send(**message)

    publisher._send = sealed


async def test_a_sealed_track_gives_neither_sound_nor_pictures(
    served: Rig, room: str, clients: list[Client]
) -> None:
    eve, fair, bob = [await Client.join(served, room, who) for who in ("eve", "open", "bob")]
    clients += [eve, fair, bob]
    for one in clients:
        await one.ready()
    seal(eve)
    await eve.transport.publish_microphone(ToneSource(440), muted=False)
    await eve.transport.publish_camera(ColourSource(RED), muted=False)
    told = await bob.next(ParticipantUpdated, lambda e: len(e.participant.tracks) == 2)
    assert told.participant.id == "eve"
    assert all(track.sealing is Sealing.NO_KEY for track in told.participant.tracks)
    # One who is not sealed comes after: by the time that arrives, the other would have, too.
    await fair.transport.publish_microphone(ToneSource(880), muted=False)
    await fair.transport.publish_camera(ColourSource(GREEN), muted=False)
    await bob.media.until(lambda: len(bob.media.packets["open"]) >= 40)
    await bob.media.until(lambda: bob.media.video_count("open") >= 10)
    assert near(bob.media.colour("open"), GREEN)
    assert bob.media.packets["eve"] == []
    assert bob.media.video_count("eve") == 0


async def test_what_is_sealed_is_not_wanted_from_the_server() -> None:
    async with scripted() as server:
        transport = LiveKitTransport()
        await transport.join(LiveKitJoin(server.url, "token"), Recorder())
        try:
            await _sealed_alice(server)
            told = [(await server.heard("track_setting", n)).track_setting for n in (1, 2)]
            assert [(one.track_sids[0], one.disabled) for one in told] == [
                ("TR_1", True),
                ("TR_2", True),
            ]
            transport.want_video(camera("alice"), width=320, height=180)
            transport.want_video(screen("alice"), width=320, height=180)
            told = [(await server.heard("track_setting", 3)).track_setting]
            assert (told[0].track_sids[0], told[0].disabled) == ("TR_3", False)
        finally:
            await transport.leave()


async def _sealed_alice(server: Scripted) -> None:
    tracks = [
        models.TrackInfo(
            sid=f"TR_{number}", source=source, encryption=models.Encryption.GCM * (number < 3)
        )
        for number, source in enumerate(
            (
                models.TrackSource.MICROPHONE,
                models.TrackSource.CAMERA,
                models.TrackSource.SCREEN_SHARE,
            ),
            1,
        )
    ]
    alice = models.ParticipantInfo(sid="PA_a", identity="alice", version=2, tracks=tracks)
    await server.say(update=rtc.ParticipantUpdate(participants=[alice]))
