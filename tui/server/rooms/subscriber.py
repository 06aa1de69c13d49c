"""The subscriber peer connection of one participant: the server offers, the client answers.

A track id goes into the *stream* id of `a=msid` (`PA_..|TR_..`): on a media section used again,
libwebrtc keeps the old track id and only the stream id tells the new track.
"""

from __future__ import annotations

from dataclasses import dataclass

from livekit.protocol import rtc

from tui.server.rooms import sdp
from tui.server.rooms.member import Member, Routes
from tui.server.rooms.subscriptions import LOSSY, RELIABLE, Subscriptions, usual_payload_type
from tui.server.sfu.downlink import Downlink
from tui.server.sfu.downtrack import DownTrack
from tui.server.sfu.dtls import MediaTransport
from tui.server.sfu.rtp import ABS_SEND_TIME_ID, AUDIO_LEVEL_ID
from tui.wire.rtp import EXTENSION_ABS_SEND_TIME, EXTENSION_AUDIO_LEVEL
from tui.wire.sdp import parse_description


@dataclass(slots=True)
class _Slot:
    """One media section; it stays for the life of the connection and is used again."""

    mid: str
    codec: str
    down: DownTrack | None


class Subscriber(Subscriptions):
    """See `Subscriptions`, and the module."""

    def __init__(
        self, member: Member, room: Routes, transport: MediaTransport, downlink: Downlink
    ) -> None:
        super().__init__(member, room, transport, downlink)
        self._slots: list[_Slot] = []
        self._offered: dict[str, DownTrack] = {}
        """What the offer under way has in each section."""
        self._awaiting_answer = False
        self._changed = False
        self._offers = 0
        self._transport.open_channel(RELIABLE, reliable=True)
        self._transport.open_channel(LOSSY, reliable=False)

    def _place(self, down: DownTrack) -> None:
        codec = down.track.codec
        for slot in self._slots:
            if slot.down is None and slot.codec == codec:
                slot.down, down.mid = down, slot.mid
                return
        down.mid = str(len(self._slots) + 1)  # 0 is the data channel section
        self._slots.append(_Slot(down.mid, codec, down))

    def _displace(self, down: DownTrack) -> None:
        for slot in self._slots:
            if slot.down is down:
                slot.down = None

    def offer(self) -> None:
        """Offer the present state, now or after the answer to the offer under way."""
        if self._member.gone:
            return
        if self._awaiting_answer:
            self._changed = True
            return
        self._awaiting_answer, self._changed = True, False
        self._offers += 1
        self._offered = {slot.mid: slot.down for slot in self._slots if slot.down is not None}
        # Not actpass (RFC 8842 5.2): pion answers an ICE-lite offer of that with passive, and then
        # both sides wait for the other's handshake.
        transport = sdp.transport_lines(self._transport, "passive")
        lines = [
            "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
            *transport,
            "a=mid:0",
            "a=sctp-port:5000",
            f"a=max-message-size:{self._member.limits.message_bytes}",
        ]
        for slot in self._slots:
            lines += _slot_lines(slot, transport)
        mids = ["0", *(slot.mid for slot in self._slots)]
        text = sdp.join_lines(sdp.session_lines(mids, self._offers + 1) + lines)
        self._member.outbox.send(
            offer=rtc.SessionDescription(type="offer", sdp=text, id=self._offers)
        )

    def offer_again(self) -> None:
        """Offer the present state although an answer may be under way: it may be lost."""
        self._awaiting_answer = False
        self.offer()

    def answered(self, answer: rtc.SessionDescription) -> None:
        """The client's answer: begin to forward what it accepted.

        Raises:
            SdpError: The answer cannot be used.
        """
        description = parse_description(answer.sdp, len(self._slots) + 1)
        if not self._awaiting_answer or answer.id not in (0, self._offers):
            return
        self._transport.start(description.fingerprints(), description.ice_credentials(), 5000)
        accepted = {one.mid: one for one in description.sections if not one.rejected}
        for mid, down in self._offered.items():
            if not self._is_current(down):
                continue
            if mid not in accepted:
                self._untakeable(down)
                continue
            taken = {one.name for one in accepted[mid].codecs()}
            if down.track.kind == "video" and down.track.codec not in taken:
                self._untakeable(down)
                continue
            if down.track.kind == "audio":
                takes = [
                    one for one in accepted[mid].codecs() if sdp.carries(one, down.payload_type)
                ]
                down.red_type = takes[0].payload_type if takes else -1
            self._forward(down)
        self._awaiting_answer = False
        if self._changed:
            self.offer()


def _slot_lines(slot: _Slot, transport: list[str]) -> list[str]:
    kind = "audio" if slot.codec == "OPUS" else "video"
    payload_type = usual_payload_type(slot.codec)
    formats = f"{payload_type} {sdp.RED_PAYLOAD_TYPE}" if kind == "audio" else f"{payload_type}"
    lines = [
        f"m={kind} 9 UDP/TLS/RTP/SAVPF {formats}",
        *transport,
        f"a=mid:{slot.mid}",
        "a=rtcp-mux",
        "a=rtcp-rsize",
        "a=sendonly" if slot.down is not None else "a=inactive",
        f"a=extmap:{ABS_SEND_TIME_ID} {EXTENSION_ABS_SEND_TIME}",
    ]
    if kind == "audio":
        lines.append(f"a=extmap:{AUDIO_LEVEL_ID} {EXTENSION_AUDIO_LEVEL}")
        lines.append(f"a=rtpmap:{payload_type} opus/48000/2")
        lines.append(f"a=rtpmap:{sdp.RED_PAYLOAD_TYPE} red/48000/2")
        lines.append(f"a=fmtp:{sdp.RED_PAYLOAD_TYPE} {payload_type}/{payload_type}")
    else:
        lines.append(f"a=rtpmap:{payload_type} {slot.codec}/90000")
        lines += [f"a=rtcp-fb:{payload_type} {feedback}" for feedback in sdp.VIDEO_FEEDBACK]
    if slot.codec in sdp.FORMAT_PARAMETERS:
        parameters = sdp.FORMAT_PARAMETERS[slot.codec]
        if slot.down is not None and slot.down.track.stereo:
            parameters += ";sprop-stereo=1"  # else receivers mix it down
        lines.append(f"a=fmtp:{payload_type} {parameters}")
    if slot.down is not None:
        lines += sdp.source_lines(slot.down)
    return lines
