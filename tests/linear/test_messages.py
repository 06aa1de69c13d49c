"""A chat message written while the connection is lost: said, sent by itself, or kept for Enter."""

from __future__ import annotations

import asyncio

import pytest

from tests.fakes.handle import FakeHandle, people
from tests.linear.rig import in_call
from tui.domain.commands.call import SendChat
from tui.domain.commands.own import SetMuted
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.snapshot import Phase

LOST = CallsError(ErrorCode.CONNECTION_FAILED, "Not sent: there was no connection for 60 s.")


class Line:
    """A connection that is lost until a test says how it ends."""

    def __init__(self, handle: FakeHandle) -> None:
        self.sent: list[str] = []
        self.back = asyncio.Event()
        self.refusal: CallsError | None = None
        handle.instead[SendChat] = self._send
        self._handle = handle

    def is_lost(self) -> None:
        self._handle.change(phase=Phase.RECONNECTING)

    async def _send(self, message: SendChat) -> None:
        await self.back.wait()
        if self.refusal is not None:
            raise self.refusal
        self.sent.append(message.text)


async def test_other_lines_are_done_while_a_message_waits_and_it_goes_out_by_itself() -> None:
    handle = FakeHandle(remotes=people("Bo Chen"))
    line = Line(handle)
    async with in_call(handle) as rig:
        line.is_lost()
        rig.type("are you there?", "/mute")
        await rig.until("Your message goes out when the connection is back.")
        await rig.until("mic: Microphone off.")
        assert handle.called(SetMuted) and not line.sent
        line.back.set()
        await rig.settle()
        assert line.sent == ["are you there?"]


async def test_what_waited_too_long_goes_out_with_enter() -> None:
    handle = FakeHandle(remotes=people("Bo Chen"))
    line = Line(handle)
    line.refusal = LOST
    line.back.set()
    async with in_call(handle) as rig:
        rig.type("first", "second")
        await rig.until("Enter sends it: first")
        await rig.until("Enter sends it: second")
        line.refusal = None
        rig.type("")
        await rig.settle()
        assert line.sent == ["first", "second"]
        rig.type("")
        await rig.settle()
        assert line.sent == ["first", "second"]


@pytest.mark.parametrize("code", [ErrorCode.VALIDATION, ErrorCode.NOT_PERMITTED])
async def test_a_message_nobody_may_send_is_not_kept(code: ErrorCode) -> None:
    handle = FakeHandle(remotes=people("Bo Chen"))
    line = Line(handle)
    line.refusal = CallsError(code, "The message has 9000 characters.")
    line.back.set()
    async with in_call(handle) as rig:
        rig.type("long")
        await rig.until("The message has 9000 characters.")
        line.refusal = None
        rig.type("")
        await rig.settle()
        assert not line.sent and "Enter sends it" not in rig.text


async def test_what_was_never_sent_is_said_at_the_end() -> None:
    handle = FakeHandle(remotes=people("Bo Chen"))
    line = Line(handle)
    async with in_call(handle) as rig:
        line.is_lost()
        rig.type("good bye")
        await rig.until("Your message goes out when the connection is back.")
        rig.type("/leave", "yes")
        assert await rig.ended() == 0
        assert "Never sent: good bye" in rig.text


async def test_a_pipe_waits_until_a_message_is_out() -> None:
    handle = FakeHandle(remotes=people("Bo Chen"))
    line = Line(handle)
    async with in_call(handle, interactive=False) as rig:
        rig.type("one")
        rig.end_input()
        await rig.until("Your message is still on its way.")
        line.back.set()
        assert await rig.ended() == 0
        assert line.sent == ["one"]
