"""Who is in the session: server descriptions in, participants, events and announcements out.

Cleans every foreign string once, here. Keeps what a participant was before, so that it can say
what changed; it does no I/O and knows no clock but the times it is given.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from tui.domain.announcements import Category, Priority
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.events import SessionEvent
from tui.domain.media import TrackSource
from tui.domain.snapshot import Participant, Quality, Role
from tui.domain.text import clean, clean_name
from tui.ports.transport import RemoteParticipant

HAND_ATTRIBUTE = "hand"
"""Attribute that says a hand is up; its value is the Unix time in milliseconds it went up."""

Tell = Callable[[Category, str, Priority], None]
Emit = Callable[[SessionEvent], None]


def payload_of(participant: Participant) -> dict[str, Any]:
    """The documented participant payload `{pid, name, uid, avatar?}`."""
    payload = {"pid": participant.pid, "name": participant.name, "uid": participant.uid}
    return {**payload, "avatar": participant.avatar} if participant.avatar else payload


class Roster:
    """Everybody in the session, local first, then in join order.

    Args:
        tell: Makes an announcement.
        emit: Delivers a documented event.
        peer_call: No join and leave announcements, and events for a lost remote connection.
        voice: A VOICE session: nobody has pictures, whatever they send.
        volumes: uid -> how loud we hear them [percent].
    """

    def __init__(
        self,
        *,
        tell: Tell,
        emit: Emit,
        peer_call: bool = False,
        voice: bool = False,
        volumes: Mapping[str, int] = MappingProxyType({}),
    ):
        self._volumes = dict(volumes)
        self._tell = tell
        self._emit = emit
        self._peer_call = peer_call
        self._voice = voice
        self._local: Participant | None = None
        self._remotes: dict[str, Participant] = {}
        self._track_sids: dict[tuple[str, TrackSource], str] = {}
        self.dominant_speaker = ""

    @property
    def participants(self) -> tuple[Participant, ...]:
        """Local first, then in join order."""
        return (*((self._local,) if self._local else ()), *self._remotes.values())

    @property
    def local(self) -> Participant | None:
        """Ourselves."""
        return self._local

    def ourselves(self) -> Participant:
        """The local participant. Raises `CallsError` with `ERROR_NO_SESSION` before joining."""
        if self._local is None:
            raise CallsError(ErrorCode.NO_SESSION, "You are not in a call. Join one first.")
        return self._local

    def get(self, uid: str) -> Participant | None:
        """One participant, local or remote."""
        return self._local if self._local and self._local.uid == uid else self._remotes.get(uid)

    def track_sid(self, uid: str, source: TrackSource) -> str:
        """The server's id of a published track, or empty."""
        return self._track_sids.get((uid, source), "")

    # ---- ourselves
    def set_local(self, participant: Participant) -> None:
        """We joined (again)."""
        self._local = participant

    def change_local(self, **changes: Any) -> None:
        """Our own state changed; no announcement, the one who did it tells."""
        if self._local is not None:
            self._local = replace(self._local, **changes)

    # ---- others
    def start(self, others: Iterable[RemoteParticipant], now_ms: int) -> None:
        """Those who are there when we join: no join announcements."""
        for described in sorted(others, key=lambda p: (p.joined_at_ms, p.identity)):
            self._remotes[described.identity] = self._described(described, None, now_ms)
            self._emit_joined(self._remotes[described.identity])
        if self._remotes:
            self._emit_list()

    def replace_all(self, others: Iterable[RemoteParticipant], now_ms: int) -> None:
        """After a reconnect: tell only real differences."""
        others = list(others)
        present = {described.identity for described in others}
        for uid in [uid for uid in self._remotes if uid not in present]:
            self.left(uid)
        for described in others:
            self.updated(described, now_ms)

    def updated(self, described: RemoteParticipant, now_ms: int) -> None:
        """Somebody joined or changed."""
        if self._local is not None and described.identity == self._local.uid:
            self._local = replace(
                self._local,
                pid=described.sid,
                hand_raised_at_ms=_hand_at(described.attributes, now_ms),
            )
            return
        before = self._remotes.get(described.identity)
        after = self._described(described, before, now_ms)
        self._remotes[described.identity] = after
        if before is None:
            self._emit_joined(after)
            self._emit_list()
            if not self._peer_call:
                self._tell(Category.JOIN, f"{after.name}. {self._count_words()}", Priority.LOW)
            return
        self._tell_changes(before, after)

    def left(self, uid: str) -> None:
        """Somebody left."""
        gone = self._remotes.pop(uid, None)
        if gone is None:
            return
        self._forget_tracks(uid)
        if self.dominant_speaker == uid:
            self.dominant_speaker = ""
        self._emit(SessionEvent("onParticipantLeft", payload_of(gone)))
        self._emit_list()
        if not self._peer_call:
            alone = "You are alone." if not self._remotes else self._count_words()
            self._tell(Category.LEAVE, f"{gone.name}. {alone}", Priority.LOW)

    def speakers(self, identities: tuple[str, ...]) -> bool:
        """Who speaks now, loudest first. Returns whether anything changed."""
        changed = False
        for participant in self.participants:
            speaking = participant.uid in identities
            if speaking != participant.speaking:
                self._put(replace(participant, speaking=speaking))
                changed = True
        dominant = next((uid for uid in identities if uid in self._remotes), "")
        if dominant and dominant != self.dominant_speaker:
            self.dominant_speaker = dominant
            speaker = self._remotes[dominant]
            self._emit(SessionEvent("onDominantSpeakerChanged", payload_of(speaker)))
            self._tell(Category.SPEAKING, f"{speaker.name}.", Priority.LOW)
            changed = True
        return changed

    def quality(self, quality: Mapping[str, Quality]) -> None:
        """Connection quality by uid."""
        for uid, value in quality.items():
            participant = self.get(uid)
            if participant is None:
                continue
            self._put(replace(participant, quality=value))
            lost = value is Quality.LOST
            if (
                self._peer_call
                and not participant.is_local
                and lost is not (participant.quality is Quality.LOST)
            ):
                word = "Lost" if lost else "Restored"
                self._emit(SessionEvent(f"onRemoteConnection{word}"))

    def frozen(self, uid: str, *, frozen: bool) -> bool:
        """Mark a picture as frozen or moving. Returns whether that changed."""
        participant = self._remotes.get(uid)
        if participant is None or participant.video_frozen == frozen:
            return False
        self._put(replace(participant, video_frozen=frozen))
        return True

    def set_volume(self, uid: str, percent: int) -> None:
        """How loud we hear somebody, now and when they come back."""
        self._volumes[uid] = percent
        participant = self._remotes.get(uid)
        if participant is not None:
            self._put(replace(participant, volume=percent))

    def _put(self, participant: Participant) -> None:
        if participant.is_local:
            self._local = participant
        else:
            self._remotes[participant.uid] = participant

    def _described(
        self, described: RemoteParticipant, before: Participant | None, now_ms: int
    ) -> Participant:
        uid = described.identity
        self._forget_tracks(uid)
        tracks = {track.source: track for track in described.tracks}
        for source, track in tracks.items():
            self._track_sids[uid, source] = track.sid
        microphone = tracks.get(TrackSource.MICROPHONE)
        camera = None if self._voice else tracks.get(TrackSource.CAMERA)
        metadata = _metadata(described.metadata)
        return Participant(
            uid=uid,
            name=clean_name(described.name or uid),
            pid=described.sid,
            audio_muted=microphone is None or microphone.muted,
            video_paused=camera is None or camera.muted,
            has_audio=microphone is not None,
            has_video=camera is not None,
            hand_raised_at_ms=_hand_at(described.attributes, now_ms),
            volume=self._volumes.get(uid, 100),
            speaking=before.speaking if before else False,
            quality=before.quality if before else Quality.UNKNOWN,
            role=Role.MODERATOR if metadata.get("role") == "moderator" else Role.NONE,
            joined_at_ms=described.joined_at_ms or (before.joined_at_ms if before else now_ms),
            avatar=clean(str(metadata.get("avatar", ""))),
            video_frozen=before.video_frozen if before else False,
        )

    def _forget_tracks(self, uid: str) -> None:
        for key in [key for key in self._track_sids if key[0] == uid]:
            del self._track_sids[key]

    def _emit_joined(self, participant: Participant) -> None:
        self._emit(SessionEvent("onParticipantJoined", payload_of(participant)))

    def _emit_list(self) -> None:
        people = [payload_of(participant) for participant in self._remotes.values()]
        self._emit(SessionEvent("onParticipantListChanged", people))

    def _tell_changes(self, before: Participant, after: Participant) -> None:
        payload = payload_of(after)
        if before.has_audio and after.has_audio and before.audio_muted != after.audio_muted:
            word = "Muted" if after.audio_muted else "Unmuted"
            self._emit(SessionEvent(f"onParticipantAudio{word}", payload))
        if before.has_video and after.has_video and before.video_paused != after.video_paused:
            word = "Paused" if after.video_paused else "Resumed"
            self._emit(SessionEvent(f"onParticipantVideo{word}", payload))
        if after.hand_raised_at_ms and not before.hand_raised_at_ms:
            self._emit(SessionEvent("onParticipantHandRaised", payload))
            self._tell(Category.HAND, f"{after.name} raised a hand.", Priority.NORMAL)
        if before.hand_raised_at_ms and not after.hand_raised_at_ms:
            self._emit(SessionEvent("onParticipantHandLowered", payload))
            self._tell(Category.HAND, f"{after.name} lowered the hand.", Priority.LOW)
        if before.name != after.name or before.avatar != after.avatar or before.pid != after.pid:
            self._emit_list()

    def _count_words(self) -> str:
        return f"{len(self.participants)} people in the call."


def _hand_at(attributes: Mapping[str, str], now_ms: int) -> int:
    """When the hand went up; clients that only say `raised` get the time we heard of it."""
    value = attributes.get(HAND_ATTRIBUTE, "")
    if not value or value in ("0", "lowered", "false"):
        return 0
    if value.isdecimal() and len(value) <= 15:
        return int(value)
    return now_ms


def _metadata(text: str) -> Mapping[str, Any]:
    """Participant metadata as an object; anything else is none of ours."""
    if not text.startswith("{") or len(text) > 8192:
        return {}
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return parsed if isinstance(parsed, dict) else {}
