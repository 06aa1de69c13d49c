from __future__ import annotations

import pytest

from tests.fakes.people import camera
from tui.domain.ids import StreamId
from tui.session.streams.lip_sync import HELD_MAX_S, SOUND_WAITS_MAX_S, LipSync


class Stream:
    """Pictures at 25 a second, `ahead_s` before their moment is heard."""

    def __init__(self) -> None:
        self.moment_s = 1000.0
        self.ahead_s = 0.0
        self.sound_waits_s = 0.0
        self.silent = False
        self.lips = LipSync(self._heard_at_s, self._delay)

    def _heard_at_s(self, sound: StreamId) -> float | None:
        return None if self.silent else self.moment_s - self.ahead_s - self.sound_waits_s

    def _delay(self, sound: StreamId, seconds: float) -> None:
        self.sound_waits_s = seconds

    def pictures(self, count: int) -> float:
        """The last one's hold."""
        for _ in range(count):
            self.moment_s += 0.04
            hold_s = self.lips.hold_s(camera("bo"), self.moment_s)
        return hold_s


@pytest.fixture
def stream() -> Stream:
    return Stream()


def test_an_early_picture_is_held_until_its_moment_is_heard(stream):
    stream.ahead_s = 0.15
    assert stream.pictures(10) == pytest.approx(0.15)


def test_a_picture_is_never_held_for_long(stream):
    stream.ahead_s = 1.0
    assert stream.pictures(10) == HELD_MAX_S


def test_a_late_picture_is_not_held_and_the_sound_waits_a_little(stream):
    stream.ahead_s = -0.15
    assert stream.pictures(200) == 0
    assert 0.05 < stream.sound_waits_s <= SOUND_WAITS_MAX_S
    assert abs(stream.ahead_s + stream.sound_waits_s) < 0.08


def test_the_sound_waits_no_more_than_it_may_and_no_longer_than_needed(stream):
    stream.ahead_s = -1.0
    stream.pictures(200)
    assert stream.sound_waits_s == SOUND_WAITS_MAX_S
    stream.ahead_s = 0.0
    stream.pictures(400)
    assert stream.sound_waits_s < 0.02


def test_a_little_late_is_left_alone(stream):
    stream.ahead_s = -0.05
    stream.pictures(200)
    assert stream.sound_waits_s == 0


def test_in_a_pause_of_the_voice_pictures_are_held_as_before(stream):
    stream.ahead_s = 0.1
    stream.pictures(20)
    stream.silent = True
    assert stream.pictures(20) == pytest.approx(0.1, abs=0.01)


def test_without_reports_or_with_unrelated_clocks_nothing_is_held(stream):
    assert stream.lips.hold_s(camera("bo"), 0.0) == 0
    stream.ahead_s = 50.0
    assert stream.pictures(5) == 0
    stream.lips.forget(camera("bo"))
