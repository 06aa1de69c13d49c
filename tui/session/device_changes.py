"""What changed between two lists of devices, and what that means for the one in use."""

from __future__ import annotations

from collections.abc import Sequence

from tui.domain.device_choice import DeviceInfo
from tui.domain.frozen import dataclass
from tui.domain.happenings import DefaultDeviceChanged, DeviceCame, DeviceGone
from tui.domain.snapshot import DeviceKind
from tui.domain.text import clean

DeviceHappening = DeviceCame | DeviceGone | DefaultDeviceChanged


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to devices of one kind, and what to do about it."""

    happenings: tuple[DeviceHappening, ...] = ()
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
    told: list[DeviceHappening] = [
        DeviceCame(kind, clean(one.label)) for one in came if not is_named(one, wanted)
    ]
    back = elsewhere and any(is_named(one, wanted) for one in came)
    lost = [one for one in went if is_named(one, wanted)]
    if kind is DeviceKind.CAMERA:
        # A camera that goes away ends by itself, and the first one of the list is no default.
        told += [DeviceGone(kind, clean(one.label)) for one in went]
        return Change(tuple(told), reopen=back)
    told += [DeviceGone(kind, clean(one.label)) for one in went if one not in lost]
    if wanted:
        return Change(tuple(told), reopen=back or bool(lost))
    first, now = _default(before), _default(after)
    moved = now is not None and first is not None and now.device_id != first.device_id
    if moved and now is not None:
        told.append(DefaultDeviceChanged(kind, clean(now.label)))
    return Change(tuple(told), reopen=moved)


def is_named(one: DeviceInfo, wanted: str) -> bool:
    """Whether a device is the one somebody wants by ID, label or part of it."""
    return bool(wanted) and (wanted == one.device_id or wanted.casefold() in one.label.casefold())


def _default(devices: Sequence[DeviceInfo]) -> DeviceInfo | None:
    return next((one for one in devices if one.is_default), None)
