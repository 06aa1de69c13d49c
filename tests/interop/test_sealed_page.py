"""The page of a join link in a sealed call, with cellcall at the other end."""

from __future__ import annotations

from pathlib import Path

import pytest

from .call import SIGNATURES
from .cellcall_peers import CellcallPeer, PlainPeer, TilePeer
from .guest_page import OpenPage
from .namespace import NetworkNamespace
from .peers import Signature
from .servers import SecureServer, join_link

pytestmark = pytest.mark.interop

KEY = "correct horse battery"
FAKE = Signature("gast", (7, 155, 3), 398)
"""What Chromium's fake devices send."""
OTHER = Signature("mallory", (40, 60, 200), 1320)


def test_the_page_seals(
    secure: SecureServer, open_page: OpenPage, namespace: NetworkNamespace, tmp_path: Path
) -> None:
    where = (namespace, secure, "secret")
    ana = CellcallPeer.join(*where, SIGNATURES["cellcall"], tmp_path, key=KEY)
    paula = PlainPeer.join(*where, SIGNATURES["plain"], tmp_path, key=KEY)
    tess = TilePeer.join(*where, tmp_path, key=KEY)
    mal = None
    try:
        page = open_page(f"{join_link(secure, 'secret', 'gast')}&key={KEY.replace(' ', '+')}")
        page.join("Gast")
        page.wait_to_see(
            lambda seen: (
                (tile := page.tile("Ana", seen)) is not None
                and ana.signature.shown_by(tile["rgb"])
                and ana.signature.heard_in(seen["sounds"].get("ana", {}).get("hz"))
                and "sealed" in tile["text"]
            ),
            "colour and tone of Ana",
        )
        assert "sealed" in page.told("page")[-1]["heading"]
        assert not any("key" in line["url"] for line in page.told("request"))
        tess.wait_for(
            lambda report: any(
                tile["name"] == "Gast" and FAKE.shown_by(tile["rgb"]) for tile in report["tiles"]
            ),
            "the fake camera",
        )
        page.click("Chat")
        page.do("fill", label="Message", text="sealed in a browser")
        page.click("Send")
        paula.wait_for_line(r"chat: Gast: sealed in a browser$")
        paula.say("sealed in a terminal")
        page.wait_to_see(
            lambda seen: "Paula: sealed in a terminal" in seen["chat"], "what Paula wrote"
        )
        mal = PlainPeer.join(*where, OTHER, tmp_path, key="quite another key")
        mal.wait_for_line(r"info: You and Ana have different keys")
        page.wait_to_see(
            lambda seen: "another key" in (page.tile("Mallory", seen) or {"text": ""})["text"],
            "who has another key",
        )
    finally:
        for one in (ana, paula, tess, mal):
            if one is not None:
                one.child.stop()
