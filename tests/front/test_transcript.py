"""The transcript as a file, and what keeps it from being written."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tui.domain.captions import Caption
from tui.domain.errors import CallsError
from tui.front.transcript import as_webvtt, save

BEGAN = 1_767_258_000_000
SAID = (
    Caption("Ana", "Hello <b> & all.", BEGAN + 1500, BEGAN + 1600, language="en"),
    Caption("Bo", "Hi.", BEGAN + 3_700_000, BEGAN + 3_705_250, writer="Cap", uid="bo"),
)


def test_the_three_formats(tmp_path: Path) -> None:
    text = save(str(tmp_path / "t.txt"), SAID, BEGAN, "Standup").read_text()
    assert text.splitlines()[0].startswith("Standup, ")
    assert text.splitlines()[2].endswith(" Bo, written by Cap: Hi.")
    assert as_webvtt(SAID, BEGAN, "Stand --> up") == (
        "WEBVTT - Stand --&gt; up\n\n"
        "00:00:01.500 --> 00:00:02.500\n<v Ana>Hello &lt;b&gt; &amp; all.</v>\n\n"
        "01:01:40.000 --> 01:01:45.250\n<v Bo, written by Cap>Hi.</v>\n"
    )
    path = save(str(tmp_path / "t.JSON"), SAID, BEGAN, "Standup")
    document = json.loads(path.read_text())
    assert document["captions"][0]["speaker"] == "Ana"
    assert document["captions"][1]["at_ms"] == BEGAN + 3_700_000
    assert path.stat().st_mode & 0o777 == 0o600


def test_nothing_is_written_over_and_each_refusal_says_why(tmp_path: Path) -> None:
    there = tmp_path / "t.txt"
    there.write_text("mine")
    nowhere = str(tmp_path / "no" / "t.txt")
    for name, said, words in (
        (str(there), SAID, "is there already"),
        (nowhere, SAID, "can't be written: No such file"),
        (str(tmp_path), SAID, "is there already"),
        ("x\0.txt", SAID, "can't be written"),
        ("t.docx", SAID, "may end in .txt, .vtt or .json"),
        (str(tmp_path / "u.txt"), (), "Nothing was said"),
    ):
        with pytest.raises(CallsError, match=words):
            save(name, said, BEGAN, "Standup")
    assert there.read_text() == "mine"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
def test_a_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, opened = tmp_path / "t.txt", os.open

    def full(where: object, *rest: int) -> int:
        os.close(opened(where, *rest))
        return opened("/dev/full", os.O_WRONLY)

    monkeypatch.setattr("tui.domain.new_file.os.open", full)
    with pytest.raises(CallsError, match="No space left"):
        save(str(path), SAID, BEGAN, "Standup")
    assert not path.exists()
