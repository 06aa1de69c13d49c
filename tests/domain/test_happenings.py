"""The table of happenings: complete, and its sentences say who did what."""

from __future__ import annotations

import pytest

from tests.fakes.happenings import BO, every_happening, somebody
from tui.domain.announcements import Category, Priority
from tui.domain.events import EVENT_NAMES, NEVER_FIRED
from tui.domain.happenings import (
    HAPPENINGS,
    ConnectionRestored,
    HandRaised,
    Happening,
    Identified,
    Joined,
    Left,
    MutedByModerator,
    PeopleChanged,
    Present,
    SessionEnded,
    SessionJoined,
)
from tui.domain.happenings.english import sentence
from tui.domain.happenings.english_phrases import gone_sentence, joined_sentence
from tui.domain.happenings.table import announcement, row_of, sdk_events
from tui.domain.snapshot import ChatMessage, EndReason


def test_whatever_is_told_says_how() -> None:
    told = [one for one in every_happening() if sentence(one)]
    silent = {type(one) for one in told if "row" not in vars(type(one))}
    assert silent == {ChatMessage}


def test_each_documented_event_fires_or_says_why_it_never_does() -> None:
    fired = {event.name for one in every_happening() for event in sdk_events(one)}
    assert fired | set(NEVER_FIRED) == EVENT_NAMES
    assert not fired & set(NEVER_FIRED)
    assert all(NEVER_FIRED.values())


def test_no_sentence_names_a_uid_or_an_id() -> None:
    told = [announcement(one, 7) for one in every_happening() if not isinstance(one, ChatMessage)]
    said = [one.text for one in told if one is not None]
    assert len(said) > len(HAPPENINGS) / 2
    assert not [text for text in said if BO.uid in text or BO.id in text or BO.pid in text]
    assert not [text for text in said if "\n" in text or text != text.strip()]


@pytest.mark.parametrize(
    ("happening", "text"),
    [
        (Joined(somebody("Eli Moss"), 4), "Eli Moss joined. 4 people."),
        (Left(somebody("Eli Moss"), 3), "Eli Moss left. 3 people."),
        (Left(somebody("Eli Moss"), 1), "Eli Moss left. You are alone."),
        (Joined(BO, 2, peer_call=True), ""),
        (HandRaised(BO, 1), "Bo Chen raised a hand."),
        (
            MutedByModerator("Ana Lopez"),
            "Ana Lopez muted you. Turn the microphone on when you want to speak.",
        ),
        (
            MutedByModerator(),
            "A moderator muted you. Turn the microphone on when you want to speak.",
        ),
        (ConnectionRestored(0.2, muted=True), "Connected again after 1 second. You are muted."),
        (
            ConnectionRestored(18, muted=False, chat_missing=True),
            "Connected again after 18 seconds. You are heard."
            " Messages and captions of that time may be missing.",
        ),
        (
            SessionEnded(EndReason.LOST, "No answer."),
            "The connection was lost and did not come back. No answer.",
        ),
        (SessionEnded(EndReason.FAULT, "No Opus library."), "No Opus library."),
        (SessionEnded(EndReason.FAULT, "no Opus library"), "No Opus library."),
        (
            SessionJoined("standup", ("Ana", *"bcdefghij"), muted=True, camera_off=False),
            "Joined standup. 10 people: Ana (you), b, c, d, e, f, g, h and 2 more. You are muted.",
        ),
    ],
)
def test_sentences(happening: Happening, text: str) -> None:
    assert sentence(happening) == text


def test_many_who_come_or_go_are_one_sentence() -> None:
    assert joined_sentence(["Ana", "Bo", "Chi"], 6) == "Ana, Bo and Chi joined. 6 people."
    assert gone_sentence(["Ana", "Bo", "Chi", "Dee"], 1) == (
        "Ana, Bo and 2 more left. You are alone."
    )


def test_of_somebody_without_a_uid_there_is_no_event_until_it_is_known() -> None:
    unknown = somebody("Guest")
    unknown = type(unknown)(unknown.id, "", unknown.name, unknown.pid)
    for happening in (Present(unknown), Joined(unknown, 2), PeopleChanged((BO, unknown))):
        assert sdk_events(happening) == ()
    (event,) = sdk_events(Identified(BO))
    assert event.name == "onParticipantJoined"
    assert event.payload == {"pid": BO.pid, "name": "Bo Chen", "uid": BO.uid}


def test_our_own_chat_is_an_answer() -> None:
    ours = ChatMessage("ana", "Ana", "hi", 1, is_local=True)
    assert row_of(ours).category is Category.YOU
    assert row_of(ours).priority is Priority.REPLY
    assert sentence(ours) == "hi"
