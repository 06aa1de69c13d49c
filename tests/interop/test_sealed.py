"""Real peers encrypt end to end: with their key we are one of them; without it there is silence."""

from __future__ import annotations

from pathlib import Path

import pytest

from .call import SIGNATURES
from .cellcall_peers import PlainPeer, TilePeer
from .namespace import NetworkNamespace
from .peers import ChromiumPeer, RustPeer, Signature
from .servers import Server

pytestmark = pytest.mark.interop

OPEN = Signature("open", (40, 60, 200), 1320)
KEY = "correct horse battery"


def test_without_the_key_there_is_silence_and_a_word(
    server: Server, namespace: NetworkNamespace, tmp_path: Path
) -> None:
    where = (namespace, server, "sealed")
    peers = [
        RustPeer.join(*where, SIGNATURES["rust"], tmp_path, key="open sesame"),
        RustPeer.join(*where, OPEN, tmp_path),
        TilePeer.join(*where, tmp_path),
        PlainPeer.join(*where, SIGNATURES["plain"], tmp_path),
    ]
    sealed, fair, tiles, plain = peers
    try:
        sealed.wait_until_published()
        fair.wait_until_published()

        def heard_the_other(report: dict[str, object]) -> bool:
            figures = report["figures"].get("open", {})
            return figures.get("video_frames", 0) > 30 and OPEN.heard_in(figures["audio_peak_hz"])

        report = tiles.wait_for(heard_the_other, "whoever is not sealed")
        assert report["sealed"] == ["rusty"]
        nothing = report["figures"]["rusty"]
        assert nothing["video_frames"] == 0
        assert (nothing["audio_level_dbfs"], nothing["audio_peak_hz"]) == (-127, 0)
        plain.wait_for_line(r"info: What Rusty sends is encrypted, and you have no key\.$")
        plain.wait_in_roster("rusty", ", encrypted, you have no key")
    finally:
        for one in peers:
            one.child.stop()


def test_with_the_key_everybody_is_one_of_them(
    server: Server, namespace: NetworkNamespace, tmp_path: Path
) -> None:
    if lacks := ChromiumPeer.lacks():
        pytest.skip(f"this machine lacks {lacks}")
    where = (namespace, server, "secret")
    joined = [
        make.join(*where, SIGNATURES[name], tmp_path, key=KEY)
        for name, make in (
            ("rust", RustPeer),
            ("chromium", ChromiumPeer),
            ("plain", PlainPeer),
        )
    ]
    rust, chromium, plain = joined
    tess = TilePeer.join(*where, tmp_path, key=KEY)
    try:
        for one in (rust, chromium, plain):
            one.wait_until_published()
        for one in (rust, chromium):
            one.wait_for_media(plain.signature)

        def all_there(report: dict[str, object]) -> bool:
            heard = [
                (one.signature, report["figures"].get(one.signature.identity, {})) for one in joined
            ]
            return all(
                figures.get("video_frames", 0) > 2 and who.heard_in(figures["audio_peak_hz"])
                for who, figures in heard
            )

        assert tess.wait_for(all_there, "everybody")["sealed"] == []
        plain.wait_for_line(r"call: Joined .* The call is sealed")
        plain.wait_in_roster("rusty", ", sealed, microphone on")
        plain.say("only for us")
        for one in (rust, chromium):
            one.wait_for_chat("paula", "only for us")
        for one in (rust, chromium):
            one.say(f"sealed by {one.make}")
            plain.wait_for_chat(one.signature.identity, f"sealed by {one.make}")
    finally:
        for child in (*joined, tess):
            child.child.stop()
