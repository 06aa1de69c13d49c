"""Times in words."""

from __future__ import annotations

import pytest

from tui.domain.ids import ParticipantId, TrackSource
from tui.domain.participant import Participant, Role, Stream
from tui.domain.snapshot import DeviceKind, DeviceState, Phase, Snapshot
from tui.domain.wording import duration_words
from tui.front.call_words import people_sentences, status_sentence
from tui.widgets.people_panel import tokens


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-3, "0 seconds"),
        (0.6, "1 second"),
        (40.4, "40 seconds"),
        (59.6, "1 minute"),
        (179.9, "3 minutes"),
        (12 * 60 + 29, "12 minutes"),
        (59 * 60 + 31, "1 hour"),
        (2 * 3600 + 5 * 60, "2 hours 5 minutes"),
    ],
)
def test_a_time_span_is_rounded_to_what_is_nearest(seconds: float, words: str) -> None:
    assert duration_words(seconds) == words


def test_who_moderates_is_said_of_everybody() -> None:
    bo = Participant(ParticipantId("1"), "Bo Chen", "bo", role=Role.MODERATOR)
    said = people_sentences(Snapshot(phase=Phase.LIVE, participants=(bo,)))
    assert said[1] == "1. Bo Chen, moderator, muted, camera off."
    assert "moderator" in tokens(bo, hand_place=0)


def test_the_state_of_a_call_says_what_is_so() -> None:
    streams = (
        Stream(TrackSource.MICROPHONE, off=True),
        Stream(TrackSource.CAMERA, off=False),
    )
    ana = Participant(ParticipantId("me"), "Ana Lopez", "ana", is_local=True, streams=streams)
    snapshot = Snapshot(
        phase=Phase.LIVE,
        title="standup",
        started_at_ms=1_000_000,
        joined_at_ms=1_600_000,
        participants=(ana,),
        devices=(DeviceState(DeviceKind.CAMERA, "default", "No camera here."),),
    )
    said = status_sentence(snapshot, 1_000_000 + 12 * 60_000)
    assert said.startswith("standup, 12 minutes. "), "since the session began, for everybody"
    assert "Camera on, but nobody sees you. " in said
