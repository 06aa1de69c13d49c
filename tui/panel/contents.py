"""What the panels beside the stage show, fetched when they open."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from tui.domain.actions import BY_ID
from tui.domain.announcements import Category
from tui.domain.commands.call import MarkChatRead, PressButton, ReadCaptions, ReadChat
from tui.domain.commands.own import ListDevices
from tui.domain.device_choice import DeviceInfo
from tui.domain.errors import CallsError
from tui.domain.snapshot import DeviceKind
from tui.front.call_words import tile_name
from tui.front.reply import Reply
from tui.front.switchboard import Switchboard, Wish
from tui.governor.report_words import report_lines
from tui.panel.ui import Ui, Work
from tui.panel.view import CallView

_EVENTS: Final = {
    ("chat", True): ("onChatButtonClicked",),
    ("people", True): ("onParticipantListButtonClicked", "onParticipantListVisible"),
    ("people", False): ("onParticipantListHidden",),
}
"""The event that tells a library user of a panel, by its name and whether it is shown."""


class Contents:
    """Fills the panels of a call.

    Args:
        ui: Who shows it.
        view: Whose panels they are.
        switchboard: Fetches figures.
        latest: Does the newest of a kind of work; one before it that has not ended is given up.
        chat_opened: The chat is seen now.
    """

    def __init__(
        self,
        ui: Ui,
        view: CallView,
        switchboard: Switchboard,
        latest: Callable[[str, Work], None],
        chat_opened: Callable[[], object],
    ) -> None:
        self._ui = ui
        self._view = view
        self._switchboard = switchboard
        self._latest = latest
        self._chat_opened = chat_opened

    def fill(self, name: str) -> None:
        """Fetch what a panel shows; opening the chat counts as reading it."""
        fill: Mapping[str, Work] = {
            "chat": self._read_chat,
            "stats": self._fill_stats,
            "devices": self._fill_devices,
            "captions-panel": self._read_captions,
        }
        if name in fill:
            self._latest(f"fill-{name}", fill[name])

    def tell_shown(self, name: str, *, shown: bool) -> None:
        """Tell library users that a panel was opened or closed."""
        for event in _EVENTS.get((name, shown), ()):
            self._ui.spawn(partial(self._tell_event, event))

    async def _tell_event(self, name: str) -> None:
        with contextlib.suppress(CallsError):  # the call is over: nobody listens
            await self._ui.handle.do(PressButton(name))

    def load_chat(self) -> None:
        """Show what was written before we joined."""
        self._latest("chat-history", self._load_chat)

    async def _load_chat(self) -> None:
        try:
            self._view.chat.load(await self._ui.handle.do(ReadChat()))
        except CallsError as error:
            self._ui.tell(Category.ERROR, error.description)

    async def _read_chat(self) -> None:
        self._chat_opened()
        try:
            await self._ui.handle.do(MarkChatRead())
        except CallsError as error:
            self._ui.tell(Category.ERROR, error.description)

    async def _read_captions(self) -> None:
        try:
            self._view.captions_panel.load(await self._ui.handle.do(ReadCaptions()))
        except CallsError as error:
            self._ui.tell(Category.ERROR, error.description)

    async def _fill_stats(self) -> None:
        try:
            lines = await self._switchboard.fulfil(Wish(BY_ID["panel.stats"]))
        except CallsError as error:
            self._ui.tell(Category.ERROR, error.description)
            return
        names = {person.id: person.name for person in self._ui.snapshot.participants}
        drawn = report_lines(
            self._view.stage.report(),
            lambda stream: tile_name(names.get(stream.participant, ""), stream),
        )
        self._view.show_stats([*(Reply(Category.INFO, text) for text in drawn), *lines])

    async def _fill_devices(self) -> None:
        devices: list[DeviceInfo] = []
        try:
            for kind in DeviceKind:
                devices += await self._ui.handle.do(ListDevices(kind))
        except CallsError as error:
            self._ui.tell(Category.ERROR, error.description)
        self._view.device_panel.choose_from(devices)
