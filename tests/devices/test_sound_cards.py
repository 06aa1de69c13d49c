"""PortAudio on real (virtual) sound cards."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import threading

import numpy as np
import pytest

from tests.audio.sound import tone_amplitude
from tests.devices.pulse_rig import PulseRig, missing
from tests.devices.wait import until
from tui.audio.level import peak_hz
from tui.devices.local import LocalDevices
from tui.devices.tones import tone
from tui.domain.media import parse_media_name
from tui.domain.snapshot import DeviceKind
from tui.ports.devices import DeviceUnavailable

pytestmark = [
    pytest.mark.devices,
    pytest.mark.skipif(bool(missing()), reason=f"no sound rig: {missing()}"),
]
DEFAULT = parse_media_name("default", role="speaker")


@pytest.fixture(scope="module")
def rig():
    with PulseRig(("alice", "bob")) as rig:
        yield rig


@pytest.fixture
def bob(rig, monkeypatch):
    for name, value in rig.pulse_env("bob").items():
        monkeypatch.setenv(name, value)
    return LocalDevices()


def loudest(sound: np.ndarray, hz: float) -> float:
    """Amplitude of a tone in its best 20 ms: a scheduling hole breaks the phase of more."""
    samples = (np.clip(sound, -1, 1) * 32767).astype(np.int16)
    windows = [samples[at : at + 960] for at in range(0, len(samples) - 959, 960)]
    return max((tone_amplitude(window, hz) for window in windows), default=0.0)


def test_the_devices_of_the_sound_server_are_listed(bob):
    for kind in (DeviceKind.MICROPHONE, DeviceKind.SPEAKER):
        devices = bob.list_devices(kind)
        ending = "_mic" if kind is DeviceKind.MICROPHONE else "_spk"
        assert {"alice" + ending, "bob" + ending} <= {device.device_id for device in devices}
        assert [device.device_id for device in devices if device.is_default] == ["bob" + ending]
        assert not any(device.device_id.endswith(".monitor") for device in devices)
        assert {device.kind for device in devices} == {kind}


def test_a_name_that_is_not_there_says_what_is(bob):
    with pytest.raises(DeviceUnavailable, match=r"no speaker 'Sub woofer'.*pulse"):
        bob.open_speaker(parse_media_name("Sub\x1b woofer", role="speaker"))


def test_the_speaker_plays_what_is_pulled(rig, bob):
    source = tone(700)
    sizes = []

    def pull(samples: int) -> np.ndarray:
        sizes.append(samples)
        return source.next_block()

    speaker = bob.open_speaker(DEFAULT)
    listener = rig.listen("bob")
    try:
        speaker.start(pull)
        until(lambda: loudest(listener.so_far(), 700) > 0.2, 10, "the tone")
        assert not speaker.failed
    finally:
        speaker.stop()
        sound = listener.stop()
    assert set(sizes) == {480}
    assert loudest(sound, 700) == pytest.approx(0.25, abs=0.03)
    count = len(sizes)
    speaker.stop()
    assert len(sizes) == count  # nothing is pulled any more


def test_a_speaker_of_the_sound_server_can_be_chosen_by_name(rig, bob):
    before = dict(os.environ)
    source = tone(900)
    speaker = bob.open_speaker(parse_media_name("alice_spk", role="speaker"))
    assert speaker.label == "alice_spk"
    assert dict(os.environ) == before
    alice, bobs = rig.listen("alice"), rig.listen("bob")
    try:
        speaker.start(lambda samples: source.next_block())
        until(lambda: loudest(alice.so_far(), 900) > 0.2, 10, "the tone")
    finally:
        speaker.stop()
        alice.stop()
        bobs_sound = bobs.stop()
    assert loudest(bobs_sound, 900) < 0.01


def test_the_microphone_hears_what_is_spoken(rig, bob):
    blocks = []
    microphone = bob.open_microphone(DEFAULT)
    try:
        microphone.start(blocks.append)
        until(lambda: len(blocks) > 20, 10, "the first sound")
        at = np.arange(48_000) / 48_000
        rig.play("bob", (0.5 * np.sin(2 * np.pi * 600 * at)).astype(np.float32))
        assert not microphone.failed
    finally:
        microphone.stop()
    count = len(blocks)
    assert {len(block) for block in blocks} == {960}
    sound = np.concatenate(blocks)
    assert loudest(sound / 32768, 600) == pytest.approx(0.5, abs=0.05)
    loud = sound[np.abs(sound) > 1000]
    assert len(loud) > 24_000  # at least half of the second arrived
    assert peak_hz(sound[-48_000:]) == pytest.approx(600, abs=5)
    assert len(blocks) == count


def test_a_device_can_be_started_again(bob):
    speaker = bob.open_speaker(DEFAULT)
    for _ in range(2):
        pulls: list[int] = []

        def pull(samples: int, pulls: list[int] = pulls) -> np.ndarray:
            pulls.append(samples)
            return np.zeros(samples, np.int16)

        speaker.start(pull)
        until(lambda pulls=pulls: len(pulls) > 5, 10, "pulling")
        speaker.stop()
        assert not speaker.failed


def test_who_pulls_and_raises_is_seen_as_failed(bob):
    def broken(samples: int) -> np.ndarray:
        raise ZeroDivisionError

    speaker = bob.open_speaker(DEFAULT)
    speaker.start(broken)
    until(lambda: speaker.failed, 5, "failed")
    speaker.stop()
    assert not speaker.failed


def test_devices_that_come_and_go_are_noticed_also_after_a_restart(monkeypatch):
    with PulseRig(("dora",)) as rig:
        for name, value in rig.pulse_env("dora").items():
            monkeypatch.setenv(name, value)
        devices = LocalDevices()
        changed = threading.Event()

        def names() -> set[str]:
            return {one.device_id for one in devices.list_devices(DeviceKind.SPEAKER)}

        stop = devices.watch_sound(changed.set)
        try:
            # Whether it listens by now is not said, so plug in until it is heard.
            def plugged_in() -> bool:
                rig.pactl("load-module", "module-null-sink", "sink_name=headset")
                return changed.wait(0.3)

            until(plugged_in, 10, "something new")
            assert "headset" in names()
            changed.clear()
            rig.kill()
            assert changed.wait(5)
            changed.clear()
            rig.start()
            assert changed.wait(10)
            assert "headset" not in names() and "dora_spk" in names()
        finally:
            stop()


def test_a_sound_server_that_dies_is_noticed_within_two_seconds():
    # In a child: the C libraries keep threads and connections to a dead server.
    code = textwrap.dedent(
        """
        import sys, time
        import numpy as np
        from tui.devices.local import LocalDevices
        from tui.domain.media import parse_media_name
        from tui.ports.devices import DeviceUnavailable
        name = parse_media_name("default", role="speaker")
        devices, blocks, pulls = LocalDevices(), [], []
        microphone, speaker = devices.open_microphone(name), devices.open_speaker(name)
        microphone.start(blocks.append)
        speaker.start(lambda n: pulls.append(n) or np.zeros(n, np.int16))
        while len(blocks) < 20 or len(pulls) < 20:
            time.sleep(0.01)
        assert not microphone.failed and not speaker.failed
        print("running", flush=True)
        sys.stdin.readline()
        began = time.monotonic()
        while not (microphone.failed and speaker.failed):
            assert time.monotonic() - began < 5
            time.sleep(0.01)
        print(time.monotonic() - began, flush=True)
        microphone.stop(), speaker.stop()
        try:
            devices.open_speaker(name)
        except DeviceUnavailable as error:
            print(error.problem, flush=True)
        """
    )
    with PulseRig(("carol",)) as rig:
        child = subprocess.Popen(
            [sys.executable, "-c", code],
            env=rig.env("carol"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        try:
            assert child.stdout is not None
            assert child.stdout.readline() == "running\n"
            rig.kill()
            out, _ = child.communicate("killed\n", timeout=20)
        finally:
            child.kill()
            child.wait(5)
    took, problem = out.splitlines()
    assert float(took) < 2
    assert "speaker" in problem
