"""The linear front end: one event, one line."""

from tui.linear.front_end import LinearFrontEnd
from tui.linear.keyboard import StdinKeyboard
from tui.linear.supplies import LinearSupplies

__all__ = ["LinearFrontEnd", "LinearSupplies", "StdinKeyboard"]
