"""A person in a browser: the page of a join link in a headless one, pressed and read."""

from __future__ import annotations

import itertools
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .child import Child, ChildFailed
from .namespace import NetworkNamespace
from .peers import HERE, node_modules, web_environment

Seen = dict[str, Any]
"""What is on the page: state, missing, tiles, sounds, chat, buttons, and so on; see `guest.mjs`."""


class GuestPage:
    """One browser with one page open."""

    def __init__(self, child: Child):
        self.child = child
        self._ids = itertools.count()

    @classmethod
    def open(
        cls,
        namespace: NetworkNamespace,
        link: str,
        folder: Path,
        *,
        name: str = "guest",
        **options: Any,
    ) -> GuestPage:
        """Open `link`; `options` go to the browser (`permissions`, `flags`)."""
        command = ("node", str(HERE / "web" / "guest.mjs"), link, json.dumps(options))
        child = Child(
            namespace.command(*command), log=folder / f"{name}.log", environment=web_environment()
        )
        return cls(child)

    @classmethod
    def in_firefox(cls, namespace: NetworkNamespace, link: str, folder: Path) -> GuestPage:
        """Open `link` in Firefox, which `do("open", link=...)` takes elsewhere later."""
        command = ("node", str(HERE / "web" / "firefox.mjs"), link)
        environment = {**web_environment(), "CELLCALL_FIREFOX": str(firefox())}
        child = Child(
            namespace.command(*command), log=folder / "firefox.log", environment=environment
        )
        return cls(child)

    @property
    def opened(self) -> dict[str, Any]:
        """Status and headers of the page."""
        line: dict[str, Any] = self.child.wait_for(_is("opened"), "page", 60)
        return line

    def told(self, event: str) -> list[dict[str, Any]]:
        """All lines of this kind so far."""
        return [line for line in self.child.lines if _is(event)(line)]

    def wait_to_see(self, wanted: Callable[[Seen], bool], what: str, timeout_s: float = 30) -> Seen:
        """The first look from now on that is as `wanted`."""
        since = len(self.child.lines)
        try:
            line: Seen = self.child.wait_for(
                lambda line: _is("page")(line) and wanted(line), what, timeout_s, since=since
            )
        except ChildFailed as failure:
            looks = self.told("page")
            raise ChildFailed(f"{failure}\nlast seen: {looks[-1] if looks else None}") from None
        return line

    def tile(self, name: str, seen: Seen) -> dict[str, Any] | None:
        """The tile whose words begin with `name`."""
        return next((one for one in seen["tiles"] if one["text"].startswith(name)), None)

    def do(self, op: str, **more: Any) -> None:
        """Press, type or look as `guest.mjs` knows it.

        Raises:
            ChildFailed: It could not be done.
        """
        number = next(self._ids)
        self.child.send(json.dumps({"op": op, "id": number, **more}))
        answer = self.child.wait_for(
            lambda line: (
                isinstance(line, dict)
                and line.get("event") in ("done", "failed")
                and line.get("id") == number
            ),
            f"{op} {more}",
        )
        if answer["event"] == "failed":
            looks = self.told("page")
            raise ChildFailed(f"{op} {more}: {answer['why']}\nlast seen: {looks[-1:]}")

    def click(self, name: str) -> None:
        self.do("click", name=name)

    def join(self, name: str) -> None:
        """Give a name, press Join, and wait until it is in the call."""
        self.do("fill", label="Your name", text=name)
        self.click("Join")
        self.wait_to_see(lambda seen: seen["state"].startswith("You are in"), "the call", 40)

    def wait_for_axe(self) -> list[Any]:
        """What axe-core finds against WCAG 2.2 A and AA, and its best practices."""
        before = len(self.told("axe"))
        self.do("axe")
        violations: list[Any] = self.told("axe")[before]["violations"]
        return violations

    def close(self) -> None:
        self.child.stop()


OpenPage = Callable[..., GuestPage]
"""Opens a link; keywords are options of the browser."""


def _is(event: str) -> Callable[[Any], bool]:
    return lambda line: isinstance(line, dict) and line.get("event") == event


def firefox() -> str | None:
    """The browser, or None."""
    names = (os.environ.get("CELLCALL_FIREFOX"), "firefox-esr", "firefox")
    return next((path for name in names if name and (path := shutil.which(name))), None)


def lacks_firefox() -> str | None:
    """What this machine lacks for `GuestPage.in_firefox`, or None."""
    folder = node_modules()
    if folder is None or not (folder / "puppeteer-core").is_dir() or not shutil.which("node"):
        return "node and npm package puppeteer-core (CELLCALL_NODE_MODULES)"
    return None if firefox() else "Firefox (Debian: firefox-esr)"


def lacks_axe() -> str | None:
    """What this machine lacks to check accessibility, or None."""
    folder = node_modules()
    if folder is None or not (folder / "axe-core").is_dir():
        return "npm package axe-core (CELLCALL_NODE_MODULES)"
    return None
