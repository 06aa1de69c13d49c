"""What hears the handle for a call in somebody else's app, and announces aloud there.

In an app of ours the app does both, for its other screens too.
"""

from __future__ import annotations

from typing import Protocol

from textual import on
from textual.widget import Widget

from tui.bridge import (
    AnnouncementCame,
    CaptionCame,
    ChatCame,
    EngineLeft,
    LevelsCame,
    SnapshotCame,
    relay,
)
from tui.domain.announcements import Category, Priority
from tui.domain.captions import Caption
from tui.domain.snapshot import ChatMessage, Levels
from tui.panel.notices import Notices
from tui.panel.ui import Ui
from tui.panel.voice import Voice


class FollowsCall(Ui, Protocol):
    """What the ear tells: the panel."""

    notices: Notices

    def follow(self) -> None:
        """There is a newer snapshot."""

    def follow_levels(self, levels: Levels) -> None:
        """So loud is everybody now."""

    def follow_chat(self, chat: ChatMessage) -> None:
        """Somebody wrote."""

    def follow_caption(self, caption: Caption) -> None:
        """Words of somebody's are final."""


class Ear(Widget):
    """Hears until it is removed; nothing is seen of it.

    Args:
        panel: Is told.
    """

    def __init__(self, panel: FollowsCall) -> None:
        super().__init__()
        self.display = False
        self._panel = panel
        self._voice = Voice(self, panel.notices, lambda: panel.handle)

    def on_mount(self) -> None:
        """Hear, and speak, from now on."""
        self._voice.begin(self.app.bell)
        self.run_worker(relay(self._panel.handle, self, self._panel.clock), group="relay")

    async def on_unmount(self) -> None:
        """Be silent."""
        await self._voice.end()

    @on(SnapshotCame)
    def _snapshot_came(self, event: SnapshotCame) -> None:
        event.stop()
        self._panel.follow()

    @on(LevelsCame)
    def _levels_came(self, event: LevelsCame) -> None:
        event.stop()
        self._panel.follow_levels(event.levels)

    @on(AnnouncementCame)
    def _announcement_came(self, event: AnnouncementCame) -> None:
        event.stop()
        self._panel.notices.announce(event.announcement)

    @on(ChatCame)
    def _chat_came(self, event: ChatCame) -> None:
        event.stop()
        self._panel.follow_chat(event.chat)

    @on(CaptionCame)
    def _caption_came(self, event: CaptionCame) -> None:
        event.stop()
        self._panel.follow_caption(event.caption)

    @on(EngineLeft)
    def _engine_left(self, event: EngineLeft) -> None:
        event.stop()
        told = f"The call engine stopped. {event.text}"
        self._panel.tell(Category.ERROR, told, Priority.URGENT)
