"""Which packets carry copies."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tui.audio.redundancy import Redundancy
from tui.domain.media import FRAME_SAMPLES
from tui.wire.red import Copy, unpack


def sent(packets: list[bytes], redundancy: Redundancy, *, first: int = 0) -> list[list[Copy]]:
    """The copies that each packet carries."""
    found = []
    for n, data in enumerate(packets):
        timestamp = (first + n * FRAME_SAMPLES) % 2**32
        payload, copies = unpack(redundancy.payload(data, timestamp, 111), 111)
        assert payload == data
        found.append(copies)
    return found


def lossy() -> Redundancy:
    redundancy = Redundancy()
    redundancy.lost(0.2)
    return redundancy


PACKETS = [bytes([n]) * 9 for n in range(5)]


def test_nothing_is_copied_on_a_good_line() -> None:
    assert sent(PACKETS, Redundancy()) == [[]] * 5


def test_a_packet_carries_the_one_before_the_last_while_packets_get_lost() -> None:
    assert sent(PACKETS, lossy()) == [[], [], *([(1920, one)] for one in PACKETS[:3])]


def test_time_stamps_wrap_around() -> None:
    assert sent(PACKETS, lossy(), first=2**32 - 960) == sent(PACKETS, lossy())


def test_silence_is_not_copied() -> None:
    assert sent([b"\x08", b"\x08", *PACKETS[:3]], lossy())[2:] == [[], [], [(1920, PACKETS[0])]]


def test_nothing_is_copied_across_a_pause() -> None:
    redundancy = lossy()
    sent(PACKETS, redundancy)
    assert sent(PACKETS[:2], redundancy, first=100 * FRAME_SAMPLES) == [[], []]


def test_a_single_lost_packet_starts_nothing_and_a_good_line_ends_it() -> None:
    redundancy = Redundancy()
    redundancy.lost(0.02)  # one of the fifty since the report before
    assert not redundancy.active
    redundancy.lost(0.1)
    assert redundancy.active
    redundancy.lost(0.0)
    assert redundancy.active
    for _ in range(30):
        redundancy.lost(0.0)
    assert not redundancy.active


@given(st.lists(st.floats(allow_nan=False)))
def test_any_report_is_taken(reports: list[float]) -> None:
    redundancy = Redundancy()
    for report in reports:
        redundancy.lost(report)
    assert redundancy.active in (True, False)
