"""Makes the screens that need more than one part of the app: the call, and the green room."""

from __future__ import annotations

from collections.abc import Callable

from textual.geometry import Size

from tui.domain.announcements import Category
from tui.domain.ids import NO_STREAM
from tui.domain.text import clean
from tui.front.green_room import SEALED_WORDS, GreenRoom
from tui.panel.acts import Acts
from tui.panel.call_panel import CallPanel
from tui.panel.surroundings import Surroundings
from tui.screens.app_keys import AppKeys
from tui.screens.app_ui import AppUi
from tui.screens.facts import facts
from tui.screens.green_room import GreenRoomScreen
from tui.screens.looks import Looks
from tui.screens.picker import PickerScreen
from tui.widgets.preview import Preview


class ScreenMaker:
    """See the module.

    Args:
        ui: Tells, asks and holds the session.
        looks: How calls are drawn.
        keys: What is known of the terminal's keys.
        acts: What the app does of the actions.
        whose_sound: Whose devices these are, when that is not obvious.
    """

    def __init__(
        self, ui: AppUi, looks: Looks, keys: AppKeys, acts: Acts, whose_sound: str
    ) -> None:
        self._ui = ui
        self._looks = looks
        self._keys = keys
        self._acts = acts
        self._whose_sound = whose_sound

    def picker(self) -> PickerScreen:
        """Make the screen where a session is picked."""
        return PickerScreen(self._ui.snapshot.user, self._looks.drawing.keys)

    def call(self, label: str, cancel: Callable[[], object]) -> CallPanel:
        """Make the panel of a call.

        Args:
            label: What is being joined.
            cancel: Stops connecting.
        """
        return CallPanel(
            self._ui.handle,
            label=clean(label, 60),
            drawing=self._looks.drawing,
            clock=self._ui.clock,
            sensing=self._keys.sensing,
            whose_sound=self._whose_sound,
            around=Surroundings(self._ui.notices, self._ui.over, self._acts.own, cancel),
        )

    def green_room(self, room: GreenRoom, *, label: str, name: str, size: Size) -> GreenRoomScreen:
        """Make the screen where devices are tried.

        Args:
            room: What is tried and decided.
            label: What is being joined.
            name: What the person is called there, as far as is known.
            size: Of the terminal [cells].
        """
        ui, drawing = self._ui, self._looks.drawing
        return GreenRoomScreen(
            room,
            label=clean(label, 60),
            name=name,
            facts=[
                *((SEALED_WORDS,) if room.sealed else ()),
                *facts(size, drawing.terminal, self._keys.sensing, room.address, self._whose_sound),
            ],
            still=drawing.still,
            preview=Preview(
                picture=lambda: ui.handle.picture(NO_STREAM),
                want_picture=lambda width, height: ui.handle.show_picture(NO_STREAM, width, height),
                look=drawing.look,
            ),
            note=lambda text: ui.notices.tell_shown(Category.INFO, text),
        )
