"""The label row: always as wide as the tile, and what may be dropped from it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.fakes.people import changed, person
from tui.domain.participant import Participant, Quality, Role
from tui.domain.sealing import Sealing
from tui.widgets.tile_label import initials, label_text, shorten

BEN = person("ben", "Ben Ko", audio_muted=False, video_paused=False)
SEALED = changed(BEN, sealing=Sealing.NO_KEY)
MUTED = changed(BEN, audio_muted=True)


@pytest.mark.parametrize(
    ("participant", "width", "how", "wanted"),
    [
        (BEN, 20, {}, " 2 Ben Ko           "),
        (BEN, 20, {"focused": True}, " [2] Ben Ko         "),
        (changed(BEN, speaking=True), 20, {}, ">2 Ben Ko           "),
        (changed(MUTED, speaking=True), 30, {}, " 2 Ben Ko               muted "),
        (MUTED, 20, {}, " 2 Ben Ko         m "),
        (MUTED, 40, {"hand": 2, "pinned": True}, " 2 Ben Ko               muted hand2 pin "),
        (MUTED, 20, {"hand": 2, "pinned": True}, " 2 Ben Ko    m h2 P "),
        (
            SEALED,
            30,
            {},
            " 2 Ben Ko           encrypted ",
        ),
        (changed(BEN, video_paused=True), 30, {}, " 2 Ben Ko             cam off "),
        (changed(BEN, video_frozen=True), 30, {}, " 2 Ben Ko              frozen "),
        (
            changed(BEN, quality=Quality.WEAK),
            30,
            {"network": True},
            " 2 Ben Ko                weak ",
        ),
        (changed(BEN, quality=Quality.WEAK), 30, {}, " 2 Ben Ko                     "),
        (changed(BEN, role=Role.MODERATOR), 30, {}, " 2 Ben Ko           moderator "),
        (changed(MUTED, role=Role.MODERATOR), 20, {}, " 2 Ben Ko     m mod "),
        (changed(BEN, is_local=True), 20, {}, " 2 Ben Ko (you)     "),
        (changed(BEN, is_local=True, name="You"), 20, {}, " 2 You              "),
        (changed(MUTED, name="王小明 the Second"), 20, {}, " 2 王小明 the Se… m "),
        (changed(MUTED, name="Bartholomew"), 12, {"hand": 12}, " 2 Barth… m "),
    ],
)
def test_labels(participant: Participant, width: int, how: dict[str, object], wanted: str) -> None:
    assert label_text(participant, 2, width, **how) == wanted


@settings(max_examples=200, deadline=None)
@given(
    st.text(min_size=1, max_size=40),
    st.integers(1, 120),
    st.integers(1, 200),
    st.booleans(),
    st.integers(0, 99),
)
def test_a_label_is_as_wide_as_its_tile(
    name: str, width: int, number: int, flag: bool, hand: int
) -> None:
    participant = changed(MUTED, name=name, quality=Quality.LOST, video_frozen=flag)
    text = label_text(
        participant, number, width, focused=flag, pinned=flag, hand=hand, network=True
    )
    assert cell_len(text) == width
    if width >= 12:
        assert " m " in text + " " or "muted" in text


def test_markup_is_only_text() -> None:
    assert "[red]x[/]" in label_text(changed(BEN, name="[red]x[/]"), 1, 30)


def test_initials_and_shortening() -> None:
    assert [initials(n) for n in ("Ana Lopez", "ben", "王 小明", "(no name)", "- -")] == [
        *("AL", "B", "王小", "N", "?"),
    ]
    assert shorten("王王王", 4) == "王… "
    assert shorten("abc", 0) == ""
