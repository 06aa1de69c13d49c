"""The player's parts, each by itself."""

import os
import pty
import threading
import tty

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.devices.wait import until as wait_until
from tui.domain.look import ColourDepth, GlyphSet
from tui.player.card import CardClip, captions
from tui.player.feed import AHEAD, Feed
from tui.player.foot import hint_line
from tui.player.key_names import KeyReader
from tui.player.output import Output
from tui.player.place import Place, place_for
from tui.player.still import still_lines
from tui.player.timeline import Timeline
from tui.ports.clips import ClipPicture
from tui.terminal.profile import TerminalProfile

KEYS = [
    (b" ", "space"), (b"q", "q"), (b"Q", "q"), (b"\x1b[C", "right"), (b"\x1bOD", "left"),
    (b"\x1b[A", "up"), (b".", "."), (b"\x1b[0n", "pong"), (b"\x1b[1;5C", ""), (b"\x1bx", ""),
    (b"\x1b[<0;1;1M", ""), ("é".encode(), ""),
]  # fmt: skip


@given(st.lists(st.sampled_from(KEYS)), st.data())
def test_keys_are_the_same_however_they_are_cut(pressed, data):
    stream = b"".join(sent for sent, _ in pressed)
    reader, names, at = KeyReader(), [], 0
    while at < len(stream):
        step = data.draw(st.integers(1, len(stream)))
        names += reader.feed(stream[at : at + step])
        at += step
    assert names == [name for _, name in pressed if name]
    assert not reader.waiting


@given(st.binary(max_size=64))
def test_no_keyboard_is_too_strange(data):
    reader = KeyReader()
    reader.feed(data)
    reader.flush()
    assert not reader.waiting


def test_escape_is_a_key_when_nothing_follows():
    reader = KeyReader()
    assert reader.feed(b"\x1b") == []
    assert reader.waiting
    assert reader.flush() == ["escape"]


def test_the_timeline_runs_stands_and_is_set():
    line = Timeline(60.0)
    line.play(100.0)
    assert line.position_s(103.0) == 3.0
    line.pause(103.0)
    assert line.position_s(200.0) == 3.0
    assert line.set(5.0, 200.0) == 5.0
    line.play(200.0)
    assert line.position_s(201.0) == 6.0
    assert line.set(-4.0, 201.0) == 0.0
    assert line.set(99.0, 201.0) == 60.0
    assert Timeline().set(9999.0, 0.0) == 9999.0


@pytest.mark.parametrize(
    ("shape", "room", "crop", "place"),
    [
        ((640, 480), (80, 24), False, Place(64, 24, 8, 0)),
        ((1920, 1080), (80, 24), False, Place(80, 22, 0, 1)),
        ((1080, 1920), (80, 24), False, Place(27, 24, 26, 0)),
        ((640, 480), (80, 24), True, Place(80, 24)),
        ((1, 5000), (80, 24), False, Place(1, 24, 39, 0)),
        ((640, 480), (2000, 400), True, Place(999, 400)),
    ],
)
def test_where_a_picture_goes(shape, room, crop, place):
    assert place_for(*shape, *room, crop=crop) == place


@given(st.integers(1, 9000), st.integers(1, 9000), st.integers(1, 300), st.integers(1, 100))
def test_a_picture_never_leaves_the_room(width, height, columns, rows):
    place = place_for(width, height, columns, rows, crop=False)
    assert place.left >= 0 and place.left + place.columns <= columns
    assert place.top >= 0 and place.top + place.rows <= rows


def test_the_most_needed_keys_are_left_out_last():
    full = hint_line("clip.mp4  0:01", "block", "truecolor", 200, still=False)
    assert full.split("  ")[-1] == "q quit" and ". step" in full
    for columns in range(16, 120):
        assert len(hint_line("clip.mp4  0:01", "block", "256", columns, still=False)) < columns
    assert "q quit" in hint_line("clip.mp4  0:01", "block", "256", 40, still=False)


class CountingClip:
    label, width, height, fps, duration_s, still = "counting", 64, 48, 10.0, 10.0, False

    def __init__(self):
        self.made = 0
        self.number = 0
        self.closed = threading.Event()

    def seek(self, to_s):
        self.number = round(to_s * self.fps)

    def next_picture(self, width, height, *, not_before_s):
        self.number = max(self.number, int(not_before_s * self.fps))
        if self.number >= 100:
            return None
        self.made += 1
        at_s = self.number / self.fps
        self.number += 1
        return ClipPicture(at_s, np.zeros((height, width, 3), np.uint8))

    def close(self):
        self.closed.set()


@pytest.fixture
def counting():
    clip, woken = CountingClip(), threading.Event()
    feed = Feed(clip, woken.set)
    yield clip, feed
    feed.close()
    assert clip.closed.is_set()


def test_a_feed_runs_ahead_but_not_far(counting):
    clip, feed = counting
    assert feed.next_at_s() is None
    feed.want(8, 8)
    wait_until(lambda: clip.made == AHEAD)
    picture, dropped = feed.take(0.25)
    assert (picture.at_s, dropped) == (0.2, 2)
    wait_until(lambda: clip.made == AHEAD + 3)


def test_a_feed_skips_what_is_too_late_and_ends(counting):
    clip, feed = counting
    feed.want(8, 8)
    wait_until(lambda: clip.made == AHEAD)
    feed.take(5.0)
    wait_until(lambda: (feed.next_at_s() or 0) >= 5.0)
    assert clip.made < 12
    feed.take(9.85)
    wait_until(lambda: feed.take(10.0)[0] is not None or feed.ended)
    wait_until(lambda: feed.take(10.0)[0] is not None or feed.ended)
    wait_until(lambda: feed.ended)
    feed.seek(3.0)
    wait_until(lambda: feed.next_at_s() == 3.0)
    assert not feed.ended


def test_after_another_size_no_picture_of_the_old_one_comes(counting):
    _, feed = counting
    feed.want(8, 8)
    wait_until(lambda: feed.next_at_s() is not None)
    feed.want(16, 4)
    wait_until(lambda: feed.next_at_s() is not None)
    assert feed.first().pixels.shape == (4, 16, 3)


@pytest.fixture
def output():
    master, slave = pty.openpty()
    tty.setraw(master)
    out = Output(slave)
    yield master, out
    out.close()
    os.close(slave)
    os.close(master)


def test_output_never_waits_for_a_terminal_that_takes_nothing(output):
    master, out = output
    out.send(b"x" * 200_000, 0.0, ask=True)
    assert out.busy and not out.ready(0.0, 0.04)
    got = b""
    while out.busy or len(got) < out.written:
        got += os.read(master, 65536)
        out.drain()
    assert got == b"x" * 200_000 + b"\x1b[5n"
    # It took everything, but has not drawn it yet.
    assert not out.ready(0.5, 0.04)
    out.answered(0.6)
    assert out.ready(0.6, 0.04)


def test_a_long_way_may_have_several_pictures_under_way(output):
    master, out = output
    out.send(b"a", 0.0, ask=True)
    out.answered(0.1)
    sent = 0
    while out.ready(1.0, 0.04):
        out.send(b"a", 1.0, ask=True)
        os.read(master, 4096)
        sent += 1
    assert sent == 3


def test_one_that_answered_is_waited_for_on_a_slow_link(output):
    _, out = output
    out.send(b"a", 0.0, ask=True)
    out.answered(0.1)
    while out.ready(1.0, 0.04):
        out.send(b"a", 1.0, ask=True)
    assert not out.ready(9.0, 0.04)
    assert out.ready(40.0, 0.04)  # that answer was lost
    out.send(b"a", 40.0, ask=True)
    assert out.open_answers == 1


def test_a_mute_terminal_is_not_asked_for_ever(output):
    _, out = output
    out.send(b"a", 0.0, ask=True)
    assert not out.ready(1.0, 0.04)
    assert out.ready(2.5, 0.04)
    out.send(b"a", 2.5, ask=True)
    assert out.ready(2.6, 0.04)


@pytest.mark.parametrize("glyphs", GlyphSet)
@pytest.mark.parametrize("depth", ColourDepth)
def test_the_card_as_lines_of_every_look(glyphs, depth):
    profile = TerminalProfile(glyphs=glyphs, depth=depth)
    lines = list(still_lines(CardClip(), profile, 40, 20))
    assert len(lines) == 12  # 640 by 400 in 40 columns
    assert not any("\x1b[?" in line or "\x1b[H" in line for line in lines)
    assert ("\x1b" in "".join(lines)) == (depth is not ColourDepth.MONO)


def test_the_card_moves_and_its_captions_show_every_set():
    card = CardClip()
    first, second = (card.next_picture(80, 48, not_before_s=at) for at in (0.0, 1.0))
    assert (first.pixels != second.pixels).any()
    assert (first.pixels[:40] == second.pixels[:40]).all()
    told = captions(80)
    assert [line.split()[0] for line in told] == ["half", "block", "sextant", "octant", "all"]
    assert all(len(line) < 80 and line.endswith("|") for line in told)
    assert chr(0x1CD00) in told[3]
