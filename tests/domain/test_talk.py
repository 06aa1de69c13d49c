"""Push-to-talk: whatever the key does, the microphone does not stay open by accident (KEY-05)."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.domain.talk import (
    LONGEST_HOLD_S,
    TAIL_S,
    Effect,
    Sensing,
    TalkKey,
    TalkState,
)


@dataclass
class Bench:
    """A key and the microphone it moves; time passes in steps that keep every deadline."""

    key: TalkKey
    now_s: float = 100.0
    open: bool = False
    opened: int = 0
    closed: int = 0
    effects: list[Effect] = field(default_factory=list)

    def apply(self, effect: Effect) -> None:
        self.effects.append(effect)
        if effect is Effect.OPEN:
            self.open, self.opened = True, self.opened + 1
        elif effect is Effect.CLOSE:
            self.open, self.closed = False, self.closed + 1

    def wait(self, seconds: float) -> None:
        end_s = self.now_s + seconds
        while self.key.due_s is not None and self.key.due_s <= end_s:
            self.now_s = self.key.due_s
            self.apply(self.key.tick(self.now_s))
        self.now_s = end_s

    def press(self, **told: bool) -> None:
        self.apply(self.key.press(self.now_s, **told))

    def do(self, what: str) -> None:
        match what:
            case "press":
                self.press()
            case "repeat":
                self.apply(self.key.repeat(self.now_s))
            case "release":
                self.apply(self.key.release(self.now_s))
            case "interrupt":
                self.apply(self.key.interrupt(self.now_s))
            case "drop":
                self.apply(self.key.drop())

    def hold(self, seconds: float, delay_s: float, every_s: float) -> None:
        """As a terminal without releases tells it."""
        self.press()
        held_s = delay_s
        self.wait(delay_s)
        while held_s <= seconds:
            self.press()
            self.wait(every_s)
            held_s += every_s


def bench(sensing: Sensing) -> Bench:
    return Bench(TalkKey(sensing))


DEEDS = st.sampled_from(["press", "press", "press", "repeat", "release", "interrupt", "drop"])
PAUSES = st.one_of(
    st.floats(0, 0.2), st.floats(0.15, 0.75), st.floats(0, 2), st.just(LONGEST_HOLD_S)
)
STORIES = st.lists(st.tuples(DEEDS, PAUSES), max_size=40)


@given(st.sampled_from(Sensing), STORIES)
def test_the_microphone_follows_the_key_whatever_happens(
    sensing: Sensing, story: list[tuple[str, float]]
) -> None:
    one = bench(sensing)
    for deed, pause_s in story:
        before = one.open
        one.do(deed)
        if deed != "press":
            assert not (one.open and not before), f"{deed} must not open it"
        if deed == "drop":
            assert not one.open
        assert one.open is one.key.open
        one.wait(pause_s)
        assert one.open is one.key.open
    if one.open and not one.key.latched:
        one.wait(LONGEST_HOLD_S + TAIL_S)
    assert not one.open or one.key.latched
    assert one.key.latched is (one.key.state is TalkState.LATCH)


@given(STORIES)
def test_with_releases_it_is_never_latched_and_up_means_closed(
    story: list[tuple[str, float]],
) -> None:
    one = bench(Sensing.RELEASES)
    for deed, pause_s in story:
        one.do(deed)
        one.wait(pause_s)
        assert not one.key.latched
    one.do("release")
    one.wait(TAIL_S)
    assert not one.open


@given(
    seconds=st.floats(0.8, 20),
    delay_s=st.floats(0.25, 0.66),
    every_s=st.floats(0.025, 0.1),
)
def test_auto_repeat_is_one_hold(seconds: float, delay_s: float, every_s: float) -> None:
    one = bench(Sensing.REPEATS)
    one.hold(seconds, delay_s, every_s)
    assert one.open, "it must not flutter while held"
    one.wait(0.7)
    assert (one.opened, one.closed, one.open) == (1, 1, False)


@given(late_s=st.floats(0.3, 0.95), every_s=st.floats(0.025, 0.05))
def test_a_late_repeat_after_a_hold_does_not_leave_it_open(late_s: float, every_s: float) -> None:
    one = bench(Sensing.REPEATS)
    one.hold(2, 0.4, every_s)
    one.wait(late_s)
    one.press()
    one.wait(0.75)
    assert not one.open


@given(
    gaps=st.lists(st.floats(0.02, 0.14), min_size=2, max_size=200), delay_s=st.floats(0.25, 0.66)
)
def test_over_ssh_repeats_are_ignored_and_the_next_tap_mutes(
    gaps: list[float], delay_s: float
) -> None:
    one = bench(Sensing.TAPS)
    one.press()
    one.wait(delay_s)
    for gap_s in gaps:
        one.press()
        one.wait(gap_s)
    assert one.opened == 1 and one.open
    one.wait(0.6)
    one.press()
    one.wait(0.1)
    assert not one.open


class TestEachRow:
    """The table of spec ux 2.4."""

    def test_hold_and_release(self) -> None:
        one = bench(Sensing.RELEASES)
        one.press()
        assert one.open and one.key.state is TalkState.HOLD
        one.wait(5)
        one.do("release")
        assert one.open, "the tail"
        one.wait(TAIL_S - 0.001)
        assert one.open
        one.wait(0.002)
        assert not one.open

    def test_pressed_again_in_the_tail_it_stays_open(self) -> None:
        one = bench(Sensing.RELEASES)
        one.press()
        one.do("release")
        one.wait(0.05)
        one.press()
        one.wait(5)
        assert (one.opened, one.closed, one.open) == (1, 0, True)

    @pytest.mark.parametrize("way", ["interrupt", "drop", "time"])
    def test_every_other_end_of_a_hold(self, way: str) -> None:
        one = bench(Sensing.RELEASES)
        one.press()
        one.wait(1)
        if way != "time":
            one.do(way)
        one.wait(TAIL_S if way != "time" else LONGEST_HOLD_S)
        assert not one.open

    def test_repeats_keep_a_hold_alive_beyond_a_minute(self) -> None:
        one = bench(Sensing.RELEASES)
        one.press()
        for _ in range(5):
            one.wait(30)
            one.do("repeat")
        assert one.open

    def test_tap_and_tap(self) -> None:
        one = bench(Sensing.REPEATS)
        one.press()
        one.wait(30)
        assert one.open and one.key.latched
        one.press()
        assert not one.open

    @pytest.mark.parametrize("gap_s", [0.25, 0.4, 0.69])
    def test_a_second_tap_soon_closes_a_little_late(self, gap_s: float) -> None:
        one = bench(Sensing.REPEATS)
        one.press()
        one.wait(gap_s)
        one.press()
        assert one.open
        one.wait(0.121)
        assert not one.open

    def test_a_latch_outlives_a_dialog_but_not_the_connection(self) -> None:
        one = bench(Sensing.REPEATS)
        one.press()
        one.wait(1)
        one.do("interrupt")
        one.wait(1)
        assert one.open
        one.do("drop")
        assert not one.open

    def test_already_unmuted_hints_once(self) -> None:
        one = bench(Sensing.RELEASES)
        for _ in range(3):
            one.press(microphone_on=True)
            one.do("release")
            one.wait(1)
        assert one.effects.count(Effect.ALREADY_OPEN) == 1
        assert not one.opened and not one.closed

    def test_a_host_who_mutes_ends_it_without_a_word_of_ours(self) -> None:
        one = bench(Sensing.RELEASES)
        one.press()
        one.key.taken_over()
        one.do("release")
        one.wait(1)
        assert one.closed == 0 and not one.key.open
