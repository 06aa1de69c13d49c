"""The idle rule, second by second."""

from __future__ import annotations

from tui.session.idle import IdleStep, IdleWatch


def steps(watch: IdleWatch, start: int, end: int, *, alone: bool = True) -> dict[int, IdleStep]:
    told = {second: watch.tick(float(second), alone=alone) for second in range(start, end)}
    return {second: step for second, step in told.items() if step is not IdleStep.NOTHING}


def test_a11y_07_prompt_at_60_warnings_and_leaving_180_later() -> None:
    watch = IdleWatch(60, 180)
    assert steps(watch, 0, 241) == {
        60: IdleStep.PROMPT,
        180: IdleStep.WARN,
        210: IdleStep.WARN,
        230: IdleStep.WARN,
        240: IdleStep.LEAVE,
    }


def test_a11y_07_staying_starts_the_wait_again_as_often_as_one_likes() -> None:
    watch = IdleWatch(60, 180)
    for round_ in range(12):
        start = round_ * 100
        assert steps(watch, start, start + 70)[start + 60] is IdleStep.PROMPT
        watch.stay(float(start + 100))
    assert watch.prompted_at_s is None


def test_company_cancels_the_prompt() -> None:
    watch = IdleWatch(60, 180)
    steps(watch, 0, 70)
    assert watch.tick(70.0, alone=False) is IdleStep.CANCEL
    assert steps(watch, 71, 500, alone=False) == {}
    assert steps(watch, 500, 562) == {560: IdleStep.PROMPT}


def test_short_periods_warn_only_below_themselves() -> None:
    watch = IdleWatch(1, 5)
    assert steps(watch, 0, 8) == {1: IdleStep.PROMPT, 6: IdleStep.LEAVE, 7: IdleStep.LEAVE}
