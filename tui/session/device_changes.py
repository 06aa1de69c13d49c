"""What changed between two lists of devices, in words, and what it means for the one in use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tui.domain.device_choice import DeviceInfo
from tui.domain.snapshot import DeviceKind
from tui.domain.text import clean


@dataclass(frozen=True, slots=True)
class Change:
    """What to tell and to do about one kind of device."""

    texts: tuple[str, ...] = ()
    reopen: bool = False
    """The one in use is another one now, or the wanted one is back."""


def changes(
    kind: DeviceKind,
    before: Sequence[DeviceInfo],
    after: Sequence[DeviceInfo],
    *,
    wanted: str,
    elsewhere: bool,
) -> Change:
    """Compare two lists of one kind.

    Args:
        kind: Of all of them.
        before: What was there.
        after: What is there.
        wanted: Name of the chosen one; empty: the default one.
        elsewhere: The chosen one was not there, so another one is in use.
    """
    old = {one.device_id: one for one in before}
    new = {one.device_id: one for one in after}
    came = [one for name, one in new.items() if name not in old]
    went = [one for name, one in old.items() if name not in new]
    texts = [f"New {kind}: {one.label}." for one in came if not is_named(one, wanted)]
    reopen = False
    if kind is DeviceKind.CAMERA:
        # One that goes ends by itself, and whichever comes first in the list is not looked through.
        reopen = elsewhere and any(is_named(one, wanted) for one in came)
        texts += [f"Camera gone: {one.label}." for one in went]
    elif wanted:
        reopen = elsewhere and any(is_named(one, wanted) for one in came)
        for one in went:
            if is_named(one, wanted):
                reopen = True
            else:
                texts.append(f"{kind.capitalize()} gone: {one.label}.")
    else:
        first, now = _default(before), _default(after)
        texts += [f"{kind.capitalize()} gone: {one.label}." for one in went]
        if now is not None and first is not None and now.device_id != first.device_id:
            reopen = True
            texts.append(f"The {kind} is now {now.label}.")
    return Change(tuple(clean(text) for text in texts), reopen)


def is_named(one: DeviceInfo, wanted: str) -> bool:
    """Whether a device is the one somebody wants by ID, label or part of it."""
    return bool(wanted) and (wanted == one.device_id or wanted.casefold() in one.label.casefold())


def _default(devices: Sequence[DeviceInfo]) -> DeviceInfo | None:
    return next((one for one in devices if one.is_default), None)
