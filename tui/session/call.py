"""One call: everything between joining a session and its end, owned by one TaskGroup.

It puts the parts of a call together (who is there, our media, the idle rule, the phase), brings the
transport's events to them and sends a snapshot whenever one changed. It knows no front end and no
library: transport, devices and slots are handed in. The trap is the end: `leave` only ends, what is
held is released by `run`, so that it happens once whoever ended the call.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Collection
from dataclasses import fields, replace
from typing import Any

from tui.domain.announcements import Announcement, Category, Priority
from tui.domain.device_choice import MediaChoice
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.events import SessionEvent
from tui.domain.media import SoundProcessing
from tui.domain.settings import SessionSettings, SessionType, without_effect
from tui.domain.snapshot import EndReason, Phase, Snapshot
from tui.domain.text import clean
from tui.ports.container import Container
from tui.ports.devices import Devices
from tui.ports.pictures import PictureSlots
from tui.ports.service import JoinDocument, RoomAdmin
from tui.ports.transport import (
    ChatReceived,
    DataReceived,
    Disconnected,
    DisconnectReason,
    JoinedSession,
    MutedByServer,
    ParticipantLeft,
    ParticipantUpdated,
    QualityChanged,
    Reconnected,
    Reconnecting,
    SpeakersChanged,
    Transport,
    TransportEvent,
)
from tui.session.call_media import CallMedia
from tui.session.chat import Chat
from tui.session.clock import Clock
from tui.session.device_states import Away
from tui.session.figures import CallFigures
from tui.session.idle import IdleWatch
from tui.session.lifetime import Lifetime
from tui.session.listening import Listening
from tui.session.moderation import Moderation
from tui.session.outlet import Outlet
from tui.session.own_state import OwnState
from tui.session.received import ReceivedMedia
from tui.session.roster import Roster
from tui.session.speaking import SpeakingMarks
from tui.session.stats import call_stats
from tui.session.upkeep import Upkeep
from tui.session.viewing import Viewing
from tui.session.wording import ENDINGS, joined_words

log = logging.getLogger(__name__)


class Call:
    """A joined (or joining) session.

    Args:
        document: Where and how to join.
        settings: Validated settings.
        container: The panel the call is drawn in.
        transport: Not yet joined.
        room_admin: What a moderator may do to others.
        devices: Opens devices.
        choice: Which devices.
        slots: Where pictures go.
        outlet: Where updates go.
        clock: Wall and monotonic time.
        invite: What somebody else needs to join.
        earcons: Short sounds of our own are on.
        told_away: Chosen devices of which it was said already that they are not here.
    """

    def __init__(
        self,
        document: JoinDocument,
        settings: SessionSettings,
        container: Container,
        *,
        transport: Transport,
        room_admin: RoomAdmin | None,
        devices: Devices,
        choice: MediaChoice,
        slots: PictureSlots,
        outlet: Outlet,
        clock: Clock,
        invite: str,
        earcons: bool = False,
        told_away: Collection[Away] = (),
    ):
        self.settings = settings
        self._document = document
        self._container = container
        self._transport = transport
        self._outlet = outlet
        self._clock = clock
        self._invite = invite
        self.session_id = document.session_id
        self.life = Lifetime(
            title=lambda: self.title, tell=self.tell, emit=outlet.event, clock=clock
        )
        self._camera_stopped = asyncio.Event()
        self.roster = Roster(
            tell=self.tell,
            emit=outlet.event,
            peer_call=settings.is_peer_call,
            voice=settings.session_type is SessionType.VOICE,
            volumes=choice.volumes,
        )
        self.moderation = Moderation(room_admin, self.roster, lambda: self.session_id)
        self.media = CallMedia(
            devices,
            choice,
            settings,
            self_view=self._self_view,
            tell=self.tell,
            emit=outlet.event,
            changed=self.publish,
            camera_stopped=self._camera_stopped.set,
            clock=clock,
            told_away=told_away,
        )
        self.listening = Listening(
            mixer=self.media.mixer,
            roster=self.roster,
            volumes=choice.volumes,
            tell=self.tell,
            publish=self.publish,
        )
        self.own = OwnState(
            transport=transport,
            media=self.media,
            roster=self.roster,
            slots=slots,
            tell=self.tell,
            emit=outlet.event,
            publish=self.publish,
            clock=clock,
            earcons=earcons,
        )
        self.speaking = SpeakingMarks()
        self.received = ReceivedMedia(mixer=self.media.mixer, slots=slots, clock=clock)
        self._slots = slots
        self._figures = CallFigures(
            roster=self.roster, received=self.received, media=self.media, transport=transport
        )
        self.upkeep = Upkeep(
            roster=self.roster,
            media=self.media,
            own=self.own,
            speaking=self.speaking,
            received=self.received,
            idle=IdleWatch(
                settings.idle_timeout_period_before_prompt / 1000,
                settings.idle_timeout_period_after_prompt / 1000,
            ),
            live=lambda: self.life.phase is Phase.LIVE,
            tell=self.tell,
            send_levels=outlet.send,
            publish=self.publish,
            end=self.life.end,
            figures=self._figures,
            clock=clock,
        )
        self.chat = Chat(
            transport=transport,
            roster=self.roster,
            send=outlet.send,
            publish=self.publish,
            clock=clock,
        )
        self.viewing = Viewing(
            settings.layout,
            voice=settings.session_type is SessionType.VOICE,
            roster=self.roster,
            received=self.received,
            transport=transport,
            tell=self.tell,
            emit=outlet.event,
            publish=self.publish,
        )

    # ---- life
    async def join(self) -> None:
        """Join. Raises `CallsError`; everything is released then."""
        self._container.attach(self.session_id)
        self.publish()
        try:
            joined = await self._transport.join(
                self._document.url, self._document.token, self.received
            )
        except BaseException:
            await self._release()
            raise
        self._begin(joined)

    def _begin(self, joined: JoinedSession) -> None:
        self.session_id = joined.session_id or self.session_id
        self.life.joined(joined.started_at_ms)
        now_ms = self.life.joined_at_ms
        self.own.begin(joined.local, self._document, self.settings, at_ms=now_ms)
        self._outlet.event(SessionEvent("onSessionJoined"))
        self.roster.start(joined.others, now_ms)
        words = joined_words(self.title, self.roster.participants)
        self.tell(Category.CALL, words, Priority.NORMAL)
        self.viewing.somebody_came(other.identity for other in joined.others)
        if ignored := without_effect(self.settings):
            self.tell(
                Category.INFO,
                f"Without effect here: {', '.join(ignored)}. `cellcall settings` lists what works.",
                Priority.NORMAL,
            )
        self.publish()

    async def run(self) -> None:
        """Hold the call until it ends; every task of the call lives inside this one."""
        try:
            async with asyncio.TaskGroup() as tasks:
                pumps = [
                    tasks.create_task(self._publish_media(), name="publish-media"),
                    tasks.create_task(self._read_events(), name="transport-events"),
                    tasks.create_task(self.upkeep.run(), name="upkeep"),
                    tasks.create_task(self.upkeep.run_levels(), name="levels"),
                ]
                await self.life.over.wait()
                for pump in pumps:
                    pump.cancel()
        finally:
            await self._release()

    async def leave(self, reason: EndReason = EndReason.LEFT, text: str = "") -> None:
        """End the call from our side; in a peer call, for both. Idempotent."""
        if self.life.ended is None:
            if (
                self.settings.is_peer_call
                and reason is EndReason.LEFT
                and self.moderation.permitted
            ):
                with contextlib.suppress(CallsError):
                    await self.end_for_all()
            self.life.end(reason, text or ENDINGS[DisconnectReason.LEFT][1])

    async def _release(self) -> None:
        self._figures.note()
        await self.media.close()
        await self._transport.leave()
        await self.moderation.aclose()
        for participant in self.roster.participants:
            self._slots.remove(participant.uid)
        self.life.released()
        self.publish()
        self._container.detach()

    # ---- our media
    async def _publish_media(self) -> None:
        if self.settings.display_name:
            await self._transport.set_attributes({}, name=self.settings.display_name)
        await self.own.publish_media()
        while True:
            await self._camera_stopped.wait()
            self._camera_stopped.clear()
            await self.own.camera_stopped()

    def _self_view(self, frame: Any) -> None:
        local = self.roster.local
        if local is not None:
            self.received.show(local.uid, frame, mirror=True)

    # ---- what the transport says
    async def _read_events(self) -> None:
        async for event in self._transport.events():
            await self._heard(event)
            self.publish()

    async def _heard(self, event: TransportEvent) -> None:
        match event:
            case ParticipantUpdated(participant):
                self.roster.updated(participant, self._clock.unix_ms())
                self.viewing.somebody_came((participant.identity,))
            case ParticipantLeft(identity):
                self._gone(identity)
            case SpeakersChanged(identities):
                self.speaking.heard(identities, self._clock.monotonic_s())
            case QualityChanged(quality):
                self.roster.quality(quality)
            case ChatReceived(identity, text, at_ms):
                self.chat.arrived(identity, text, at_ms)
            case DataReceived():
                log.debug("data packet on topic %r", event.topic)
            case MutedByServer(source):
                await self.own.muted_by_moderator(source)
            case Reconnecting(attempt, _):
                self.life.reconnecting(attempt)
                await self.own.stop_talking()
            case Reconnected(joined):
                self._reconnected(joined)
            case Disconnected(reason, detail):
                self.life.disconnected(reason, detail)

    def _gone(self, uid: str) -> None:
        self._figures.note()
        self.roster.left(uid)
        self.speaking.forget(uid)
        self.media.mixer.remove(uid)
        self._slots.remove(uid)
        self.viewing.somebody_left(uid)

    def _reconnected(self, joined: JoinedSession) -> None:
        local = self.roster.local
        self.roster.change_local(pid=joined.local.sid)
        self.roster.replace_all(joined.others, self._clock.unix_ms())
        self.life.reconnected(muted=local is None or local.audio_muted)

    # ---- what the person does
    async def end_for_all(self) -> None:
        """Moderator: end the session for everybody."""
        await self.moderation.end()
        self.life.end(EndReason.ENDED_FOR_ALL, "You ended the call for everybody.")

    def set_processing(self, stage: str, on: bool) -> None:
        """Switch `echo`, `noise` or `gain`. `VALIDATION_ERROR` for another word."""
        stages = [one.name for one in fields(SoundProcessing)]
        if stage not in stages:
            raise CallsError(
                ErrorCode.VALIDATION,
                f"stage: came as {clean(stage, 20)!r}; allowed: {', '.join(stages)}.",
                field="stage",
            )
        self.media.set_processing(replace(self.media.processing.choice, **{stage: on}))

    # ---- what is told
    @property
    def title(self) -> str:
        """What the call is called."""
        return self.settings.title or clean(self.session_id)

    def tell(self, category: Category, text: str, priority: Priority) -> None:
        """Make an announcement."""
        self._outlet.send(Announcement(category, text, priority, self._clock.unix_ms()))

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
            earcons=self.own.earcons,
            processing=self.media.processing.choice,
            talking_while_muted=self.own.talking_while_muted,
            fit_pictures=self.received.fit_pictures,
            unread_chat=self.chat.unread,
            devices=self.media.states,
            reconnect_attempt=self.life.reconnect_attempt,
            invite=self._invite,
            ended=self.life.ended,
            ended_text=self.life.ended_text,
            idle=self.upkeep.prompt(),
            settings=self.settings,
        )

    def publish(self) -> None:
        """Send the newest snapshot down."""
        self._container.update(self._outlet.snapshot(self.snapshot()))

    def stats(self) -> dict[str, Any]:
        """The JSON of `--stats`."""
        if self.life.phase is not Phase.ENDED:
            self._figures.note()
        local = self.roster.local
        return call_stats(
            session_id=self.session_id,
            uid=local.uid if local else self._document.user.uid,
            joined=self.life.joined_at_ms > 0,
            duration_s=self.life.duration_s,
            ended=self.life.ended,
            figures=self._figures.document(),
        )
