"""A real peer shares a screen with sound, and we share one: all is seen and heard, and ends."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from tests.tmux_server import tmux_server
from tests.whole.program import wait_until
from tui.session.own_terminal import BURST_BYTES, BYTES_PER_S
from tui.wire.terminal_rows import ASK, END, ScreenSoFar, parse

from .call import SIGNATURES, Call
from .cellcall_peers import TilePeer
from .child import Child
from .namespace import NetworkNamespace
from .peers import Signature
from .servers import Server

pytestmark = pytest.mark.interop

SHARED: Final = Signature("rusty", (220, 180, 30), 1760)
RUSTY: Final = SIGNATURES["rust"]


class Reader:
    """Puts together what came of a terminal to the Rust SDK, as our own client does."""

    def __init__(self, child: Child) -> None:
        self._child = child
        self._read = 0
        self.screen = ScreenSoFar()
        self.bytes = 0

    def shows(self, rows: list[str]) -> bool:
        """Whether the newest screen has these rows."""
        lines = self._child.lines
        for line in lines[self._read :]:
            if isinstance(line, dict) and line.get("event") == "rows":
                message = line["message"].encode()
                self.bytes += len(message)
                if message != END and message != ASK:
                    self.screen.take(parse(message))
        self._read = len(lines)
        return list(self.screen.screen.plain_rows) == rows


@pytest.fixture
def tiles(namespace: NetworkNamespace, server: Server, tmp_path: Path) -> Iterator[TilePeer]:
    """Our client with tiles, in the room `share`."""
    peer = TilePeer.join(namespace, server, "share", tmp_path)
    try:
        yield peer
    finally:
        peer.child.stop()


def _by_name(report: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {tile["name"]: tile for tile in report["tiles"]}


def _is_shared(report: dict[str, Any]) -> bool:
    seen, figures = _by_name(report), report["figures"].get("rusty", {})
    return (
        {"Rusty", "Rusty, screen"} <= seen.keys()
        and RUSTY.shown_by(seen["Rusty"]["rgb"])
        and SHARED.shown_by(seen["Rusty, screen"]["rgb"])
        and RUSTY.heard_in(figures["audio_peak_hz"])
        and SHARED.heard_in(figures.get("screen", {}).get("audio_peak_hz"))
    )


def test_a_shared_screen_has_its_own_tile_and_sound(
    server: Server, namespace: NetworkNamespace, tmp_path: Path, tiles: TilePeer
) -> None:
    call = Call(namespace, server, "share", tmp_path)
    try:
        rusty, plain = call.peer("rust"), call.peer("plain")
        tiles.wait_for(
            lambda line: RUSTY.shown_by(_by_name(line).get("Rusty", {}).get("rgb")), "the camera"
        )
        rusty.share(SHARED)
        report = tiles.wait_for(_is_shared, "two tiles, two sounds")
        assert report["layout"] == "SIDEBAR"
        assert report["pinned"] == ["rusty", "screen_share"]
        seen = _by_name(report)
        assert max(seen.values(), key=lambda tile: tile["size"]) is seen["Rusty, screen"]
        plain.wait_for_line(r"share: Rusty shares a screen\.$")
        plain.wait_in_roster("rusty", r".*, shares a screen")
        rusty.unshare()
        after = tiles.wait_for(
            lambda line: "Rusty, screen" not in _by_name(line) and line["pinned"] is None,
            "the end of it",
        )
        assert after["layout"] == "TILE"
        plain.wait_for_line(r"share: Rusty stopped sharing the screen\.$")
    finally:
        call.end()


def test_what_we_share_is_seen_beside_our_camera_and_gone_at_its_end(
    server: Server, namespace: NetworkNamespace, tmp_path: Path
) -> None:
    call = Call(namespace, server, "ours", tmp_path)
    try:
        rusty, plain = call.peer("rust"), call.peer("plain")
        for shared in (SHARED, RUSTY):  # and once more, of another colour
            plain.child.send(f"/share test:colour={shared.hex}")
            plain.wait_for_line(r"share: You share the test colour\.")
            person = rusty.wait_to_see(
                "paula",
                lambda one, shared=shared: (
                    one["screen"] is not None
                    and shared.shown_by(one["screen"]["rgb"])
                    and SIGNATURES["plain"].shown_by(one["rgb"])
                    and SIGNATURES["plain"].heard_in(one["hz"])
                ),
                "camera, sound and share",
            )
            assert (person["screen"]["width"], person["screen"]["height"]) == (1280, 720)
            assert person["muted"]["SOURCE_SCREENSHARE"] is False
            since = len(plain.child.lines)
            plain.child.send("/share off")
            plain.wait_for_line(r"share: You no longer share anything\.", since=since)
            rusty.wait_to_see(
                "paula",
                lambda one: one["screen"] is None and "SOURCE_SCREENSHARE" not in one["muted"],
                "the end of the share",
                since=len(rusty.child.lines),
            )
    finally:
        call.end()


def test_a_terminal_is_shared_as_text_and_as_pictures(
    server: Server, namespace: NetworkNamespace, tmp_path: Path
) -> None:
    call = Call(namespace, server, "pane", tmp_path)
    try:
        with tmux_server(tmp_path) as tmux:
            rusty, plain = call.peer("rust"), call.peer("plain")
            early = Reader(rusty.child)
            began_s = time.monotonic()
            plain.child.send(f"/share {tmux.share}")
            plain.wait_for_line(r"share: You share your terminal\.")
            tmux.type(r"printf '\033[1;31mred\033[0m 漢字 \n'; seq 60000; echo the $((1+1)) ends")
            wait_until(lambda: "the 2 ends" in tmux.rows, 60)
            wait_until(lambda: early.shows(tmux.rows), 20)
            most = BURST_BYTES + BYTES_PER_S * (time.monotonic() - began_s)
            assert 0 < early.bytes <= most
            late = Reader(rusty.child)
            late.shows([])
            late.screen = ScreenSoFar()  # somebody who has just come
            rusty.child.send('{"op": "ask for rows"}')
            wait_until(lambda: late.shows(tmux.rows), 20)
            rusty.wait_to_see(
                "paula",
                lambda one: one["screen"] is not None and one["screen"]["width"] == 1280,
                "its pictures",
            )
            tmux.type("exit")
            plain.wait_for_line(r"share: You no longer share anything\. The terminal is closed\.")
    finally:
        call.end()
