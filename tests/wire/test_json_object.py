"""What somebody else wrote is a JSON object or nothing."""

from __future__ import annotations

import pytest

from tui.wire.json_object import json_object


def test_an_object_is_read() -> None:
    assert json_object('{"a": [1, {"b": null}]}', most_characters=23) == {"a": [1, {"b": None}]}


@pytest.mark.parametrize(
    "text",
    ["", "[]", '"a"', "1", "null", "{", '{"a": 1', "{}x", '{"a": }', '{"a": ' * 100_000],
    ids=range(10),
)
def test_anything_else_is_an_empty_one(text: str) -> None:
    assert json_object(text, most_characters=1_000_000) == {}


def test_a_long_one_is_not_even_parsed() -> None:
    assert json_object('{"a": 1}', most_characters=8) == {"a": 1}
    assert json_object('{"a": 1}', most_characters=7) == {}
