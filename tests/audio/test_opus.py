from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from tests.audio.sound import sine
from tui.audio import opus
from tui.audio.level import peak_hz
from tui.audio.opus import (
    OpusDecoder,
    OpusEncoder,
    OpusError,
    OpusUnavailable,
    has_lbrr,
    packet_samples,
)


def speech_like(seconds: float) -> np.ndarray:
    """Harmonics with a syllable's envelope, so that the encoder chooses SILK."""
    at = np.arange(round(seconds * 48_000)) / 48_000
    voice = sum(np.sin(2 * np.pi * 130 * k * at) / k for k in range(1, 20))
    return (4000 * voice * (0.6 + 0.4 * np.sin(2 * np.pi * 4 * at))).astype(np.int16)


def test_a_tone_survives_and_costs_about_forty_kilobits():
    sound = sine(440, 1.0)
    with OpusEncoder() as encoder, OpusDecoder() as decoder:
        packets = [encoder.encode(sound[at : at + 960]) for at in range(0, 48_000, 960)]
        heard = np.concatenate([decoder.decode(packet) for packet in packets])
    assert len(heard) == 48_000
    assert peak_hz(heard[4800:]) == pytest.approx(440, abs=2)
    assert 2000 < sum(map(len, packets)) < 8000
    assert {packet_samples(packet) for packet in packets} == {960}


def test_packets_of_speech_carry_fec_and_it_rebuilds_a_lost_one():
    sound = speech_like(1.0)
    with OpusEncoder() as encoder, OpusDecoder() as whole, OpusDecoder() as lossy:
        packets = [encoder.encode(sound[at : at + 960]) for at in range(0, 48_000, 960)]
        want = [whole.decode(packet) for packet in packets]
        for packet in packets[:30]:
            lossy.decode(packet)
        assert has_lbrr(packets[31])
        rebuilt = lossy.decode(packets[31], 960, fec=True)
    assert len(rebuilt) == 960
    likeness = np.corrcoef(rebuilt.astype(float), want[30].astype(float))[0, 1]
    assert likeness > 0.8


def test_without_fec_no_packet_claims_to_carry_it():
    sound = speech_like(0.4)
    with OpusEncoder(fec=False, loss_percent=0) as encoder:
        packets = [encoder.encode(sound[at : at + 960]) for at in range(0, 19_200, 960)]
    assert not any(has_lbrr(packet) for packet in packets)


def test_concealment_has_the_length_asked_for():
    with OpusEncoder() as encoder, OpusDecoder() as decoder:
        decoder.decode(encoder.encode(sine(300, 0.02)))
        assert len(decoder.decode(None, 960)) == 960
        assert len(decoder.decode(None, 120)) == 120


def test_dtx_makes_tiny_packets_of_silence():
    with OpusEncoder(dtx=True) as encoder:
        sizes = [len(encoder.encode(np.zeros(960, np.int16))) for _ in range(50)]
    assert min(sizes[25:]) <= 2


def test_a_damaged_packet_and_a_wrong_length_are_named():
    with OpusDecoder() as decoder, pytest.raises(OpusError, match="opus_decode"):
        decoder.decode(b"\xff\xff\xff")
    with OpusEncoder() as encoder, pytest.raises(OpusError, match="7 samples"):
        encoder.encode(np.zeros(7, np.int16))


def test_closing_twice_is_fine_and_using_after_it_is_not():
    encoder, decoder = OpusEncoder(), OpusDecoder()
    for codec in (encoder, decoder):
        codec.close()
        codec.close()
    with pytest.raises(OpusError, match="closed"):
        encoder.encode(np.zeros(960, np.int16))
    with pytest.raises(OpusError, match="closed"):
        decoder.decode(None, 960)


def test_options_can_change_while_running():
    with OpusEncoder() as encoder:
        encoder.set_bitrate(24_000)
        encoder.set_loss_percent(20)
        assert encoder.encode(sine(440, 0.02))
        with pytest.raises(OpusError):
            encoder.set_loss_percent(900)


@pytest.mark.parametrize(
    ("data", "samples"),
    [
        (b"", 0),
        (bytes([9 << 3]), 960),  # SILK wideband 20 ms
        (bytes([11 << 3]), 2880),  # SILK 60 ms
        (bytes([14 << 3]), 480),  # hybrid 10 ms
        (bytes([28 << 3]), 120),  # CELT 2.5 ms
        (bytes([31 << 3 | 1]), 1920),  # two CELT frames of 20 ms
        (bytes([31 << 3 | 3, 3]), 2880),  # three, counted in the second byte
        (bytes([31 << 3 | 3]), 0),  # the count is missing
        (bytes([31 << 3 | 3, 63]), 0),  # more than 120 ms
    ],
)
def test_the_length_of_a_packet_is_read_from_its_head(data, samples):
    assert packet_samples(data) == samples


def test_finding_libopus_does_not_import_av():
    code = "import sys, tui.audio.opus as o; o.OpusDecoder().close(); sys.exit('av' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_machine_without_libopus_is_told_what_to_do(monkeypatch):
    monkeypatch.setattr(opus.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(opus.ctypes.util, "find_library", lambda name: None)
    with pytest.raises(OpusUnavailable, match="install"):
        opus.library_path()
