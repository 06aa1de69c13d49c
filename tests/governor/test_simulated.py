"""The governor on simulated links: keys are answered, the link is used, and it follows."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from tests.governor.simulation import Run, SimulatedLink, simulate
from tui.domain.quality import PictureQuality, QualityChoice
from tui.governor.contention import Contention
from tui.governor.governor import Governor, Subject
from tui.governor.ladder import BEST, BUSIEST, STILLS
from tui.governor.link import LOCAL_BYTES_PER_S, REMOTE_BYTES_PER_S, Link
from tui.governor.report_words import tile_words

FOUR = [Subject(f"p{number}", 360, number == 0) for number in range(4)]
"""Four tiles at 80x24, the first one speaks."""
MBIT = 125_000.0


def run(
    rate: float | Callable[[float], float],
    seconds: float = 30.0,
    *,
    start: float = REMOTE_BYTES_PER_S,
    subjects: list[Subject] = FOUR,
    choice: QualityChoice | None = None,
    motion: float = 1.0,
    busy: float = 0.0,
    **link: object,
) -> tuple[Run, Governor]:
    governor = Governor(Link(start), choice=choice)
    way = SimulatedLink(rate if callable(rate) else lambda _: rate, **link)
    return simulate(governor, way, subjects, seconds, motion=motion, busy=busy), governor


@pytest.mark.parametrize("motion", [0.3, 1.0, 3.0])
@pytest.mark.parametrize("delay_s", [0.005, 0.025, 0.1])
@pytest.mark.parametrize("rate", [0.3 * MBIT, MBIT, 4 * MBIT])
def test_perf_t1_a_key_never_waits_long(rate: float, delay_s: float, motion: float) -> None:
    seen, _ = run(rate, delay_s=delay_s, motion=motion)
    assert seen.wait_p95(5.0) < 0.06
    assert all(wait < 0.3 for at, wait in seen.queues if at > 5.0)


def test_pictures_that_are_written_together_share_the_least_of_one() -> None:
    """Each of them had it: four small changes at once took four times as long as one."""
    governor = Governor(Link(16_000.0))
    governor.show(FOUR)
    streams = [one.stream for one in FOUR]
    for stream in streams:
        governor.draws(0.0, [stream])
        governor.drew(0.0, stream, 50)
    draws = governor.draws(10.0, streams)
    assert len(draws) > 1
    assert sum(draw.limits.bytes for draw in draws if draw.limits is not None) <= 600


@pytest.mark.parametrize("rate", [0.5 * MBIT, MBIT, 2 * MBIT])
def test_the_rate_is_measured(rate: float) -> None:
    for jitter_s in (0.0, 0.02):
        _, governor = run(rate, jitter_s=jitter_s)
        assert governor.link is not None and governor.link.measured
        assert governor.link.bytes_per_s == pytest.approx(rate, rel=0.4)
        assert governor.link.base_s == pytest.approx(0.05, abs=0.015)


def test_pictures_use_a_good_part_of_a_slow_link() -> None:
    seen, _ = run(MBIT, motion=3.0)
    assert seen.bytes_between(10, 30) > 0.4 * MBIT * 20


def test_the_speaker_moves_most() -> None:
    seen, _ = run(MBIT, motion=2.0)
    rates = [seen.fps(one.stream, 10, 30) for one in FOUR]
    assert rates[0] > 1.4 * max(rates[1:])
    assert min(rates) >= 1.5


def test_a_local_terminal_is_not_held_back() -> None:
    nine = [Subject(f"p{number}", 1680) for number in range(9)]
    seen, governor = run(12_500_000, 10.0, start=LOCAL_BYTES_PER_S, subjects=nine, delay_s=0.001)
    assert all(seen.fps(one.stream, 2, 10) > 14.5 for one in nine)
    assert governor.report(10.0).reason == ""


@pytest.mark.parametrize("pause_s", [0.1, 0.2, 0.3])
def test_a_pause_of_a_local_terminal_is_no_slow_terminal(pause_s: float) -> None:
    """A layout with new glyphs, or a window resized: 256 colours and stills for 15 s came of it."""
    seen, _ = run(
        lambda at: 200.0 if 5 <= at < 5 + pause_s else 20_000_000.0,
        12.0,
        start=LOCAL_BYTES_PER_S,
        delay_s=0.002,
    )
    assert {rung for _, rungs in seen.rungs for rung in rungs.values()} == {BEST}


def test_a_local_terminal_that_becomes_slow_is_known() -> None:
    seen, governor = run(
        lambda at: 0.2 * MBIT if at > 5 else 20_000_000.0,
        20.0,
        start=LOCAL_BYTES_PER_S,
        delay_s=0.002,
    )
    assert seen.rung_at(8.0, "p1") > BEST + 2
    assert seen.wait_p95(10.0) < 0.15
    assert governor.report(20.0).reason == "slow terminal"


@pytest.mark.parametrize("share", [0.4, 0.6, 0.9])
def test_a_busy_machine_draws_fewer_pictures_and_no_plainer_ones(share: float) -> None:
    """It was told as a slow link, and drawn in 16 colours, then in letters."""
    seen, governor = run(
        12_500_000, 10.0, start=LOCAL_BYTES_PER_S, delay_s=0.001, jitter_s=0.3, busy=share
    )
    assert governor.link is not None and governor.link.bytes_per_s > 20 * MBIT
    report = governor.report(10.0)
    assert report.reason == "busy machine"
    assert max(rung for _, rungs in seen.rungs for rung in rungs.values()) <= BUSIEST
    assert {one.look.glyphs for one in report.tiles} == {governor.best.glyphs}
    assert {one.look.depth for one in report.tiles} == {governor.best.depth}


@pytest.mark.parametrize("jitter_s", [0.0, 0.1])
@pytest.mark.parametrize("rate", [0.128 * MBIT, MBIT])
def test_a_slow_link_is_known_on_a_busy_machine_too(rate: float, jitter_s: float) -> None:
    seen, governor = run(rate, 20.0, jitter_s=jitter_s, busy=0.6, motion=2.0)
    assert governor.link is not None
    assert seen.wait_p95(8.0) < 0.15
    if not jitter_s:
        assert governor.link.bytes_per_s == pytest.approx(rate, rel=0.4)
        assert governor.report(20.0).reason == "slow link"


def test_a_slow_link_is_named_at_once_after_a_busy_machine() -> None:
    governor = Governor(Link(LOCAL_BYTES_PER_S, trusted=True))
    link = governor.link
    assert link is not None
    for now_s, waited_ns in ((0.0, 0), (1.0, 900_000_000)):
        link.contention.note(now_s, int(now_s * 1e8), waited_ns)
    governor.show(FOUR)
    governor.draws(1.0, [])
    assert governor.report(1.0).reason == "busy machine"
    link.cap_bytes_per_s = 1000
    for tenth in range(11, 30):
        governor.draws(tenth / 10, [])
    assert governor.report(3.0).reason == "your limit"


def test_an_idle_thread_is_no_busy_machine() -> None:
    contention = Contention()
    for tenth in range(30):
        contention.note(tenth / 10, tenth * 100_000, tenth * 900_000)
    assert not contention.busy
    for tenth in range(30):
        contention.note(3 + tenth / 10, tenth * 30_000_000, tenth * 40_000_000)
    assert contention.busy
    contention.note(9.0, 900_000_000, 1_200_000_000)
    contention.note(10.1, 1_300_000_000, 1_210_000_000)
    assert not contention.busy


def test_down_within_a_second_and_up_after_five() -> None:
    def rate(at_s: float) -> float:
        return 0.2 * MBIT if 20 < at_s < 30 else 10 * MBIT

    seen, _ = run(rate, 45.0)
    assert seen.rung_at(19.9, "p1") == BEST
    assert seen.rung_at(21.5, "p1") > BEST + 2
    assert seen.rung_at(34.0, "p1") > BEST, "up too soon"
    assert seen.rung_at(44.9, "p1") == BEST
    assert seen.wait_p95(22.0) < 0.08


def test_the_delay_of_an_empty_link_can_be_asked_for_before_anything_is_written() -> None:
    """Behind the first screens it took their time for the link's delay, and 16 kB/s for 460."""
    link = Link(REMOTE_BYTES_PER_S)
    assert not link.ping(0.0)
    assert link.ping(0.0, idle=True)
    link.answered(0.08)
    link.wrote(0.1, 40_000)
    assert link.ping(0.1)
    link.answered(2.7)
    assert link.base_s == pytest.approx(0.08)
    assert link.bytes_per_s < REMOTE_BYTES_PER_S / 2


def test_a_link_that_stands_still_gets_nothing() -> None:
    seen, _ = run(lambda at: 1.0 if 15 < at < 18 else 8 * MBIT, 25.0)
    assert seen.bytes_between(15.3, 17.9) == 0
    assert seen.bytes_between(18.5, 25.0) > 0


def test_net_t1_a_cap_is_never_passed() -> None:
    cap = 300_000
    seen, _ = run(8 * MBIT, choice=QualityChoice(max_bits_per_s=cap), motion=3.0)
    for second in range(1, 29):
        assert seen.bytes_between(second, second + 1) <= cap / 8 * 1.05 + 600


def test_a_terminal_that_does_not_answer_gets_the_budget() -> None:
    seen, governor = run(20 * MBIT, answers=False, motion=3.0)
    assert governor.link is not None and governor.link.answers is False
    assert 0.3 < seen.bytes_between(10, 30) / 20 / REMOTE_BYTES_PER_S <= 1.05


def test_what_the_person_chose_is_kept() -> None:
    def last_rungs(quality: PictureQuality) -> set[int]:
        seen, _ = run(8 * MBIT, 8.0, choice=QualityChoice(quality))
        return set(seen.rungs[-1][1].values())

    assert last_rungs(PictureQuality.STILLS) == {STILLS}
    assert min(last_rungs(PictureQuality.LOW)) > BEST
    seen, _ = run(0.5 * MBIT, 8.0, choice=QualityChoice(PictureQuality.HIGH))
    assert set(seen.rungs[-1][1].values()) == {BEST}
    seen, _ = run(8 * MBIT, 8.0, choice=QualityChoice(PictureQuality.AUDIO))
    assert not seen.drawn


def test_it_is_told_once() -> None:
    told = []
    governor = Governor(Link(REMOTE_BYTES_PER_S))
    governor.on_throttle = told.append
    simulate(governor, SimulatedLink(lambda _: 0.2 * MBIT), FOUR, 20.0)
    assert [report.reason for report in told] in (["slow link"], ["SSH limit"])


@pytest.mark.parametrize("cut_short", [0.0, 0.5, 1.0])
def test_what_is_told_is_never_more_than_is_allowed(cut_short: float) -> None:
    """The rest of a picture that was cut short was counted as another one: 19.5 of 15."""
    chance = random.Random(3)
    governor = Governor(None, fps=15.0)
    governor.show(FOUR[:1])
    at_s, pictures, behind = 0.0, 0, False
    while at_s < 10.0:
        at_s += 1 / 30
        now_s = at_s + chance.uniform(0, 0.01)
        if governor.draws(now_s, ["p0"], {"p0"} if behind else ()):
            governor.drew(now_s, "p0", 900, rest=behind)
            pictures += not behind
            behind = not behind and chance.random() < cut_short
        report = governor.report(now_s)
        assert report.fps < 15.4
        assert not tile_words(report.tiles[0], "Ana").startswith("Ana: 16 of")
    assert report.fps == pytest.approx(pictures / 10, abs=0.8)
    still = governor.report(at_s + 5)
    assert still.fps == 0
