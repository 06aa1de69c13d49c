"""The banner: one thing that must stay visible until it is over or dismissed (spec ux 3.5, 6.4)."""

from __future__ import annotations

from rich.cells import cell_len
from textual.content import Content
from textual.widgets import Static

from tui.domain.snapshot import Phase, Snapshot
from tui.domain.wording import is_command, with_remedy


def reconnect_text(snapshot: Snapshot) -> str:
    """What is going on while the connection is away."""
    attempt = f" (attempt {snapshot.reconnect_attempt})" if snapshot.reconnect_attempt > 1 else ""
    return f"Connection lost. Trying again{attempt}. Nobody hears you."


def device_text(snapshot: Snapshot) -> str:
    """What is wrong with our devices and what mends it; empty when all work."""
    # One cause may be behind several devices: without PortAudio, no microphone and no speaker.
    wrong = {device.problem: device.remedy for device in snapshot.devices if device.problem}
    # A command that one can copy is said even beside other problems.
    told = [
        with_remedy(problem, remedy if len(wrong) == 1 or is_command(remedy) else "")
        for problem, remedy in wrong.items()
    ]
    if len(wrong) > 1:
        told.append("s or :devices shows how to fix it.")
    return "  ".join(told)


def device_brief(snapshot: Snapshot) -> str:
    """`device_text` for a row of 20 cells: what to press."""
    count = sum(bool(device.problem) for device in snapshot.devices)
    return "" if not count else "s: device fails" if count == 1 else "s: devices fail"


class Banner(Static):
    """Hidden while silent. A lost connection goes before a request, that before a device."""

    DEFAULT_CSS = """
    Banner { height: auto; max-height: 3; display: none; }
    Banner.-said { display: block; }
    """

    def __init__(self) -> None:
        super().__init__(markup=False)
        self.text = ""
        self._of_devices = False
        """Whether it is about devices now, and may be said in brief."""
        self._asked: list[str] = []
        self._devices = ""
        self._brief = self._elapsed = ""
        self._dismissed = ""
        self._columns = 0

    def show(self, snapshot: Snapshot) -> None:
        """Follow the call."""
        self._devices, self._brief = device_text(snapshot), device_brief(snapshot)
        self._update(snapshot.phase, reconnect_text(snapshot))

    def elapsed(self, words: str) -> None:
        """How long the connection has been lost."""
        if self.has_class("-lost") and words != self._elapsed:
            self._elapsed = words
            self._draw()

    def ask(self, text: str) -> None:
        """Something urgent a person must see; each stays until it is dismissed."""
        if text not in self._asked:
            self._asked.append(text)
        self._update(None, "")

    def dismiss(self) -> bool:
        """Put away what can be put away; says whether there was anything."""
        if self.has_class("-lost") or not self.text:
            return False
        if self._asked:
            self._asked.pop(0)
        else:
            self._dismissed = self._devices
        self._update(None, "")
        return True

    def _update(self, phase: Phase | None, lost: str) -> None:
        if phase is not None:
            self.set_class(phase is Phase.RECONNECTING, "-lost")
        self._of_devices = False
        if self.has_class("-lost"):
            text = lost or self.text
        elif self._asked:
            more = len(self._asked) - 1
            closes = f"Esc closes this. {more} more." if more else "Esc closes this."
            text = f"{self._asked[0]}   {closes}"
        elif self._devices and self._devices != self._dismissed:
            self._of_devices = True
            text = f"{self._devices}   Esc closes this."
        else:
            text = ""
        self.set_class(bool(text), "-said")
        if text != self.text:
            self.text = text
            self._draw()

    def squeeze(self, columns: int) -> None:
        """Say less where there is one row only.

        Args:
            columns: Cells of that row; 0 where there is more room.
        """
        if columns != self._columns:
            self._columns = columns
            self._draw()

    def _draw(self) -> None:
        brief = self._of_devices and 0 < self._columns < cell_len(self._devices)
        since = self._elapsed if self.has_class("-lost") else ""
        self.update(Content(f"! {self._brief if brief else self.text}{since}"))
