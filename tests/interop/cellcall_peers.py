"""Our own client as a participant: without a screen, and line by line."""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from tui.cli.given_key import KEY_VARIABLE

from .child import Child, ChildFailed
from .namespace import NetworkNamespace
from .peers import Signature
from .servers import Server, access_token

_ASK_AGAIN_S: Final = 0.5


def _command(
    server: Server, room: str, signature: Signature, *more: str, heard: Path | None = None
) -> list[str]:
    """The command line of a participant; `heard` (WAV) is written by one of sound alone."""
    camera = f"test:colour={signature.hex}" if heard is None else "none"
    return [
        *(sys.executable, "-m", "tui", "join", "--server", server.url),
        *("--token", access_token(server, room, signature.identity)),
        *("--camera", camera, "--microphone", f"test:tone={signature.tone_hz:.0f}"),
        *("--speaker", "null" if heard is None else f"file:{heard}"),
        *more,
    ]


def _read_figures(child: Child, stats: Path) -> dict[str, Any]:
    """The statistics of a participant, once it has left.

    Raises:
        ChildFailed: When it doesn't end well or leaves no statistics.
    """
    code = child.finish(20)
    if code not in (0, 130) or not stats.is_file():
        raise ChildFailed(f"{child.log.stem}: exit {code}\n{child.tail()}")
    figures: dict[str, Any] = json.loads(stats.read_text())
    return figures


class CellcallPeer:
    """Our own client without a screen; what it received is known once it has left."""

    make = "cellcall"

    def __init__(self, child: Child, signature: Signature, stats: Path):
        self.child = child
        self.signature = signature
        self._stats = stats

    @classmethod
    def join(
        cls,
        namespace: NetworkNamespace,
        server: Server,
        room: str,
        signature: Signature,
        folder: Path,
        *,
        duration_s: float = 120,
        heard: Path | None = None,
        key: str = "",
        more: Sequence[str] = (),
    ) -> CellcallPeer:
        """Join with synthetic media; leaves by itself after `duration_s` at the latest.

        With `heard` it is of sound alone, and what it hears goes into that WAV file. What is in
        `more` goes before its usual options.
        """
        stats = folder / f"{room}-{signature.identity}.json"
        child = Child(
            namespace.command(
                *_command(server, room, signature, heard=heard),
                *("--headless", "--duration", f"{duration_s:.0f}", "--stats", str(stats)),
                *more,
            ),
            log=folder / f"{room}-{signature.identity}.log",
            environment={KEY_VARIABLE: key},
        )
        return cls(child, signature, stats)

    def interrupt(self) -> None:
        """Ask it to leave."""
        self.child.interrupt()

    def figures(self) -> dict[str, Any]:
        """Its statistics, once it has left.

        Raises:
            ChildFailed: When it doesn't end well or leaves no statistics.
        """
        return _read_figures(self.child, self._stats)


class PlainPeer:
    """Our client in plain mode, told what to do by its standard input."""

    make = "plain"

    def __init__(self, child: Child, signature: Signature, stats: Path):
        self.child = child
        self.signature = signature
        self._stats = stats

    @classmethod
    def join(
        cls,
        namespace: NetworkNamespace,
        server: Server,
        room: str,
        signature: Signature,
        folder: Path,
        *,
        heard: Path | None = None,
        key: str = "",
    ) -> PlainPeer:
        """Join with synthetic media; `heard` as for `CellcallPeer`."""
        stats = folder / f"{room}-{signature.identity}.json"
        options = ("--plain", "--stats", str(stats))
        child = Child(
            namespace.command(*_command(server, room, signature, *options, heard=heard)),
            log=folder / f"{room}-{signature.identity}.log",
            environment={KEY_VARIABLE: key},
        )
        return cls(child, signature, stats)

    def wait_until_published(self) -> None:
        """Until it says that it has joined."""
        self.wait_for_line(r"call: Joined ", 60)

    def wait_until_back(self) -> None:
        """Until it says that a lost connection is there again."""
        self.wait_for_line(r"net: Connected again")

    def wait_for_person(self, identity: str) -> None:
        self.wait_in_roster(identity, r".*")

    def wait_for_chat(self, identity: str, text: str) -> None:
        self.wait_for_line(rf"chat: {identity.title()}: {re.escape(text)}$")

    def wait_for_hand(self, identity: str, *, up: bool) -> None:
        self.wait_in_roster(identity, r".*hand up" if up else r"(?!.*hand up)")

    def wait_for_mute(self, identity: str, *, muted: bool) -> None:
        self.wait_in_roster(identity, r", muted" if muted else r", microphone on")

    def wait_for_leave(self, identity: str) -> None:
        self.wait_for_line(rf"leave: .*{identity.title()}")

    def say(self, text: str) -> None:
        self.child.send(text)

    def raise_hand(self, *, up: bool) -> None:
        self.child.send("/hand up" if up else "/hand down")

    def mute(self, *, muted: bool) -> None:
        self.child.send("/mute" if muted else "/unmute")

    def leave(self) -> dict[str, Any]:
        """Leave, and answer its statistics. Raises `ChildFailed` when there are none."""
        self.child.send("/leave")
        return _read_figures(self.child, self._stats)

    def wait_for_line(self, pattern: str, timeout_s: float = 30, *, since: int = 0) -> None:
        """Until it prints a line that begins as `pattern` says."""
        wanted = re.compile(pattern)
        self.child.wait_for(
            lambda line: isinstance(line, str) and bool(wanted.match(line)),
            f"line {pattern!r}",
            timeout_s,
            since=since,
        )

    def wait_in_roster(self, identity: str, pattern: str, timeout_s: float = 30) -> None:
        """Ask `/who` until the line of `identity` goes on as `pattern` says."""
        line = rf"(who|info): \d+\. {identity.title()}{pattern}"
        deadline = time.monotonic() + timeout_s
        while True:
            since = len(self.child.lines)
            self.child.send("/who")
            try:
                return self.wait_for_line(line, _ASK_AGAIN_S, since=since)
            except ChildFailed:
                if time.monotonic() > deadline or not self.child.running:
                    raise


class TilePeer:
    """Our client behind a handle; see `tile_peer.py`."""

    def __init__(self, child: Child):
        self.child = child

    @classmethod
    def join(
        cls, namespace: NetworkNamespace, server: Server, room: str, folder: Path, *, key: str = ""
    ) -> TilePeer:
        """Join as `tess`, silent and without a camera."""
        token = access_token(server, room, "tess")
        command = (sys.executable, "-m", "tests.interop.tile_peer", server.url, token)
        child = Child(
            namespace.command(*command),
            log=folder / f"{room}-tess.log",
            environment={KEY_VARIABLE: key},
        )
        return cls(child)

    def wait_for(self, wanted: Callable[[dict[str, Any]], bool], what: str) -> dict[str, Any]:
        """The first report from now on that is as `wanted`."""
        found: dict[str, Any] = self.child.wait_for(
            lambda line: isinstance(line, dict) and "tiles" in line and wanted(line),
            what,
            30,
            since=len(self.child.lines),
        )
        return found


class HostCellcall:
    """Our client in plain mode as a moderator, called Hana."""

    @staticmethod
    def join(namespace: NetworkNamespace, server: Server, room: str, folder: Path) -> PlainPeer:
        """Join with a token that lets moderate."""
        signature, stats = Signature("hana", (0, 0, 0), 0), folder / "hana.json"
        token = access_token(server, room, "hana", admin=True)
        command = [
            *(sys.executable, "-m", "tui", "join", room, "--token", token, "--plain"),
            *("--server", server.url.replace("ws", "http", 1)),
            *("--camera", "none", "--microphone", "none", "--speaker", "null"),
            *("--stats", str(stats)),
        ]
        return PlainPeer(
            Child(namespace.command(*command), log=folder / "hana.log"), signature, stats
        )


class GuestCellcall:
    """Our client in plain mode as a guest of a link, called Chi."""

    def __init__(self, child: Child):
        self.child = child

    @classmethod
    def join(cls, namespace: NetworkNamespace, link: str, folder: Path) -> GuestCellcall:
        """Join by `link` alone."""
        command = [
            *(sys.executable, "-m", "tui", "join", link, "--name", "Chi", "--now", "--plain"),
            *("--camera", "none", "--microphone", "none", "--speaker", "null"),
        ]
        return cls(Child(namespace.command(*command), log=folder / "chi.log"))
