"""Properties of the plan and of a tile's way up and down the ladder."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tui.domain.ids import ParticipantId, camera_of
from tui.domain.look import ColourDepth, GlyphSet, Look
from tui.governor.governor import UP_AFTER_S, Governor, _Tile
from tui.governor.ladder import BEST, LADDER, STILLS, look_on
from tui.governor.link import Link
from tui.governor.plan import Cost, Subject, cost_on, plan

looks = st.builds(Look, st.sampled_from(GlyphSet), st.sampled_from(ColourDepth), st.none())
rates = st.floats(0, 1e8)
subjects = st.lists(
    st.builds(Subject, st.uuids().map(str), st.integers(1, 4000), st.booleans()),
    max_size=20,
    unique_by=lambda one: one.stream,
)


@given(subjects, rates, looks, st.integers(BEST, STILLS))
def test_everybody_has_a_rung_and_the_rate_is_kept(
    people: list[Subject], rate: float, best: Look, top: int
) -> None:
    rungs = plan(people, {}, bytes_per_s=rate, best=best, fps=15.0, top=top)
    assert rungs.keys() == {one.stream for one in people}
    assert all(top <= rung <= STILLS for rung in rungs.values())
    cost = sum(cost_on(rungs[one.stream], one, None, best, 15.0) for one in people)
    least = sum(cost_on(STILLS, one, None, best, 15.0) for one in people)
    assert cost <= max(rate, least) * 1.000001


@given(subjects, rates, rates, looks)
def test_more_is_never_worse_for_the_least(
    people: list[Subject], one: float, two: float, best: Look
) -> None:
    low, high = sorted((one, two))
    costs: dict[str, Cost] = {}
    worse = plan(people, costs, bytes_per_s=low, best=best, fps=15.0)
    better = plan(people, costs, bytes_per_s=high, best=best, fps=15.0)
    assert max(better.values(), default=0) <= max(worse.values(), default=0)


@given(st.sampled_from(LADDER), looks)
def test_a_rung_never_asks_for_more_than_the_terminal_has(rung: object, best: Look) -> None:
    order = list(ColourDepth)
    look = look_on(rung, best)
    assert order.index(look.depth) >= order.index(best.depth)
    if best.glyphs is GlyphSet.ASCII:
        assert look.glyphs is GlyphSet.ASCII


def test_every_rung_costs_less_than_the_one_above() -> None:
    one = Subject(camera_of(ParticipantId("ana")), 400)
    costs = [cost_on(rung, one, None, Look(), 15.0) for rung in range(STILLS + 1)]
    assert costs == sorted(costs, reverse=True)


@given(st.lists(st.tuples(st.floats(0.01, 1.0), st.integers(BEST, STILLS)), max_size=80))
def test_down_at_once_and_up_only_after_a_while(steps: list[tuple[float, int]]) -> None:
    tile, now_s = _Tile(), 0.0
    history: list[tuple[float, int]] = []
    for wait_s, target in steps:
        now_s += wait_s
        before = tile.rung
        tile.aim(now_s, target)
        history.append((now_s, target))
        assert tile.rung >= target
        assert tile.rung == max(rung for at, rung in history if at >= now_s - UP_AFTER_S)
        if tile.rung < before:
            assert all(rung < before for at, rung in history if at >= now_s - UP_AFTER_S)


@given(st.lists(st.tuples(st.floats(0.001, 3.0), st.integers(1, 60_000)), max_size=60))
def test_any_history_leaves_the_link_sane(events: list[tuple[float, int]]) -> None:
    link, now_s = Link(), 0.0
    governor = Governor(link)
    governor.show([Subject("a", 300)])
    for number, (wait_s, size) in enumerate(events):
        now_s += wait_s
        link.wrote(now_s, size)
        if number % 2:
            link.ping(now_s)
        elif link.asking:
            link.answered(now_s)
        assert link.bytes_per_s > 0
        assert 0 <= link.room(now_s) <= link.bytes_per_s
        governor.draws(now_s, ["a"])
