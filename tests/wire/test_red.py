"""Redundant audio payloads (RFC 2198): what is packed comes out, and nothing else hurts."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tui.wire.red import MOST_AGE, MOST_BYTES, MOST_COPIES, RedError, pack, unpack

TYPES = st.integers(0, 127)
COPIES = st.lists(
    st.tuples(st.integers(1, MOST_AGE), st.binary(min_size=1, max_size=MOST_BYTES)),
    max_size=MOST_COPIES,
)


@given(st.binary(max_size=1300), COPIES, TYPES)
def test_what_is_packed_comes_out(
    payload: bytes, copies: list[tuple[int, bytes]], payload_type: int
) -> None:
    assert unpack(pack(payload, copies, payload_type), payload_type) == (payload, copies)


@given(st.binary(max_size=1300), TYPES)
def test_without_copies_it_is_one_byte_longer(payload: bytes, payload_type: int) -> None:
    assert pack(payload, [], payload_type) == bytes([payload_type]) + payload


def test_the_bytes_are_those_of_the_rfc() -> None:
    # F=1, type 111, offset 1920, length 3; F=0, type 111; the copy; the packet itself.
    assert pack(b"new", [(1920, b"old")], 111).hex() == "ef1e00036f" + (b"oldnew").hex()


@pytest.mark.parametrize(
    "copy",
    [(0, b"x"), (-960, b"x"), (MOST_AGE + 1, b"x"), (960, b""), (960, bytes(MOST_BYTES + 1))],
    ids=["of itself", "younger", "too old", "empty", "too long"],
)
def test_a_copy_that_no_header_can_say_is_left_out(copy: tuple[int, bytes]) -> None:
    assert pack(b"new", [copy, (960, b"old")], 111) == pack(b"new", [(960, b"old")], 111)


@given(st.binary(max_size=64), TYPES)
@example(b"", 111)
@example(b"\xef", 111)
@example(b"\xef\x1e\x00\x03", 111)
@example(b"\xff" * 64, 127)
@example(b"\x80" * 64, 0)
def test_anything_from_outside_is_read_within_its_length_or_refused(
    red: bytes, payload_type: int
) -> None:
    try:
        payload, copies = unpack(red, payload_type)
    except RedError:
        return
    assert red.endswith(payload)
    assert len(payload) + sum(len(copy) for _, copy in copies) < len(red)
    assert all(0 < age <= MOST_AGE and copy and copy in red for age, copy in copies)


@given(st.binary(max_size=60), COPIES, st.integers(0, 70))
def test_a_payload_cut_short_is_refused_or_has_the_same_copies(
    payload: bytes, copies: list[tuple[int, bytes]], kept: int
) -> None:
    whole = pack(payload, copies, 111)
    try:
        found, its_copies = unpack(whole[:kept], 111)
    except RedError:
        return
    assert payload.startswith(found)
    assert its_copies == copies


def test_copies_of_another_codec_empty_ones_and_too_many_are_left_out() -> None:
    mixed = bytes.fromhex("e01e0003ef1e0000ef000003ef1e00036f") + b"g722nowoldnew"[1:]
    payload, copies = unpack(mixed, 111)
    assert copies == [(1920, b"old")]
    assert payload == b"new"
    many = [(960 * back, b"c") for back in range(12, 0, -1)]
    assert len(unpack(pack(b"p", many, 111), 111)[1]) == MOST_COPIES


def test_a_packet_of_another_codec_is_refused() -> None:
    with pytest.raises(RedError, match="payload type 96, expected 111"):
        unpack(pack(b"new", [], 96), 111)
