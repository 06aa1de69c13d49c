"""Sections as aiortc's senders and receivers take them."""

from __future__ import annotations

from typing import Any, Final

from aiortc import (
    RTCRtcpParameters,
    RTCRtpCodecParameters,
    RTCRtpHeaderExtensionParameters,
)
from aiortc.rtcrtpparameters import (
    RTCRtcpFeedback,
    RTCRtpDecodingParameters,
    RTCRtpReceiveParameters,
    RTCRtpRtxParameters,
    RTCRtpSendParameters,
)

from tui.transport.rtc.described import Section

_CNAME: Final = "cellcall"
_NAMES: Final = {"vp8": "VP8"}
"""As aiortc's table of codecs spells them."""


def send_parameters(section: Section) -> RTCRtpSendParameters:
    """How to send in a section."""
    return RTCRtpSendParameters(
        codecs=_codecs(section),
        headerExtensions=_extensions(section),
        rtcp=RTCRtcpParameters(cname=_CNAME),
    )


def receive_parameters(section: Section, ssrcs: tuple[int, ...]) -> RTCRtpReceiveParameters:
    """How to receive a stream of a section: its SSRC, and that of what is sent again."""
    again = RTCRtpRtxParameters(ssrc=ssrcs[1]) if len(ssrcs) > 1 else None
    return RTCRtpReceiveParameters(
        codecs=_codecs(section),
        headerExtensions=_extensions(section),
        encodings=[
            RTCRtpDecodingParameters(ssrc=ssrcs[0], payloadType=section.codecs[0].id, rtx=again)
        ],
    )


def _codecs(section: Section) -> list[RTCRtpCodecParameters]:
    made: list[RTCRtpCodecParameters] = []
    for codec in section.codecs:
        parameters: dict[str, Any] = dict(codec.parameters)
        if codec.name == "rtx":
            parameters["apt"] = section.codecs[0].id
        made.append(
            RTCRtpCodecParameters(
                mimeType=f"{section.kind}/{_NAMES.get(codec.name, codec.name)}",
                clockRate=codec.clock_hz,
                channels=2 if section.kind == "audio" else None,
                payloadType=codec.id,
                rtcpFeedback=[
                    RTCRtcpFeedback(type=kind, parameter=subtype or None)
                    for kind, subtype in codec.feedback
                ],
                parameters=parameters,
            )
        )
    return made


def _extensions(section: Section) -> list[RTCRtpHeaderExtensionParameters]:
    return [
        RTCRtpHeaderExtensionParameters(id=number, uri=uri)
        for uri, number in section.extensions.items()
    ]
