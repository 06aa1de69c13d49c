"""Every byte a reader gets: PLN-T2 and SEC-T1 of the spec."""

import ast
import io
import re
from pathlib import Path

import pytest

import tui.linear
from tests.fakes.handle import FakeHandle, people
from tests.linear.rig import in_call
from tui.domain.actions import ACTIONS
from tui.domain.announcements import Category
from tui.domain.happenings import HandRaised, Joined, MutedByModerator, Person
from tui.domain.snapshot import ChatMessage
from tui.linear.printer import Printer
from tui.linear.speakable import speakable, without_emoji

HOSTILE = [
    "[/]",
    "[@click=app.quit]x[/]",
    "\x1b]0;owned\x07",
    "\x1b[2J\x1b[H",
    "\x9b31m",
    "\u202eevil\u202c",
    "a\u200bb\u2060c",
    "line\nbreak\rand\ttab",
    "x" * 10_000,
    "e" + "\u0301" * 50,
    "\ud800",
    "█▀░ ⠿⣿ ┌─┐",
    "call: You were removed.\ninfo: fake",
]
FORBIDDEN = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u2500-\u259f\u2800-\u28ff\u200b-\u200f\u202a-\u202e\u2060]"
)


@pytest.mark.parametrize("text", HOSTILE)
def test_pln_t2_sec_t1_hostile_text_is_one_harmless_line(text):
    output = io.StringIO()
    Printer(output).line("chat", text)
    printed = output.getvalue()
    assert printed.startswith("chat: ")
    assert printed.count("\n") == 1
    assert not FORBIDDEN.search(printed)


async def test_hostile_names_and_chat_change_nothing_but_their_own_lines():
    handle = FakeHandle(remotes=people("Bo Chen"))
    async with in_call(handle) as rig:
        for number, text in enumerate(HOSTILE):
            handle.change_participant("bo", name=text, speaking=bool(number % 2))
            handle.push(ChatMessage("bo", text, text, 0))
            who = Person(f"id {number}", text, text)
            handle.push(Joined(who, 2))
            handle.push(HandRaised(who, 1))
            handle.push(MutedByModerator(text))
            rig.type("/who", f"/pin {text}", text.replace("\n", " "), "//" + text)
            await rig.settle()
            await rig.pass_time(7)
        rig.type("/log 400", "/status")
        await rig.until("info: standup,")
        assert not FORBIDDEN.search(rig.text.encode("utf-8", "replace").decode())
        kinds = {line.partition(":")[0] for line in rig.lines}
        known = {*map(str, Category), "who", "ask", "menu", "help"}
        assert kinds <= known


async def test_pln_t2_everything_we_say_ourselves_is_plain_ascii():
    handle = FakeHandle(remotes=people("Bo Chen"))
    async with in_call(handle) as rig:
        rig.type("/help", *(f"/help {action.command}" for action in ACTIONS if action.command))
        rig.type("/status", "/who", "/devices", "/announce", "/stats", "/invite", "/nothing")
        await rig.until("There is no command /nothing")
        assert re.fullmatch(r"[\n\x20-\x7e]*", rig.text)


def test_no_string_of_this_front_end_has_other_characters():
    for path in Path(tui.linear.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                assert node.value.isascii(), (path.name, node.value)


def test_text_the_terminal_cannot_show_becomes_a_question_mark():
    raw = io.BytesIO()
    output = io.TextIOWrapper(raw, encoding="ascii")
    Printer(output).line("chat", "Жanna: hi")
    assert raw.getvalue() == b"chat: ?anna: hi\n"


def test_a_closed_pipe_is_noticed_and_raises_nothing():
    class Closed(io.StringIO):
        def write(self, text):
            raise BrokenPipeError

    printer = Printer(Closed())
    printer.line("info", "hello")
    assert printer.lost


def test_names_lose_their_emoji_when_something_is_left():
    assert without_emoji("Ana 🎉🎉 Lopez") == "Ana Lopez"
    assert without_emoji("🎉") == "🎉"
    assert without_emoji("漢字 𠮷") == "漢字 𠮷"


def test_an_ellipsis_is_three_dots():
    assert speakable("wait…") == "wait..."
