"""What we are to the others: name, microphone, camera and hand, changed by us or by a moderator."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Final

from tui.domain.errors import CallsError, ErrorCode
from tui.domain.happenings import (
    CameraChanged,
    CameraStarted,
    CameraStaysOff,
    CameraStopped,
    CameraStoppedByModerator,
    DeviceChosen,
    MicrophoneChanged,
    MicrophoneClosed,
    MicrophoneStarted,
    ModeratorChanged,
    MutedByModerator,
    OwnHandLowered,
    OwnHandRaised,
    RightsChanged,
    StateChanged,
    TalkChanged,
    TalkingWhileMuted,
    person_of,
)
from tui.domain.ids import TrackSource, camera_of
from tui.domain.media import SourceKind, parse_media_name
from tui.domain.participant import Participant, Role, Stream
from tui.domain.rights import Right, Rights, not_permitted
from tui.domain.settings import SessionSettings
from tui.domain.snapshot import DeviceKind, User
from tui.domain.talk import LEASE_S
from tui.domain.text import clean, clean_name
from tui.ports.devices import DeviceUnavailable
from tui.ports.slots import PictureSlots
from tui.ports.transport import Transport
from tui.ports.transport_events import RemoteParticipant
from tui.session.call_devices import CallDevices
from tui.session.clock import Clock
from tui.session.outlet import Happened
from tui.session.roster import HAND_ATTRIBUTE, Roster

HINT_EVERY_S: Final = 30.0
"""Between two hints that somebody is talking into a muted microphone."""


class OwnState:
    """Our microphone, camera and hand in one call.

    Args:
        transport: Told of every change.
        media: Our devices.
        roster: Holds the local participant.
        slots: The self view's slot is cleared with the camera.
        happened: Says what happened.
        clock: For when a hand went up.
    """

    def __init__(
        self,
        *,
        transport: Transport,
        media: CallDevices,
        roster: Roster,
        slots: PictureSlots,
        happened: Happened,
        clock: Clock,
    ):
        self._transport = transport
        self._media = media
        self._roster = roster
        self._slots = slots
        self._happened = happened
        self._clock = clock
        self._camera_published = False
        self.camera_wished = False
        """Whether the camera is to be on: it is on already, or it is opening."""
        self.rights = Rights()
        """What the session lets us do."""
        self._leases: dict[Hashable, float] = {}
        """Until when each holder of the talk key has it [s, monotonic]."""
        self._wishes = 0
        """Counts what was wished of the microphone: a device may open late, the last wish holds."""
        self.voicing = False
        """A text of ours is being said, whether the microphone is on or off."""
        self.talking_while_muted = False
        self._hinted_s = float("-inf")

    @property
    def talking(self) -> bool:
        """Whether the talk key holds the microphone open."""
        return bool(self._leases)

    @property
    def local(self) -> Participant:
        """Ourselves. `ERROR_NO_SESSION` before joining."""
        return self._roster.ourselves()

    def begin(
        self,
        local: RemoteParticipant,
        user: User,
        settings: SessionSettings,
        *,
        at_ms: int,
    ) -> None:
        """Make the local participant, by the server and the settings; nothing is sent yet."""
        self.rights = local.rights
        muted = (
            settings.start_audio_muted
            or self._media.none_chosen(DeviceKind.MICROPHONE)
            or not self.rights.speak
        )
        self._roster.set_local(
            Participant(
                id=local.id,
                uid=user.uid,
                name=clean_name(settings.display_name or local.name or user.name),
                pid=local.pid,
                is_local=True,
                streams=(Stream(TrackSource.MICROPHONE, off=muted),),
                role=local.role,
                joined_at_ms=at_ms,
                avatar="" if settings.display_name else user.avatar,
            )
        )
        none = self._media.none_chosen(DeviceKind.CAMERA)
        self.camera_wished = not settings.start_video_paused and not none and self.rights.show
        self._media.capture.set_muted(muted=muted)

    async def publish_media(self) -> None:
        """Open the devices and publish them as the settings say; what is on is said then."""
        if taken := self.rights.lacking(Rights()):
            self._happened(RightsChanged(taken))
        await self._media.open_sound()
        wish = self._wishes
        await self._transport.publish_microphone(self._media.capture, muted=self.local.audio_muted)
        # Whoever changed the microphone since it is open was answered, and a missing one was told.
        works = not self._media.problem(DeviceKind.MICROPHONE)
        if works and not self.local.audio_muted and wish == self._wishes:
            self._happened(MicrophoneStarted())
        if self.camera_wished:
            opened = await self._media.open_camera()
            if not self.camera_wished:  # turned off while the camera opened
                await self._media.camera.pause()
            elif opened:
                self._roster.change_own(TrackSource.CAMERA, off=False)
                await self._publish_camera()
                self._happened(CameraStarted())
            else:
                self.camera_wished = False

    async def _publish_camera(self) -> None:
        if not self._camera_published:
            self._camera_published = True
            await self._transport.publish_camera(self._media.camera, muted=False)

    async def set_audio_muted(self, muted: bool) -> None:
        """Microphone off or on. Muting stops the samples before anything is sent."""
        local = self.local
        if not muted and not self.rights.speak:
            raise not_permitted(Right.SPEAK)
        if not muted and not await self._microphone_opened():
            return
        self._wishes += 1
        self._media.capture.set_muted(muted=muted)
        was_talking = self.talking or self.voicing
        self._leases.clear()
        if muted:
            self._hush()
        if local.audio_muted == muted:
            if was_talking:
                self._happened(MicrophoneChanged(muted, held_open=True))
            return
        self._roster.change_own(TrackSource.MICROPHONE, off=muted)
        kind = DeviceKind.MICROPHONE
        self._happened(
            MicrophoneChanged(
                muted,
                self._media.problem(kind),
                self._media.none_chosen(kind),
                opening=self._media.opening(kind) and not muted,
            )
        )
        await self._transport.set_muted(TrackSource.MICROPHONE, muted=muted)

    async def _microphone_opened(self) -> bool:
        """Open the device if it is closed. False when something else was wished meanwhile."""
        self._wishes += 1
        wish = self._wishes
        await self._media.open_microphone()
        return wish == self._wishes

    async def set_microphone_closed(self, closed: bool) -> None:
        """Close the device, muted before; or open it, muted still."""
        if closed:
            await self.set_audio_muted(True)
            await self._media.close_microphone()
        else:
            await self._media.open_microphone()
        self._happened(MicrophoneClosed(closed, self.local.audio_muted))

    async def set_talking(self, talking: bool, holder: Hashable = None) -> None:
        """Open the muted microphone for `LEASE_S`, or give it back.

        Each holder has a lease of its own; the microphone closes with the last one. A microphone
        that is on by itself is left alone.
        """
        if talking:
            if not self.rights.speak:
                raise not_permitted(Right.SPEAK)
            if not self.talking and not self._media.capture.muted:
                return
            open_already = self.talking
            self._leases[holder] = self._clock.monotonic_s() + LEASE_S
            if open_already:
                return
            if not await self._microphone_opened() or not self.talking:
                return
            await self._talk(talking=True)
        elif len(self._leases) > 1:
            self._leases.pop(holder, None)
        elif holder in self._leases:
            await self.stop_talking()

    async def _talk(self, *, talking: bool, lost: bool = False) -> None:
        self._media.capture.set_muted(muted=not talking)
        off = not talking and not self.voicing
        self._roster.change_own(TrackSource.MICROPHONE, off=off)
        self._happened(TalkChanged(talking, lost))
        await self._transport.set_muted(TrackSource.MICROPHONE, muted=off)

    async def set_voicing(self, on: bool) -> None:
        """A text of ours is being said: what we send is heard, though the microphone may be off."""
        if on == self.voicing:
            return
        self.voicing = on
        silent = self._media.capture.muted
        if silent:
            self._roster.change_own(TrackSource.MICROPHONE, off=not on)
        self._happened(StateChanged())
        if silent:
            await self._transport.set_muted(TrackSource.MICROPHONE, muted=not on)

    def _hush(self) -> None:
        self.voicing = False
        self._media.capture.clips.stop()

    def keep_talking(self, holder: Hashable = None) -> None:
        """Prolong push-to-talk. One that is over stays over: a late renewal opens nothing."""
        if holder in self._leases:
            self._leases[holder] = self._clock.monotonic_s() + LEASE_S

    async def stop_talking(self, *, lost: bool = False) -> None:
        """End push-to-talk, if it is on; `lost`: nobody let the key go."""
        if self.talking:
            self._wishes += 1
            self._leases.clear()
            await self._talk(talking=False, lost=lost)

    async def tick(self) -> None:
        """Look at the time and the microphone; call about ten times a second."""
        now_s = self._clock.monotonic_s()
        lost = [holder for holder, until_s in self._leases.items() if now_s >= until_s]
        if lost and len(lost) == len(self._leases):
            await self.stop_talking(lost=True)
        else:
            for holder in lost:
                del self._leases[holder]
        into_nothing = self._media.capture.talking_while_muted
        if into_nothing != self.talking_while_muted:
            self.talking_while_muted = into_nothing
            if into_nothing and now_s - self._hinted_s >= HINT_EVERY_S:
                self._hinted_s = now_s
                self._happened(TalkingWhileMuted())
            else:
                self._happened(StateChanged())

    async def set_video_paused(self, paused: bool) -> None:
        """Camera off (and closed) or on. Without a camera it stays off, and it is told why."""
        if self.camera_wished is not paused:
            return
        if not paused and not self.rights.show:
            raise not_permitted(Right.SHOW)
        # Before anything is waited for: the last wish holds for a camera that is opening.
        self.camera_wished = not paused
        if paused:
            self._roster.change_own(TrackSource.CAMERA, off=True)
            await self._media.camera.pause()
            self._slots.remove(camera_of(self.local.id))
        elif await self._media.open_camera():
            if not self.camera_wished:
                await self._media.camera.pause()
                return
            self._roster.change_own(TrackSource.CAMERA, off=False)
        else:
            self.camera_wished = False
            kind = DeviceKind.CAMERA
            self._happened(CameraStaysOff(self._media.problem(kind), self._media.none_chosen(kind)))
            return
        self._happened(CameraChanged(paused))
        if self._camera_published:
            await self._transport.set_muted(TrackSource.CAMERA, muted=paused)
        elif not paused:
            await self._publish_camera()

    async def camera_stopped(self) -> None:
        """The camera failed by itself: the others must not see a frozen picture."""
        self.camera_wished = False
        if not self.local.video_paused:
            self._roster.change_own(TrackSource.CAMERA, off=True)
            self._slots.remove(camera_of(self.local.id))
            self._happened(CameraStopped())
            if self._camera_published:
                await self._transport.set_muted(TrackSource.CAMERA, muted=True)

    async def set_hand_raised(self, raised: bool) -> None:
        """Raise or lower our hand."""
        if bool(self.local.hand_raised_at_ms) == raised:
            return
        at_ms = self._clock.unix_ms() if raised else 0
        await self._transport.set_attributes({HAND_ATTRIBUTE: str(at_ms) if raised else ""})
        self._roster.change_local(hand_raised_at_ms=at_ms)
        who = person_of(self.local)
        place = self._roster.hand_place(self.local)
        self._happened(OwnHandRaised(who, place) if raised else OwnHandLowered(who))

    async def muted_by_moderator(self, source: TrackSource, by: str = "") -> None:
        """A moderator, called so, turned our microphone or camera off for everybody."""
        if source is TrackSource.MICROPHONE and self._silence():
            self._happened(MutedByModerator(by))
        elif source is TrackSource.CAMERA and await self._hide():
            self._happened(CameraStoppedByModerator(by))

    async def rights_changed(self, rights: Rights) -> None:
        """We may do more or less than before. Nothing goes on again without being asked."""
        before, self.rights = self.rights, rights
        silenced = not rights.speak and self._silence()
        hidden = not rights.show and await self._hide()
        self._happened(RightsChanged(rights.lacking(before), before.lacking(rights)))
        if silenced:
            await self._transport.set_muted(TrackSource.MICROPHONE, muted=True)
        if hidden and self._camera_published:
            await self._transport.set_muted(TrackSource.CAMERA, muted=True)

    def _silence(self) -> bool:
        """Turn our microphone off, whoever wished it on; says whether it was on."""
        if self.local.audio_muted:
            return False
        self._leases.clear()
        self._wishes += 1
        self._media.capture.set_muted(muted=True)
        self._hush()
        self._roster.change_own(TrackSource.MICROPHONE, off=True)
        return True

    async def _hide(self) -> bool:
        """Turn our camera off, whoever wished it on; says whether it was on."""
        if not self.camera_wished:
            return False
        self.camera_wished = False
        await self._media.camera.pause()
        self._slots.remove(camera_of(self.local.id))
        self._roster.change_own(TrackSource.CAMERA, off=True)
        return True

    def role_changed(self, role: Role) -> None:
        """We became a moderator, or are none any more."""
        if self.local.role is not role:
            self._roster.change_local(role=role)
            self._happened(ModeratorChanged(role is Role.MODERATOR))

    async def choose_device(self, kind: DeviceKind, name: str) -> None:
        """Use another device. `VALIDATION_ERROR` when it can't be used."""
        try:
            await self._media.choose(kind, name)
        except DeviceUnavailable as missing:
            if kind is DeviceKind.CAMERA:
                await self.camera_stopped()  # the one before is closed
            # No camera is a choice like others, though nothing can be opened for it.
            if parse_media_name(name, role=kind).kind is not SourceKind.NULL:
                raise CallsError(
                    ErrorCode.VALIDATION, f"{missing.problem} {missing.remedy}".strip(), field=kind
                ) from missing
        self._happened(DeviceChosen(kind, clean(name)))
