"""Whatever happens arrives as it was sent."""

from __future__ import annotations

import json

import pytest

from tests.fakes.happenings import every_happening
from tui.domain.happenings import HAPPENINGS, Happening
from tui.engine.wire import WireError, decode_update, encode_update


def kind(happening: Happening) -> str:
    return type(happening).__name__


def test_every_kind_has_a_name_of_its_own() -> None:
    names = [one.__name__ for one in HAPPENINGS]
    assert len(names) == len(set(names)) > 40


@pytest.mark.parametrize("happening", list(every_happening()), ids=kind)
def test_a_happening_goes_over_the_wire(happening: Happening) -> None:
    frame = json.loads(json.dumps(encode_update(happening)))
    assert decode_update(frame) == happening


@pytest.mark.parametrize(
    "frame",
    [
        {"push": "Joined", "data": {"person": 3, "people": "many"}},
        {"push": "Joined", "data": None},
        {"push": "Nonsense", "data": {}},
        {"data": {}},
    ],
)
def test_what_is_none_is_refused(frame: dict[str, object]) -> None:
    with pytest.raises(WireError):
        decode_update(frame)
