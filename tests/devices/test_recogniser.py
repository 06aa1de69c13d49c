"""The recogniser's process: what it is given, what it hears, and how it may fail."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests import recognition
from tui.audio.phrases import SPEECH_RATE_HZ, Phrases
from tui.devices.recogniser.process import LocalRecognisers, RecogniserProcess
from tui.devices.recogniser.program import HEADER
from tui.domain.errors import CallsError, ErrorCode
from tui.ports.recogniser import RecogniserGone

SECOND = np.zeros(SPEECH_RATE_HZ, np.int16)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A folder that looks like a model."""
    folder = tmp_path / "model"
    folder.mkdir()
    for name in ("model.bin", "tokenizer.json", "vocabulary.txt"):
        (folder / name).write_text("x")
    (folder / "config.json").write_text("{}")
    return folder


def program(*lines: str, answers_s: float = 30.0) -> LocalRecognisers:
    """Recognisers whose program runs these lines, with `say` and `phrase` to use."""
    head = (
        "import json, os, struct, sys, time",
        "def say(**told): print(json.dumps(told), flush=True)",
        "def phrase():",
        f"    count, final = struct.unpack('<IB', sys.stdin.buffer.read({HEADER.size}))",
        "    return count, final, sys.stdin.buffer.read(count * 2)",
    )
    return LocalRecognisers((sys.executable, "-c", "\n".join((*head, *lines))), answers_s=answers_s)


async def test_it_is_given_phrases_and_answers_words(model: Path) -> None:
    recognisers = program(
        "say(ready=True, language='en')",
        "while True:",
        "    count, final, sound = phrase()",
        "    say(words=f'{count} {final} {sum(sound)} {sys.argv[1:]}')",
    )
    recogniser = await recognisers.begin(str(model), "en-US")
    assert recogniser.language == "en"
    heard = await recogniser.words(SECOND, final=True)
    assert heard == f"16000 1 0 {[str(model), 'en-US']}"
    assert (await recogniser.words(SECOND[:5] + 1, final=False)).startswith("5 0 5 ")
    await recogniser.close()
    await recogniser.close()


async def test_nothing_secret_is_handed_down_and_no_network_wished(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CELLCALL_API_KEY", "secret")
    recognisers = program(
        "say(ready=True)", "phrase()", "say(words=json.dumps(dict(os.environ)))", "phrase()"
    )
    recogniser = await recognisers.begin(str(model), "")
    surroundings = json.loads(await recogniser.words(SECOND, final=True))
    assert not [name for name in surroundings if name.startswith("CELLCALL_")]
    assert surroundings["HF_HUB_OFFLINE"] == "1"
    await recogniser.close()


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (("say(ready=True)", "phrase()", "sys.exit(3)"), "has ended (exit code 3)"),
        (("say(ready=True)", "phrase()", "os.kill(os.getpid(), 9)"), "has ended (SIGKILL)"),
        (("say(ready=True)", "phrase()", "print('?')"), "has ended"),
        (("say(ready=True)", "phrase()", "print('[' * 99999)"), "has ended"),
        (("say(ready=True)", "phrase()", "time.sleep(999)"), "has not answered for 1 second"),
    ],
    ids=["exit", "kill", "no JSON", "too much", "hangs"],
)
async def test_one_that_ends_or_hangs_is_gone_with_a_word(
    model: Path, lines: tuple[str, ...], told: str
) -> None:
    answers_s = 1.0 if "answered" in told else 60.0
    recogniser = await program(*lines, answers_s=answers_s).begin(str(model), "")
    with pytest.raises(RecogniserGone) as gone:
        await recogniser.words(SECOND, final=True)
    assert told in str(gone.value)
    with pytest.raises(ProcessLookupError):
        os.kill(recogniser.pid, 0)


async def test_what_one_said_before_it_ended_is_read_though_it_can_not_be_written_to() -> None:
    """It depended on which of the two was seen first: the line, or the end."""
    command = 'import os; os.close(0); print(\'{"problem": "too new"}\', flush=True)'
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", command, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    recogniser = RecogniserProcess(process, 60.0)
    assert process.stdin is not None
    await process.wait()
    process.stdin.write(b"ready?")
    with pytest.raises(OSError):  # noqa: PT011 - a pipe or a connection, as the loop has it
        await process.stdin.drain()
    assert await recogniser.answer(60.0) == {"problem": "too new"}
    await recogniser.close()


async def test_whoever_no_longer_waits_leaves_no_process(model: Path) -> None:
    recogniser = await program("say(ready=True)", "time.sleep(999)").begin(str(model), "")
    asking = asyncio.create_task(recogniser.words(SECOND, final=True))
    await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    with pytest.raises(ProcessLookupError):
        os.kill(recogniser.pid, 0)


@pytest.mark.parametrize(
    ("lines", "code", "told"),
    [
        ("say(missing='faster_whisper')", ErrorCode.NOT_SUPPORTED, "cellcall[captions]"),
        ("say(problem='Unsupported model binary version.')", ErrorCode.VALIDATION, "Unsupported"),
        (
            "say(unknown='xx is not known to this model')",
            ErrorCode.VALIDATION,
            "captions_language: xx is not known to this model. Set another.",
        ),
        ("sys.exit(1)", ErrorCode.VALIDATION, "has ended (exit code 1)"),
    ],
)
async def test_one_that_can_not_begin_says_why(
    model: Path, lines: str, code: ErrorCode, told: str
) -> None:
    with pytest.raises(CallsError) as refused:
        await program(lines).begin(str(model), "")
    assert refused.value.code == code
    assert told in refused.value.description


async def refusal(model: Path | str) -> str:
    with pytest.raises(CallsError) as refused:
        await program("say(ready=True)").begin(str(model), "")
    assert refused.value.field == "captions_model"
    return refused.value.description


async def test_a_folder_that_is_no_model_is_refused_in_words(model: Path) -> None:
    assert "Set captions_model" in await refusal("")
    assert "does not exist" in await refusal(model / "nowhere")
    assert "is not a folder" in await refusal(model / "model.bin")
    (model / "config.json").write_text("{")
    assert "config.json" in await refusal(model) and "is no JSON" in await refusal(model)
    (model / "config.json").write_text("{}")
    (model / "vocabulary.txt").unlink()
    assert "has no vocabulary.json" in await refusal(model)
    (model / "model.bin").unlink()
    assert "has no model.bin" in await refusal(model)


async def test_a_folder_nobody_may_read_is_refused_in_words(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Root may read everything, so the file system can't be asked.
    opened = Path.open

    def refuse(path: Path, *options: Any, **more: Any) -> Any:
        if path == model / "model.bin":
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return opened(path, *options, **more)

    monkeypatch.setattr(Path, "open", refuse)
    assert "can't be read: Permission denied" in await refusal(model)


# ---- the real one
@pytest.fixture
def real() -> Path:
    recognition.skip_if_lacking()
    return recognition.model()


@pytest.mark.recogniser
@pytest.mark.parametrize("name", recognition.READINGS)
async def test_a_reading_is_understood(real: Path, name: str) -> None:
    recogniser = await LocalRecognisers().begin(str(real), "en-US")
    sound, phrases = recognition.samples_of(recognition.reading(name)), Phrases()
    found = phrases.add(sound)
    found += filter(None, (phrases.end(),))
    assert len(found) > 1
    words = [await recogniser.words(one.samples, final=True) for one in found]
    assert os.getpriority(os.PRIO_PROCESS, recogniser.pid) >= 10
    os.kill(recogniser.pid, signal.SIGKILL)
    with pytest.raises(RecogniserGone):
        await recogniser.words(SECOND, final=True)
    assert recognition.word_error(recognition.READINGS[name], " ".join(words)) < 0.15, words


@pytest.mark.recogniser
async def test_in_noise_and_silence_nothing_is_heard(real: Path) -> None:
    recogniser = await LocalRecognisers().begin(str(real), "")
    random = np.random.default_rng(3)
    hum = 3000 * np.sin(2 * np.pi * 100 * np.arange(5 * SPEECH_RATE_HZ) / SPEECH_RATE_HZ)
    keys = np.zeros(5 * SPEECH_RATE_HZ)
    for at in random.integers(0, len(keys) - 400, 25):
        keys[at : at + 400] += random.normal(0, 6000, 400) * np.exp(-np.arange(400) / 80)
    for sound in (np.zeros(5 * SPEECH_RATE_HZ), random.normal(0, 1500, 5 * 16_000), hum, keys):
        samples = sound.clip(-32768, 32767).astype(np.int16)
        assert await recogniser.words(samples, final=True) == ""
    await recogniser.close()


@pytest.mark.recogniser
async def test_it_refuses_a_language_that_the_model_does_not_know(real: Path) -> None:
    with pytest.raises(CallsError) as refused:
        await LocalRecognisers().begin(str(real), "de-DE")
    assert refused.value.description == (
        "captions_language: de-DE is not known to this model, which knows English only. "
        "Set another."
    )


@pytest.mark.recogniser
async def test_a_damaged_model_is_refused_in_words(real: Path, model: Path) -> None:
    with pytest.raises(CallsError) as refused:
        await LocalRecognisers().begin(str(model), "")
    assert f"{model} could not be loaded: " in refused.value.description


@pytest.mark.recogniser
def test_nothing_that_it_does_needs_a_network(real: Path) -> None:
    code = (
        "import sys; from tui.devices.recogniser import program;"
        "sys.addaudithook(program._no_network); import socket;"
        "socket.create_connection(('127.0.0.1', 9))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "a recogniser stays offline" in ran.stderr
