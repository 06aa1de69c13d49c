"""What is to be told when somebody is described otherwise than before."""

from __future__ import annotations

from tui.domain.happenings import (
    AwayChanged,
    CaptionedByProgram,
    CaptionerChanged,
    HandLowered,
    HandRaised,
    Happening,
    Identified,
    NotOpened,
    PeopleChanged,
    Person,
    PicturesUnfit,
    Reacted,
    ScreenShared,
    ScreenShareEnded,
    TheirCameraChanged,
    TheirMicrophoneChanged,
    TheyRecord,
    TheyRecordNoMore,
    person_of,
)
from tui.domain.participant import Participant
from tui.domain.reactions import shown


def changes(
    before: Participant, after: Participant, hand_place: int, others: tuple[Person, ...]
) -> list[Happening]:
    """What has changed about somebody who is there.

    Args:
        before: As they were.
        after: As they are.
        hand_place: Where they are in the queue if their hand is up, from 1.
        others: Everybody but us, as they are now.
    """
    who = person_of(after)
    told: list[Happening] = []
    if before.has_audio and after.has_audio and before.audio_muted != after.audio_muted:
        told.append(TheirMicrophoneChanged(who, after.audio_muted))
    if before.has_video and after.has_video and before.video_paused != after.video_paused:
        told.append(TheirCameraChanged(who, after.video_paused))
    told += of_streams(before, after)
    if after.hand_raised_at_ms and not before.hand_raised_at_ms:
        told.append(HandRaised(who, hand_place))
    if before.hand_raised_at_ms and not after.hand_raised_at_ms:
        told.append(HandLowered(who))
    if after.away != before.away:
        told.append(AwayChanged(who, after.away))
    if after.captioner != before.captioner:
        told.append(CaptionerChanged(who, after.captioner))
    if after.reaction != before.reaction and (now := shown(after.reaction)) is not None:
        told.append(Reacted(who, now))
    if after.uid and not before.uid:
        told.append(Identified(who))
    if who != person_of(before):
        told.append(PeopleChanged(others))
    return told


def of_streams(before: Participant | None, after: Participant) -> list[Happening]:
    """What has changed about what somebody sends, and records."""
    who = person_of(after)
    told: list[Happening] = []
    if after.sealing.shut and not (before and before.sealing is after.sealing):
        told.append(NotOpened(who, after.sealing))
    for stream in after.streams:
        known = before.stream(stream.source, stream.number) if before else None
        if stream.unfit and not (known and known.unfit):
            told.append(PicturesUnfit(who, stream.source, stream.unknown_codec))
    if after.shares and not (before and before.shares):
        told.append(ScreenShared(who))
    if before and before.shares and not after.shares:
        told.append(ScreenShareEnded(who))
    if after.records and not (before and before.records):
        told.append(TheyRecord(who))
    if after.captioned != bool(before and before.captioned):
        told.append(CaptionedByProgram(who, after.captioned))
    if before and before.records and not after.records:
        told.append(TheyRecordNoMore(who))
    return told
