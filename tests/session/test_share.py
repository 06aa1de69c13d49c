"""What we share: begun, seen by ourselves, ended by us, by a moderator, by itself."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from tests.fakes.people import screen
from tests.fakes.world import FakeCamera, FakeWorld, remote
from tests.session.rig import MEDIA, joined
from tests.session.test_call import grey
from tui.domain.commands.local import MoveZoom, SetZoom
from tui.domain.commands.own import StartShare, StopShare
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.ids import TrackSource
from tui.domain.meaning import zoom
from tui.domain.media import MediaName, PlanarFrame, SourceKind
from tui.domain.settings import Layout
from tui.domain.snapshot import Snapshot
from tui.domain.zoom import Zoom, ZoomStep
from tui.ports.devices import Camera
from tui.ports.transport import EndOfMedia
from tui.ports.transport_events import MutedByServer, ParticipantUpdated, RemoteTrack
from tui.session import own_share
from tui.session.seat import Seat

OURS = screen("ana")


async def test_a_share_is_seen_by_all_and_by_ourselves_until_it_is_ended() -> None:
    world = FakeWorld()
    async with joined(world) as (calls, heard):
        seat = Seat(calls)
        await seat.do(StartShare("file:slides.mp4"), action="share.toggle")
        assert world.devices.shares == [MediaName(SourceKind.FILE, "slides.mp4")]
        assert ("share", (32, 24)) in world.transport.said
        local = calls.outlet.newest.local
        assert local is not None and local.shares == (OURS,) and local.has_audio
        assert "onScreenShareButtonClicked" in heard.events
        assert "onScreenShareStarted" in heard.events
        assert "share: You share the fake camera. Everybody in the call sees it." in heard.texts
        # Our own is no reason to rearrange what we look at.
        assert calls.outlet.newest.layout is Layout.TILE and calls.outlet.newest.pinned is None

        world.pictures.want(OURS, 8, 6)
        assert world.devices.share is not None and world.transport.shared is not None
        world.devices.share.frames.put_nowait(grey())
        await world.transport.shared.next_frame()
        picture = world.pictures.newest(OURS)
        assert picture is not None and (picture.width, picture.height) == (8, 6)

        await seat.do(StopShare())
        assert world.transport.said[-1] == ("share", None)
        assert world.devices.share.closed.is_set()
        assert world.pictures.newest(OURS) is None
        local = calls.outlet.newest.local
        assert local is not None and local.shares == () and local.has_audio
        assert heard.events[-1] == "onScreenShareStopped"
        assert heard.texts[-1] == "share: You no longer share anything."
        await seat.do(StopShare())
        assert heard.events.count("onScreenShareStopped") == 1


async def test_another_share_takes_the_place_of_the_first() -> None:
    world = FakeWorld()
    async with joined(world) as (calls, heard):
        seat = Seat(calls)
        await seat.do(StartShare("test:bars"))
        first = world.devices.share
        await seat.do(StartShare())
        assert first is not None and first.closed.is_set()
        assert [said for what, said in world.transport.said if what == "share"] == [
            (32, 24),
            None,
            (32, 24),
        ]
        assert world.devices.shares[-1] == MediaName(SourceKind.DEVICE, "")
        assert heard.events.count("onScreenShareStarted") == 2


async def test_a_share_that_ends_by_itself_is_ended_for_all_and_says_why() -> None:
    world = FakeWorld()
    async with joined(world) as (calls, heard):
        await Seat(calls).do(StartShare())
        assert world.transport.shared is not None and world.devices.share is not None
        await world.devices.share.close()
        with pytest.raises(EndOfMedia):
            await world.transport.shared.next_frame()
        await heard.until(lambda: "onScreenShareStopped" in heard.events)
        assert world.transport.said[-1] == ("share", None)
        told = "share: You no longer share anything. The fake camera gives no pictures any more."
        assert told in heard.texts


async def test_a_share_that_fails_unexpectedly_is_ended_and_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = FakeWorld()

    async def fail(_camera: FakeCamera) -> PlanarFrame:
        raise ValueError("?")

    monkeypatch.setattr(FakeCamera, "next_frame", fail)
    async with joined(world) as (calls, heard):
        await Seat(calls).do(StartShare())
        assert world.transport.shared is not None
        with pytest.raises(EndOfMedia):
            await world.transport.shared.next_frame()
        await heard.until(lambda: "onScreenShareStopped" in heard.events)
        assert world.transport.said[-1] == ("share", None)
        told = "The fake camera failed, a fault in cellcall; the log says more."
        assert f"share: You no longer share anything. {told}" in heard.texts


async def test_a_moderator_ends_it() -> None:
    world = FakeWorld()
    world.transport.others = (remote("bo", name="Bo Chen"),)
    async with joined(world) as (calls, heard):
        await Seat(calls).do(StartShare())
        world.transport.hear(MutedByServer(TrackSource.SCREEN_SHARE, "bo"))
        await heard.until(lambda: "host: Bo Chen ended what you shared." in heard.texts)
        assert world.transport.said[-1] == ("share", None)
        local = calls.outlet.newest.local
        assert local is not None and local.shares == () and not local.audio_muted


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("my desk", "allowed: screen, terminal, %PANE of tmux, file:PATH or test:NAME"),
        ("file:", "file:PATH needs a path"),
        ("test:nothing", "tests are test:bars"),
        ("screen", "There is no screen here. Share a file."),
    ],
)
async def test_what_cannot_be_shared_says_what_can(name: str, told: str) -> None:
    world = FakeWorld()
    world.devices.no_share = True
    async with joined(world) as (calls, heard):
        with pytest.raises(CallsError, match=told) as refused:
            await Seat(calls).do(StartShare(name))
        assert refused.value.code == ErrorCode.VALIDATION
        assert "onScreenShareStarted" not in heard.events
        assert not [said for said in world.transport.said if said[0] == "share"]


async def test_what_the_server_forbids_is_not_shared() -> None:
    world = FakeWorld()
    world.transport.refuse_share = CallsError(ErrorCode.NOT_PERMITTED, "Not here.")
    async with joined(world) as (calls, _):
        with pytest.raises(CallsError, match="Not here"):
            await Seat(calls).do(StartShare())
        assert world.devices.share is not None and world.devices.share.closed.is_set()
        local = calls.outlet.newest.local
        assert local is not None and local.shares == ()


async def test_a_voice_session_has_nothing_to_share() -> None:
    async with joined(FakeWorld(), sessionType="VOICE") as (calls, _):
        with pytest.raises(CallsError) as refused:
            await Seat(calls).do(StartShare())
        assert refused.value.code == ErrorCode.NOT_SUPPORTED


async def test_what_does_not_open_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    world, asked = FakeWorld(), asyncio.Event()

    async def never(name: MediaName) -> Camera:
        asked.set()
        await asyncio.Event().wait()
        raise AssertionError

    world.devices.open_share = never  # type: ignore[method-assign]
    monkeypatch.setattr(own_share, "OPENING_S", 0.01)
    async with joined(world) as (calls, _):
        with pytest.raises(CallsError, match="did not open within"):
            await Seat(calls).do(StartShare())
        assert asked.is_set()


async def test_what_is_to_be_shared_from_the_beginning_is_or_says_why_not() -> None:
    world = FakeWorld()
    media = replace(MEDIA, share="test:bars")
    async with joined(world, media=media) as (_, heard):
        await heard.until(lambda: "onScreenShareStarted" in heard.events)
    world = FakeWorld()
    world.devices.no_share = True
    async with joined(world, media=media) as (_, heard):
        told = "share: Nothing is shared: There is no screen here. Share a file."
        await heard.until(lambda: told in heard.texts)


async def test_leaving_releases_what_is_shared() -> None:
    world = FakeWorld()
    async with joined(world) as (calls, _):
        await Seat(calls).do(StartShare())
        await calls.current.leave()
        assert world.devices.share is not None and world.devices.share.closed.is_set()


async def test_a_screen_is_looked_at_closely_at_the_size_it_is_sent() -> None:
    world = FakeWorld()
    world.transport.others = (remote("bo"),)
    theirs = screen("bo")
    async with joined(world) as (calls, heard):
        track = RemoteTrack("TR_s", TrackSource.SCREEN_SHARE, width=1920, height=1080)
        world.transport.hear(ParticipantUpdated(remote("bo", tracks=(track,))))
        await heard.until(lambda: calls.outlet.newest.shares)
        seat = Seat(calls)
        with pytest.raises(CallsError) as nobody:
            await seat.do(SetZoom(theirs.participant, TrackSource.CAMERA, 3, "full"))
        assert nobody.value.code == ErrorCode.VALIDATION
        with pytest.raises(CallsError):
            await seat.do(SetZoom(theirs.participant, theirs.source, 0, "huge"))
        seat.show_picture(theirs, 640, 384)
        await seat.do(zoom("", calls.outlet.newest))
        assert calls.outlet.newest.zoom == Zoom(theirs, ZoomStep.HALF)
        assert heard.texts[-1] == "share: Half size. Arrows move it."
        _, (stream, width, height) = world.transport.said[-1]
        assert stream == theirs and width >= 1920 and height >= 1080

        world.pictures.want(theirs, 32, 16)
        assert world.transport.receiver is not None
        world.transport.receiver.video_frame(theirs, grey(640, 320))
        await heard.until(lambda: world.pictures.newest(theirs))
        before = calls.outlet.newest.zoom
        await seat.do(zoom("right", calls.outlet.newest))
        after = calls.outlet.newest.zoom
        assert before is not None and after is not None and after.x > before.x
        world.transport.receiver.video_frame(theirs, grey(640, 320))
        await seat.do(zoom("follow", calls.outlet.newest))
        assert calls.outlet.newest.zoom.follows  # type: ignore[union-attr]
        await seat.do(zoom("fit", calls.outlet.newest))
        assert calls.outlet.newest.zoom is None
        assert world.transport.said[-1] == ("want", (theirs, 640, 384))
        await seat.do(zoom("full", calls.outlet.newest))
        world.transport.receiver.video_ended(theirs)
        await seat.do(MoveZoom(1, 0))  # nothing is looked at any more
        assert calls.outlet.newest.zoom is None


def test_zooming_needs_something_to_look_at() -> None:
    for words in ("", "full", "left"):
        assert isinstance(zoom(words, Snapshot()), str)
    looked_at = Snapshot(zoom=Zoom(screen("bo"), ZoomStep.FULL))
    with pytest.raises(CallsError) as refused:
        zoom("sideways", looked_at)
    assert refused.value.code == ErrorCode.VALIDATION
    assert zoom("", looked_at) == SetZoom(screen("bo").participant, OURS.source, 0, "fit")
