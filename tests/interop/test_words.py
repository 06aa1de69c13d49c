"""Chat, raised hands, mutes and leaving cross between the makes, on both servers."""

from __future__ import annotations

from itertools import permutations
from typing import Final

import pytest

from .call import SIGNATURES, Call

pytestmark = pytest.mark.interop

MAKES: Final = ("plain", "rust", "chromium")
PAIRS: Final = [pytest.param(*pair, id="<-".join(pair)) for pair in permutations(MAKES, 2)]


@pytest.mark.parametrize(("receiver", "sender"), PAIRS)
def test_chat_arrives(call: Call, receiver: str, sender: str) -> None:
    identity = SIGNATURES[sender].identity
    text = f"hello {receiver}, \u00fcber alles [b]plain[/b]"
    call.peer(sender)
    call.peer(receiver).wait_for_person(identity)
    call.peer(sender).say(text)
    call.peer(receiver).wait_for_chat(identity, text)


@pytest.mark.parametrize(("receiver", "sender"), PAIRS)
def test_a_raised_hand_is_seen_and_seen_lowered(call: Call, receiver: str, sender: str) -> None:
    identity = SIGNATURES[sender].identity
    call.peer(sender).raise_hand(up=True)
    call.peer(receiver).wait_for_hand(identity, up=True)
    call.peer(sender).raise_hand(up=False)
    call.peer(receiver).wait_for_hand(identity, up=False)


@pytest.mark.parametrize(("receiver", "sender"), PAIRS)
def test_a_mute_is_seen(call: Call, receiver: str, sender: str) -> None:
    identity = SIGNATURES[sender].identity
    call.peer(sender).mute(muted=True)
    call.peer(receiver).wait_for_mute(identity, muted=True)
    call.peer(sender).mute(muted=False)
    call.peer(receiver).wait_for_mute(identity, muted=False)


@pytest.mark.parametrize("leaver", MAKES)
def test_leaving_is_seen(call: Call, leaver: str) -> None:
    identity = SIGNATURES[leaver].identity
    call.peer(leaver)
    others = [call.peer(name) for name in MAKES if name != leaver]
    for other in others:
        other.wait_for_person(identity)
    call.dismiss(leaver)
    for other in others:
        other.wait_for_leave(identity)
