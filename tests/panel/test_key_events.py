"""Keys as terminals send them, and whatever else comes in on that line."""

from __future__ import annotations

import codecs
from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st

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
