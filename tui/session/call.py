"""One call: everything between joining a session and its end, owned by one TaskGroup.

It puts the parts of a call together (who is there, our media, the idle rule, the phase), brings the
transport's events to them and sends a snapshot whenever one changed. It knows no front end and no
library: transport, devices and slots are handed in. The trap is the end: `leave` only ends, what is
held is released by `run`, so that it happens once whoever ended the call.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Collection
from typing import Any

from tui.domain.device_choice import MediaChoice
from tui.domain.errors import CallsError
from tui.domain.happenings import Happening
from tui.domain.ids import camera_of
from tui.domain.join import LiveKitJoin
from tui.domain.settings import SessionSettings, SessionType
from tui.domain.snapshot import ChatMessage, EndReason, Snapshot
from tui.domain.text import clean
from tui.ports.service import JoinDocument
from tui.ports.transport_events import JoinedSession
from tui.session.absence import Absence
from tui.session.autostart import Autostart
from tui.session.call_context import CallContext
from tui.session.call_devices import CallDevices
from tui.session.captions import Captions
from tui.session.carried import Carried
from tui.session.chat import Chat
from tui.session.device_states import Away
from tui.session.early_events import EarlyEvents
from tui.session.entry import Entry
from tui.session.figures import CallFigures
from tui.session.files import Files
from tui.session.idle import IdleWatch
from tui.session.incoming import Incoming
from tui.session.lifetime import Lifetime
from tui.session.listening import Listening
from tui.session.moderation import Moderation
from tui.session.outlet import Outlet
from tui.session.own_captions import OwnCaptions
from tui.session.own_share import OwnShare
from tui.session.own_state import OwnState
from tui.session.people import People
from tui.session.publication import Publication
from tui.session.reacting import Reacting
from tui.session.recording import Recording
from tui.session.roster import Roster
from tui.session.speaking import SpeakingMarks
from tui.session.streams.received import ReceivedMedia
from tui.session.terminals import Terminals
from tui.session.transcribing import Transcribing
from tui.session.typed_voice import TypedVoice
from tui.session.upkeep import Idleness, Meters, Upkeep
from tui.session.viewing import Viewing
from tui.session.world import World


class Call:
    """A joined (or joining) session.

    Args:
        document: Where and how to join.
        settings: Validated settings.
        choice: Which devices.
        world: What transport, devices, slots and clock come from.
        outlet: Where updates go.
        invite: What somebody else needs to join.
        carried: From before.
    """

    def __init__(
        self,
        document: JoinDocument,
        settings: SessionSettings,
        *,
        choice: MediaChoice,
        world: World,
        outlet: Outlet,
        invite: str,
        carried: Carried,
    ):
        self.settings = settings
        self._document = document
        self._transport = world.make_transport(document.transport)
        self.sealed = isinstance(document.transport, LiveKitJoin) and bool(document.transport.key)
        self._outlet = outlet
        self._clock = clock = world.clock
        self._invite = invite
        self.earcons = carried.earcons
        self.session_id = document.session_id
        self._early = EarlyEvents(self._transport, self.happened)
        happened = self.happened
        self.life = Lifetime(title=lambda: self.title, happened=happened, clock=clock)
        voice = settings.session_type is SessionType.VOICE
        self.roster = Roster(
            happened=happened,
            peer_call=settings.is_peer_call,
            voice=voice,
            volumes=choice.volumes,
            clock_s=clock.monotonic_s,
        )
        self.moderation = Moderation(self._transport, self.roster, happened)
        self._choice = choice
        self._connect_media(world, told_away=carried.told_away)
        context = CallContext(
            transport=self._transport,
            roster=self.roster,
            happened=happened,
            clock=clock,
            rights=lambda: self.own.rights,
            title=lambda: self.title,
        )
        self.viewing = Viewing(context, settings.layout, voice=voice, received=self.received)
        self._connect_what_is_given(context, world, voice=voice)
        self._connect_what_is_kept(context, world)
        self._connect_people(context)
        self._connect_clockwork()

    def _connect_media(self, world: World, *, told_away: Collection[Away]) -> None:
        self._publication = Publication(self._transport, self.settings.display_name)
        self.media = CallDevices(
            world.devices,
            self._choice,
            self.settings,
            self_view=self._self_view,
            happened=self.happened,
            camera_stopped=self._publication.camera_stopped,
            clock=self._clock,
            told_away=told_away,
        )
        self.listening = Listening(
            mixer=self.media.mixer, roster=self.roster, happened=self.happened
        )
        self.own = OwnState(
            transport=self._transport,
            media=self.media,
            roster=self.roster,
            slots=world.slots,
            happened=self.happened,
            clock=self._clock,
        )
        self.speaking = SpeakingMarks()
        self.received = ReceivedMedia(mixer=self.media.mixer, slots=world.slots, clock=self._clock)

    def _connect_what_is_given(self, context: CallContext, world: World, *, voice: bool) -> None:
        self.terminals = Terminals(context)
        self.share = OwnShare(
            context,
            terminals=self.terminals,
            devices=world.devices,
            slots=world.slots,
            show=self.received.show,
            record=lambda stream, picture: self.recording.picture(stream, picture),
            voice=voice,
        )
        self.chat = Chat(context)
        self.files = Files(context, self.chat)
        self.captions = Captions(context)
        self.own_captions = OwnCaptions(
            context,
            self.captions,
            self.media.capture,
            world.recognisers,
            self._choice,
            self.settings.caption_language,
        )
        self.reacting = Reacting(context)
        self.voice = TypedVoice(world.synthesizer, self.media, self.own, self.captions)
        self.absence = Absence(context, own=self.own, share=self.share, chat=self.chat)

    def _connect_what_is_kept(self, context: CallContext, world: World) -> None:
        self.recording = Recording(
            context,
            recordings=world.recordings,
            received=self.received,
            capture=self.media.capture,
            viewing=self.viewing,
        )
        self.media.camera.on_encoded = self.recording.own_picture
        self.transcribing = Transcribing(context, sealed=self.sealed)
        self.autostart = Autostart(
            context,
            self.settings,
            self._choice,
            recording=self.recording,
            transcribing=self.transcribing,
        )

    def _connect_people(self, context: CallContext) -> None:
        self.entry = Entry(
            context, own=self.own, viewing=self.viewing, settings=self.settings, sealed=self.sealed
        )
        self._figures = CallFigures(
            self._document.user,
            roster=self.roster,
            received=self.received,
            media=self.media,
            transport=self._transport,
            life=self.life,
        )
        self.people = People(
            roster=self.roster,
            speaking=self.speaking,
            received=self.received,
            viewing=self.viewing,
            listening=self.listening,
            figures=self._figures,
            life=self.life,
            clock=self._clock,
        )

    def _connect_clockwork(self) -> None:
        self.idleness = Idleness(
            IdleWatch.of(self.settings),
            roster=self.roster,
            life=self.life,
            happened=self.happened,
            clock=self._clock,
        )
        self._upkeep = Upkeep(
            media=self.media,
            figures=self._figures,
            roster=self.roster,
            received=self.received,
            people=self.people,
            files=self.files,
            idleness=self.idleness,
            clock=self._clock,
        )
        self._meters = Meters(
            media=self.media,
            own=self.own,
            roster=self.roster,
            speaking=self.speaking,
            captions=self.captions,
            send=self._outlet.send,
            clock=self._clock,
        )

    # ---- life
    async def join(self) -> None:
        """Join. Raises `CallsError`; everything is released then."""
        self.publish()
        try:
            document = self._document.transport
            joined = await self._early.join(document, self.received, self.life.over)
        except BaseException:
            await self._release()
            raise
        self._begin(joined)

    def _begin(self, joined: JoinedSession) -> None:
        self.session_id = self.session_id or joined.session_id
        self.life.joined(joined.started_at_ms)
        now_ms = self.life.joined_at_ms
        self.own.begin(joined.local, self._document.user, self.settings, at_ms=now_ms)
        self.people.start(joined.others, now_ms)
        self.autostart.begin()
        self.publish()

    async def entered(self) -> None:
        """Wait until it was said that we are in, or that it is over."""
        await self.entry.wait(self.life.over)

    async def run(self) -> None:
        """Hold the call until it ends; every task of the call lives inside this one."""
        try:
            async with asyncio.TaskGroup() as tasks:
                pumps = [
                    tasks.create_task(self._read_events(), name="transport-events"),
                    tasks.create_task(self._publication.run(self.own), name="publish-media"),
                    tasks.create_task(self.share.run(self._choice.share), name="own share"),
                    tasks.create_task(self.terminals.run(), name="terminals"),
                    tasks.create_task(self.voice.run(), name="typed voice"),
                    tasks.create_task(self.own_captions.run(), name="own captions"),
                    tasks.create_task(self.recording.run(), name="recording"),
                    tasks.create_task(self.reacting.run(), name="reactions"),
                    tasks.create_task(self.transcribing.run(), name="transcript"),
                    tasks.create_task(self.files.show_what_came(), name="files that came"),
                    tasks.create_task(self.files.send_what_waits(), name="files of ours"),
                    tasks.create_task(self._upkeep.run(), name="upkeep"),
                    tasks.create_task(self._meters.run(), name="levels"),
                ]
                await self.life.over.wait()
                for pump in pumps:
                    pump.cancel()
        finally:
            await self._release()

    async def leave(self, reason: EndReason = EndReason.LEFT, detail: str = "") -> None:
        """End the call from our side; in a peer call, for both. Idempotent."""
        if self.life.ended is None:
            if (
                self.settings.is_peer_call
                and reason is EndReason.LEFT
                and self.moderation.permitted
            ):
                with contextlib.suppress(CallsError):
                    await self.end_for_all()
            self.life.end(reason, detail)

    async def _release(self) -> None:
        self._figures.note()
        await self.media.close()
        await self.share.close()
        await self._transport.leave()
        await self.recording.close()
        for participant in self.roster.participants:
            self.received.forget(participant.id)
        self.life.released()

    async def _read_events(self) -> None:
        incoming = Incoming(self, self._clock)
        async for event in self._early.in_turn(self.entry.said):
            await incoming.take(event)

    # ---- our media
    def _self_view(self, frame: Any) -> None:
        local = self.roster.local
        if local is not None:
            self.received.show(camera_of(local.id), frame, mirror=True)

    # ---- what the person does
    async def end_for_all(self) -> None:
        """Moderator: end the session for everybody."""
        await self.moderation.end()
        self.life.end(EndReason.ENDED_FOR_ALL)

    # ---- what is told
    @property
    def title(self) -> str:
        """What the call is called."""
        return self.settings.title or clean(self.session_id)

    def happened(self, happening: Happening) -> None:
        """Deliver what happened, with its sound if such are on, and the snapshot that shows it."""
        sound = None if isinstance(happening, ChatMessage) else happening.earcon()
        if self.earcons and sound is not None:
            self.media.earcon(sound)
        self._outlet.happened(happening)
        self.publish()

    def snapshot(self) -> Snapshot:
        """The call as it stands (the serial is the outlet's)."""
        return Snapshot(
            phase=self.life.phase,
            user=self._document.user,
            session_id=clean(self.session_id),
            title=self.title,
            started_at_ms=self.life.started_at_ms,
            joined_at_ms=self.life.joined_at_ms,
            participants=self.roster.participants,
            layout=self.viewing.layout,
            pinned=self.viewing.pinned,
            dominant_speaker=self.roster.dominant_speaker,
            deafened=self.listening.deafened,
            talking=self.own.talking,
            voicing=self.own.voicing,
            earcons=self.earcons,
            processing=self.media.processing.choice,
            talking_while_muted=self.own.talking_while_muted,
            fit_pictures=self.received.fit_pictures,
            unread_chat=self.chat.unread,
            captions=self.captions.newest,
            devices=self.media.states,
            reconnect_attempt=self.life.reconnect_attempt,
            invite=self._invite,
            ended=self.life.ended,
            ended_detail=self.life.ended_detail,
            idle=self.idleness.prompt(),
            rights=self.own.rights,
            away_until_ms=self.absence.until_ms,
            removed=self.moderation.removed,
            locked=self.moderation.locked,
            knocks=self.moderation.knocks,
            settings=self.settings,
            sealed=self.sealed,
            zoom=self.viewing.zoom,
            terminals=self.terminals.streams,
            recording=self.recording.path,
            recorded=self.recording.recorded,
            transcript=self.transcribing.by,
            may_record=self.recording.allowed,
        )

    async def use_key(self, key: str) -> None:
        """Take up other keys; see `Transport.use_key`."""
        await self._transport.use_key(key)

    def publish(self) -> None:
        """Send the newest snapshot down."""
        self._outlet.snapshot(self.snapshot())

    def stats(self) -> dict[str, Any]:
        """The JSON of `--stats`."""
        return self._figures.stats(self.session_id)
