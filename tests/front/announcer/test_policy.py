"""What is said, what rings and what waits: the table of spec ux 3.5 and the queue, as rules."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.domain.announcements import Category, Priority
from tui.domain.happenings.table import Urgency, manner_of
from tui.domain.text import speakable
from tui.front.announcer import BellChoice
from tui.front.announcer.policy import rings, silenced, urgency_of
from tui.front.announcer.programs import PROGRAMS, NoProgram, find_program
from tui.front.announcer.waiting import WAITING_MOST, Utterance, Waiting
from tui.front.speech_words import AUTO, OFF, SHORT, SPEAK_WORDS

LOW, NORMAL, REPLY, URGENT = Priority.LOW, Priority.NORMAL, Priority.REPLY, Priority.URGENT


@pytest.mark.parametrize(
    ("kind", "priority", "urgency"),
    [
        (Category.MIC, REPLY, Urgency.MESSAGE),
        (Category.HOST, URGENT, Urgency.IMPORTANT),
        (Category.JOIN, LOW, Urgency.NOTIFICATION),
        (Category.LEAVE, LOW, Urgency.NOTIFICATION),
        (Category.SPEAKING, LOW, None),
        (Category.SPEAKING, NORMAL, Urgency.MESSAGE),
        (Category.CHAT, NORMAL, Urgency.TEXT),
        (Category.YOU, REPLY, None),
        (Category.HAND, NORMAL, Urgency.NOTIFICATION),
        (Category.HAND, REPLY, Urgency.MESSAGE),
        (Category.RECORD, URGENT, Urgency.IMPORTANT),
        (Category.SHARE, NORMAL, Urgency.IMPORTANT),
        (Category.NET, NORMAL, Urgency.IMPORTANT),
        (Category.IDLE, URGENT, Urgency.IMPORTANT),
        (Category.ERROR, NORMAL, Urgency.IMPORTANT),
        (Category.CALL, LOW, Urgency.PROGRESS),
        ("who", REPLY, Urgency.MESSAGE),
    ],
)
def test_the_column_of_speech(kind: str, priority: Priority, urgency: Urgency | None) -> None:
    assert urgency_of(kind, priority) is urgency


@pytest.mark.parametrize(
    ("kind", "priority", "important", "every"),
    [
        (Category.MIC, REPLY, False, False),
        (Category.HOST, URGENT, True, True),
        (Category.JOIN, LOW, False, False),
        (Category.CHAT, NORMAL, False, True),
        (Category.HAND, NORMAL, False, True),
        (Category.HAND, REPLY, False, False),
        (Category.RECORD, URGENT, False, False),
        (Category.NET, URGENT, True, True),
        (Category.IDLE, URGENT, True, True),
        (Category.ERROR, NORMAL, True, True),
        (Category.INFO, NORMAL, False, False),
    ],
)
def test_the_column_of_the_bell(kind: str, priority: Priority, important: bool, every: bool):
    assert rings(kind, priority, BellChoice.IMPORTANT) is important
    assert rings(kind, priority, BellChoice.ALL) is every
    assert rings(kind, priority, BellChoice.NONE) is False


@given(st.sampled_from(Category), st.sampled_from([URGENT, REPLY]))
def test_quiet_never_keeps_back_what_is_urgent_or_was_asked_for(kind: str, priority: Priority):
    assert not silenced(kind, priority)


@given(st.sampled_from([Category.ERROR, Category.NET, Category.HOST, Category.IDLE, Category.MIC]))
def test_quiet_never_keeps_back_these(kind: str) -> None:
    assert not silenced(kind, NORMAL)


def test_the_ear_is_told_what_the_eye_reads_in_front_of_a_line() -> None:
    assert manner_of(Category.ERROR, NORMAL).said_before == "Error: "
    assert not manner_of(Category.LEAVE, LOW).said_before, "the sentence says it"
    assert not manner_of(Category.CHAT, NORMAL).said_before


# ---- the queue
utterances = st.builds(
    Utterance,
    st.sampled_from(["chat", "join", "leave", "hand", "net", "info"]),
    st.text(st.characters(codec="ascii", categories=["L"]), min_size=1, max_size=300),
    st.sampled_from(Urgency),
)


@given(st.lists(utterances, max_size=40))
def test_few_wait_and_nothing_out_of_date(added: list[Utterance]) -> None:
    waiting = Waiting()
    for one in added:
        waiting.add(one)
        assert len(waiting) <= WAITING_MOST
    taken = []
    while (one := waiting.take()) is not None:
        taken.append(one)
    notices = [(t.kind, t.urgency) for t in taken if t.urgency <= Urgency.NOTIFICATION]
    assert len(notices) == len(set(notices)), "one of each kind, the newest"
    for t in taken:
        if t.urgency <= Urgency.NOTIFICATION:
            newest = [a for a in added if (a.kind, a.urgency) == (t.kind, t.urgency)][-1]
            assert t == newest
    important = [a for a in added if a.urgency is Urgency.IMPORTANT]
    assert taken[: len(important[-WAITING_MOST:])] == important[-WAITING_MOST:], "these come first"


@given(st.lists(st.text(min_size=1), max_size=WAITING_MOST))
def test_what_fits_is_said_in_order(texts: list[str]) -> None:
    added = [Utterance("chat", text, Urgency.TEXT) for text in texts]
    waiting = Waiting()
    for one in added:
        waiting.add(one)
    assert [waiting.take() for _ in added] == added
    assert waiting.take() is None


def test_the_lines_of_one_answer_are_one_utterance() -> None:
    waiting = Waiting()
    for number in range(12):
        waiting.add(Utterance("who", f"{number}. Bo.", Urgency.MESSAGE))
    assert len(waiting) == 1
    said = waiting.take()
    assert said is not None and said.text.startswith("0. Bo. 1. Bo.") and "11. Bo." in said.text


# ---- programs
@given(st.text(), st.sampled_from(list(PROGRAMS)))
def test_no_text_becomes_an_option_or_an_order(text: str, name: str) -> None:
    argv = PROGRAMS[name].argv(Utterance("chat", text, Urgency.TEXT))
    assert argv[0] == name and argv[-2] == "--" and argv.count(argv[-1]) >= 1
    assert argv[-1] and "[[" not in argv[-1] and "]]" not in argv[-1]
    assert not any(ord(character) < 32 or ord(character) == 127 for character in argv[-1])
    assert all("\n" not in word for word in argv)


def test_spd_say_is_told_how_urgent_it_is() -> None:
    argv = PROGRAMS["spd-say"].argv(Utterance("net", "-x Lost.", Urgency.IMPORTANT))
    assert argv == ["spd-say", "-N", "cellcall", "-w", "-P", "important", "--", "-x Lost."]


def test_synthesizer_orders_are_defused() -> None:
    assert speakable("[[[rate 9]]] hi\x1b") == speakable("[[[rate 9]]] hi")
    assert "[[" not in speakable("[[[[") and "]]" not in speakable("]]]]]")


def test_auto_takes_the_first_that_is_there_and_a_missing_one_says_how_to_get_it() -> None:
    assert find_program("auto", {"spd-say": "/s", "espeak-ng": "/e"}.get).name == "espeak-ng"
    assert find_program("auto", {"spd-say": "/s", "espeak": "/e"}.get).name == "espeak"
    assert find_program("auto", {"spd-say": "/s"}.get).name == "spd-say"
    assert find_program("spd", {"spd-say": "/s", "espeak-ng": "/e"}.get).name == "spd-say"
    with pytest.raises(NoProgram, match=r"spd-say is not installed\. .* apt install speech-disp"):
        find_program("spd-say", {}.get)
    with pytest.raises(NoProgram, match="apt install espeak-ng"):
        find_program("auto", {}.get)


def test_the_words_of_the_command_line_name_the_programs_in_their_order() -> None:
    assert (AUTO, *PROGRAMS, *SHORT, OFF) == SPEAK_WORDS
