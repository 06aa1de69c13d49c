from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.audio.sound import sine
from tui.audio.capture import Capture
from tui.audio.encoder_rate import FULL_BPS, REDUCED_BPS, EncoderRate


def after(*fractions: float) -> EncoderRate:
    rate = EncoderRate()
    for fraction in fractions:
        rate.take(fraction)
    return rate


def test_before_any_report_some_loss_is_expected():
    assert EncoderRate().loss_percent == 10
    assert EncoderRate().bitrate_bps == FULL_BPS


def test_a_good_network_keeps_some_fec_and_all_bits():
    rate = after(*[0.0] * 60)
    assert rate.loss_percent == 5
    assert rate.bitrate_bps == FULL_BPS


def test_loss_is_answered_within_a_few_reports_with_some_margin():
    rate = after(*[0.0] * 60, *[0.08] * 4)
    assert 10 <= rate.loss_percent <= 12


def test_a_full_path_gets_fewer_bits_until_it_is_free_again():
    rate = after(*[0.3] * 5)
    assert (rate.loss_percent, rate.bitrate_bps) == (20, REDUCED_BPS)
    rate.take(0.0)
    assert rate.bitrate_bps == REDUCED_BPS
    for _ in range(30):
        rate.take(0.0)
    assert rate.bitrate_bps == FULL_BPS


@given(st.lists(st.floats(allow_nan=False), max_size=50))
def test_whatever_is_reported_stays_in_bounds(fractions):
    rate = after(*fractions)
    assert 5 <= rate.loss_percent <= 20
    assert rate.bitrate_bps in (FULL_BPS, REDUCED_BPS)


def test_the_capture_hands_reports_to_its_encoder():
    capture = Capture()
    noise = np.random.default_rng(3).normal(0, 3000, 48_000).astype(np.int16)
    speech = sine(220, 1.0) + noise

    def size() -> int:
        before = len(capture._packets)
        capture.on_block(speech[:9600])
        assert len(capture._packets) >= before
        return sum(len(packet.data) for packet in capture._packets)

    full = size()
    for _ in range(6):
        capture.lost(0.4)
    reduced = size()
    assert reduced < 0.8 * full
    capture.close()
    capture.lost(0.1)
