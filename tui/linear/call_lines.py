"""What is typed in a call: a command, a chat message, or Enter alone."""

from __future__ import annotations

from typing import NoReturn

from tui.domain.actions import BY_ID, Scope
from tui.front.typed import offered, parse
from tui.linear.captions import CaptionLines
from tui.linear.conversation import Conversation
from tui.linear.dispatch import Dispatcher
from tui.linear.line_editor import EndOfLineInput
from tui.ports.handle import Handle


class CallLines:
    """Has each line done as it is typed.

    Args:
        handle: The session.
        conversation: Where lines come from.
        dispatcher: Does commands.
        captions: Shows more of them for Enter alone.
    """

    def __init__(
        self,
        handle: Handle,
        conversation: Conversation,
        dispatcher: Dispatcher,
        captions: CaptionLines,
    ) -> None:
        self._handle = handle
        self._conversation = conversation
        self._dispatcher = dispatcher
        self._captions = captions

    async def run(self) -> NoReturn:
        """Do line after line.

        Raises:
            CallOver, InputEnded, Interrupted: As `Conversation.read`.
            QuitWanted, DetachWanted: As `Dispatcher.do`.
        """
        while True:
            typed = await self._conversation.read()
            text = "/leave" if isinstance(typed, EndOfLineInput) else typed.text.strip()
            if not text:
                await self._enter_alone()
            elif text.startswith("/") and not text.startswith("//"):
                resolved = await self._dispatcher.resolve(text, Scope.CALL)
                if resolved is not None:
                    await self._dispatcher.do(*resolved, Scope.CALL)
            else:
                said = text.removeprefix("/") if text.startswith("//") else text
                local = self._handle.snapshot().local
                does = "caption.say" if local is not None and local.captioner else "chat.say"
                await self._dispatcher.do(BY_ID[does], said, Scope.CALL)

    async def _enter_alone(self) -> None:
        """Stop talking; else stay in an idle call; else send again; else show captions."""
        if await self._dispatcher.talking.stop():
            return
        if self._handle.snapshot().idle is not None:
            await self._dispatcher.do(BY_ID["idle.stay"], "", Scope.CALL)
        elif not await self._dispatcher.messages.send_again():
            self._captions.pull()


def leaves(line: str) -> bool:
    """Whether a line typed while we wait to be let in gives up waiting."""
    named = parse(line, offered(Scope.CALL)).actions if line.startswith("/") else ()
    return [one.id for one in named] in (["call.leave"], ["app.quit"])
