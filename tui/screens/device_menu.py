"""The numbered menu of the devices there are of one kind."""

from __future__ import annotations

from collections.abc import Sequence

from tui.domain.device_choice import DeviceInfo
from tui.domain.snapshot import DeviceKind
from tui.domain.text import clean
from tui.front.green_room import NOTHING
from tui.panel.dialog import Choice, Dialog


class DeviceMenu:
    """What can be chosen, the default first and none last.

    Args:
        kind: Of the devices.
        chosen: The source name chosen now; it is in the menu even when no such device is here.
        devices: What this machine has.
    """

    def __init__(self, kind: DeviceKind, chosen: str, devices: Sequence[DeviceInfo]):
        shown = {"default": "Default"} | {one.device_id: one.label for one in devices}
        if chosen not in (*shown, *NOTHING):
            shown[chosen] = clean(chosen, 60)
        shown["null"] = "None"
        self._names = list(shown)
        choices = [
            Choice(
                str(number),
                f"{label} (chosen)" if name == chosen else label,
                str(number) if number < 10 else "",
            )
            for number, (name, label) in enumerate(shown.items(), 1)
        ]
        self.card = Dialog(
            kind.capitalize(),
            "Which one?",
            [*choices, Choice("", "Back", "b")],
            safe="",
            one_below_another=True,
        )

    def named(self, answer: str) -> str:
        """The source name that an answer of the card means."""
        return self._names[int(answer) - 1]
