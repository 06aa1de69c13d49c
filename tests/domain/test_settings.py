"""Settings generated from the table: valid ones pass, each wrong one names its field."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.domain.errors import CallsError, ErrorCode, ExitCode, exit_code_of
from tui.domain.settings import (
    Kind,
    SessionSettings,
    allowed_values,
    parse_settings,
    settings_table,
    without_effect,
    works_here,
)

TABLE = settings_table()
CHOICES = {
    "session_type": ["VIDEO", "VOICE"],
    "layout": ["TILE", "SIDEBAR", "SPOTLIGHT"],
    "initial_camera_facing": ["FRONT", "REAR"],
}
PLAIN_TEXT = st.text("abcdefghijklmnopqrstuvwxyzABC0123456789-_.:/")


def valid(name: str, kind: Kind) -> st.SearchStrategy[Any]:
    match kind:
        case Kind.FLAG:
            return st.booleans()
        case Kind.MILLISECONDS:
            return st.integers(1, 24 * 3600 * 1000)
        case Kind.TEXT:
            return PLAIN_TEXT.map(lambda text: text[:100])
        case Kind.BACKGROUND:
            return st.fixed_dictionaries(
                {}, optional={"enableV2": st.booleans(), "images": st.lists(st.just("a"))}
            )
        case Kind.CHOICE:
            return st.sampled_from(CHOICES[name])


def wrong(name: str, kind: Kind) -> st.SearchStrategy[Any]:
    anything = st.one_of(
        st.integers(), st.floats(), st.lists(st.integers()), st.text(), st.booleans()
    )
    match kind:
        case Kind.FLAG:
            return anything.filter(lambda value: not isinstance(value, bool))
        case Kind.MILLISECONDS:
            return st.one_of(st.integers(max_value=0), st.text(), st.booleans(), st.floats())
        case Kind.TEXT:
            return st.one_of(st.integers(), st.booleans(), st.text(min_size=501))
        case Kind.BACKGROUND:
            return st.one_of(st.integers(), st.just({"blur": 1}), st.just({"images": "a"}))
        case Kind.CHOICE:
            return anything.filter(lambda value: value not in CHOICES[name])


@st.composite
def some_settings(draw: st.DrawFn) -> dict[str, Any]:
    rows = draw(st.lists(st.sampled_from(TABLE), unique_by=lambda row: row[0]))
    return {
        draw(st.sampled_from([snake, camel])): draw(valid(snake, kind))
        for snake, camel, kind, _, _ in rows
    }


@given(some_settings())
def test_valid_settings_pass_and_keep_their_values(raw: dict[str, Any]) -> None:
    settings = parse_settings(raw)
    by_name = {camel: snake for snake, camel, *_ in TABLE}
    for key, value in raw.items():
        assert getattr(settings, by_name.get(key, key)) == value


@given(st.data())
def test_each_kind_of_wrong_value_names_its_field(data: st.DataObject) -> None:
    snake, camel, kind, _, _ = data.draw(st.sampled_from(TABLE))
    raw = data.draw(some_settings())
    raw.pop(snake, None)
    raw.pop(camel, None)
    raw[data.draw(st.sampled_from([snake, camel]))] = data.draw(wrong(snake, kind))
    with pytest.raises(CallsError) as refused:
        parse_settings(raw)
    assert refused.value.code == ErrorCode.VALIDATION
    assert refused.value.field == camel
    assert refused.value.description.startswith(f"{camel}: ")
    assert exit_code_of(refused.value) == ExitCode.USAGE


@given(st.text().filter(lambda key: key not in {n for row in TABLE for n in row[:2]}))
def test_unknown_keys_are_refused_in_printable_words(key: str) -> None:
    with pytest.raises(CallsError) as refused:
        parse_settings({key: True})
    assert refused.value.code == ErrorCode.VALIDATION
    assert refused.value.description.isprintable()


def test_a_near_miss_is_told_what_was_meant() -> None:
    with pytest.raises(CallsError, match="Did you mean startAudioMuted"):
        parse_settings({"startAudioMute": True})
    with pytest.raises(CallsError, match=r"allowed: TILE, SIDEBAR, SPOTLIGHT\. Did you mean TILE"):
        parse_settings({"layout": "TILES"})


@pytest.mark.parametrize("raw", [[], "TILE", 3, True])
def test_settings_must_be_an_object(raw: object) -> None:
    with pytest.raises(CallsError, match="expected an object") as refused:
        parse_settings(raw)
    assert refused.value.field == "settings"


def test_both_spellings_of_one_field_are_one_too_many() -> None:
    with pytest.raises(CallsError, match="given twice"):
        parse_settings({"startAudioMuted": True, "start_audio_muted": True})


def test_defaults_are_the_documented_ones() -> None:
    settings = parse_settings(json.loads("{}"))
    assert settings == SessionSettings() == parse_settings(None)
    assert settings.idle_timeout_period_before_prompt == 60_000
    assert settings.idle_timeout_period_after_prompt == 180_000
    assert settings.hide_chat_button and not settings.hide_control_panel
    assert isinstance(settings.layout, StrEnum)
    assert len(TABLE) == 45


def test_what_asks_for_something_that_is_not_there_is_named() -> None:
    assert without_effect(parse_settings({})) == ()
    assert without_effect(parse_settings({"startAudioMuted": True, "title": "x"})) == ()
    # Hiding what is not there is done already; only wanting it is not.
    assert without_effect(parse_settings({"hideStreamingButton": True})) == ()
    asked = parse_settings({"streamUrl": "rtmp://x", "hideStreamingButton": False})
    assert without_effect(asked) == ("streamUrl", "hideStreamingButton")


def test_every_field_says_what_it_takes() -> None:
    for snake, *_ in TABLE:
        assert allowed_values(snake)
        assert isinstance(works_here(snake), bool)
    assert allowed_values("layout") == "TILE, SIDEBAR, SPOTLIGHT"
