"""The devices: what is used, what is wrong with it and what mends it, what else there is."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tui.domain.device_choice import DeviceInfo
from tui.domain.snapshot import DeviceKind, Snapshot
from tui.domain.wording import away_words
from tui.widgets.act import Act
from tui.widgets.legible import legible
from tui.widgets.text_panel import Panel


class DevicePanel(Panel):
    """Enter on a row uses that device; `>` marks those in use."""

    DEFAULT_CSS = """
    DevicePanel > #in-use { height: auto; }
    """

    def __init__(self, *, terminal: str = "") -> None:
        super().__init__("Devices", id="devices")
        self.terminal = terminal
        """What pictures are drawn on, in a sentence; empty: not told."""
        self._in_use = Static(id="in-use", markup=False)
        self.rows = OptionList(markup=False, compact=True)
        self._devices: list[DeviceInfo] = []
        self._used: set[tuple[DeviceKind, str]] = set()

    def compose(self) -> ComposeResult:
        """Title, what is used, what to choose."""
        yield from super().compose()
        yield self._in_use
        yield self.rows

    def focus_first(self) -> None:
        """The rows."""
        self.rows.focus()

    def show(self, snapshot: Snapshot) -> None:
        """What is used now."""
        lines: list[Content] = []
        used = {(device.kind, device.label) for device in snapshot.devices}
        if used != self._used:
            self._used = used
            self._draw_rows()
        for device in snapshot.devices:
            state = " (closed)" if device.closed else " (opening)" if device.opening else ""
            label = (device.label or "none") + state
            lines.append(Content.assemble((f"{device.kind.capitalize()}: ", "bold"), label))
            if away := away_words(device):
                lines.append(Content(f"  {away}"))
            if device.problem:
                lines.append(
                    Content.assemble(
                        ("  Problem: ", legible(self, "bold $text-warning")), device.problem
                    )
                )
            if device.remedy:
                lines.append(Content.assemble(("  To fix it: ", "bold"), device.remedy))
        lines = lines or [Content("No devices in use.")]
        if self.terminal:
            lines.append(Content.assemble(("Terminal: ", "bold"), self.terminal))
        self._in_use.update(Content("\n").join(lines))

    def choose_from(self, devices: list[DeviceInfo]) -> None:
        """What this machine has."""
        self._devices = devices
        self._draw_rows()

    def _draw_rows(self) -> None:
        index = self.rows.highlighted
        self.rows.clear_options()
        if not self._devices:
            self.rows.add_option(Option(Content("No devices found."), disabled=True))
        for device in self._devices:
            used = (device.kind, device.label) in self._used
            row = f"{'> ' if used else '  '}{device.kind.capitalize()}: {device.label}"
            self.rows.add_option(Option(Content(row)))
        if self._devices:
            self.rows.highlighted = min(index or 0, len(self._devices) - 1)

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        device = self._devices[event.option_index]
        self.post_message(Act("device.choose", f"{device.kind} {device.label}"))
