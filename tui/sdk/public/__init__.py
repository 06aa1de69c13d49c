"""cellcall: video calls for Textual apps and programs, in the manner of the Calls SDK v5.

    from cellcall import CallPanel, Calls, CallsError

This folder is what gets installed as `cellcall`; every name comes from `tui.sdk`, when it is first
asked for. The trap: an editable install copies the folder, so a name written down here would be
one that is missing until the next install. Nothing is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.sdk import *


def __getattr__(name: str) -> object:
    from tui import sdk

    if name == "__all__" or name in sdk.__all__:
        return getattr(sdk, name)
    raise AttributeError(f"module 'cellcall' has no attribute {name!r}")


def __dir__() -> list[str]:
    from tui import sdk

    return sorted({*globals(), *sdk.__all__})
