"""What a microphone brings is cut at pauses; noise and silence are no phrase."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from tui.audio.phrases import LONGEST_S, SPEECH_RATE_HZ, Narrower, Phrase, Phrases
from tui.domain.media import SAMPLE_RATE_HZ

Samples = NDArray[np.int16]
BLOCK = 480


def silence(seconds: float, dbfs: float = -75.0) -> Samples:
    """A quiet room."""
    noise = np.random.default_rng(1).normal(0, 1, int(seconds * SAMPLE_RATE_HZ))
    return (noise * 32768 * 10 ** (dbfs / 20)).astype(np.int16)


def speech(seconds: float, dbfs: float = -20.0) -> Samples:
    """Something as loud and as uneven as speech: a buzz in syllables of a quarter second."""
    at_s = np.arange(int(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    buzz = np.sign(np.sin(2 * np.pi * 140 * at_s)) * np.abs(np.sin(np.pi * at_s / 0.25)) ** 0.5
    return (buzz * 32768 * 10 ** (dbfs / 20)).astype(np.int16)


def phrases_of(*parts: Samples) -> list[Phrase]:
    sound, phrases = np.concatenate(parts), Phrases()
    return [
        phrase
        for at in range(0, len(sound), BLOCK)
        for phrase in phrases.add(sound[at : at + BLOCK])
    ]


def test_phrases_end_at_pauses_and_begin_with_what_was_before() -> None:
    found = phrases_of(silence(2), speech(2), silence(1), speech(3), silence(1))
    assert [one.number for one in found] == [1, 2]
    assert [one.seconds for one in found] == pytest.approx([3.0, 4.0], abs=0.15)
    assert all(one.final for one in found)


def test_a_hole_between_words_ends_nothing() -> None:
    (found,) = phrases_of(silence(1), speech(1), silence(0.4), speech(1), silence(1))
    assert found.seconds == pytest.approx(3.4, abs=0.15)


@pytest.mark.parametrize("dbfs", [-120.0, -70.0, -50.0])
def test_a_steady_room_is_no_phrase(dbfs: float) -> None:
    # A louder one takes some seconds to be known as one.
    assert len(phrases_of(silence(30, dbfs))) <= (1 if dbfs == -50.0 else 0)


def test_a_click_is_no_phrase() -> None:
    assert not phrases_of(silence(1), speech(0.1), silence(2))


def test_what_does_not_end_is_cut_where_it_is_quietest() -> None:
    found = phrases_of(silence(1), speech(7), silence(0.3), speech(7), silence(1))
    assert len(found) == 2
    assert found[0].seconds == pytest.approx(0.3 + 7 + 0.15, abs=0.15), "in the hole"
    assert sum(one.seconds for one in found) == pytest.approx(0.3 + 14.3 + 0.7, abs=0.2)
    assert max(one.seconds for one in found) <= LONGEST_S


def test_zeros_as_of_a_closed_gate_end_it_and_stay_out_of_the_next() -> None:
    zeros = np.zeros(SAMPLE_RATE_HZ * 5, np.int16)
    found = phrases_of(silence(1), speech(2), zeros, speech(2), silence(1))
    assert [one.seconds for one in found] == pytest.approx([3.0, 3.0], abs=0.15)


def test_the_one_being_said_is_there_to_guess_at_and_ends_when_asked() -> None:
    phrases = Phrases()
    assert (phrases.so_far, phrases.end()) == (None, None)
    assert not phrases.add(np.concatenate((silence(1), speech(2))))
    assert phrases.so_far is not None
    assert not phrases.so_far.final
    assert phrases.so_far.seconds == pytest.approx(2.3, abs=0.1)
    ended = phrases.end()
    assert ended is not None
    assert (ended.number, ended.final) == (1, True)
    assert phrases.so_far is None


@pytest.mark.parametrize(("hz", "least_db", "most_db"), [(1000, -0.5, 0.5), (9500, -120, -45)])
def test_what_16_khz_can_hold_stays_and_nothing_folds_back(
    hz: int, least_db: float, most_db: float
) -> None:
    tone = 10_000 * np.sin(2 * np.pi * hz * np.arange(SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ)
    narrower, sound = Narrower(), tone.astype(np.int16)
    cuts = np.cumsum(np.random.default_rng(2).integers(1, 700, 200))
    got = np.concatenate([narrower.narrow(piece) for piece in np.split(sound, cuts)])
    assert abs(len(got) - SPEECH_RATE_HZ) <= 33
    power = np.mean(got[200:].astype(float) ** 2) / np.mean(tone**2)
    assert least_db <= 10 * np.log10(power + 1e-12) <= most_db
    whole = Narrower().narrow(sound)
    assert np.array_equal(got, whole[: len(got)]), "no seam between blocks"
