"""What a client brings along when it joins, in both forms of an address."""

from __future__ import annotations

import base64
import contextlib
import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st
from livekit.protocol import models as m
from livekit.protocol import rtc

from tests.server.single_client import wrapped
from tui.server.http.join_wish import JoinWish, wish_of_v0, wish_of_v1

OFFER = rtc.SessionDescription(type="offer", sdp="v=0", id=1)


def test_v0_says_it_in_words() -> None:
    assert wish_of_v0({}) == JoinWish(attributes={})
    hand = base64.urlsafe_b64encode(b'{"hand": 1}').decode().rstrip("=")
    query = {"auto_subscribe": "0", "reconnect": "1", "sid": "PA_x", "attributes": hand}
    wished = wish_of_v0(query | {"again_in": "RM_y"})
    assert wished == JoinWish(
        auto_subscribe=False,
        resumes="PA_x",
        again_in="RM_y",
        reconnects=True,
        attributes={"hand": "1"},
    )


@pytest.mark.parametrize("compressed", [True, False])
def test_v1_says_it_in_a_message(compressed: bool) -> None:
    request = rtc.JoinRequest(
        connection_settings=rtc.ConnectionSettings(auto_subscribe=True),
        participant_attributes={"hand": "1"},
        add_track_requests=[rtc.AddTrackRequest(cid="c", type=m.AUDIO)],
        publisher_offer=OFFER,
        reconnect=True,
        participant_sid="PA_x",
    )
    wished = wish_of_v1({"join_request": wrapped(request, compressed=compressed)})
    assert wished.single and wished.auto_subscribe and wished.reconnects
    assert (wished.resumes, wished.attributes) == ("PA_x", {"hand": "1"})
    assert [one.WhichOneof("message") for one in wished.requests] == ["add_track", "offer"]
    assert wish_of_v1({"join_request": wrapped(rtc.JoinRequest())}).auto_subscribe
    few = rtc.JoinRequest(connection_settings=rtc.ConnectionSettings())
    assert not wish_of_v1({"join_request": wrapped(few)}).auto_subscribe


def test_metadata_come_as_if_they_came_later() -> None:
    wished = wish_of_v1({"join_request": wrapped(rtc.JoinRequest(metadata="boss"))})
    (told,) = wished.requests
    assert told.update_metadata.metadata == "boss"


def test_a_short_address_is_not_a_long_message() -> None:
    bomb = rtc.JoinRequest(metadata="x" * 3_000_000)
    address = wrapped(bomb)
    assert len(address) < 8_000
    with pytest.raises(ValueError, match="more than 262144 bytes"):
        wish_of_v1({"join_request": address})
    half = rtc.WrappedJoinRequest(
        compression=rtc.WrappedJoinRequest.GZIP, join_request=gzip.compress(b"x" * 100)[:20]
    )
    text = base64.b64encode(half.SerializeToString()).decode()
    with pytest.raises(ValueError, match="broken off"):
        wish_of_v1({"join_request": text})


@given(st.binary(max_size=60), st.text(max_size=60))
def test_whatever_comes_is_a_wish_or_the_named_error(data: bytes, text: str) -> None:
    packed = rtc.WrappedJoinRequest(
        compression=rtc.WrappedJoinRequest.GZIP, join_request=gzip.compress(data)
    )
    for some in (
        text,
        base64.urlsafe_b64encode(data).decode(),
        base64.urlsafe_b64encode(packed.SerializeToString()).decode(),
    ):
        with contextlib.suppress(ValueError):
            assert wish_of_v1({"join_request": some}).single
