"""A browser that sends its camera as VP9 or AV1, in spatial layers, is seen on both servers."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from .call import SIGNATURES, Call
from .cellcall_peers import CellcallPeer, TilePeer
from .namespace import NetworkNamespace
from .peers import ChromiumPeer, Signature
from .servers import Server

pytestmark = pytest.mark.interop

SENDER: Final = Signature("sandra", (40, 60, 200), 1320)
_FRAMES: Final = 30
"""Two seconds; some of them are key pictures' followers."""


@pytest.mark.parametrize("codec", ["vp9", "av1"])
def test_a_camera_of_another_codec_is_seen(
    server: Server, namespace: NetworkNamespace, tmp_path: Path, codec: str
) -> None:
    if lacks := ChromiumPeer.lacks():
        pytest.skip(f"this machine lacks {lacks}")
    room = f"codec-{codec}"
    call = Call(namespace, server, room, tmp_path)
    ana = CellcallPeer.join(namespace, server, room, SIGNATURES["cellcall"], tmp_path)
    tess = TilePeer.join(namespace, server, room, tmp_path)
    sandra = ChromiumPeer.join(namespace, server, room, SENDER, tmp_path, codec=codec)
    try:
        sandra.wait_until_published()
        tess.wait_for(
            lambda line: any(
                tile["name"] == "Sandra" and SENDER.shown_by(tile.get("rgb"))
                for tile in line["tiles"]
            ),
            f"the colour that comes as {codec}",
        )
        rust = call.peer("rust")
        rust.wait_for_media(SENDER)
        rust.wait_for_new_media(SENDER, frames=_FRAMES, since=0)
        sandra.wait_for_media(SIGNATURES["cellcall"])
        report = sandra.child.wait_for(
            lambda line: isinstance(line, dict) and line.get("coded"), "what it sends"
        )
        assert report["coded"].lower() == f"video/{codec}"
        ana.interrupt()
        received = ana.figures()["participants"][SENDER.identity]
        assert received["video_frames"] > 0
        assert SENDER.shown_by(received["video_mean_rgb"]), received
        assert SENDER.heard_in(received["audio_peak_hz"]), received
    finally:
        for peer in (ana, tess, sandra):
            peer.child.stop()
        call.end()
