"""Whether the terminal keeps up: what waits in the driver's writer thread, and when it answers.

Textual hands every update to a thread that writes it to the terminal. A frame is worth drawing
only when that thread has nothing left, else frames queue and a key is answered late. The queue is
a private name of Textual, so it is read here alone; when a release moves it, `backlog` says None,
frames are drawn ungated, and a test fails.
"""

from __future__ import annotations

from queue import Queue
from typing import Any

from textual.app import App

from tui.governor.link import QUERY, Link


def writer_of(app: App[Any]) -> object | None:
    """The object that writes for `app` right now: another one after a suspend."""
    return getattr(app._driver, "_writer_thread", None)


def backlog(app: App[Any]) -> int | None:
    """Writes that wait for the terminal; None when this cannot be known (tests, web)."""
    queue = getattr(writer_of(app), "_queue", None)
    return queue.qsize() if isinstance(queue, Queue) else None


def frames_wanted(app: App[Any]) -> bool:
    """True when the terminal took everything drawn so far.

    One frame may still be inside the writer's blocking call, so at most that one and the next
    are ever under way.
    """
    return not backlog(app)


def link_of(app: App[Any]) -> Link | None:
    """What is known of the way to the terminal; None without a driver that learns it."""
    link = getattr(app._driver, "link", None)
    return link if isinstance(link, Link) else None


def ask_terminal(app: App[Any], now_s: float) -> None:
    """Ask whether everything written so far has arrived, unless that was asked already."""
    link, driver = link_of(app), app._driver
    if link is not None and driver is not None and link.ping(now_s):
        driver.write(QUERY)
