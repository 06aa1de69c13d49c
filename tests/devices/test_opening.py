"""Devices that never answer, and those that answer too late."""

from __future__ import annotations

import threading

import pytest

from tui.devices import portaudio
from tui.devices.opening import open_within
from tui.domain.snapshot import DeviceKind
from tui.ports.devices import DeviceUnavailable

SILENT = DeviceUnavailable("It does not answer.", "Start it again.")


def test_what_opens_is_given_and_what_refuses_is_raised() -> None:
    assert open_within(lambda: 7, lambda _opened: None, silent=SILENT) == 7
    with pytest.raises(DeviceUnavailable, match="busy"):
        open_within(_refuse, lambda _opened: None, silent=SILENT)


def _refuse() -> int:
    raise DeviceUnavailable("It is busy.", "Wait.")


def test_what_opens_too_late_is_closed_again() -> None:
    answers, closed = threading.Event(), threading.Event()
    late: list[int] = []

    def opens() -> int:
        answers.wait(10)
        return 7

    def close(opened: int) -> None:
        late.append(opened)
        closed.set()

    with pytest.raises(DeviceUnavailable, match="does not answer"):
        open_within(opens, close, silent=SILENT, within_s=0.05)
    assert not late
    answers.set()
    assert closed.wait(10)
    assert late == [7]


def test_a_call_that_never_returns_stops_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portaudio, "_TURN_S", 0.05)
    monkeypatch.setenv("PULSE_SERVER", "tcp:far.test")
    taken, done = threading.Event(), threading.Event()

    def hold() -> None:
        with portaudio._lock:
            taken.set()
            done.wait(10)

    threading.Thread(target=hold).start()
    try:
        assert taken.wait(10)
        with (
            pytest.raises(DeviceUnavailable, match=r"far\.test does not answer"),
            portaudio._turn(DeviceKind.MICROPHONE),
        ):
            pass
    finally:
        done.set()
