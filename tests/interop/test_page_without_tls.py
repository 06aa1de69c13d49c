"""The page over plain http: no devices, which it says; one can watch, listen and write."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from .call import SIGNATURES
from .cellcall_peers import CellcallPeer, HostCellcall
from .guest_page import OpenPage, Seen
from .namespace import NetworkNamespace
from .peers import RustPeer, Signature
from .servers import EmbeddedServer, join_link

pytestmark = pytest.mark.interop

ANA: Final = SIGNATURES["cellcall"]
RUSTY: Final = SIGNATURES["rust"]
SHARED: Final = Signature("rusty", (220, 180, 30), 1760)


def test_without_encryption_it_says_what_is_missing(
    open_page: OpenPage,
    embedded_server: EmbeddedServer,
    namespace: NetworkNamespace,
    tmp_path: Path,
) -> None:
    ana = CellcallPeer.join(namespace, embedded_server, "plain", ANA, tmp_path)
    try:
        page = open_page(join_link(embedded_server, "plain", "gast"))
        page.wait_to_see(lambda seen: "not encrypted (http)" in seen["missing"], "the reason")
        page.join("Gast")
        page.wait_to_see(
            lambda seen: ANA.heard_in(seen["sounds"].get("ana", {}).get("hz")), "sound of others"
        )
    finally:
        ana.child.stop()


def test_a_screen_shared_by_another_client_has_its_own_tile(
    open_page: OpenPage,
    embedded_server: EmbeddedServer,
    namespace: NetworkNamespace,
    tmp_path: Path,
) -> None:
    rusty = RustPeer.join(namespace, embedded_server, "share", RUSTY, tmp_path)
    try:
        rusty.wait_until_published()
        page = open_page(join_link(embedded_server, "share", "gast"))
        page.join("Gast")
        rusty.share(SHARED)

        def both(seen: Seen) -> bool:
            camera, screen = page.tile("Rusty,", seen), page.tile("Rusty, screen", seen)
            return (
                camera is not None
                and screen is not None
                and RUSTY.shown_by(camera["rgb"])
                and SHARED.shown_by(screen["rgb"])
            )

        page.wait_to_see(both, "camera and screen")
        rusty.unshare()
        page.wait_to_see(lambda seen: len(seen["tiles"]) == 2, "the end of it")
    finally:
        rusty.child.stop()


def test_what_is_sealed_is_not_played(
    open_page: OpenPage,
    embedded_server: EmbeddedServer,
    namespace: NetworkNamespace,
    tmp_path: Path,
) -> None:
    rusty = RustPeer.join(namespace, embedded_server, "sealed", RUSTY, tmp_path, key="open sesame")
    try:
        rusty.wait_until_published()
        page = open_page(join_link(embedded_server, "sealed", "gast"))
        page.join("Gast")
        seen = page.wait_to_see(
            lambda seen: (
                "encrypted, you have no key" in (page.tile("Rusty", seen) or {"text": ""})["text"]
            ),
            "the reason",
        )
        assert seen["sounds"] == {}
        assert not page.tile("Rusty", seen)["picture"]
    finally:
        rusty.child.stop()


def test_a_locked_call_is_waited_for(
    open_page: OpenPage,
    embedded_server: EmbeddedServer,
    namespace: NetworkNamespace,
    tmp_path: Path,
) -> None:
    hana = HostCellcall.join(namespace, embedded_server, "locked", tmp_path)
    try:
        hana.wait_until_published()
        hana.child.send("/invite")
        hana.wait_for_line(r"info: To join: http")
        told = next(line for line in hana.child.lines if "To join: http" in str(line))
        hana.child.send("/lock")
        hana.wait_for_line(r"call: The call is locked")
        page = open_page(told.split()[-1])
        page.wait_to_see(lambda seen: "Join" in seen["buttons"], "the form")
        page.do("fill", label="Your name", text="Gast")
        page.click("Join")
        page.wait_to_see(lambda seen: "wait until somebody lets you in" in seen["state"], "words")
        hana.wait_for_line(r"call: Gast wants to come in\.")
        hana.child.send("/admit")
        page.wait_to_see(lambda seen: page.tile("Hana", seen) is not None, "Hana")
        hana.wait_for_line(r"join: Gast joined\.")
    finally:
        hana.child.stop()
