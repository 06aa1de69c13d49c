"""A real peer encrypts end to end, and we have no key: silence and no picture, and it is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from .call import SIGNATURES
from .cellcall_peers import PlainPeer, TilePeer
from .namespace import NetworkNamespace
from .peers import RustPeer, Signature
from .servers import Server

pytestmark = pytest.mark.interop

OPEN = Signature("open", (40, 60, 200), 1320)


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
