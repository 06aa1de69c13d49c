"""The sessions to choose from: running and recent ones, as the service lists them in the picker."""

from __future__ import annotations

from tui.domain.announcements import Category
from tui.domain.call_log import LoggedCall
from tui.domain.commands.account import ListCalls, ListRunning
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.settings import AppSettings
from tui.domain.snapshot import RunningSession
from tui.front.start import JoinTarget, read_and_meet
from tui.screens.app_ui import AppUi
from tui.screens.picker import PickerScreen
from tui.screens.shown import Shown


class Sessions:
    """Fills the picker while it is shown, and reads what is typed there.

    Args:
        ui: Tells, and holds the session.
        shown: Which screen there is.
    """

    def __init__(self, ui: AppUi, shown: Shown) -> None:
        self._ui = ui
        self._shown = shown

    @property
    def _picker(self) -> PickerScreen | None:
        base = self._shown.base
        return base if isinstance(base, PickerScreen) else None

    async def refresh(self) -> None:
        """Ask the service for running and recent sessions."""
        running: tuple[RunningSession, ...] = ()
        recent: tuple[LoggedCall, ...] = ()
        no_list = ""
        try:
            running = await self._ui.handle.do(ListRunning())
        except CallsError as error:  # CometChat's cloud has no such list, and a log all the same
            no_list = error.description
            if error.code != ErrorCode.NOT_SUPPORTED:
                self._ui.tell(Category.ERROR, no_list)
        try:
            recent = (await self._ui.handle.do(ListCalls())).calls
        except CallsError as error:
            self._ui.tell(Category.ERROR, error.description)
        if self._picker is not None:
            self._picker.list_sessions(running, recent, now_ms=self._ui.clock(), no_list=no_list)

    async def meant(self, text: str, app: AppSettings) -> JoinTarget | None:
        """What an ID, a link or a number of the list means; None: nothing, and it was said."""
        if self._picker is not None and text.isdecimal():
            text = self._picker.numbered(int(text)) or text
        try:
            return await read_and_meet(self._ui.handle, text, app)
        except CallsError as error:
            self.refuse(error)
            return None

    def refuse(self, error: CallsError) -> None:
        """Say in the picker why nothing is joined."""
        if self._picker is not None:
            self._picker.refuse(error.description)
