"""The page of a join link in Debian's Firefox ESR, with cellcall at the other end, on both servers.

One browser for all of it: starting it takes most of the time.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from .call import SIGNATURES
from .cellcall_peers import PlainPeer, TilePeer
from .child import Child
from .guest_page import GuestPage, Seen, lacks_firefox
from .namespace import ADDRESS, NetworkNamespace
from .servers import LivekitServer, SecureServer, join_link

pytestmark = pytest.mark.interop

PAULA: Final = SIGNATURES["plain"]
BEEP_HZ: Final = 1000.0
"""What Firefox's fake microphone sends; its fake camera changes its colour all the time."""
Go = Callable[[str], GuestPage]


@pytest.fixture(scope="module")
def go(namespace: NetworkNamespace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Go]:
    """Has Firefox open a link."""
    if lacks := lacks_firefox():
        pytest.skip(f"this machine lacks {lacks}")
    pages: list[GuestPage] = []

    def opened(link: str) -> GuestPage:
        if pages:
            pages[0].do("open", link=link)
        else:
            pages.append(GuestPage.in_firefox(namespace, link, tmp_path_factory.mktemp("firefox")))
            assert pages[0].opened["status"] == 200
        return pages[0]

    yield opened
    for page in pages:
        page.close()


def _meet(page: GuestPage, paula: PlainPeer) -> None:
    """Chat, hand and mute both ways; before them what Paula sends, and after them leaving."""

    def is_there(seen: Seen) -> bool:
        tile = page.tile("Paula", seen)
        sound = seen["sounds"].get("paula", {})
        return tile is not None and PAULA.shown_by(tile["rgb"]) and PAULA.heard_in(sound.get("hz"))

    page.wait_to_see(is_there, "colour and tone of Paula")
    paula.say("Hello <i>you</i> ✓")
    page.wait_to_see(lambda seen: "Paula: Hello <i>you</i> ✓" in seen["chat"], "a message")
    page.do("key", key="c")
    page.wait_to_see(lambda seen: seen["focus"] == "line", "the field")
    page.do("fill", label="Message", text="said with é and [b]")
    page.do("key", key="Enter")
    paula.wait_for_line(r"chat: Fox: said with é and \[b\]$")
    page.click("Close chat")
    page.do("key", key="r")
    paula.wait_for_hand("fox", up=True)
    paula.raise_hand(up=True)
    page.wait_to_see(
        lambda seen: "hand up" in (page.tile("Paula", seen) or {"text": ""})["text"], "a hand"
    )
    page.do("key", key="m")
    paula.wait_for_mute("fox", muted=True)
    page.click("Microphone off")
    paula.wait_for_mute("fox", muted=False)
    paula.mute(muted=True)
    page.wait_to_see(
        lambda seen: "muted" in (page.tile("Paula", seen) or {"text": ""})["text"], "a mute"
    )
    page.do("key", key="l")
    page.wait_to_see(lambda seen: "you left" in seen["state"], "the end")
    paula.wait_for_line("leave: Fox")


def _arrives(tess: TilePeer) -> None:
    """Pictures and the tone of Firefox."""

    def there(line: dict[str, Any]) -> bool:
        (fox,) = [f for f in line["figures"].values() if f["name"] == "Fox"] or [{}]
        return (
            any(tile["name"] == "Fox" and tile["rgb"] for tile in line["tiles"])
            and fox.get("video_width", 0) >= 320
            and abs(fox.get("audio_peak_hz", 0) - BEEP_HZ) < 15
        )

    tess.wait_for(there, "pictures and tone of Firefox")


@pytest.fixture
def secure(
    namespace: NetworkNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[SecureServer]:
    """Only for one test: livekit-server is at the same address in the other."""
    server = SecureServer(namespace, tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(server.certificate))
    server.start()
    yield server
    server.stop()


def test_with_the_embedded_server(
    go: Go, namespace: NetworkNamespace, secure: SecureServer, tmp_path: Path
) -> None:
    where = (namespace, secure, "fox")
    tess = TilePeer.join(*where, tmp_path)
    paula = PlainPeer.join(*where, PAULA, tmp_path)
    try:
        page = go(join_link(secure, "fox", "fox"))
        page.join("Fox")
        _arrives(tess)
        _meet(page, paula)
        assert page.told("console") == []
    finally:
        tess.child.stop()
        paula.child.stop()


def test_with_livekit_server(go: Go, namespace: NetworkNamespace, tmp_path: Path) -> None:
    if LivekitServer.program() is None:
        pytest.skip("this machine lacks livekit-server (CELLCALL_LIVEKIT_SERVER)")
    cluster = LivekitServer(namespace, tmp_path)
    key = tmp_path / "key"
    key.write_text(f"{cluster.key}: {cluster.secret}\n")
    command = [
        *(sys.executable, "-m", "tui", "serve", "--host", ADDRESS, "--port", "7891"),
        *("--state", str(tmp_path / "state"), "--session", "fox", "--guests"),
        *("--livekit", cluster.url, "--livekit-key", str(key)),
    ]
    children: list[Child] = []
    try:
        cluster.start()
        children.append(Child(namespace.command(*command), log=tmp_path / "serve.log"))
        tess = TilePeer.join(namespace, cluster, "fox", tmp_path)
        paula = PlainPeer.join(namespace, cluster, "fox", PAULA, tmp_path)
        children += tess.child, paula.child
        told = children[0].wait_for(
            lambda line: isinstance(line, str) and line.startswith("For anybody"), "link"
        )
        page = go(told.split()[-1])
        page.join("Fox")
        _arrives(tess)
        _meet(page, paula)
    finally:
        for child in children:
            child.stop()
        cluster.stop()
