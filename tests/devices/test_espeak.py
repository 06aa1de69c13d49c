"""Words into sound by a program: real where it is installed, and fakes that misbehave."""

from __future__ import annotations

import ast
import asyncio
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.announcer.test_voice import alive, until
from tui.devices.espeak import Espeak
from tui.ports.devices import DeviceUnavailable

real = pytest.mark.skipif(not shutil.which("espeak-ng"), reason="espeak-ng is not installed")


@real
async def test_words_are_speech_at_48_khz() -> None:
    sound = await Espeak().samples("Joined: Bo Chen. Three people in the call.")
    assert sound.dtype == np.int16
    assert 2 < len(sound) / 48_000 < 6, "a sentence of three seconds"
    loud = np.sqrt(np.mean(sound.astype(float) ** 2)) / 32768
    assert 0.02 < loud < 0.3


@real
async def test_options_and_orders_are_only_words() -> None:
    sound = await Espeak().samples("--version [[_:9999]] -w /tmp/never")
    assert 2 < len(sound) / 48_000 < 15
    assert not Path("/tmp/never").exists()


FAKE = """#!{python} -S
import sys, time
with open({record!r}, "w") as file:
    file.write(repr((sys.argv[1:], sys.stdin.buffer.read())))
{deed}
"""


@pytest.fixture
def record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path / "record"


def add(name: str, record: Path, deed: str) -> None:
    path = record.parent / name
    path.write_text(FAKE.format(python=sys.executable, record=str(record), deed=deed))
    path.chmod(0o755)


async def test_the_words_are_on_the_input_and_cleaned(record: Path) -> None:
    add("espeak", record, "")
    assert len(await Espeak().samples("-x \x1b[[hü]]")) == 0
    arguments, words = ast.literal_eval(record.read_text())
    assert arguments == ["--stdin", "--stdout", "-b", "1"]
    assert words.decode() == "-x [hü]"


@pytest.mark.parametrize(
    ("deed", "told"),
    [
        ("sys.exit(3)", "ended with code 3"),
        ("print('Segmentation fault, or so')", "did not give sound"),
    ],
)
async def test_a_program_that_fails_is_named(record: Path, deed: str, told: str) -> None:
    add("espeak-ng", record, deed)
    with pytest.raises(DeviceUnavailable) as failed:
        await Espeak().samples("Hello.")
    assert told in failed.value.problem and failed.value.problem.startswith("espeak-ng ")


async def test_without_a_program_it_says_how_to_get_one(record: Path) -> None:
    with pytest.raises(DeviceUnavailable) as failed:
        await Espeak().samples("Hello.")
    assert failed.value.remedy == "sudo apt install espeak-ng"


async def test_giving_up_leaves_no_process(record: Path) -> None:
    pid = record.parent / "pid"
    add("espeak-ng", record, f"import os; open({str(pid)!r}, 'w').write(str(os.getpid()) + '.')")
    with (record.parent / "espeak-ng").open("a") as script:
        script.write("time.sleep(60)\n")
    task = asyncio.create_task(Espeak().samples("Hello."))
    await until(lambda: pid.exists() and pid.read_text().endswith("."))
    task.cancel()
    await asyncio.wait((task,))
    assert not alive(int(pid.read_text().rstrip(".")))
