"""What callers pass in, checked before anything happens."""

from __future__ import annotations

from tui.domain.errors import CallsError, ErrorCode
from tui.domain.settings import REGIONS, AppSettings
from tui.domain.snapshot import DeviceKind
from tui.domain.text import clean
from tui.wire.address import read_address


def check_app(settings: AppSettings) -> None:
    """`VALIDATION_ERROR` naming the field that is wrong."""
    if not settings.app_id.strip():
        raise CallsError(
            ErrorCode.VALIDATION, "appId: came empty; expected the app's ID.", field="appId"
        )
    if not settings.server and settings.region.lower() not in REGIONS:
        raise CallsError(
            ErrorCode.VALIDATION,
            f"region: came as {clean(settings.region, 20)!r}; allowed: {', '.join(REGIONS)}.",
            field="region",
        )
    for name in ("server", "admin_host", "client_host", "host"):
        value = getattr(settings, name)
        if value:
            read_address(value, what=name, field=name)


def device_kind(kind: str) -> DeviceKind:
    """The kind a word means, or `VALIDATION_ERROR`."""
    try:
        return DeviceKind(kind)
    except ValueError:
        raise CallsError(
            ErrorCode.VALIDATION,
            f"kind: came as {clean(kind, 20)!r}; allowed: microphone, speaker, camera.",
            field="kind",
        ) from None
