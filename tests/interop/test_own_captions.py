"""What somebody reads into a microphone file reaches other makes as captions, sealed or not."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests import recognition

from .cellcall_peers import CellcallPeer, PlainPeer
from .namespace import NetworkNamespace
from .peers import RustPeer, Signature
from .servers import Server

pytestmark = [pytest.mark.interop, pytest.mark.recogniser]

_WORDS = "Fail better"
"""At the end of a reading that comes again and again."""


@pytest.fixture
def options() -> tuple[str, ...]:
    """Of whoever reads aloud."""
    recognition.skip_if_lacking()
    return (
        *("--microphone", f"file:{recognition.reading('beckett.wav')}"),
        *("--own-captions", "--captions-model", str(recognition.model())),
    )


@pytest.mark.parametrize("key", ["", "a key of the test"], ids=["open", "sealed"])
def test_a_reading_reaches_others_as_captions(
    namespace: NetworkNamespace,
    server: Server,
    options: tuple[str, ...],
    tmp_path: Path,
    key: str,
) -> None:
    where = (namespace, server, f"reading-{len(key)}")
    plain = PlainPeer.join(*where, Signature("paula", (0, 0, 0), 740), tmp_path, key=key)
    rust = RustPeer.join(*where, Signature("rusty", (0, 0, 0), 880), tmp_path, key=key)
    ana = CellcallPeer.join(
        *where, Signature("ana", (0, 0, 0), 440), tmp_path, key=key, more=options
    )
    try:
        plain.wait_until_published()
        plain.say("/captions on")
        plain.wait_for_line("info: A program writes captions of what Ana says.", 60)
        plain.wait_in_roster("ana", ".*captions by a program")

        def final(line: Any) -> bool:
            return (
                isinstance(line, dict)
                and line.get("event") == "caption"
                and line["said"].get("lk.transcription_final") == "true"
                and _WORDS in line["text"]
            )

        came = rust.child.wait_for(final, f"a caption with {_WORDS!r}", 120)
        assert came["identity"] == "ana"
        assert came["said"]["cellcall.program"] == "1"
        assert came["said"]["lk.transcribed_track_id"].startswith("TR_")
        assert came["said"]["lk.transcription_language"] == "en"
        plain.wait_for_line(rf"caption: Ana, written by a program: .*{_WORDS}", 60)
        captions = [one for one in rust.child.lines if isinstance(one, dict) and "said" in one]
        guesses = [one for one in captions if one["said"]["lk.transcription_final"] == "false"]
        segments = {one["said"]["lk.segment_id"] for one in captions}
        assert guesses, "words come while they are said"
        assert len(segments) < len(captions)
        ana.interrupt()
        assert ana.figures()["exit"] == "left"
        assert not re.search(r"Traceback", ana.child.tail())
    finally:
        for peer in (ana, plain, rust):
            peer.child.stop()
