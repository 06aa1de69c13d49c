"""Chat, raised hands, mutes and leaving cross between the makes, on both servers."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path
from typing import Final

import pytest

from .call import SIGNATURES, Call
from .peers import Person
from .servers import LivekitServer, Server

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


def is_speech(person: Person) -> bool:
    open_microphone = person["muted"].get("SOURCE_MICROPHONE") is False
    return open_microphone and (person["dbfs"] or -120) > -45


def test_captions_cross(call: Call, server: Server) -> None:
    plain, rust = call.peer("plain"), call.peer("rust")
    plain.wait_for_person(SIGNATURES["rust"].identity)
    plain.say("/captions on")
    plain.wait_for_line("info: Captions are on.")
    rust.caption("Good ", "morning, ", "Zoë 🎉", segment="SG_1")
    plain.wait_for_line("caption: Rusty: Good morning, Zoë")
    rust.caption("I say ", "hello.", segment="SG_2", of=SIGNATURES["plain"].identity)
    plain.wait_for_line("caption: Paula, written by Rusty: I say hello.$")
    plain.say("/caption Rusty: 880 hertz.")
    said = rust.wait_for_caption(SIGNATURES["plain"].identity, "880 hertz.")
    assert said["lk.transcription_final"] == "true"
    assert said["lk.transcribed_track_id"].startswith("TR_")
    assert said["lk.segment_id"]
    plain.say("/mute")
    rust.wait_for_mute("paula", muted=True)
    plain.say("/voice Good evening.")
    rust.wait_for_caption("paula", "Good evening.")
    since = len(rust.child.lines)
    rust.wait_to_see("paula", is_speech, "speech", since=since)
    rust.wait_for_mute("paula", muted=True)
    plain.say("/unmute")
    if isinstance(server, LivekitServer):
        return  # it passes the older packet on from agents alone
    rust.older_caption("the older way")
    plain.wait_for_line("caption: Rusty: the older way$")


def test_files_and_answers_cross(call: Call, server: Server, tmp_path: Path) -> None:
    plain, chromium = call.peer("plain"), call.peer("chromium")
    plain.wait_for_person(SIGNATURES["chromium"].identity)
    size = 2_000_000 if isinstance(server, LivekitServer) else 10_000_000
    chromium.send_file(name="../my plan.txt", size=size)
    words = f"my plan.txt, {size // 1_000_000}[.]0 MB"
    plain.wait_for_line(f"chat: Chrome sends {words}")
    plain.wait_for_line(f"chat: Chrome sent file 1: {words}[.] /save 1", 60)
    plain.say(f"/save 1 {tmp_path}")
    plain.wait_for_line("info: Saved as .*/my plan.txt")
    assert (tmp_path / "my plan.txt").read_bytes() == b"\7" * size
    (tmp_path / "other.bin").write_bytes(b"x" * 700_000)
    plain.say(f"/send {tmp_path / 'other.bin'}")
    came = chromium.wait_for_event("file", identity="paula")
    assert (came["name"], came["size"]) == ("other.bin", 700_000)
    plain.say("Who has the plan?")
    asked = chromium.wait_for_event("chat", identity="paula", text="Who has the plan?")
    chromium.answer("I have.", to=asked["id"])
    plain.wait_for_line('chat: Chrome answers "Paula: Who has the plan.": I have')


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
