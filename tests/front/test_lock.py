"""Locking a call and letting people in, as words typed or keys give it."""

from __future__ import annotations

import pytest

from tui.domain import host_meaning
from tui.domain.commands.call import AnswerKnock, SetLocked
from tui.domain.errors import CallsError
from tui.domain.snapshot import Knock, Snapshot

TWO = Snapshot(locked=True, knocks=(Knock("k1", "Ana Lopez"), Knock("k2", "Bo")))


def test_lock_alone_is_the_other_way() -> None:
    assert host_meaning.lock("", Snapshot()) == SetLocked(True)
    assert host_meaning.lock("", TWO) == SetLocked(False)
    assert host_meaning.lock("on", TWO) == SetLocked(True)
    with pytest.raises(CallsError):
        host_meaning.lock("maybe", TWO)


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("ana", AnswerKnock("k1", True)),
        ("Bo no", AnswerKnock("k2", False)),
        ("", "Waiting: Ana Lopez, Bo. Say who."),
        ("no", "Waiting: Ana Lopez, Bo. Say who."),
    ],
)
def test_admit(words: str, wanted: object) -> None:
    assert host_meaning.admit(words, TWO) == wanted


def test_the_only_one_needs_no_name() -> None:
    one = Snapshot(locked=True, knocks=TWO.knocks[:1])
    assert host_meaning.admit("", one) == AnswerKnock("k1", True)
    assert host_meaning.admit("no", one) == AnswerKnock("k1", False)
    assert host_meaning.admit("", Snapshot()) == "Nobody waits to be let in."
    with pytest.raises(CallsError):
        host_meaning.admit("Eve", one)
