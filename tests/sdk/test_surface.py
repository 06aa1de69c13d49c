"""The table of the SDK's surface holds every documented name, and says what is so."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from pathlib import Path

import cellcall
import pytest
from cellcall import Calls, CallsError, ErrorCode
from cellcall.testing import scripted_calls

from tests.sdk.facts import CALL_LOG, CODES, METHODS, SETTINGS, TRANSCRIPTS
from tui.domain.events import EVENTS, NEVER_FIRED
from tui.sdk.surface import surface
from tui.sdk.unsupported import UNSUPPORTED

ROOT = Path(__file__).parents[2]
ROWS = {
    kind: [row for row in surface() if row.kind == kind] for kind in {r.kind for r in surface()}
}


def names(kind: str) -> list[str]:
    return [row.name for row in ROWS[kind]]


def test_every_documented_name_has_one_row() -> None:
    assert sorted(names("method")) == sorted(METHODS)
    assert sorted(names("setting")) == sorted(SETTINGS)
    assert sorted(names("event")) == sorted(EVENTS)
    requests = [name.rpartition(".")[2] for name in names("request") if "CallLog" in name]
    assert sorted(requests) == sorted(["CallLogRequestBuilder", *CALL_LOG])
    transcripts = [name.rpartition(".")[2] for name in names("request") if name.startswith("T")]
    assert sorted(transcripts) == sorted(TRANSCRIPTS)
    assert set(CODES) <= set(names("error"))
    assert len(names("error")) == len(set(names("error")))
    assert len(ROWS["screen"]) == 25


def test_what_a_row_names_is_there_and_what_is_not_says_why() -> None:
    for row in (*ROWS["method"], *ROWS["request"]):
        if not row.here:
            assert row.note
            assert not hasattr(Calls, re.sub(r"(?=[A-Z])", "_", row.name).lower())
            continue
        owner, _, method = row.here.partition("(")[0].rpartition(".")
        holder = getattr(cellcall, owner) if owner else Calls
        assert callable(getattr(holder, method)), row
        if argument := re.search(r"\((\w+)", row.here):
            assert argument[1] in inspect.signature(getattr(holder, method)).parameters, row
    assert all(row.here or row.note for row in (*ROWS["event"], *ROWS["screen"], *ROWS["error"]))
    assert {row.name for row in ROWS["event"] if not row.here} == set(NEVER_FIRED)


@pytest.mark.parametrize("method", UNSUPPORTED)
async def test_what_nothing_here_can_do_says_what_would(method: str) -> None:
    async with scripted_calls() as calls:
        arguments = len(inspect.signature(getattr(calls, method)).parameters)
        with pytest.raises(CallsError) as refused:
            await getattr(calls, method)(*["x"] * arguments)
    assert refused.value.code == ErrorCode.NOT_SUPPORTED
    assert len(refused.value.description.split(". ")) == 2


def test_the_command_prints_it() -> None:
    command = [sys.executable, "-m", "tui", "sdk", "--markdown"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "| `joinSession` | `join_session` |" in run.stdout
    assert run.stdout.count("\n") == len(list(surface())) + 2
    plain = subprocess.run(command[:-1], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "getCallDetails" in plain.stdout
