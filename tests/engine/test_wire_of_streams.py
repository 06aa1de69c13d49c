"""What names a stream, over the engine's wire."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.domain.ids import NO_STREAM, ParticipantId, StreamId, TrackSource
from tui.engine.wire import WireError, decode_stream, encode_stream

STREAMS = st.builds(
    StreamId,
    st.text(max_size=40).map(ParticipantId),
    st.sampled_from(TrackSource),
    st.integers(0, 9),
)


@given(STREAMS)
def test_a_stream_comes_back_as_it_was(stream: StreamId) -> None:
    assert decode_stream(json.loads(json.dumps(encode_stream(stream)))) == stream


def test_nobody_s_stream_comes_back_too() -> None:
    assert decode_stream(encode_stream(NO_STREAM)) == NO_STREAM


@pytest.mark.parametrize(
    "raw",
    [
        None,
        "bo",
        [],
        ["bo"],
        ["bo", "camera"],
        ["bo", "fish", 0],
        [1, "camera", 0],
        ["bo", "camera", "0"],
    ],
)
def test_anything_else_is_refused(raw: object) -> None:
    with pytest.raises(WireError, match="no stream"):
        decode_stream(raw)
