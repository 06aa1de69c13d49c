"""Keys of a call, without an app: what is taken, what acts once."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest
from textual import events

from tui.domain.keymap import KeyMap
from tui.panel.call_keys import CallKeys


class Asked:
    """Stands for what keys act on: acts, the talk key and the view."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.is_covered = False
        self.pastes = 0
        self.keys = KeyMap()

    def do(self, action_id: str, argument: str = "") -> None:
        self.done.append(f"{action_id} {argument}".strip())

    def press(self, key: str) -> None:
        self.done.append(key)

    def repeats(self) -> None:
        self.done.append("still down")

    def up(self) -> None:
        self.done.append("up")

    def pasted(self) -> None:
        self.pastes += 1


def keys_of(asked: Asked) -> CallKeys:
    anything = cast(Any, asked)
    return CallKeys(anything, anything, anything, asked.pasted)


async def wait_for(asked: Asked, *done: str) -> None:
    async with asyncio.timeout(5):
        while tuple(asked.done) != done:
            await asyncio.sleep(0.005)


async def test_a_letter_acts_and_caps_lock_changes_nothing() -> None:
    asked = Asked()
    keys = keys_of(asked)
    assert keys.take(events.Key("M", "M"))
    await wait_for(asked, "m")


@pytest.mark.parametrize(("key", "covered"), [("m", True), ("semicolon", False), ("enter", False)])
async def test_what_means_nothing_here_is_left_to_the_app(key: str, covered: bool) -> None:
    asked = Asked()
    asked.is_covered = covered
    assert not keys_of(asked).take(events.Key(key, key if len(key) == 1 else None))
    assert not asked.done


async def test_the_talk_key_goes_up_after_it_went_down() -> None:
    asked = Asked()
    keys = keys_of(asked)
    assert keys.take(events.Key("space", " "))
    keys.released("ctrl+space")
    keys.released("m")
    await wait_for(asked, "mic.talk key", "up")


async def test_a_question_answered_fast_can_be_asked_again_at_once() -> None:
    asked = Asked()
    keys = keys_of(asked)
    keys.take(events.Key("o", "o"))
    await wait_for(asked, "o")
    asked.is_covered = True
    assert not keys.take(events.Key("enter", None))
    asked.is_covered = False
    keys.take(events.Key("o", "o"))
    await wait_for(asked, "o", "o")


async def test_a_paste_does_nothing_and_is_told_once() -> None:
    asked = Asked()
    keys = keys_of(asked)
    for letter in "vmrxvmrx":
        keys.take(events.Key(letter, letter))
    async with asyncio.timeout(5):
        while not asked.pastes:
            await asyncio.sleep(0.005)
    await keys.close()
    assert asked.pastes == 1 and not asked.done
