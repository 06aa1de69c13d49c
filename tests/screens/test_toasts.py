"""Which toasts are on the screen."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.notifications import SeverityLevel

from tests.screens.driving import in_call, logged_in, make_app, text_of, until
from tui.front.whose_sound import whose_sound
from tui.panel.toasts import Toasts, ToastShelf, characters_on, most_on

SEVERITIES: tuple[SeverityLevel, ...] = ("information", "warning", "error")


def test_an_error_outlasts_small_talk() -> None:
    toasts = Toasts()
    toasts.add("It broke.", "error", 0)
    assert [one.text for one in toasts.due(2, 0)[1]] == ["It broke."]
    toasts.add("Bo came.", "information", 1)
    assert toasts.due(2, 1)[0] is False
    toasts.add("Cy came.", "information", 2)
    clear, fresh = toasts.due(2, 2)
    assert clear and [one.text for one in fresh] == ["It broke.", "Cy came."]
    assert toasts.due(2, 19.9) == (False, [])
    toasts.add("Di came.", "information", 30)
    clear, fresh = toasts.due(2, 30)
    assert not clear and [one.text for one in fresh] == ["Di came."]


@given(
    st.lists(st.tuples(st.sampled_from(SEVERITIES), st.floats(0, 8), st.booleans()), max_size=20)
)
def test_what_was_put_there_is_what_is_wanted(
    coming: list[tuple[SeverityLevel, float, bool]],
) -> None:
    """Replays on a screen what `due` says, with toasts that go when their time is over."""
    toasts, screen, now_s = Toasts(), [], 0.0
    for number, (severity, waits_s, looks) in enumerate(coming):
        now_s += waits_s
        toasts.add(f"toast {number}", severity, now_s)
        if looks:
            clear, fresh = toasts.due(2, now_s)
            screen = [*([] if clear else [one for one in screen if one.until_s > now_s]), *fresh]
            assert screen == toasts.wanted
            assert len(screen) <= 2
            assert screen[-1].text == f"toast {number}" or severity == "information"


def test_more_room_for_longer_words_and_more_toasts() -> None:
    assert [characters_on(rows) for rows in (6, 12, 24, 67)] == [120, 144, 288, 320]
    assert [most_on(rows) for rows in (12, 23, 24)] == [2, 2, 3]


async def test_joining_over_ssh_says_whose_sound_it_is_amid_everything_else() -> None:
    whose = whose_sound({"SSH_CONNECTION": "1 2 3 4"}, "build7")
    app = make_app(logged_in("Bo Chen"), whose_sound=whose)
    async with in_call(app, notifications=True) as pilot:
        for number in range(5):
            app.ui.toast(f"small talk {number}")
        await until(pilot, lambda: "small talk 4" in text_of(app), "the last one")
        shown = [str(toast.render()) for toast in app.screen.query("Toast")]
        assert shown == [whose, "small talk 3", "small talk 4"]


async def test_toasts_leave_an_open_panel_and_the_banner_alone() -> None:
    app = make_app(logged_in("Bo Chen"))
    async with in_call(app, (100, 30), notifications=True) as pilot:
        await pilot.press("c")
        app.ui.toast("a word of two")
        await until(pilot, lambda: "a word of two" in text_of(app), "the toast")
        assert app.call is not None
        for toast in app.screen.query("Toast"):
            assert not toast.region.overlaps(app.call.chat.region)
        await pilot.press("escape", "escape")
        await until(pilot, lambda: not app.screen.has_class("-panel"), "room for them again")


@pytest.mark.parametrize("columns", [119, 120, 121, 160])
async def test_no_width_cuts_the_last_line_of_a_toast(columns: int) -> None:
    app = make_app(logged_in("Bo Chen"))
    said = (
        "Fewer pictures are drawn (busy machine), so that keys are answered at once. "
        "Press a, or type /quality, to choose."
    )
    async with in_call(app, (columns, 36), notifications=True) as pilot:
        assert app.panel is not None
        app.panel.toast(said)
        await until(pilot, lambda: "choose." in text_of(app), "its end")


def test_a_crowd_of_toasts_is_put_up_together() -> None:
    soon: list[Callable[[], None]] = []
    waiting: list[Callable[[], None]] = []
    put: list[list[str]] = []
    shelf = ToastShelf(
        lambda: 24,
        soon.append,
        lambda _seconds, show: waiting.append(show),
        lambda fresh, _now_s: put.append([one.text for one in fresh]),
        lambda: None,
    )
    for number in range(200):
        shelf.add(f"toast {number}", "information")
        while soon:
            soon.pop()()
    assert 4 < len(put) < 20
    assert len(waiting) == 1  # whatever comes, one of them
    waiting.pop()()
    assert put[-1] == ["toast 197", "toast 198", "toast 199"]
    shelf.add("toast 200", "error")
    for show in (*soon, *waiting):
        show()
    assert put[-1][-1] == "toast 200"


async def test_toasts_that_made_room_for_others_leave_no_rows_behind() -> None:
    app = make_app(logged_in("Bo Chen"))
    async with in_call(app, notifications=True) as pilot:
        for number in range(12):
            app.ui.toast(f"small talk {number}")
            await until(pilot, lambda n=number: f"small talk {n}" in text_of(app), "it")
        tops = [toast.region.y for toast in app.screen.query("Toast")]
        assert tops == [2, 4, 6]
        assert len(app.screen.query("ToastHolder")) == 3


async def test_a_toast_is_drawn_once_on_the_screen_on_top() -> None:
    app = make_app(logged_in("Bo Chen"))
    async with in_call(app, (120, 36), notifications=True) as pilot:
        app.ui.toast("Bo Chen wrote")
        await until(pilot, lambda: text_of(app).count("Bo Chen wrote") == 1, "the toast")
        below = app.screen
        await pilot.press("l")
        await until(pilot, lambda: "Leave Standup?" in text_of(app), "the question")
        await until(pilot, lambda: text_of(app).count("Bo Chen wrote") == 1, "it, on top")
        assert not [one for one in below.query("Toast") if one.region]
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is below, "the call")
        await until(pilot, lambda: text_of(app).count("Bo Chen wrote") == 1, "it is still due")


@pytest.mark.parametrize(
    ("key", "shows", "size"),
    [
        ("question_mark", "Esc closes", (80, 24)),
        ("ctrl+p", "Search for commands", (80, 24)),
        ("l", "l Leave", (40, 12)),
        ("l", "l Leave", (60, 24)),
        ("l", "l Leave", (80, 24)),
    ],
)
async def test_no_toast_hides_words_of_a_card_without_room_beside_it(
    key: str, shows: str, size: tuple[int, int]
) -> None:
    app = make_app(logged_in("Bo Chen"))
    async with in_call(app, size, notifications=True) as pilot:
        await pilot.press(key)
        await until(pilot, lambda: shows in text_of(app), "the card")
        app.ui.toast("Bo Chen wrote")
        await until(pilot, lambda: app.screen.query("Toast"), "the toast, which is not shown")
        await pilot.pause()
        assert "Bo Chen wrote" not in text_of(app)
        await pilot.press("escape")
        await until(pilot, lambda: "Bo Chen wrote" in text_of(app), "it, now that there is room")
