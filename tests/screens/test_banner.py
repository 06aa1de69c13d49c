"""What the banner says of devices: each cause once, and a command that mends it."""

from __future__ import annotations

from tui.domain.snapshot import DeviceKind, DeviceState, Snapshot
from tui.widgets.banner import device_text

LIBRARY = ("No sound library on this machine.", "sudo apt install libportaudio2")


def said(*wrong: tuple[DeviceKind, str, str]) -> str:
    return device_text(
        Snapshot(
            devices=tuple(DeviceState(kind, "x", problem, mend) for kind, problem, mend in wrong)
        )
    )


def test_nothing_wrong_is_nothing_said() -> None:
    assert said() == said((DeviceKind.CAMERA, "", "")) == ""


def test_one_cause_of_two_problems_is_said_once_with_its_command() -> None:
    assert said((DeviceKind.MICROPHONE, *LIBRARY), (DeviceKind.SPEAKER, *LIBRARY)) == (
        "No sound library on this machine. To fix it: sudo apt install libportaudio2"
    )


def test_beside_another_problem_the_command_stays() -> None:
    text = said(
        (DeviceKind.MICROPHONE, *LIBRARY),
        (DeviceKind.SPEAKER, *LIBRARY),
        (DeviceKind.CAMERA, "No camera found.", "Plug one in."),
    )
    assert text == (
        "No sound library on this machine. To fix it: sudo apt install libportaudio2  "
        "No camera found.  s or :devices shows how to fix it."
    )
