"""What works and what does not, told once, with the remedy, and when to try again."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Final

from tui.domain.happenings import DeviceAway, DeviceFailed, DeviceWorks, StateChanged
from tui.domain.media import MediaName, SourceKind
from tui.domain.snapshot import DeviceKind, DeviceState
from tui.domain.text import clean
from tui.session.clock import Clock
from tui.session.outlet import Happened

log = logging.getLogger(__name__)

RETRY_S: Final = (0.0, 1.0, 2.0, 2.0, 5.0)
"""Waits before a failed device is tried again; the last one repeats."""

Away = tuple[DeviceKind, str]
"""A chosen device that is not here."""


class DeviceStates:
    """The state of microphone, speaker and camera.

    Args:
        names: What is chosen now, by kind; looked at, never changed.
        happened: Says what happened to them.
        clock: For retries.
        told_away: Chosen devices of which it was said already that they are not here.
    """

    def __init__(
        self,
        names: Mapping[DeviceKind, MediaName],
        *,
        happened: Happened,
        clock: Clock,
        told_away: Collection[Away] = (),
    ):
        self._told_away = set(told_away)
        self._names = names
        self._happened = happened
        self._clock = clock
        self._states = {
            # The first thing that is done with a microphone is to open it.
            kind: DeviceState(kind, str(name), opening=kind is DeviceKind.MICROPHONE)
            for kind, name in names.items()
        }
        self._retries: dict[DeviceKind, tuple[int, float]] = {}

    def __getitem__(self, kind: DeviceKind) -> DeviceState:
        return self._states[kind]

    @property
    def all(self) -> tuple[DeviceState, ...]:
        """One per kind."""
        return tuple(self._states.values())

    def opens(self, kind: DeviceKind) -> None:
        """A device is about to be opened."""
        if not self._states[kind].opening:
            self._states[kind] = replace(self._states[kind], opening=True)
            self._happened(StateChanged())

    def works(self, kind: DeviceKind, label: str) -> None:
        """A device is open; this is told when it had failed before."""
        recovered = self._states[kind].problem
        self._retries.pop(kind, None)
        self._states[kind] = DeviceState(kind, label)
        self._happened(DeviceWorks(kind, label) if recovered else StateChanged())

    def stands_in(self, kind: DeviceKind, chosen: str, label: str) -> None:
        """The default device works in place of a chosen one that is not here; this is told once."""
        self.works(kind, label)
        chosen = clean(chosen, 60)
        self._states[kind] = replace(self._states[kind], instead_of=chosen)
        told = (kind, chosen) in self._told_away
        self._told_away.add((kind, chosen))
        self._happened(StateChanged() if told else DeviceAway(kind, chosen, label))

    @property
    def told_away(self) -> frozenset[Away]:
        """Chosen devices whose absence was told."""
        return frozenset(self._told_away)

    def closed(self, kind: DeviceKind, label: str) -> None:
        """A device is closed by choice, and is not tried again."""
        self._retries.pop(kind, None)
        self._states[kind] = DeviceState(kind, label, closed=True)
        self._happened(StateChanged())

    def failed(self, kind: DeviceKind, problem: str, remedy: str) -> None:
        """A device can't be used. It is told once and tried again, unless it is the null device."""
        before = self._states[kind]
        if self._names[kind].kind is SourceKind.NULL:
            self._states[kind] = DeviceState(kind, "none")
            self._happened(StateChanged())
            return
        self._states[kind] = replace(before, problem=problem, remedy=remedy, opening=False)
        if kind is not DeviceKind.CAMERA:
            tries = self._retries.get(kind, (0, 0.0))[0]
            wait_s = RETRY_S[min(tries, len(RETRY_S) - 1)]
            self._retries[kind] = (tries + 1, self._clock.monotonic_s() + wait_s)
        if before.problem != problem:
            log.warning("%s: %s", kind, problem)
        # Told once until it works again: "went away", then "none found", is one thing to a person.
        told = bool(before.problem)
        self._happened(StateChanged() if told else DeviceFailed(kind, problem, remedy))

    # ---- trying again
    def chosen_anew(self, kind: DeviceKind) -> None:
        """Another one was chosen."""
        self._retries.pop(kind, None)
        self._states[kind] = replace(self._states[kind], instead_of="")

    def retry_now(self, *kinds: DeviceKind) -> None:
        """Try these, and whatever has failed, at once."""
        now_s = self._clock.monotonic_s()
        self._retries |= dict.fromkeys(kinds, (0, now_s))
        self._retries = {kind: (tries, now_s) for kind, (tries, _) in self._retries.items()}

    def due(self) -> tuple[DeviceKind, ...]:
        """What is to be tried again now."""
        now_s = self._clock.monotonic_s()
        return tuple(kind for kind, (_, due_s) in self._retries.items() if now_s >= due_s)
