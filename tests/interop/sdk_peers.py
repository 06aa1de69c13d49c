"""Participants made of LiveKit's SDKs for Go and Node."""

from __future__ import annotations

import base64
import json
import os
import shutil
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import av
import numpy as np

from .child import Child
from .namespace import NetworkNamespace
from .peers import HERE, Person, ReportingPeer, Signature
from .servers import Server, access_token

_RATE: Final = 48_000
_FPS: Final = 15
_ENCODERS: Final = {"VP8": "libvpx", "VP9": "libvpx-vp9"}


def _pictures(codec: str, rgb: tuple[int, int, int]) -> list[bytes]:
    """Two seconds of a flat colour, a key picture first."""
    encoder = av.CodecContext.create(_ENCODERS[codec], "w")
    assert isinstance(encoder, av.VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt = 320, 240, "yuv420p"
    encoder.time_base, encoder.bit_rate = Fraction(1, _FPS), 300_000
    encoder.options = {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0"}
    encoder.gop_size = _FPS
    frame = av.VideoFrame.from_ndarray(np.full((240, 320, 3), rgb, np.uint8), "rgb24")
    packets = []
    for number in range(2 * _FPS):
        one = frame.reformat(format="yuv420p")
        one.pts, one.time_base = number, encoder.time_base
        packets += encoder.encode(one)
    return [bytes(packet) for packet in [*packets, *encoder.encode(None)]]


def _sound(tone_hz: float) -> list[bytes]:
    """One second of a tone, in packets of 20 ms."""
    encoder = av.CodecContext.create("libopus", "w")
    assert isinstance(encoder, av.AudioCodecContext)
    encoder.sample_rate, encoder.layout, encoder.format = _RATE, "mono", "s16"
    turns = np.arange(_RATE) * tone_hz / _RATE
    samples = (np.sin(2 * np.pi * turns) * 8000).astype(np.int16)
    packets = []
    for at in range(0, _RATE, _RATE // 50):
        block = samples[at : at + _RATE // 50].reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(block, "s16", "mono")
        frame.sample_rate, frame.pts = _RATE, at
        packets += encoder.encode(frame)
    return [bytes(packet) for packet in packets]


def _hear(packets: list[str]) -> dict[str, float | None]:
    """Pitch and level of a second of Opus."""
    decoder = av.CodecContext.create("libopus", "r")
    assert isinstance(decoder, av.AudioCodecContext)
    decoder.sample_rate, decoder.layout = _RATE, "mono"
    blocks = [
        frame.to_ndarray().reshape(-1) / 32768
        for packet in packets
        for frame in decoder.decode(av.Packet(base64.b64decode(packet)))
    ]
    sound = np.concatenate(blocks) if blocks else np.zeros(0)
    if len(sound) < _RATE // 2:
        return {"hz": None, "dbfs": None}
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    return {
        "hz": float(np.argmax(spectrum)) * _RATE / len(sound),
        "dbfs": 20 * float(np.log10(max(np.sqrt(np.mean(sound**2)), 1e-6))),
    }


def _look(picture: str | None) -> dict[str, Any]:
    """Colour and size of a VP8 key picture."""
    if not picture:
        return {"rgb": None, "width": 0, "height": 0}
    decoder = av.CodecContext.create("vp8", "r")
    assert isinstance(decoder, av.VideoCodecContext)
    (frame,) = decoder.decode(av.Packet(base64.b64decode(picture)))
    rgb = np.median(frame.to_ndarray(format="rgb24").reshape(-1, 3), 0)
    return {"rgb": rgb.astype(int).tolist(), "width": frame.width, "height": frame.height}


def write_sample(path: Path, signature: Signature, codec: str = "VP8") -> Path:
    """A file of what the Go peer sends again and again."""
    sent = {
        "mime": f"video/{codec}",
        "video": [base64.b64encode(one).decode() for one in _pictures(codec, signature.rgb)],
        "audio": [base64.b64encode(one).decode() for one in _sound(signature.tone_hz)],
    }
    path.write_text(json.dumps(sent))
    return path


class GoPeer(ReportingPeer):
    """server-sdk-go, on pion: what bots, egress, ingress and SIP are made of."""

    make = "go"

    @staticmethod
    def lacks() -> str | None:
        """What this machine lacks for it, or None."""
        found = shutil.which(os.environ.get("CELLCALL_GO_PEER", ""))
        return None if found else "the Go SDK's peer (CELLCALL_GO_PEER)"

    @classmethod
    def join(
        cls,
        namespace: NetworkNamespace,
        server: Server,
        room: str,
        signature: Signature,
        folder: Path,
        *,
        codec: str = "VP8",
    ) -> GoPeer:
        """Its camera is coded as `codec` says: VP8 or VP9."""
        media = write_sample(folder / f"{room}-{signature.identity}.media.json", signature, codec)
        child = Child(
            namespace.command(
                *(os.environ["CELLCALL_GO_PEER"], "-url", server.url, "-media", str(media)),
                *("-token", access_token(server, room, signature.identity)),
            ),
            log=folder / f"{room}-{signature.identity}.log",
        )
        return cls(child, signature)

    def read(self, person: Person) -> Person:
        told = {**person, "attributes": person["attributes"] or {}}
        return {**told, **_hear(person["opus"] or []), **_look(person["picture"])}


class NodePeer(ReportingPeer):
    """npm's `@livekit/rtc-node`."""

    make = "node"

    @staticmethod
    def lacks() -> str | None:
        """What this machine lacks for it, or None."""
        if shutil.which("node") is None:
            return "node"
        folder = Path(os.environ.get("CELLCALL_RTC_NODE") or HERE / "node_modules")
        found = (folder / "@livekit" / "rtc-node").is_dir()
        return None if found else "npm's @livekit/rtc-node (CELLCALL_RTC_NODE)"

    @classmethod
    def join(
        cls,
        namespace: NetworkNamespace,
        server: Server,
        room: str,
        signature: Signature,
        folder: Path,
    ) -> NodePeer:
        options = {
            "url": server.url,
            "token": access_token(server, room, signature.identity),
            "colour": signature.hex,
            "tone": signature.tone_hz,
        }
        child = Child(
            namespace.command("node", str(HERE / "web" / "node.mjs"), json.dumps(options)),
            log=folder / f"{room}-{signature.identity}.log",
        )
        return cls(child, signature)
