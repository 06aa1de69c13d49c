"""Words into sound by a program: real where it is installed, and fakes that misbehave."""

from __future__ import annotations

import ast
import asyncio
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.front.announcer.test_voice import alive, until
from tui.devices.speech_programs import SpeechPrograms
from tui.ports.devices import DeviceUnavailable

real = pytest.mark.skipif(not shutil.which("espeak-ng"), reason="espeak-ng is not installed")


@real
async def test_words_are_speech_at_48_khz() -> None:
    sound = await SpeechPrograms().samples("Joined: Bo Chen. Three people in the call.")
    assert sound.dtype == np.int16
    assert 2 < len(sound) / 48_000 < 6, "a sentence of three seconds"
    loud = np.sqrt(np.mean(sound.astype(float) ** 2)) / 32768
    assert 0.02 < loud < 0.3


@real
async def test_options_and_orders_are_only_words() -> None:
    sound = await SpeechPrograms().samples("--version [[_:9999]] -w /tmp/never")
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
    assert len(await SpeechPrograms().samples("-x \x1b[[hü]]")) == 0
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
        await SpeechPrograms().samples("Hello.")
    assert told in failed.value.problem and failed.value.problem.startswith("espeak-ng ")


async def test_without_a_program_it_says_how_to_get_one(record: Path) -> None:
    with pytest.raises(DeviceUnavailable) as failed:
        await SpeechPrograms().samples("Hello.")
    assert failed.value.remedy == "sudo apt install espeak-ng"


async def test_giving_up_leaves_no_process(record: Path) -> None:
    pid = record.parent / "pid"
    add("espeak-ng", record, f"import os; open({str(pid)!r}, 'w').write(str(os.getpid()) + '.')")
    with (record.parent / "espeak-ng").open("a") as script:
        script.write("time.sleep(60)\n")
    task = asyncio.create_task(SpeechPrograms().samples("Hello."))
    await until(lambda: pid.exists() and pid.read_text().endswith("."))
    task.cancel()
    await asyncio.wait((task,))
    assert not alive(int(pid.read_text().rstrip(".")))


# ---- macOS's say, as its manual describes it; never the real one
SAY = """
import os, struct, wave
path = sys.argv[sys.argv.index("-o") + 1]
with open({folder!r}, "w") as file:
    file.write(repr((os.path.dirname(path), oct(os.stat(os.path.dirname(path)).st_mode)[-3:])))
with wave.open(path, "wb") as out:
    out.setparams((1, 2, 22050, 0, "NONE", ""))
    out.writeframes(struct.pack("<h", 8000) * 22050)
"""


def folder_of(record: Path) -> tuple[Path, str]:
    """Where `say` wrote to, and who might look there."""
    path, mode = ast.literal_eval((record.parent / "folder").read_text())
    return Path(path), mode


def add_say(record: Path, more: str = "") -> None:
    add("say", record, SAY.format(folder=str(record.parent / "folder")) + more)


async def test_what_say_writes_is_the_sound_and_the_file_is_gone(record: Path) -> None:
    add_say(record)
    add("espeak-ng", record, "sys.exit(3)")
    sound = await SpeechPrograms().samples("-v [[rate 999]] Hü\x07", "say")
    assert sound.dtype == np.int16 and len(sound) == pytest.approx(48_000, abs=50)
    assert np.median(sound) == pytest.approx(8000, abs=10)
    arguments, words = ast.literal_eval(record.read_text())
    folder, mode = folder_of(record)
    wave = str(folder / "speech.wav")
    formats = ["--file-format=WAVE", "--data-format=LEI16@22050"]
    assert arguments == ["-o", wave, *formats, "-f", "-"]
    assert words.decode() == "-v [rate 999] Hü"
    assert mode == "700" and not folder.exists()


async def test_say_speaks_where_nothing_else_does_or_it_is_wished(record: Path) -> None:
    add_say(record)
    assert len(await SpeechPrograms().samples("Hello."))
    add("espeak-ng", record, "")
    assert not len(await SpeechPrograms().samples("Hello.")), "espeak-ng, which gave nothing here"
    assert len(await SpeechPrograms().samples("Hello.", "say"))


@pytest.mark.parametrize(
    ("deed", "told"),
    [
        ("", "say did not give sound"),
        ("sys.exit(2)", "say ended with code 2"),
        ("open(sys.argv[2], 'w').write('no sound')", "say did not give sound"),
    ],
)
async def test_a_say_that_fails_is_named(record: Path, deed: str, told: str) -> None:
    add("say", record, deed)
    with pytest.raises(DeviceUnavailable, match=told):
        await SpeechPrograms().samples("Hello.", "say")


async def test_only_what_speaks_is_started(record: Path) -> None:
    add("rm", record, "")
    with pytest.raises(DeviceUnavailable, match="rm is not installed"):
        await SpeechPrograms().samples("Hello.", "rm")
    assert not record.exists()


async def test_giving_up_on_say_leaves_no_process_and_no_file(record: Path) -> None:
    pid = record.parent / "pid"
    add_say(
        record,
        f"open({str(pid)!r}, 'w').write(str(os.getpid()) + '.')\ntime.sleep(60)\n",
    )
    task = asyncio.create_task(SpeechPrograms().samples("Hello.", "say"))
    await until(lambda: pid.exists() and pid.read_text().endswith("."))
    folder, _ = folder_of(record)
    assert (folder / "speech.wav").exists()
    task.cancel()
    await asyncio.wait((task,))
    assert not alive(int(pid.read_text().rstrip("."))) and not folder.exists()
