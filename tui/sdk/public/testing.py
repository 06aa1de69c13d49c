"""cellcall.testing: a call without server, devices or clock, for tests of the app around it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.sdk.testing import *


def __getattr__(name: str) -> object:
    from tui.sdk import testing

    if name == "__all__" or name in testing.__all__:
        return getattr(testing, name)
    raise AttributeError(f"module 'cellcall.testing' has no attribute {name!r}")


def __dir__() -> list[str]:
    from tui.sdk import testing

    return sorted({*globals(), *testing.__all__})
