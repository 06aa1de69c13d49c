"""CallPanel: the container that a call is drawn in, in anybody's Textual app.

    with Horizontal():
        yield ListView(id="tickets")
        yield CallPanel(id="call-container")

It is the panel of our own call screen (`tui.panel.call_panel`). It may stand there before a call,
show one after another, and be taken away at any moment: then the call is left.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from textual.message import Message

from tui.domain.errors import CallsError, ErrorCode
from tui.domain.events import SessionEvent
from tui.domain.look import Look
from tui.domain.snapshot import Snapshot
from tui.panel import call_panel
from tui.panel.drawing import Drawing
from tui.ports.handle import Handle
from tui.sdk.engine_line import unix_ms
from tui.sdk.slot import HandleSlot


class CallPanel(call_panel.CallPanel):
    """Where a call is drawn: give it to `Calls.join_session`.

    Size, place and borders are the app's, by its style sheet; colours follow the app's theme. Keys
    act while the panel or something in it has the focus; F1 lists them.

    Args:
        id: The widget's.
        classes: The widget's, separated by spaces.
        fps: Most pictures a second each tile is drawn with.
        look: Glyphs and colours; None: what fits the terminal.
        accessible: One column, words instead of toasts, nothing animated.
    """

    class Event(Message):
        """A documented event came (`on_call_panel_event`)."""

        def __init__(self, name: str, payload: Any) -> None:
            super().__init__()
            self.name = name
            """One of `EVENTS`."""
            self.payload = payload
            """A participant `{pid, name, uid, avatar?}`, a list of them, a layout, or None."""

    def __init__(
        self,
        *,
        id: str | None = None,
        classes: str | None = None,
        fps: float = 15.0,
        look: Look | None = None,
        accessible: bool = False,
    ) -> None:
        self._slot = HandleSlot()
        self._now_ms: Callable[[], int] = unix_ms
        drawing = Drawing(fps=fps, look=look, accessible=accessible)
        super().__init__(self._slot, drawing=drawing, clock=lambda: self._now_ms(), id=id)
        if classes is not None:
            self.add_class(*classes.split())
        self.view.display = False

    # ---- for `Calls`: `tui.ports.container.Container`
    def attach(self, handle: Handle, clock: Callable[[], int]) -> None:
        """Draw what this handle holds from now on; `Calls.join_session` does it.

        Raises:
            CallsError: `VALIDATION_ERROR` when the panel is in no app.
        """
        if not self.is_attached:
            raise CallsError(
                ErrorCode.VALIDATION,
                "container: came as a CallPanel that is in no app yet; yield it in compose, or "
                "mount it, before you join.",
                field="container",
            )
        self._now_ms = clock
        self._slot.put(handle)
        self.view.display = True

    def detach(self) -> None:
        """Draw nothing any more. Idempotent."""
        self._slot.clear()
        self.snapshot = Snapshot()
        self.view.display = False

    def event_came(self, event: SessionEvent) -> None:
        """A documented event came."""
        self.post_message(self.Event(event.name, event.payload))

    def show_panel(self, name: str, *, shown: bool | None) -> None:
        """Show the panel of this name, or put it away; None: the other way."""
        if shown is None or shown is not (self.view.open_panel == name):
            self.view.toggle_panel(name)

    def focus(self, scroll_visible: bool = True) -> CallPanel:
        """Give the call the focus, so that its keys act."""
        self.view.focus(scroll_visible)
        return self

    async def on_unmount(self) -> None:
        """Who sees no call is in none: it is left, and the microphone is closed."""
        await super().on_unmount()
        self._slot.clear()
