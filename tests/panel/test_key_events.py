"""Keys as terminals send them, and whatever else comes in on that line."""

from __future__ import annotations

import codecs
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events

from tui.domain.actions import ACTIONS
from tui.panel.key_events import EventTypeParser, parsing_event_types

PIECES = st.sampled_from(
    [
        *(b"\x1b", b"\x1b[", b"\x1b[97;1:3u", b"\x1b[57399;5u", b"\x1b[?1u", b"\x1b[<0;3;4M"),
        *(b"\x1b[M\xa0\xff\x80", b"\x1b[200~", b"\x1b[201~", b"\xe9", b"a", b"\x1b[99999999999;1u"),
        *(b"\x1b[1;2:9A", b"\x1b[;;u", b"\x9b31m", b"\x1b]0;x\x07", b"\x1bO", b"\x1b[I", b"\x1b[O"),
    ]
)


@given(st.lists(PIECES | st.binary(max_size=6), max_size=30))
def test_no_bytes_end_the_reading(pieces: list[bytes]) -> None:
    driver = SimpleNamespace(XTermParser=object, getincrementaldecoder=codecs.getincrementaldecoder)
    with parsing_event_types(driver):
        decode = driver.getincrementaldecoder("utf-8")().decode
        parser = driver.XTermParser()
        for piece in pieces:
            if text := decode(piece):
                list(parser.feed(text))
            list(parser.tick())
    assert isinstance(parser, EventTypeParser)
    assert driver.XTermParser is object
    assert driver.getincrementaldecoder is codecs.getincrementaldecoder


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("\t", "tab"),
        ("\r", "enter"),
        ("\x7f", "backspace"),
        ("\x00", "ctrl+@"),
        ("\x03", "ctrl+c"),
        ("\x1b[A", "up"),
        ("\x1bOP", "f1"),
        ("\x1b[Z", "shift+tab"),
        ("\x1b[32;5u", "ctrl+space"),
        ("?", "question_mark"),
    ],
)
def test_key_t5_what_terminals_send_is_the_key_it_means(typed: str, key: str) -> None:
    driver = SimpleNamespace(XTermParser=object, getincrementaldecoder=codecs.getincrementaldecoder)
    with parsing_event_types(driver):
        events_ = [*driver.XTermParser().feed(typed)]
    assert [event.key for event in events_ if isinstance(event, events.Key)] == [key]


def test_key_t5_no_key_of_ours_is_one_that_terminals_can_not_tell_apart() -> None:
    same = {"ctrl+i", "ctrl+m", "ctrl+h", "ctrl+left_square_bracket", "ctrl+slash", "alt+space"}
    for action in ACTIONS:
        keys = {*action.keys, *action.global_keys}
        assert not keys & same
        assert not any(key.startswith(("alt+", "ctrl+shift+")) for key in keys), action.id
