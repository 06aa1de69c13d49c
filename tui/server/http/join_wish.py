"""What a client wants when it joins: in words of the address (v0), or in a message (v1) in there.

The trap is the message: it is compressed, so that a short address could be gigabytes of it.
"""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from google.protobuf.message import DecodeError
from livekit.protocol import rtc

from tui.server.access import AccessClaims

_MOST_BYTES: Final = 1 << 18
_GZIP: Final = 31
"""For zlib: what follows is gzip, of any window."""


@dataclass(frozen=True, slots=True)
class JoinWish:
    """What a client wants when it joins."""

    auto_subscribe: bool = True
    """It gets every track without asking."""
    resumes: str = ""
    """The id of the participant whose signalling it takes up again; empty: none's."""
    again_in: str = ""
    """The id of the session that it was in and lost; clients of ours say so."""
    reconnects: bool = False
    """It means to take up one, whether it knows its id or not."""
    attributes: Mapping[str, str] | None = None
    single: bool = False
    """It offers one connection for both ways."""
    requests: tuple[rtc.SignalRequest, ...] = ()
    """What it would send at once."""

    def granted(self, claims: AccessClaims) -> dict[str, str]:
        """The token's attributes, and those that a client that may brings along."""
        if not claims.can_update_own_metadata:
            return claims.attributes
        return {**claims.attributes, **(self.attributes or {})}


def wish_of_v0(query: Mapping[str, str]) -> JoinWish:
    """Of `/rtc`.

    Raises:
        ValueError: Attributes that are not base64url JSON of texts.
    """
    return JoinWish(
        auto_subscribe=query.get("auto_subscribe", "1").lower() in ("1", "true"),
        resumes=query.get("sid", ""),
        again_in=query.get("again_in", ""),
        reconnects=query.get("reconnect", "").lower() in ("1", "true"),
        attributes=_attributes(query.get("attributes", "")),
    )


def _attributes(brought: str) -> dict[str, str]:
    if not brought:
        return {}
    try:
        parsed = json.loads(_decoded(brought))
    except (ValueError, RecursionError) as error:
        raise ValueError("attributes must be base64url of a JSON object") from error
    if not isinstance(parsed, dict):
        raise ValueError("attributes must be a JSON object")
    return {str(key): str(value) for key, value in parsed.items()}


def wish_of_v1(query: Mapping[str, str]) -> JoinWish:
    """Of `/rtc/v1`.

    Raises:
        ValueError: `join_request` is none, or larger than it can be.
    """
    try:
        wrapped = rtc.WrappedJoinRequest.FromString(_decoded(query.get("join_request", "")))
        data = wrapped.join_request
        if wrapped.compression == rtc.WrappedJoinRequest.GZIP:
            data = _inflated(data)
        request = rtc.JoinRequest.FromString(data)
    except (DecodeError, zlib.error, ValueError) as error:
        raise ValueError(
            f"join_request must be base64url of a WrappedJoinRequest: {error}"
        ) from error
    settings = request.connection_settings
    first = []
    if request.metadata:
        # As if it came later: only a token's own metadata says who moderates.
        told = rtc.UpdateParticipantMetadata(metadata=request.metadata)
        first.append(rtc.SignalRequest(update_metadata=told))
    first += [rtc.SignalRequest(add_track=track) for track in request.add_track_requests]
    if request.HasField("publisher_offer"):
        first.append(rtc.SignalRequest(offer=request.publisher_offer))
    return JoinWish(
        # Whoever says nothing of it wants everything, as in v0.
        auto_subscribe=settings.auto_subscribe or not request.HasField("connection_settings"),
        resumes=request.participant_sid,
        reconnects=request.reconnect,
        attributes=dict(request.participant_attributes),
        single=True,
        requests=tuple(first),
    )


def _decoded(text: str) -> bytes:
    try:
        plain = text.replace("-", "+").replace("_", "/").rstrip("=")
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from error


def _inflated(data: bytes) -> bytes:
    inflating = zlib.decompressobj(_GZIP)
    plain = inflating.decompress(data, _MOST_BYTES)
    if inflating.unconsumed_tail or not inflating.eof:
        raise ValueError(f"more than {_MOST_BYTES} bytes, or broken off")
    return plain
