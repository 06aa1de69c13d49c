"""`cellcall serve --livekit`: page, links and sign-in here, calls on a real livekit-server."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from .call import SIGNATURES
from .cellcall_peers import GuestCellcall
from .child import Child
from .guest_page import OpenPage
from .namespace import ADDRESS, NetworkNamespace
from .peers import RustPeer
from .servers import LivekitServer

pytestmark = pytest.mark.interop

HERE = f"{ADDRESS}:7890"


def test_a_team_keeps_its_links_when_a_cluster_carries_its_calls(
    namespace: NetworkNamespace, open_page: OpenPage, tmp_path: Path
) -> None:
    if LivekitServer.program() is None:
        pytest.skip("this machine lacks livekit-server (CELLCALL_LIVEKIT_SERVER)")
    cluster = LivekitServer(namespace, tmp_path)
    key = tmp_path / "key"
    key.write_text(f"{cluster.key}: {cluster.secret}\n")
    host, _, port = HERE.partition(":")
    command = [
        *(sys.executable, "-m", "tui", "serve", "--host", host, "--port", port),
        *("--state", str(tmp_path / "state"), "--session", "standup", "--guests", "--sealed"),
        *("--livekit", cluster.url, "--livekit-key", str(key)),
    ]
    rust = SIGNATURES["rust"]
    children: list[Child] = []
    try:
        cluster.start()
        serve = Child(namespace.command(*command), log=tmp_path / "serve.log")
        children.append(serve)
        told = serve.wait_for(
            lambda line: isinstance(line, str) and line.startswith("For anybody"), "link", 30
        )
        link = told.split()[-1]
        first = next(line for line in serve.lines if str(line).startswith("Serving at"))
        assert first == f"Serving at http://{HERE}, calls are carried by {cluster.url}."
        found = re.search(r"key=([^&]+)", link)
        assert found is not None
        rusty = RustPeer.join(namespace, cluster, "standup", rust, tmp_path, key=found[1])
        children.append(rusty.child)
        rusty.wait_until_published()
        chi = GuestCellcall.join(namespace, link, tmp_path)
        children.append(chi.child)
        chi.child.wait_for(
            lambda line: "Joined standup. 2 people" in str(line) and "sealed" in str(line),
            "Chi",
            60,
        )
        chi.child.send("by the link of here")
        rusty.child.wait_for(
            lambda line: isinstance(line, dict) and line.get("text") == "by the link of here",
            "what Chi wrote",
        )
        page = open_page(link.partition("&key=")[0])
        page.join("Gast")
        page.wait_to_see(
            lambda seen: (
                "encrypted, you have no key" in (page.tile("Rusty", seen) or {"text": ""})["text"]
            ),
            "Rusty, by a link without the key",
        )
        policy = page.opened["headers"]["content-security-policy"]
        there = cluster.url.removeprefix("ws://")
        assert f"connect-src 'self' ws://{there} http://{there}" in policy
        asked = {line["url"].split("/")[2] for line in page.told("request")}
        assert asked == {HERE, there}
    finally:
        for child in children:
            child.stop()
        cluster.stop()
