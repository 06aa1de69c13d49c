"""Who is in the session, as the server told us: versions checked, changes turned into events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import count
from typing import Any, Final

from livekit.protocol import models, rtc

from tui.domain.ids import NOBODY, ParticipantId, StreamId, TrackSource
from tui.domain.participant import Quality, Role
from tui.domain.rights import Rights
from tui.domain.sealing import Sealing
from tui.domain.snapshot import Knock
from tui.domain.text import clean
from tui.ports.transport_events import (
    LockTold,
    ParticipantLeft,
    ParticipantUpdated,
    QualityChanged,
    RecordingTold,
    RemoteParticipant,
    RemoteTrack,
    SpeakersChanged,
    TranscriptTold,
)
from tui.transport.rtc.picture_codecs import known_codecs
from tui.wire.json_object import json_object

_SOURCES: Final = {
    models.TrackSource.MICROPHONE: TrackSource.MICROPHONE,
    models.TrackSource.CAMERA: TrackSource.CAMERA,
    models.TrackSource.SCREEN_SHARE: TrackSource.SCREEN_SHARE,
    models.TrackSource.SCREEN_SHARE_AUDIO: TrackSource.SCREEN_SHARE_AUDIO,
}
_QUALITIES: Final = {
    models.ConnectionQuality.EXCELLENT: Quality.GOOD,
    models.ConnectionQuality.GOOD: Quality.GOOD,
    models.ConnectionQuality.POOR: Quality.WEAK,
    models.ConnectionQuality.LOST: Quality.LOST,
}
_OPENED: Final = (Sealing.CLEAR, Sealing.SEALED, Sealing.OTHER_KEY)
_RECORDING: Final = "cellcall.recording"
_TRANSCRIPT: Final = "cellcall.transcript"
_LOCK: Final = "cellcall.lock"
"""In the metadata of a room of `cellcall serve`."""
_MOST_KNOCKS: Final = 50
_MAX_PARTICIPANTS: Final = 2000
_METADATA_MAX_CHARACTERS: Final = 8192


def to_participant(
    info: models.ParticipantInfo,
    before: RemoteParticipant | None = None,
    *,
    sealed: bool = False,
    found: Sealing | None = None,
) -> RemoteParticipant:
    """The port's value for a server's message.

    Args:
        info: The message.
        before: A track keeps the number it had then.
        sealed: We have a key.
        found: What came of opening what they send, where that says more than the message.
    """
    had = {track.sid: track for track in before.tracks} if before is not None else {}
    metadata = _metadata(info.metadata)
    sealings = [_sealing(track, found, sealed=sealed) for track in info.tracks]
    return RemoteParticipant(
        id=ParticipantId(info.identity),
        uid=info.identity,
        pid=info.sid,
        name=info.name,
        avatar=str(metadata.get("avatar", "")),
        role=Role.MODERATOR if metadata.get("role") == "moderator" else Role.NONE,
        attributes=dict(info.attributes),
        tracks=_tracks(info.tracks, had, sealings),
        sealing=found
        or next((one for one in sealings if one.shut), None)
        or (sealings[0] if sealings else Sealing.CLEAR),
        joined_at_ms=info.joined_at_ms or info.joined_at * 1000,
        rights=_rights(info),
        agent=info.kind == models.ParticipantInfo.AGENT,
    )


def _metadata(text: str) -> Mapping[str, Any]:
    """Metadata of a participant or room as an object; anything else is none of ours."""
    return json_object(text, most_characters=_METADATA_MAX_CHARACTERS)


def _sealing(info: models.TrackInfo, found: Sealing | None, *, sealed: bool) -> Sealing:
    if info.encryption == models.Encryption.NONE:
        return Sealing.NOT_SEALED if sealed else Sealing.CLEAR
    if not sealed or info.encryption != models.Encryption.GCM:
        return Sealing.NO_KEY
    return Sealing.OTHER_KEY if found is Sealing.OTHER_KEY else Sealing.SEALED


def _tracks(
    infos: Iterable[models.TrackInfo], had: Mapping[str, RemoteTrack], sealings: Iterable[Sealing]
) -> tuple[RemoteTrack, ...]:
    """Tracks as streams: each that is new gets the lowest number its source has free."""
    infos = list(infos)
    taken = {(had[one.sid].source, had[one.sid].number) for one in infos if one.sid in had}
    made: list[RemoteTrack] = []
    for info, sealing in zip(infos, sealings, strict=True):
        if info.sid in had:
            source, number = had[info.sid].source, had[info.sid].number
        else:
            source = _SOURCES.get(info.source) or _usual(info)
            number = next(n for n in count() if (source, n) not in taken)
            taken.add((source, number))
        made.append(
            RemoteTrack(
                sid=info.sid,
                source=source,
                number=number,
                muted=info.muted,
                width=info.width,
                height=info.height,
                sealing=sealing,
                unknown_codec=_unknown_codec(info),
            )
        )
    return tuple(made)


def _usual(info: models.TrackInfo) -> TrackSource:
    """What a track is whose sender does not say: a voice or a face, which must not be missed."""
    return TrackSource.MICROPHONE if info.type == models.AUDIO else TrackSource.CAMERA


def _rights(info: models.ParticipantInfo) -> Rights:
    if not info.HasField("permission"):
        return Rights()
    given = info.permission
    sources = set(given.can_publish_sources)

    def may(source: models.TrackSource) -> bool:
        return given.can_publish and (not sources or source in sources)

    return Rights(
        speak=may(models.TrackSource.MICROPHONE),
        show=may(models.TrackSource.CAMERA),
        share=may(models.TrackSource.SCREEN_SHARE),
        write=given.can_publish_data,
        receive=given.can_subscribe,
    )


def _unknown_codec(info: models.TrackInfo) -> str:
    """The codec of pictures that nothing here decodes; a backup that is known counts as well."""
    if info.type != models.VIDEO:
        return ""
    mimes = [info.mime_type, *(codec.mime_type for codec in info.codecs)]
    names = [clean(mime.rpartition("/")[2], 16) for mime in mimes if mime]
    known = any(name.lower() in known_codecs("video") for name in names)
    return "" if known or not names else names[0].upper()


def _knocks(listed: Any) -> Iterator[Knock]:
    for one in listed[:_MOST_KNOCKS] if isinstance(listed, list) else ():
        if isinstance(one, dict):
            yield Knock(str(one.get("id", "")), str(one.get("name", "")))


class Roster:
    """The participants of one connection, ourselves included.

    Args:
        local: Ourselves.
        others: Everybody else.
        sealed: We have a key.
    """

    def __init__(
        self,
        local: models.ParticipantInfo,
        others: Iterable[models.ParticipantInfo],
        *,
        sealed: bool = False,
    ) -> None:
        self._sealed = sealed
        self._infos: dict[ParticipantId, models.ParticipantInfo] = {}
        """The newest message about each of the others."""
        self._found: dict[ParticipantId, Sealing] = {}
        self.local = to_participant(local)
        self.local_metadata = local.metadata
        """Our metadata as the server has it: a change of name has to send it along."""
        self._by_identity: dict[ParticipantId, RemoteParticipant] = {}
        self._versions: dict[str, int] = {local.sid: local.version}
        self._identities: dict[str, ParticipantId] = {local.sid: ParticipantId(local.identity)}
        self._recording = RecordingTold()
        self._lock = LockTold()
        self._transcript = TranscriptTold()
        self._speaking: dict[str, float] = {}
        self._quality: dict[ParticipantId, Quality] = {}
        for info in others:
            self.apply(info)

    @property
    def others(self) -> tuple[RemoteParticipant, ...]:
        """Everybody but us."""
        return tuple(self._by_identity.values())

    def apply(self, info: models.ParticipantInfo) -> ParticipantUpdated | ParticipantLeft | None:
        """Take one message; answers what changed, None when nothing did or it is an old one."""
        if info.sid == self.local.pid or info.identity == self.local.id:
            return self._apply_local(info)
        identity = ParticipantId(info.identity)
        known = self._by_identity.get(identity)
        if info.state == models.ParticipantInfo.DISCONNECTED:
            # Somebody who joined again has a new sid; the old one's goodbye may come later.
            if known is None or known.pid != info.sid:
                return None
            self._forget(known)
            return ParticipantLeft(identity)
        if not info.identity or info.version < self._versions.get(info.sid, 0):
            return None
        if known is None and len(self._by_identity) >= _MAX_PARTICIPANTS:
            return None
        if known is not None and known.pid != info.sid:
            self._forget(known)
        now = self._described(info, known)
        self._versions[info.sid] = info.version
        self._identities[info.sid] = identity
        self._by_identity[identity] = now
        self._infos[identity] = info
        return None if now == known else ParticipantUpdated(now)

    def judge(self, who: ParticipantId, sealing: Sealing) -> ParticipantUpdated | None:
        """What came of opening what somebody sends; answers what changed.

        livekit-server passes on what somebody writes before it tells that they are there.
        """
        if self._found.get(who) is sealing:
            return None
        if not sealing.shut:
            self._found.pop(who, None)
        elif len(self._found) < _MAX_PARTICIPANTS:
            self._found[who] = sealing
        known, info = self._by_identity.get(who), self._infos.get(who)
        if known is None or info is None:
            return None
        now = self._by_identity[who] = self._described(info, known)
        return None if now == known else ParticipantUpdated(now)

    def _described(
        self, info: models.ParticipantInfo, known: RemoteParticipant | None
    ) -> RemoteParticipant:
        found = self._found.get(ParticipantId(info.identity))
        return to_participant(info, known, sealed=self._sealed, found=found)

    def apply_room(self, room: models.Room) -> RecordingTold | None:
        """Take what the server says of the room; answers what changed.

        Recording is off where the room's metadata say `recording: "off"`.
        """
        allowed = _metadata(room.metadata).get("recording") != "off"
        records = room.active_recording
        if records and _TRANSCRIPT in _metadata(room.metadata):  # of ours: it is said so, too
            people = (self.local, *self._by_identity.values())
            records = any(one.attributes.get(_RECORDING) for one in people)
        before, self._recording = self._recording, RecordingTold(records, allowed)
        return None if self._recording == before else self._recording

    def apply_transcript(self, room: models.Room) -> TranscriptTold | None:
        """Take what the server says of a transcript that it keeps; answers what changed."""
        told = _metadata(room.metadata).get(_TRANSCRIPT)
        by = str(told.get("by") or "?") if isinstance(told, dict) else ""
        before, self._transcript = self._transcript, TranscriptTold(by)
        return None if self._transcript == before else self._transcript

    def apply_lock(self, room: models.Room) -> LockTold | None:
        """Take what the server says of the door of the room; answers what changed."""
        told = _metadata(room.metadata).get(_LOCK)
        now = LockTold()
        if isinstance(told, dict) and told.get("locked") is True:
            now = LockTold(True, tuple(_knocks(told.get("knocks"))))
        before, self._lock = self._lock, now
        return None if now == before else now

    def speakers(self, infos: Iterable[models.SpeakerInfo]) -> SpeakersChanged | None:
        """Take a list of changes; answers who speaks now, None when that did not change."""
        before = self._loudest_first()
        for info in infos:
            if info.active:
                self._speaking[info.sid] = info.level
            else:
                self._speaking.pop(info.sid, None)
        now = self._loudest_first()
        return None if now == before else SpeakersChanged(now)

    def quality(self, infos: Iterable[rtc.ConnectionQualityInfo]) -> QualityChanged | None:
        """Take `ConnectionQualityInfo`s; answers only what changed."""
        changed: dict[ParticipantId, Quality] = {}
        for info in infos:
            identity = self._identities.get(info.participant_sid)
            quality = _QUALITIES.get(info.quality, Quality.UNKNOWN)
            if identity is not None and self._quality.get(identity) != quality:
                self._quality[identity] = changed[identity] = quality
        return QualityChanged(changed) if changed else None

    def stream_of(self, participant_sid: str, track_sid: str) -> StreamId | None:
        """What another's track carries; None while that is unknown, or if it is not for us.

        With another key than ours it may be opened later, when somebody mends that.
        """
        participant = self._by_identity.get(self._identities.get(participant_sid, NOBODY))
        if participant is None:
            return None
        for track in participant.tracks:
            if track.sid == track_sid and track.sealing in _OPENED:
                return StreamId(participant.id, track.source, track.number)
        return None

    def owner_of(self, track_sid: str) -> ParticipantId:
        """Who publishes this track, ourselves too; nobody when it is not known."""
        for one in (self.local, *self._by_identity.values()):
            if any(track.sid == track_sid for track in one.tracks):
                return one.id
        return NOBODY

    def track_sid(self, stream: StreamId) -> str | None:
        """The server's name for this stream; None when it is not published."""
        of = stream.participant
        participant = self.local if of == self.local.id else self._by_identity.get(of)
        tracks = () if participant is None else participant.tracks
        wanted = (stream.source, stream.number)
        return next((one.sid for one in tracks if (one.source, one.number) == wanted), None)

    def _apply_local(self, info: models.ParticipantInfo) -> ParticipantUpdated | None:
        if info.sid != self.local.pid or info.version < self._versions.get(info.sid, 0):
            return None
        self._versions[info.sid] = info.version
        self.local_metadata = info.metadata
        now = to_participant(info, self.local)
        if now == self.local:
            return None
        self.local = now
        return ParticipantUpdated(now)

    def _forget(self, participant: RemoteParticipant) -> None:
        self._by_identity.pop(participant.id, None)
        self._infos.pop(participant.id, None)
        self._found.pop(participant.id, None)
        self._versions.pop(participant.pid, None)
        self._identities.pop(participant.pid, None)
        self._speaking.pop(participant.pid, None)
        self._quality.pop(participant.id, None)

    def _loudest_first(self) -> tuple[ParticipantId, ...]:
        ranked = sorted(self._speaking.items(), key=lambda one: -one[1])
        return tuple(self._identities[sid] for sid, _ in ranked if sid in self._identities)
