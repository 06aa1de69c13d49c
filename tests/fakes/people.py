"""Participants made in one line: what they send is told by what a person would see of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tui.domain.ids import ParticipantId, StreamId, TrackSource, camera_of
from tui.domain.participant import Participant, Stream

MICROPHONE, CAMERA = TrackSource.MICROPHONE, TrackSource.CAMERA


def voice(who: str) -> StreamId:
    """Their microphone."""
    return StreamId(ParticipantId(who), MICROPHONE)


def camera(who: str) -> StreamId:
    """Their camera."""
    return camera_of(ParticipantId(who))


def screen(who: str) -> StreamId:
    """The screen they share."""
    return StreamId(ParticipantId(who), TrackSource.SCREEN_SHARE)


def person(
    who: str,
    name: str,
    *,
    has_audio: bool = True,
    audio_muted: bool = True,
    has_video: bool = False,
    video_paused: bool = True,
    **fields: Any,
) -> Participant:
    """Somebody with a microphone, and a camera if it is on."""
    streams = (Stream(MICROPHONE, off=audio_muted),) if has_audio else ()
    if has_video or not video_paused:
        streams += (Stream(CAMERA, off=video_paused),)
    return Participant(ParticipantId(who), name, **{"uid": who, "streams": streams, **fields})


def changed(
    before: Participant,
    *,
    audio_muted: bool | None = None,
    video_paused: bool | None = None,
    video_frozen: bool | None = None,
    **fields: Any,
) -> Participant:
    """The same one, with this of the microphone or the camera changed, or any field."""
    after = replace(before, **fields)
    if audio_muted is not None:
        was = after.stream(MICROPHONE) or Stream(MICROPHONE)
        after = after.with_stream(replace(was, off=audio_muted))
    changes = {"off": video_paused, "frozen": video_frozen}
    told = {name: value for name, value in changes.items() if value is not None}
    if told:
        after = after.with_stream(replace(after.stream(CAMERA) or Stream(CAMERA), **told))
    return after
