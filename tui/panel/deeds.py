"""The part of the app that performs actions on the handle, and fills panels from it."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from functools import partial

from textual import on
from textual.content import Content

from tui.commands import Line, Switchboard, Wish
from tui.domain.actions import BY_ID
from tui.domain.announcements import Category
from tui.domain.commands.call import MarkChatRead, PressButton
from tui.domain.commands.own import ListDevices
from tui.domain.device_choice import DeviceInfo
from tui.domain.errors import CallsError
from tui.domain.snapshot import DeviceKind
from tui.governor.words import report_lines
from tui.panel.call import CallScreen
from tui.panel.help import TextScreen
from tui.panel.notices import AnnouncingApp

_SHORT_ANSWER_LINES = 2
_PANEL_EVENTS = {
    ("chat", True): ("onChatButtonClicked",),
    ("people", True): ("onParticipantListButtonClicked", "onParticipantListVisible"),
    ("people", False): ("onParticipantListHidden",),
}
"""What a library user hears of a panel, by its name and whether it is shown."""
Work = Callable[[], Coroutine[None, None, None]]


class PerformingApp(AnnouncingApp):
    """Wishes are fulfilled by workers; what goes wrong is announced."""

    def set_up_performing(self, whose_sound: str) -> None:
        """Begin with nothing under way."""
        self.whose_sound = whose_sound
        """Whose devices these are, when that is not obvious."""
        self.switchboard = Switchboard(
            lambda: self.handle,
            now_ms=lambda: self.clock(),
            say=lambda line: self.tell_lines([line]),
            whose_sound=whose_sound,
        )

    async def begin_recording(self) -> None:
        """A microphone that is off before a call is opened to be tried out."""

    def end_recording(self) -> None:
        """It is closed again."""

    @contextlib.asynccontextmanager
    async def _recording(self) -> AsyncIterator[None]:
        try:
            await self.begin_recording()
            yield
        finally:
            self.end_recording()

    def fulfil(self, wish: Wish) -> None:
        """Do it in the background; say what it answers."""
        within = self._recording() if wish.action.id == "sound.record" else None
        lines = self.switchboard.fulfil(wish, within=within)
        self.spawn(lambda: self._tell_answer(wish, lines))

    def spawn(self, deed: Work) -> None:
        """Do something that waits; it ends with the app."""
        self.run_worker(deed(), group="deeds")

    async def _tell_answer(self, wish: Wish, fulfilled: Awaitable[list[Line]]) -> None:
        try:
            lines = await fulfilled
        except CallsError as error:
            self.tell(Category.ERROR, error.description)
            return
        if wish.action.id == "invite.copy" and self.snapshot.invite:
            self.copy_to_clipboard(self.snapshot.invite)
        if len(lines) <= _SHORT_ANSWER_LINES:
            self.tell_lines(lines)
        else:
            texts = [line.text for line in lines]
            for line in lines:
                self.note(line.category, line.text)
            self._read("Answer", texts)

    def _read(self, title: str, texts: list[str]) -> None:
        self.push_screen(TextScreen(title, [Content(text) for text in texts]))

    # ---- panels
    @on(CallScreen.PanelOpened)
    def _panel_opened(self, event: CallScreen.PanelOpened) -> None:
        self.fill_panel(event.name)

    @on(CallScreen.PanelShown)
    def _panel_shown(self, event: CallScreen.PanelShown) -> None:
        for name in _PANEL_EVENTS.get((event.name, event.shown), ()):
            self.spawn(partial(self._tell_event, name))

    async def _tell_event(self, name: str) -> None:
        with contextlib.suppress(CallsError):  # the call is over: nobody listens
            await self.handle.do(PressButton(name))

    def fill_panel(self, name: str) -> None:
        """Fetch what a panel shows; opening the chat counts as reading it."""
        fill: Mapping[str, Work] = {
            "chat": self._read_chat,
            "stats": self._fill_stats,
            "devices": self._fill_devices,
        }
        if name in fill:
            self.run_worker(fill[name](), group=f"fill-{name}", exclusive=True)

    async def _read_chat(self) -> None:
        self.clear_notifications()
        try:
            await self.handle.do(MarkChatRead())
        except CallsError as error:
            self.tell(Category.ERROR, error.description)

    async def _fill_stats(self) -> None:
        try:
            lines = await self.switchboard.fulfil(Wish(BY_ID["panel.stats"]))
        except CallsError as error:
            self.tell(Category.ERROR, error.description)
            return
        call = self.call
        if call is None:
            return
        names = {person.id: person.name for person in self.snapshot.participants}
        drawn = report_lines(call.stage.report(), lambda uid: names.get(uid, uid))
        call.show_stats([*(Line(Category.INFO, text) for text in drawn), *lines])

    async def _fill_devices(self) -> None:
        devices: list[DeviceInfo] = []
        try:
            for kind in DeviceKind:
                devices += await self.handle.do(ListDevices(kind))
        except CallsError as error:
            self.tell(Category.ERROR, error.description)
        if self.call is not None:
            self.call.device_panel.choose_from(devices)
