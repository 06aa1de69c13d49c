"""Marks of who speaks are steady: 300 ms to come, 1.5 s to go."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tui.session.speaking import ATTACK_S, RELEASE_S, SpeakingMarks


def test_a_cough_is_not_marked_and_a_breath_ends_nothing() -> None:
    marks = SpeakingMarks()
    marks.heard(["bo"], 0.0)
    assert marks.marked(0.2) == ()
    marks.heard([], 0.25)
    assert marks.marked(1.0) == ()
    marks.heard(["bo"], 2.0)
    assert marks.marked(2.31) == ("bo",)
    marks.heard([], 3.0)
    assert marks.marked(4.4) == ("bo",)
    marks.heard(["chi", "bo"], 4.45)
    assert marks.marked(4.5) == ("bo",)
    assert marks.marked(4.8) == ("chi", "bo"), "the loudest first"
    marks.heard([], 5.0)
    assert marks.marked(6.5) == ()


def test_who_left_is_not_marked() -> None:
    marks = SpeakingMarks()
    marks.heard(["bo"], 0.0)
    assert marks.marked(1.0) == ("bo",)
    marks.forget("bo")
    assert marks.marked(1.1) == ()


CHANGES = st.lists(
    st.tuples(st.lists(st.sampled_from("abc"), unique=True), st.floats(0.05, 1.0)), max_size=40
)


@given(CHANGES)
def test_a11y_09_no_mark_changes_more_than_about_once_a_second(
    changes: list[tuple[list[str], float]],
) -> None:
    marks, now_s = SpeakingMarks(), 0.0
    flips: dict[str, list[float]] = {}
    before: tuple[str, ...] = ()
    for loud, pause_s in changes:
        marks.heard(loud, now_s)
        end_s = now_s + pause_s
        while now_s < end_s:
            after = marks.marked(now_s)
            for uid in set(before) ^ set(after):
                flips.setdefault(uid, []).append(now_s)
            before, now_s = after, now_s + 0.05
    for times in flips.values():
        for first, third in zip(times, times[2:], strict=False):
            assert third - first >= ATTACK_S + RELEASE_S - 0.11
