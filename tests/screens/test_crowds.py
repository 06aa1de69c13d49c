"""Whoever sends a crowd of messages holds nobody's screen up: each costs itself, and no more."""

from __future__ import annotations

import pytest
from textual.content import Content

from tests.fakes.handle import NOW_MS
from tests.screens.driving import in_call, logged_in, make_app, text_of, until
from tui.domain.snapshot import ChatMessage
from tui.widgets import chat_panel, text_panel


async def test_a_message_is_drawn_once_and_the_list_when_it_is_seen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[int] = []
    joined: list[str] = []
    lines_of, text = chat_panel._lines_of, text_panel.LogView._text

    def counted(message: ChatMessage) -> tuple[Content, ...]:
        made.append(message.number)
        return lines_of(message)

    def joining(view: text_panel.LogView) -> Content:
        joined.append(str(view.parent and view.parent.id))
        return text(view)

    monkeypatch.setattr(chat_panel, "_lines_of", counted)
    monkeypatch.setattr(text_panel.LogView, "_text", joining)
    handle = logged_in("Bo Chen")
    app = make_app(handle)
    async with in_call(app, notifications=True) as pilot:
        for number in range(60):
            handle.push(ChatMessage("bo", "Bo Chen", f"hello {number}", NOW_MS, number=number))
        log = app.notices.event_log
        await until(pilot, lambda: "hello 59" in "".join(one.plain for one in log.lines()), "all")
        assert made == list(range(60))
        assert joined == []  # neither the chat nor the list of events is open
        await pilot.press("c")
        await until(pilot, lambda: "hello 59" in text_of(app), "the chat")
        assert set(joined) == {"chat"}
        handle.push(ChatMessage("bo", "Bo Chen", "another", NOW_MS, number=60))
        await until(pilot, lambda: "another" in text_of(app), "one more, in an open chat")
        assert made == list(range(61))
