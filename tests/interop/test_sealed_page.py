"""The page of a join link in a sealed call, with cellcall at the other end."""

from __future__ import annotations

from pathlib import Path

import pytest

from .call import SIGNATURES
from .cellcall_peers import CellcallPeer, PlainPeer, TilePeer
from .guest_page import GuestPage, OpenPage, Seen
from .namespace import NetworkNamespace
from .peers import Signature
from .servers import SecureServer, join_link

pytestmark = pytest.mark.interop

KEY = "correct horse battery"
NEXT_KEY = "staple, incorrectly"
FAKE = Signature("gast", (7, 155, 3), 398)
"""What Chromium's fake devices send."""
OTHER = Signature("mallory", (40, 60, 200), 1320)


def _press(page: GuestPage, button: str) -> None:
    page.do("focus", element=button)
    page.do("key", key="Enter")


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
        # By keyboard: beside three other programs it draws too seldom for clicks.
        page.do("key", key="c")
        page.do("fill", label="Message", text="sealed in a browser")
        page.do("key", key="Enter")
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


def test_another_key_and_how_loud_somebody_is(
    secure: SecureServer, open_page: OpenPage, namespace: NetworkNamespace, tmp_path: Path
) -> None:
    paula = PlainPeer.join(namespace, secure, "keys", SIGNATURES["plain"], tmp_path, key=KEY)
    keys = tmp_path / "keys"
    keys.write_text(f"{KEY}\n{NEXT_KEY}\n")
    try:
        page = open_page(f"{join_link(secure, 'keys', 'gast')}&key={KEY.replace(' ', '+')}")
        page.join("Gast")

        def of_paula(seen: Seen, word: str) -> bool:
            return word in (page.tile("Paula", seen) or {"text": ""})["text"]

        def is_heard(seen: Seen) -> bool:
            return paula.signature.heard_in(seen["sounds"].get("paula", {}).get("hz"))

        page.wait_to_see(lambda seen: of_paula(seen, "sealed") and is_heard(seen), "Paula")
        _press(page, "setup-open")
        assert page.wait_for_axe() == []
        page.do("screenshot", path=str(tmp_path / "devices.png"))
        page.do("fill", label="How loud Paula is", text="25")
        page.wait_to_see(lambda seen: seen["sounds"]["paula"]["volume"] == 0.25, "less of Paula")
        paula.say(f"/key {keys}")
        page.wait_to_see(lambda seen: of_paula(seen, "another key"), "that she has another key")
        for key, answer in (("short", "That is no key"), (NEXT_KEY, "sealed with the new key")):
            page.do("fill", label="Another key, or the link with it", text=key)
            _press(page, "use-key")
            page.wait_to_see(lambda seen, answer=answer: answer in seen["state"], answer)
        page.wait_to_see(lambda seen: of_paula(seen, "sealed") and is_heard(seen), "Paula again")
        _press(page, "chat-open")
        page.do("fill", label="Message", text="by the second key")
        page.do("key", key="Enter")
        paula.wait_for_line(r"chat: Gast: by the second key$")
        paula.wait_in_roster("gast", r".*sealed")
    finally:
        paula.child.stop()
