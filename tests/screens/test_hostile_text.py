"""Foreign text is text: no markup, no control character, no action (SEC-T1)."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.fakes.handle import NOW_MS
from tests.screens.driving import in_call, logged_in, make_app, running, text_of, until
from tui.domain.call_log import LoggedCall
from tui.domain.happenings import Joined, MutedByModerator, Person, SessionEnded
from tui.domain.snapshot import ChatMessage, DeviceKind, DeviceState, EndReason, RunningSession
from tui.domain.text import clean, clean_name
from tui.front.start import StartPlan

HOSTILE = (
    "[/]",
    "[@click=app.quit]x[/]",
    "[red",
    "\x1b]0;owned\x07",
    "\x1b[2J\x1b[31mred",
    "\u202eevil",
    "\u200b\u200b",
    "two\nlines",
    "界" * 60,
    "a" * 10_000,
    "e\u0301\u0301\u0301\u0301\u0301\u0301",
    "👩‍👩‍👧‍👦 family",
    "",
)


@pytest.mark.parametrize("part", [0, 1, 2])
async def test_sec_t1_hostile_text_everywhere_in_a_call(part: int) -> None:
    # The engine cleans what comes in; the front end gets it cleaned, markup and all.
    texts = HOSTILE[part::3]
    handle = logged_in(*(f"p{n}" for n in range(len(texts))))
    app = make_app(handle)
    async with in_call(app, (100, 30), notifications=True) as pilot:
        assert app.call is not None
        for number, text in enumerate(texts):
            name, line = clean_name(text), clean(text, 4000)
            handle.change_participant(
                f"p{number}", name=name, hand_raised_at_ms=number, speaking=True
            )
            handle.change(
                title=name,
                session_id=name,
                dominant_speaker=f"p{number}",
                devices=(DeviceState(DeviceKind.CAMERA, name, line or "broken", line),),
            )
            handle.push(ChatMessage(f"p{number}", name, line, NOW_MS))
            handle.push(Joined(Person(f"id {number}", name, name), 3))
            handle.push(MutedByModerator(line))
            handle.push(SessionEnded(EndReason.LOST, line))
            told = 4 * (number + 1)
            await until(
                pilot, lambda n=told: len(app.notices.event_log.lines()) >= n, "the announcements"
            )
            await pilot.pause()
            assert "\x1b" not in text_of(app)
        for key in ("c", "escape", "p", "e", "s", "escape"):
            await pilot.press(key)
            assert "\x1b" not in text_of(app)
        await pilot.press("tab", "enter")
        assert "\x1b" not in text_of(app)
        await pilot.press("escape", "l")
        assert app.return_value is None
        assert app.is_running


async def test_sec_t1_hostile_text_in_the_lobby() -> None:
    names = [clean_name(text) for text in HOSTILE]
    handle = logged_in()
    handle.running = tuple(RunningSession(name, NOW_MS, (name,) * 6) for name in names)
    handle.log = tuple(LoggedCall(name, NOW_MS - 5000, NOW_MS, (name,)) for name in names)
    app = make_app(handle, StartPlan())
    async with running(app, (80, 60)) as pilot:
        await until(pilot, lambda: "[@click=app.quit]x[/]" in text_of(app), "the lists")
        assert "\x1b" not in text_of(app)
        assert app.is_running


def test_no_widget_is_given_a_formatted_string_as_markup() -> None:
    """`notify(f"{name} joined")` and `Label(f"...")` parse markup unless told not to."""
    root = Path(__file__).parents[2] / "tui"
    wrong = []
    files = [
        root / "app.py",
        root / "bridge.py",
        *root.glob("screens/*.py"),
        *root.glob("widgets/*.py"),
    ]
    for path in files:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            called = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if called not in ("notify", "Label", "Static", "Button", "OptionList"):
                continue
            plain = any(
                key.arg == "markup" and isinstance(key.value, ast.Constant) and not key.value.value
                for key in node.keywords
            )
            content = node.args and ast.unparse(node.args[0]).startswith(("Content", "self."))
            if node.args and not plain and not content:
                wrong.append(f"{path.name}:{node.lineno}")
    assert not wrong
