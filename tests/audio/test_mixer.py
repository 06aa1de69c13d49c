from __future__ import annotations

import threading

import numpy as np
import pytest

from tests.audio.sound import amplitude, encoded, play, sine
from tests.fakes.people import screen, voice
from tui.audio.mixer import Mixer
from tui.audio.playout import PlayoutBuffer


def test_nobody_is_silence_of_the_length_asked_for(mixer):
    for samples in (480, 1, 960, 0):
        block = mixer.pull(samples)
        assert block.dtype == np.int16
        assert len(block) == samples
        assert not block.any()


def test_one_voice_alone_comes_out_as_it_is(clock):
    played = []
    mixer, alone = Mixer(clock_s=lambda: clock[0], played=played.append), PlayoutBuffer()
    for packet in encoded(sine(400, 0.5, 0.99)):
        mixer.packet(voice("ana"), packet)
        alone.put(packet, clock[0])
        for _ in range(2):
            block, sound = mixer.pull(480), alone.pull(480)
            assert np.array_equal(block, np.zeros(480) if sound is None else sound)
            assert played[-1] is block
        clock[0] += 0.02
    assert block.any()
    mixer.close()
    alone.close()


def test_everybody_is_heard_at_once(mixer, clock):
    sound = play(mixer, clock, ana=sine(400, 1.0, 0.2), ben=sine(1000, 1.0, 0.1))[24_000:]
    assert amplitude(sound, 400) == pytest.approx(0.2, abs=0.03)
    assert amplitude(sound, 1000) == pytest.approx(0.1, abs=0.03)


def test_a_gain_of_a_participant_holds_before_and_after_its_first_packet(mixer, clock):
    mixer.set_gain("ana", 0.5)
    sound = play(mixer, clock, ana=sine(400, 0.6, 0.2))[14_400:]
    assert amplitude(sound, 400) == pytest.approx(0.1, abs=0.02)


def test_loud_people_together_do_not_clip(mixer, clock):
    people = {name: sine(300 + 10 * n, 1.0, 0.9) for n, name in enumerate("abcd")}
    sound = play(mixer, clock, **people)[24_000:]
    peak = int(np.abs(sound.astype(int)).max())
    assert 20_000 < peak <= 32_000
    clipped = np.count_nonzero(np.abs(sound.astype(int)) >= 32_767)
    assert clipped == 0


def test_the_limiter_lets_go_again(mixer, clock):
    play(mixer, clock, **{name: sine(300, 0.5, 0.9) for name in "abc"})
    for name in "abc":
        mixer.remove(voice(name))
    sound = play(mixer, clock, d=sine(500, 1.5, 0.5))[-24_000:]
    assert amplitude(sound, 500) == pytest.approx(0.5, abs=0.05)


def test_deafened_is_silence_that_goes_on_taking_sound(mixer, clock):
    mixer.deafened = True
    assert not play(mixer, clock, ana=sine(400, 0.6)).any()
    assert mixer.voice_levels()["ana"] > -20
    assert mixer.figures(voice("ana"))["audio_delay_ms"] < 120
    mixer.deafened = False
    assert mixer.pull(480).any()


def test_levels_fall_when_somebody_stops(mixer, clock):
    play(mixer, clock, ana=sine(400, 0.6))
    assert mixer.voice_levels() == {"ana": pytest.approx(-15, abs=2)}
    for _ in range(300):
        mixer.pull(480)
    assert mixer.voice_levels()["ana"] < -60


def test_figures_name_level_and_pitch_and_no_gap(mixer, clock):
    play(mixer, clock, ana=sine(440, 2.0))
    figures = mixer.figures(voice("ana"))
    assert figures["audio_packets"] == 100
    assert figures["audio_level_dbfs"] == pytest.approx(-15.1, abs=0.7)
    assert figures["audio_peak_hz"] == pytest.approx(440, abs=2)
    assert figures["audio_gaps"] == 0
    assert figures["audio_late"] == 0
    assert mixer.figures(voice("nobody")) == {}
    assert mixer.counts(voice("nobody")).received == 0


def test_who_left_is_forgotten(mixer, clock):
    play(mixer, clock, ana=sine(440, 0.4))
    mixer.remove(voice("ana"))
    mixer.remove(voice("ana"))
    assert mixer.voice_levels() == {}
    assert not mixer.pull(480).any()


def test_the_reference_gets_what_was_played(clock):
    played = []
    mixer = Mixer(clock_s=lambda: clock[0], played=played.append)
    sound = play(mixer, clock, ana=sine(440, 0.4))
    assert np.array_equal(np.concatenate(played), sound)
    mixer.close()


def test_people_may_come_and_go_while_the_speaker_pulls():
    mixer = Mixer()
    packets = encoded(sine(440, 0.2))
    errors: list[BaseException] = []

    def network(uid: str) -> None:
        try:
            for _ in range(10):
                for packet in packets:
                    mixer.packet(voice(uid), packet)
                mixer.remove(voice(uid))
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=network, args=(f"u{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        assert len(mixer.pull(480)) == 480
        mixer.voice_levels()
    for thread in threads:
        thread.join()
    mixer.close()
    assert errors == []


def test_a_shared_screen_is_heard_as_loud_as_whoever_shares(mixer, clock):
    mixer.set_gain("ana", 0.5)
    spoken, shared = encoded(sine(400, 1.0, 0.2)), encoded(sine(1000, 1.0, 0.1))
    heard = []
    for packet, beside in zip(spoken, shared, strict=True):
        mixer.packet(voice("ana"), packet)
        mixer.packet(screen("ana").sound, beside)
        heard += [mixer.pull(480), mixer.pull(480)]
        clock[0] += 0.02
    sound = np.concatenate(heard)[24_000:]
    assert amplitude(sound, 400) == pytest.approx(0.1, abs=0.02)
    assert amplitude(sound, 1000) == pytest.approx(0.05, abs=0.01)
    assert set(mixer.voice_levels()) == {"ana"}
    mixer.remove(screen("ana").sound)
    assert mixer.streams == (voice("ana"),)
