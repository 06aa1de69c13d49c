"""One peer connection for both ways (LiveKit's signalling v1): the client offers, always.

It offers sections in which it only receives, and the server's answer says what comes in which. For
more of them, or just for another offer, the server asks (`MediaSectionsRequirement`); an answer
carries what there is by then.

The trap is a section whose track ends: it is to be answered once without any before it may carry
another one, for a browser tells its program of a track only where none was before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from livekit.protocol import rtc

from tui.server.rooms import sdp
from tui.server.rooms.member import Member, Routes
from tui.server.rooms.subscriptions import Subscriptions
from tui.server.sfu.downlink import Downlink
from tui.server.sfu.downtrack import DownTrack
from tui.server.sfu.dtls import MediaTransport
from tui.server.sfu.rtp import OPUS_PAYLOAD_TYPE, ExtensionIds
from tui.wire.rtp import (
    EXTENSION_ABS_SEND_TIME,
    EXTENSION_AUDIO_LEVEL,
    EXTENSION_MID,
    EXTENSION_REPAIRED_RID,
    EXTENSION_RID,
)
from tui.wire.sdp import Codec, Section

_EXTENSIONS = (
    EXTENSION_ABS_SEND_TIME,
    EXTENSION_AUDIO_LEVEL,
    EXTENSION_MID,
    EXTENSION_RID,
    EXTENSION_REPAIRED_RID,
)
"""The last ones are not sent; but what one section of a kind has not, libwebrtc leaves out of its
offers of all others, and then it can offer no simulcast."""


@dataclass(slots=True)
class _Receiving:
    """One section in which the client receives."""

    kind: str
    down: DownTrack | None = None
    """What it carries from the next answer on."""
    told: DownTrack | None = None
    """What the last answer said it carries."""


class SingleSubscriber(Subscriptions):
    """See `Subscriptions`, and the module."""

    def __init__(
        self, member: Member, room: Routes, transport: MediaTransport, downlink: Downlink
    ) -> None:
        super().__init__(member, room, transport, downlink)
        self._sections: dict[str, _Receiving] = {}
        """By media id."""
        self._waiting: list[DownTrack] = []
        """What has no section yet, in order."""
        self._asked_for: frozenset[DownTrack] = frozenset()
        """What waited when an offer was asked for: it is not asked for again in vain."""
        self._offers_come = True
        """Whether an offer is under way: the first one comes by itself."""

    def _place(self, down: DownTrack) -> None:
        self._waiting.append(down)

    def _displace(self, down: DownTrack) -> None:
        if down in self._waiting:
            self._waiting.remove(down)
        for section in self._sections.values():
            if section.down is down:
                section.down = None

    def offer(self) -> None:
        """Ask the client for an offer, if one would change something and none is under way."""
        if self._member.gone or self._offers_come:
            return
        stale = any(one.down is not one.told for one in self._sections.values())
        fresh = [down for down in self._waiting if down not in self._asked_for]
        if not stale and not fresh:
            return
        self._offers_come = True
        self._asked_for = frozenset(self._waiting)
        self._member.outbox.send(
            media_sections_requirement=rtc.MediaSectionsRequirement(
                num_audios=self._lacking("audio"), num_videos=self._lacking("video")
            )
        )

    def offer_again(self) -> None:
        """As `offer`, although what was asked for may be lost."""
        self._offers_come, self._asked_for = False, frozenset()
        self.offer()

    def _lacking(self, kind: str) -> int:
        waiting = sum(down.track.kind == kind for down in self._waiting)
        free = sum(one.kind == kind and one.told is None for one in self._free())
        return max(0, waiting - free)

    def _free(self) -> list[_Receiving]:
        return [one for one in self._sections.values() if one.down is None]

    def section_lines(self, section: Section, mid_to_track: dict[str, str]) -> list[str] | None:
        """The answer to a section in which the client receives.

        Args:
            section: Of its offer.
            mid_to_track: Gets the id of the track that it carries.

        Returns:
            None where nothing could ever be sent in it.

        Raises:
            SdpError: It cannot be used.
        """
        mine = self._sections.setdefault(section.mid, _Receiving(section.kind))
        if mine.down is None and mine.told is None:
            mine.down = self._taken_by(section)
        down = mine.down
        codec = _offered(section, down.track.codec) if down else sdp.choose_codec(section)
        if codec is None:
            return None
        if down is not None:
            mid_to_track[section.mid] = down.track.sid
        return self._own_lines(section, codec, down)

    def _taken_by(self, section: Section) -> DownTrack | None:
        """The first that waits for a section like this, out of those that wait."""
        for down in self._waiting:
            if down.track.kind != section.kind:
                continue
            if _offered(section, down.track.codec) is None:
                self._untakeable(down)
                continue
            self._waiting.remove(down)
            return down
        return None

    def _own_lines(self, section: Section, codec: Codec, down: DownTrack | None) -> list[str]:
        payload_type, red = codec.payload_type, None
        if section.kind == "audio" and payload_type == OPUS_PAYLOAD_TYPE:
            # Redundant packets have our payload type inside, whoever they go to.
            carrying = (one for one in section.codecs() if sdp.carries(one, payload_type))
            red = next(carrying, None)
        formats = [payload_type, *([red.payload_type] if red else [])]
        lines = [
            f"m={section.kind} 9 {section.protocol} {' '.join(map(str, formats))}",
            *sdp.transport_lines(self._transport, "passive"),
            f"a=mid:{section.mid}",
            "a=rtcp-mux",
            "a=rtcp-rsize",
            "a=sendonly" if down is not None else "a=inactive",
        ]
        numbers = {uri: number for number, uri in section.extensions() if 0 < number < 15}
        lines += [f"a=extmap:{numbers[uri]} {uri}" for uri in _EXTENSIONS if uri in numbers]
        lines.append(f"a=rtpmap:{payload_type} {codec.encoding}")
        lines += _parameters(codec, down)
        if red is not None:
            lines.append(f"a=rtpmap:{red.payload_type} red/48000/2")
            lines.append(f"a=fmtp:{red.payload_type} {payload_type}/{payload_type}")
        if section.kind == "video":
            lines += sdp.feedback_lines(section, payload_type)
        if down is None:
            return lines
        down.payload_type = payload_type
        down.red_type = red.payload_type if red else -1
        down.extension_ids = ExtensionIds(
            numbers.get(EXTENSION_ABS_SEND_TIME, 0), numbers.get(EXTENSION_AUDIO_LEVEL, 0)
        )
        down.mid = section.mid
        return lines + sdp.source_lines(down)

    def answered(self, answer: rtc.SessionDescription) -> None:
        """Nothing was offered: what is answered nobody asked."""

    def answered_offer(self, offered: Mapping[str, Section]) -> None:
        """An answer with these sections of the client's has gone out: begin to forward."""
        for mid, one in list(self._sections.items()):
            section = offered.get(mid)
            if section is None or section.rejected:
                del self._sections[mid]
                if one.down is not None and self._is_current(one.down):
                    self._waiting.append(one.down)
                continue
            one.told = one.down
            if one.down is not None:
                self._forward(one.down)
        self._offers_come = False
        self.offer()


def _offered(section: Section, name: str) -> Codec | None:
    codec = sdp.choose_codec(section, name)
    return codec if codec is not None and codec.name == name else None


def _parameters(codec: Codec, down: DownTrack | None) -> list[str]:
    """The client's own of pictures; of sound ours, with its channels: else it is mixed down."""
    parameters = codec.parameters
    if codec.name == "OPUS":
        parameters = sdp.FORMAT_PARAMETERS["OPUS"]
        if down is not None and down.track.stereo:
            parameters += ";sprop-stereo=1"
    return [f"a=fmtp:{codec.payload_type} {parameters}"] if parameters else []
