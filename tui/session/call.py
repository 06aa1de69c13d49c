"""One call: everything between joining a session and its end, owned by one TaskGroup.

It reads the transport's events, keeps the roster, the devices and the idle rule, and tells what a
person must hear. It knows no front end and no library: transport, devices and slots are handed in.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Iterable
from dataclasses import fields, replace
from typing import Any, Final

from tui.domain.announcements import Announcement, Category, Priority
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.events import SessionEvent
from tui.domain.media import SoundProcessing, TrackSource
from tui.domain.settings import Layout, SessionSettings, SessionType, without_effect
from tui.domain.snapshot import (
    DeviceKind,
    EndReason,
    Participant,
    Phase,
    Role,
    Snapshot,
)
from tui.domain.text import clean, clean_name
from tui.ports.container import Container
from tui.ports.devices import Devices, DeviceUnavailable
from tui.ports.handle import MediaChoice
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
from tui.session.chat import ChatLog, sendable
from tui.session.clock import Clock
from tui.session.figures import CallFigures
from tui.session.idle import IdleWatch
from tui.session.layout_choice import LayoutChoice
from tui.session.moderation import Moderation
from tui.session.outlet import Outlet
from tui.session.own_state import OwnState
from tui.session.received import ReceivedMedia
from tui.session.roster import Roster
from tui.session.speaking import SpeakingMarks
from tui.session.stats import call_stats
from tui.session.upkeep import Upkeep
from tui.session.wording import ENDINGS, duration_words, joined_words

log = logging.getLogger(__name__)

VOLUME_MAX: Final = 200
"""Percent; louder distorts more than it helps."""


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
    ):
        self.settings = settings
        self._document = document
        self._container = container
        self._transport = transport
        self._outlet = outlet
        self._clock = clock
        self._invite = invite
        self.session_id = document.session_id
        self.phase = Phase.CONNECTING
        self._camera_stopped = asyncio.Event()
        self._over = asyncio.Event()
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
            changed=self.publish,
            camera_stopped=self._camera_stopped.set,
            clock=clock,
        )
        for uid, percent in choice.volumes.items():
            self.media.mixer.set_gain(uid, percent / 100)
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
            live=lambda: self.phase is Phase.LIVE,
            tell=self.tell,
            send_levels=outlet.send,
            publish=self.publish,
            end=self._end,
            figures=self._figures,
            clock=clock,
        )
        self.chat = ChatLog()
        self._choice = LayoutChoice(settings.layout)
        self._reconnect_attempt = 0
        self._lost_at_s = 0.0
        self._started_at_ms = 0
        self._joined_at_ms = 0
        self._joined_at_s = 0.0
        self._left_at_s: float | None = None
        self.ended: EndReason | None = None
        self.ended_text = ""

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
        now_ms = self._clock.unix_ms()
        self.session_id = joined.session_id or self.session_id
        self._started_at_ms = joined.started_at_ms or now_ms
        self._joined_at_ms, self._joined_at_s = now_ms, self._clock.monotonic_s()
        self.phase = Phase.LIVE
        user = self._document.user
        muted = self.settings.start_audio_muted or self.media.none_chosen(DeviceKind.MICROPHONE)
        self.roster.set_local(
            Participant(
                uid=joined.local.identity or user.uid,
                name=clean_name(self.settings.display_name or joined.local.name or user.name),
                pid=joined.local.sid,
                is_local=True,
                audio_muted=muted,
                video_paused=self.settings.start_video_paused
                or self.media.none_chosen(DeviceKind.CAMERA),
                has_audio=True,
                role=Role.MODERATOR if self._document.moderator else Role.NONE,
                joined_at_ms=now_ms,
                avatar="" if self.settings.display_name else user.avatar,
            )
        )
        self.media.capture.set_muted(muted=muted)
        self._outlet.event(SessionEvent("onSessionJoined"))
        self.roster.start(joined.others, now_ms)
        self.tell(
            Category.CALL, joined_words(self.title, self.roster.participants), Priority.NORMAL
        )
        self._refuse_pictures(other.identity for other in joined.others)
        ignored = without_effect(self.settings)
        if ignored:
            self.tell(
                Category.INFO,
                f"Without effect here: {', '.join(ignored)}. `cellcall settings` lists what works.",
                Priority.NORMAL,
            )
        self.publish()

    def _refuse_pictures(self, uids: Iterable[str]) -> None:
        """In a voice session, spare the network what nobody will see."""
        if self.settings.session_type is SessionType.VOICE:
            for uid in uids:
                self._transport.want_video(uid, TrackSource.CAMERA, width=0, height=0)

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
                await self._over.wait()
                for pump in pumps:
                    pump.cancel()
        finally:
            await self._release()

    async def leave(self, reason: EndReason = EndReason.LEFT, text: str = "") -> None:
        """End the call from our side; in a peer call, for both. Idempotent."""
        if self.ended is None:
            if (
                self.settings.is_peer_call
                and reason is EndReason.LEFT
                and self.moderation.permitted
            ):
                with contextlib.suppress(CallsError):
                    await self.end_for_all()
            self._end(reason, text or ENDINGS[DisconnectReason.LEFT][1])

    def _end(self, reason: EndReason, text: str) -> None:
        if self.ended is not None:
            return
        self.ended, self.ended_text = reason, text
        self._left_at_s = self._clock.monotonic_s()
        self._over.set()

    async def _release(self) -> None:
        self._figures.note()
        await self.media.close()
        await self._transport.leave()
        await self.moderation.aclose()
        for participant in self.roster.participants:
            self._slots.remove(participant.uid)
        was_in = self.phase is not Phase.CONNECTING
        self.phase = Phase.ENDED
        if was_in and self.ended is not None:
            if self.ended is EndReason.IDLE:
                self._outlet.event(SessionEvent("onSessionTimedOut"))
            elif self.ended is not EndReason.LEFT:
                self._outlet.event(SessionEvent("onConnectionClosed"))
            self._outlet.event(SessionEvent("onSessionLeft"))
            minutes = duration_words(self._clock.monotonic_s() - self._joined_at_s)
            quiet = self.ended is EndReason.LEFT
            text = f"Left {self.title} after {minutes}." if quiet else self.ended_text
            self.tell(Category.CALL, text, Priority.NORMAL if quiet else Priority.URGENT)
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
                self._refuse_pictures((participant.identity,))
            case ParticipantLeft(identity):
                self._gone(identity)
            case SpeakersChanged(identities):
                self.speaking.heard(identities, self._clock.monotonic_s())
            case QualityChanged(quality):
                self.roster.quality(quality)
            case ChatReceived(identity, text, at_ms):
                self._chat_arrived(identity, text, at_ms or self._clock.unix_ms())
            case DataReceived():
                log.debug("data packet on topic %r", event.topic)
            case MutedByServer(source):
                await self.own.muted_by_moderator(source)
            case Reconnecting(attempt, wait_s):
                self._reconnecting(attempt, wait_s)
                await self.own.stop_talking()
            case Reconnected(joined):
                self._reconnected(joined)
            case Disconnected(reason, detail):
                self._disconnected(reason, detail)

    def _gone(self, uid: str) -> None:
        self._figures.note()
        self.roster.left(uid)
        self.speaking.forget(uid)
        self.media.mixer.remove(uid)
        self._slots.remove(uid)
        if self._choice.pinned == uid:
            self.pin("")

    def _chat_arrived(self, uid: str, text: str, at_ms: int) -> None:
        message = self.chat.arrived(uid, self.roster.get(uid), text, at_ms)
        if message is not None:
            self._outlet.send(message)

    def _reconnecting(self, attempt: int, wait_s: float) -> None:
        self._reconnect_attempt = attempt
        if self.phase is Phase.RECONNECTING:
            return
        self.phase = Phase.RECONNECTING
        self._lost_at_s = self._clock.monotonic_s()
        self._outlet.event(SessionEvent("onConnectionLost"))
        self.tell(
            Category.NET, "Connection lost. Trying again. Nobody hears you now.", Priority.URGENT
        )

    def _reconnected(self, joined: JoinedSession) -> None:
        self.phase = Phase.LIVE
        self._reconnect_attempt = 0
        local = self.roster.local
        self.roster.change_local(pid=joined.local.sid)
        self.roster.replace_all(joined.others, self._clock.unix_ms())
        self._outlet.event(SessionEvent("onConnectionRestored"))
        seconds = max(1, round(self._clock.monotonic_s() - self._lost_at_s))
        state = "muted" if local is None or local.audio_muted else "heard"
        unit = "second" if seconds == 1 else "seconds"
        self.tell(
            Category.NET,
            f"Connected again after {seconds} {unit}. You are {state}.",
            Priority.URGENT,
        )

    def _disconnected(self, reason: DisconnectReason, detail: str) -> None:
        end, text = ENDINGS[reason]
        if reason in (DisconnectReason.LOST, DisconnectReason.REFUSED):
            told = clean(detail)
            self._outlet.event(
                SessionEvent(
                    "onConnectionFailed", {"name": reason, "message": told, "recoverable": False}
                )
            )
            text = f"{text} {told}".strip()
        self._end(end, text)

    # ---- what the person does
    async def end_for_all(self) -> None:
        """Moderator: end the session for everybody."""
        await self.moderation.end()
        self._end(EndReason.ENDED_FOR_ALL, "You ended the call for everybody.")

    def set_deafened(self, deafened: bool) -> None:
        """Silence everybody else on our speaker."""
        self.media.mixer.deafened = deafened
        self.tell(Category.INFO, "Sound off." if deafened else "Sound on.", Priority.REPLY)
        self.publish()

    def set_volume(self, uid: str, percent: int) -> None:
        """How loud we hear a participant [percent]. `VALIDATION_ERROR` outside 0 to 200."""
        who = self.roster.get(uid)
        if who is None or who.is_local:
            raise CallsError(ErrorCode.VALIDATION, "Nobody else with this uid is in the call.")
        if not 0 <= percent <= VOLUME_MAX:
            raise CallsError(
                ErrorCode.VALIDATION,
                f"volume: came as {percent}; allowed: 0 to {VOLUME_MAX} percent.",
                field="volume",
            )
        self.media.mixer.set_gain(uid, percent / 100)
        self.roster.set_volume(uid, percent)
        self.tell(Category.INFO, f"{who.name}: volume {percent} percent.", Priority.REPLY)
        self.publish()

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

    def set_layout(self, layout: Layout) -> None:
        """Choose how tiles are arranged."""
        if self._choice.choose(layout):
            self._layout_changed()
            self.tell(Category.INFO, f"Layout {layout.lower()}.", Priority.REPLY)
        self.publish()

    def set_fit_pictures(self, fit: bool) -> None:
        """Show pictures whole, or cropped to fill."""
        self.received.fit_pictures = fit
        self.publish()

    def pin(self, uid: str) -> None:
        """Pin a participant, or unpin with an empty uid."""
        if uid and self.roster.get(uid) is None:
            raise CallsError(ErrorCode.VALIDATION, "Nobody with this uid is in the call.")
        if self._choice.pin(uid):
            self._layout_changed()
        self.publish()

    def _layout_changed(self) -> None:
        self._outlet.event(SessionEvent("onCallLayoutChanged", self._choice.layout))

    async def send_chat(self, text: str) -> None:
        """To everybody."""
        cleaned = sendable(text)
        await self._transport.send_chat(cleaned)
        self._outlet.send(self.chat.sent(self.own.local, cleaned, self._clock.unix_ms()))

    def mark_chat_read(self) -> None:
        """The chat is on screen."""
        if self.chat.unread:
            self.chat.unread = 0
            self.publish()

    async def choose_device(self, kind: DeviceKind, name: str) -> None:
        """Use another device. `VALIDATION_ERROR` when it can't be used."""
        try:
            await self.media.choose(kind, name)
        except DeviceUnavailable as missing:
            if kind is DeviceKind.CAMERA:
                await self.own.camera_stopped()  # the one before is closed
            raise CallsError(
                ErrorCode.VALIDATION, f"{missing.problem} {missing.remedy}".strip(), field=kind
            ) from missing
        changed = {
            DeviceKind.MICROPHONE: "onAudioInputDeviceChanged",
            DeviceKind.SPEAKER: "onAudioOutputDeviceChanged",
            DeviceKind.CAMERA: "onVideoInputDeviceChanged",
        }[kind]
        self._outlet.event(SessionEvent(changed, {"deviceId": clean(name), "label": clean(name)}))
        self.publish()

    def want_picture(self, uid: str, width: int, height: int, fps: float = 0.0) -> None:
        """A front end needs this participant's picture at this raster; the server may scale."""
        participant = self.roster.get(uid)
        voice = self.settings.session_type is SessionType.VOICE
        nobody = not uid
        if nobody or (participant is not None and not participant.is_local and not voice):
            self.received.wanted(uid)
            self._transport.want_video(uid, TrackSource.CAMERA, width=width, height=height, fps=fps)

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
            phase=self.phase,
            user=self._document.user,
            session_id=clean(self.session_id),
            title=self.title,
            started_at_ms=self._started_at_ms,
            joined_at_ms=self._joined_at_ms,
            participants=self.roster.participants,
            layout=self._choice.layout,
            pinned=self._choice.pinned,
            dominant_speaker=self.roster.dominant_speaker,
            deafened=self.media.mixer.deafened,
            talking=self.own.talking,
            earcons=self.own.earcons,
            processing=self.media.processing.choice,
            talking_while_muted=self.own.talking_while_muted,
            fit_pictures=self.received.fit_pictures,
            unread_chat=self.chat.unread,
            devices=self.media.states,
            reconnect_attempt=self._reconnect_attempt,
            invite=self._invite,
            ended=self.ended,
            ended_text=self.ended_text,
            idle=self.upkeep.prompt(),
            settings=self.settings,
        )

    def publish(self) -> None:
        """Send the newest snapshot down."""
        self._container.update(self._outlet.snapshot(self.snapshot()))

    def stats(self) -> dict[str, Any]:
        """The JSON of `--stats`."""
        if self.phase is not Phase.ENDED:
            self._figures.note()
        end_s = self._left_at_s if self._left_at_s is not None else self._clock.monotonic_s()
        local = self.roster.local
        return call_stats(
            session_id=self.session_id,
            uid=local.uid if local else self._document.user.uid,
            joined=self._joined_at_ms > 0,
            duration_s=end_s - self._joined_at_s if self._joined_at_ms else 0.0,
            ended=self.ended,
            participants=self._figures.participants,
        )
