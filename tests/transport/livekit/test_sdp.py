"""Offers that aiortc cannot read by itself."""

from __future__ import annotations

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription

from tui.transport.livekit.sdp import OfferedTrack, mend_offer, offered_tracks
from tui.transport.rtc.peer import make_peer

SECTION = "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:{}\r\n"


@pytest.mark.parametrize(
    ("lines", "track"),
    [
        ("a=msid:PA_1|TR_2 TR_2\r\na=sendonly\r\n", ("PA_1", "TR_2")),
        ("a=msid:PA_1|camera TR_2\r\na=sendrecv\r\n", ("PA_1", "TR_2")),
        ("a=msid:PA_1 TR_2\r\n", ("PA_1", "TR_2")),
        ("a=msid:PA_1|TR_2 TR_2\r\na=inactive\r\n", None),
        ("a=msid:PA_1|TR_2 TR_2\r\na=recvonly\r\n", None),
        ("a=sendonly\r\n", None),
    ],
)
def test_who_sends_what(lines: str, track: tuple[str, str] | None) -> None:
    numbers = ("11 cname:x", "11 msid:y", "12 cname:x", "-1 x", "²", "99999999999 x")
    ssrcs = "".join(f"a=ssrc:{number}\r\n" for number in numbers)
    found = offered_tracks("v=0\r\n" + SECTION.format("4") + lines + ssrcs)
    if track is None:
        assert found == {}
    else:
        assert found == {"4": OfferedTrack("4", "audio", *track, (11, 12))}


async def offer_of(*kinds: str) -> tuple[RTCPeerConnection, str]:
    pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    pc.createDataChannel("x")
    for kind in kinds:
        pc.addTransceiver(kind, direction="sendonly")
    await pc.setLocalDescription(await pc.createOffer())
    return pc, pc.localDescription.sdp


def broken(sdp: str) -> list[str]:
    """The offer with its video section made unreadable, each way we know."""
    head, video = sdp.split("m=video ", 1)
    video, data = video.split("m=application", 1)
    foreign = video.replace("VP8/", "H265/").replace("H264/", "H266/")
    mid = next(line for line in video.splitlines() if line.startswith("a=mid:"))
    rejected = f"0 UDP/TLS/RTP/SAVPF 0\r\n{mid}\r\na=inactive\r\n"
    return [f"{head}m=video {one}m=application{data}" for one in (foreign, rejected)]


@pytest.mark.parametrize("way", [0, 1])
async def test_one_unreadable_section_does_not_stop_the_others(way: int) -> None:
    sender, sdp = await offer_of("audio", "video")
    receiver = make_peer([], for_receiving=True)
    mended = mend_offer(broken(sdp)[way])
    await receiver.setRemoteDescription(RTCSessionDescription(sdp=mended, type="offer"))
    await receiver.setLocalDescription(await receiver.createAnswer())
    answer = receiver.localDescription.sdp
    kinds = [line.split()[0] for line in answer.splitlines() if line.startswith("m=")]
    assert kinds == ["m=audio", "m=video", "m=application"]
    assert "a=inactive" in answer.split("m=video")[1].split("m=application")[0]
    await receiver.close()
    await sender.close()


async def test_a_readable_offer_stays_as_it_is() -> None:
    sender, sdp = await offer_of("audio", "video")
    assert mend_offer(sdp) == sdp
    await sender.close()


@pytest.mark.parametrize("sdp", ["", "nonsense", "m=", "m=video\r\n", "v=0\r\nm=audio x y"])
def test_nonsense_is_taken_calmly(sdp: str) -> None:
    assert offered_tracks(sdp) == {}
    assert isinstance(mend_offer(sdp), str)
