"""Keys of one's own (WCAG 2.1.4): the pure part."""

from __future__ import annotations

import pytest

from tui.domain.actions import ACTIONS, Scope
from tui.domain.errors import CallsError
from tui.domain.keymap import ALIASES, KeyMap, key_map, plain_key


def test_nothing_given_changes_nothing() -> None:
    assert key_map() == KeyMap()
    assert key_map().actions == ACTIONS
    assert key_map().clashes == ()


def test_an_action_gets_other_keys_and_loses_its_own() -> None:
    keys = key_map(keys={"mic.toggle": "f2", "hand.toggle": "k,?"})
    meant = {key: keys.meaning(key, Scope.CALL) for key in ("f2", "m", "k", "r")}
    assert meant["m"] is None
    assert meant["r"] is None
    assert meant["k"] is not None
    assert meant["k"][0].id == "hand.toggle"
    assert keys.by_id["mic.toggle"].global_keys == ("f2",)
    assert keys.label("hand.toggle") == "k"


def test_a_key_given_twice_is_said_and_acts_once() -> None:
    keys = key_map(keys={"hand.toggle": "v"})
    found = keys.meaning("v", Scope.CALL)
    assert found is not None
    assert found[0].id == "hand.toggle"
    assert keys.clashes == ("v is for hand.toggle, and not for cam.toggle.",)


def test_leader_only_says_the_way_by_the_leader() -> None:
    keys = key_map("leader-only")
    assert not keys.letters_act
    assert keys.label("mic.toggle") == "^G m"


@pytest.mark.parametrize(
    ("mode", "keys", "told"),
    [
        ("teams", {}, "keys.mode came as teams; allowed: default, leader-only."),
        ("", {"mic.togle": "k"}, "keys.map: mic.togle is not an action. Did you mean mic.toggle?"),
    ],
)
def test_what_is_wrong_is_said(mode: str, keys: dict[str, str], told: str) -> None:
    with pytest.raises(CallsError, match=told.replace("?", r"\?")):
        key_map(mode, keys)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("ь", "m"),
        ("м", "v"),
        ("і", "s"),
        ("μ", "m"),
        ("ω", "v"),
        ("צ", "m"),
        ("ة", "m"),
        ("é", "2"),
    ],
)
def test_key_t8_letters_of_other_layouts(typed: str, meant: str) -> None:
    assert plain_key(f"key_of_{typed}", typed) == meant
    assert plain_key(f"key_of_{typed}", typed.upper()) == meant


def test_key_t8_what_has_a_meaning_keeps_it() -> None:
    assert not any(character.isascii() for character in ALIASES)
    assert plain_key("M", "M") == "m"
    assert plain_key("slash", "/") == "slash"
