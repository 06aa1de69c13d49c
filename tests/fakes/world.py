"""A scripted transport, devices that make nothing, and the world a session core is built with."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from tests.fakes.handle import NOW_MS
from tests.fakes.people import voice
from tests.fakes.recordings import FakeRecordings
from tui.domain.device_choice import DeviceInfo
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.ids import ParticipantId, StreamId, TrackSource
from tui.domain.join import LiveKitJoin, TransportDocument
from tui.domain.media import MediaName, PlanarFrame, SourceKind
from tui.domain.participant import Role
from tui.domain.rights import Rights
from tui.domain.server_answer import ServerAnswer
from tui.domain.snapshot import DeviceKind
from tui.engine.slots import MemoryPictures
from tui.ports.devices import Block, Camera, DeviceUnavailable, Microphone, Speaker
from tui.ports.slots import PictureSlots
from tui.ports.transport import EndOfMedia, FrameSource, MediaReceiver, ReceiveStats
from tui.ports.transport_events import (
    CaptionSegment,
    JoinedSession,
    MediaConnected,
    ParticipantUpdated,
    RemoteParticipant,
    RemoteTrack,
    TransportEvent,
)
from tui.sdk.testing.alone import TransportAlone
from tui.sdk.testing.service import MemoryService
from tui.session.clock import Clock
from tui.session.world import World


def remote(
    identity: str, *, name: str = "", muted: bool = False, camera: bool = True, **fields: Any
) -> RemoteParticipant:
    """Somebody with a microphone and, unless said otherwise, a camera."""
    tracks = [RemoteTrack(f"TR_{identity}_a", TrackSource.MICROPHONE, muted)]
    if camera:
        tracks.append(RemoteTrack(f"TR_{identity}_v", TrackSource.CAMERA, False, 320, 240))
    described = {
        "id": identity,
        "uid": identity,
        "pid": f"PA_{identity}",
        "name": name or identity.title(),
        "tracks": tuple(tracks),
        "joined_at_ms": NOW_MS,
    }
    return RemoteParticipant(**{**described, **fields})


class FakeTransport(TransportAlone):
    """Joins at once; a test feeds `hear` and looks at `said`."""

    def __init__(self) -> None:
        super().__init__()
        self.refuse: CallsError | None = None
        self.refuse_share: CallsError | None = None
        self.shared: FrameSource | None = None
        self.others: tuple[RemoteParticipant, ...] = ()
        self.way: TransportEvent | None = MediaConnected()
        """What is heard of the way for media on joining."""
        self.attributes: dict[str, str] = {}
        self.session_id = ""
        self.identity = "ana"
        self.rights = Rights()
        self.says_attributes = True
        """Whether the server says again what we say of ourselves."""
        self.deeds = FakeModerator()
        self.moderator: FakeModerator | None = None
        self.captions: list[CaptionSegment] = []

    async def send_caption(self, words: CaptionSegment, speaker: ParticipantId) -> None:
        await super().send_caption(words, speaker)
        self.captions.append(words)

    async def join(self, document: TransportDocument, receiver: MediaReceiver) -> JoinedSession:
        if self.refuse:
            raise self.refuse
        self.receiver = receiver
        moderator = isinstance(document, LiveKitJoin) and document.moderator
        self.moderator = self.deeds if moderator else None
        local = self.local = RemoteParticipant(
            self.identity,
            "Ana Lopez",
            self.identity,
            "PA_me",
            role=Role.MODERATOR if moderator else Role.NONE,
            joined_at_ms=NOW_MS,
            rights=self.rights,
        )
        if self.way is not None:
            self.hear(self.way)
        return JoinedSession(self.session_id, NOW_MS, local, self.others)

    async def set_attributes(self, attributes: Mapping[str, str], *, name: str = "") -> None:
        await super().set_attributes(attributes, name=name)
        if self.says_attributes:
            ours = {**self.attributes, **attributes}
            self.attributes = {key: value for key, value in ours.items() if value}
            self.hear(ParticipantUpdated(replace(self.local, attributes=self.attributes)))

    async def publish_share(self, source: FrameSource) -> None:
        if self.refuse_share:
            raise self.refuse_share
        await super().publish_share(source)
        self.shared = source

    def receive_stats(self) -> Mapping[StreamId, ReceiveStats]:
        return {voice("bo"): ReceiveStats(100, 2, 3.5)}


class FakeMicrophone:
    """Brings no block by itself."""

    label = "fake microphone"
    hears_a_room = True

    def __init__(self) -> None:
        self.failed = False
        self.on_block: Callable[[Any], None] | None = None

    def start(self, on_block: Callable[[Any], None]) -> None:
        self.on_block = on_block

    def stop(self) -> None:
        self.on_block = None


class FakeSpeaker:
    """Never asks for sound by itself."""

    label = "fake speaker"
    behind = False

    def __init__(self) -> None:
        self.failed = False
        self.pull: Callable[[int], Any] | None = None

    def start(self, pull: Callable[[int], Any]) -> None:
        self.pull = pull

    def stop(self) -> None:
        self.pull = None


class FakeCamera:
    """Gives the frames a test puts."""

    label = "fake camera"
    width, height, fps = 32, 24, 15.0

    def __init__(self) -> None:
        self.frames: asyncio.Queue[PlanarFrame] = asyncio.Queue()
        self.closed = asyncio.Event()

    @property
    def size(self) -> tuple[int, int]:
        return self.width, self.height

    async def next_frame(self) -> PlanarFrame:
        frame = asyncio.create_task(self.frames.get())
        closed = asyncio.create_task(self.closed.wait())
        done, waiting = await asyncio.wait({frame, closed}, return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            task.cancel()
        if frame in done:
            return frame.result()
        raise EndOfMedia

    async def close(self) -> None:
        self.closed.set()


@dataclass
class FakeDevices:
    """Opens fakes; kinds in `missing` are unavailable."""

    missing: set[DeviceKind] = field(default_factory=set)
    opened: list[tuple[DeviceKind, MediaName]] = field(default_factory=list)
    microphone: FakeMicrophone = field(default_factory=FakeMicrophone)
    speaker: FakeSpeaker = field(default_factory=FakeSpeaker)
    camera: FakeCamera = field(default_factory=FakeCamera)
    listed: dict[DeviceKind, tuple[DeviceInfo, ...]] = field(default_factory=dict)
    looked_at: list[DeviceKind] = field(default_factory=list)
    away: set[str] = field(default_factory=set)
    """Names that can't be opened."""
    sound_changed: Callable[[], None] | None = None
    watching: bool = False
    camera_opened: bool = False
    shares: list[MediaName] = field(default_factory=list)
    share: FakeCamera | None = None
    no_share: bool = False
    microphone_may_open: threading.Event | None = None
    """Waited for before the microphone opens, as long as a sound server takes."""

    def _open(self, kind: DeviceKind, name: MediaName) -> None:
        self.opened.append((kind, name))
        if name.value and name.value in self.away:
            raise DeviceUnavailable(f"There is no {kind} {name.value!r}.", "Choose another one.")
        if kind in self.missing and name.kind is not SourceKind.NULL:
            raise DeviceUnavailable(f"No {kind} here.", f"Plug in a {kind}.")

    def open_microphone(self, name: MediaName) -> Microphone:
        self._open(DeviceKind.MICROPHONE, name)
        if self.microphone_may_open is not None:
            self.microphone_may_open.wait()
        self.microphone.hears_a_room = name.kind is SourceKind.DEVICE
        return self.microphone

    def open_speaker(self, name: MediaName) -> Speaker:
        self._open(DeviceKind.SPEAKER, name)
        return self.speaker

    async def open_camera(self, name: MediaName) -> Camera:
        self._open(DeviceKind.CAMERA, name)
        if name.kind is SourceKind.NULL:
            raise DeviceUnavailable("Camera off by choice.", "")
        self.camera = FakeCamera()
        self.camera_opened = True
        return self.camera

    async def open_share(self, name: MediaName) -> Camera:
        if self.no_share:
            raise DeviceUnavailable("There is no screen here.", "Share a file.")
        self.shares.append(name)
        self.share = FakeCamera()
        return self.share

    def list_devices(self, kind: DeviceKind) -> tuple[DeviceInfo, ...]:
        self.looked_at.append(kind)
        return self.listed.get(kind, (DeviceInfo(kind, "fake", f"Fake {kind}", True),))

    def watch_sound(self, changed: Callable[[], None]) -> Callable[[], None]:
        self.sound_changed, self.watching = changed, True

        def stop() -> None:
            self.watching = False

        return stop


class FakeSynthesizer:
    """Every word sounds alike: one second of a constant."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.programs: list[str] = []
        """Each was said with."""
        self.problem = ""
        self.sound = np.full(48_000, 1000, np.int16)

    async def samples(self, text: str, program: str = "") -> Block:
        self.said.append(text)
        self.programs.append(program)
        if self.problem:
            raise DeviceUnavailable(self.problem, "")
        return self.sound


class FakeProbe:
    """Every server answers alike."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answer = ServerAnswer(round_trip_ms=45)

    async def measure(self, address: str) -> ServerAnswer:
        self.asked.append(address)
        return self.answer


class FakeModerator:
    """Notes what a moderator does; `missing` has no tracks."""

    def __init__(self) -> None:
        self.done: list[tuple[str, ...]] = []
        self.missing: set[str] = set()

    async def mute(self, who: ParticipantId, source: TrackSource) -> None:
        if who in self.missing:
            raise CallsError(ErrorCode.VALIDATION, f"This participant has no {source} in the call.")
        self.done.append(("mute", who, source))

    async def remove(self, who: ParticipantId) -> None:
        self.done.append(("remove", who))

    async def lock(self, *, on: bool) -> None:
        """See `Moderator.lock`."""

    async def answer(self, knock: str, *, let_in: bool) -> None:
        """See `Moderator.answer`."""

    async def readmit(self, who: ParticipantId) -> None:
        self.done.append(("readmit", who))

    async def let_all(self, source: TrackSource, *, on: bool) -> None:
        self.done.append(("let all", source, on))

    async def let(self, who: ParticipantId, source: TrackSource) -> None:
        self.done.append(("let", who, source))

    async def end_for_all(self) -> None:
        self.done.append(("end",))


class FakeTime:
    """A clock a test moves."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def clock(self) -> Clock:
        return Clock(lambda: NOW_MS + round((self.now_s - 1000.0) * 1000), lambda: self.now_s)


@dataclass
class FakeWorld:
    """Everything a session core needs, all of it in a test's hand."""

    service: MemoryService = field(default_factory=lambda: MemoryService(open_users=True))
    transport: FakeTransport = field(default_factory=FakeTransport)
    devices: FakeDevices = field(default_factory=FakeDevices)
    synthesizer: FakeSynthesizer = field(default_factory=FakeSynthesizer)
    probe: FakeProbe = field(default_factory=FakeProbe)
    time: FakeTime = field(default_factory=FakeTime)
    pictures: MemoryPictures = field(default_factory=MemoryPictures)
    recordings: FakeRecordings = field(default_factory=FakeRecordings)
    recognisers: Any = None
    met: list[tuple[str, str]] = field(default_factory=list)
    """Addresses and certificates of servers met by a link."""

    def world(self, slots: PictureSlots | None = None) -> World:
        def make_transport(_document: TransportDocument) -> FakeTransport:
            if self.transport.left:
                others, self.transport = self.transport.others, FakeTransport()
                self.transport.others = others
            return self.transport

        return World(
            make_service=lambda _settings: self.service,
            make_transport=make_transport,
            probe=self.probe,
            devices=self.devices,
            synthesizer=self.synthesizer,
            slots=slots or self.pictures,
            recordings=self.recordings,
            recognisers=self.recognisers,
            meet=lambda address, certificate: self.met.append((address, certificate)),
            clock=self.time.clock(),
        )
