"""Avatars: exact widths, a steady colour that can be read, and why there is no picture."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.style import Style

from tests.fakes.people import person
from tui.domain.ids import TrackSource
from tui.domain.participant import Stream
from tui.domain.sealing import Sealing
from tui.widgets.avatar import _contrast_to_white, avatar_row, uid_colour
from tui.widgets.tile_state import TileState


@given(st.text(max_size=20), st.integers(1, 60), st.integers(1, 20), st.text(max_size=30))
def test_rows_are_as_wide_as_the_tile(name: str, width: int, rows: int, why: str) -> None:
    for row in range(rows):
        segments = avatar_row(name, "uid", why, row, width, rows, Style.null())
        assert sum(cell_len(segment.text) for segment in segments) == width


@given(st.text())
def test_white_letters_can_be_read_on_every_colour(uid: str) -> None:
    assert uid_colour(uid) == uid_colour(uid)
    assert _contrast_to_white(*uid_colour(uid)) >= 7.0


def text_of(width: int, rows: int, why: str) -> list[str]:
    return [
        "".join(s.text for s in avatar_row("Ana Lopez", "ana", why, row, width, rows, Style()))
        for row in range(rows)
    ]


def test_initials_and_words_are_centred() -> None:
    lines = [line.strip() for line in text_of(40, 9, "camera off")]
    assert lines == ["", "", "", "AL", "", "", "camera off", "", ""]
    assert [line.strip() for line in text_of(12, 2, "camera off")] == ["AL", ""]


def test_the_reason_is_said() -> None:
    def why(*, pictures: bool = True, **fields: Any) -> str:
        return TileState(person("a", "Ana", **fields), 1, pictures=pictures).why_no_picture

    assert why() == "no camera"
    assert why(has_video=True, video_paused=True) == "camera off"
    assert why(sealing=Sealing.NO_KEY) == "encrypted, you have no key"
    unsealed = Stream(TrackSource.CAMERA, sealing=Sealing.NOT_SEALED)
    assert why(streams=(unsealed,)) == "not sealed, so not played"
    vp9 = Stream(TrackSource.CAMERA, unknown_codec="VP9")
    assert why(streams=(vp9,)) == "sent as VP9, can't be shown"
    assert why(streams=(Stream(TrackSource.CAMERA, refused=True),)) == "too large to be shown"
    assert why(has_video=True, video_paused=False) == "waiting for the picture"
    assert why(has_video=True, video_paused=False, pictures=False) == "pictures are off"
