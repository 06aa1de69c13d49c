"""One slash command, done: finds the action, asks where it can't be undone, prints the answer.

While a command waits for the network, those for the microphone are done at once; other lines wait.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Final

from tui.domain.actions import Action, Scope, Turn
from tui.domain.announcements import Category, Priority
from tui.domain.commands.call import Detach
from tui.domain.errors import CallsError
from tui.domain.happenings.english_phrases import detached_sentence
from tui.domain.quality import PictureQuality
from tui.domain.snapshot import Snapshot
from tui.domain.text import clean
from tui.front.switchboard import Switchboard, Wish, why_not
from tui.front.typed import Typed, offered, parse
from tui.linear.captions import CaptionLines
from tui.linear.conversation import Back, Conversation
from tui.linear.line_queue import LineQueue
from tui.linear.messages import Messages
from tui.linear.own_commands import OwnCommands
from tui.linear.said import Said
from tui.linear.supplies import LinearSupplies
from tui.linear.talking import Talking
from tui.ports.handle import Handle

_ANSWER_S: Final = 15.0
"""The longest any command may take; leaving tells the server and waits for media to stop."""


LEAVING: Final = "Leaving."
YES: Final = "--yes"
"""Answers the question of a command beforehand: in scripts nobody can be asked."""


class _Instead(Exception):
    """A question was answered with another command."""

    def __init__(self, line: str) -> None:
        super().__init__()
        self.line = line


async def _instead(line: str) -> None:
    raise _Instead(line)


class QuitWanted(Exception):
    """The person typed `/quit` and means it."""


class DetachWanted(Exception):
    """The call goes on without us; the text says for how long."""


class Dispatcher:
    """Does commands for one front end.

    Args:
        handle: The session.
        queue: Where answers go.
        conversation: Where questions are answered.
        supplies: What plain mode is given from outside.
        quality: Of pictures, as chosen beforehand.
        captions: How what people say is printed.
    """

    def __init__(
        self,
        handle: Handle,
        queue: LineQueue,
        conversation: Conversation,
        supplies: LinearSupplies,
        *,
        quality: PictureQuality,
        captions: CaptionLines,
    ):
        self._handle = handle
        self._queue = queue
        self._conversation = conversation
        self._switchboard = Switchboard(
            lambda: handle,
            now_ms=supplies.now_ms,
            say=lambda line: queue.reply(line.category, line.text),
            whose_sound=supplies.whose_sound,
        )
        self._announcer = supplies.announcer
        self._captions = captions
        self._own = OwnCommands(queue, handle.snapshot, quality, supplies.memory)
        self.talking = Talking(handle, queue)
        self.messages = Messages(self._switchboard, queue)

    @property
    def _snapshot(self) -> Snapshot:
        return self._handle.snapshot()

    async def resolve(self, line: str, scope: Scope) -> tuple[Action, str] | None:
        """The one action meant and its argument; None when there is none (and it was said)."""
        command = parse(line, offered(scope))
        if not command.actions:
            told = f"There is no command /{command.word}. It was not sent. Type /help for commands."
            self._queue.say(Category.ERROR, told, Priority.REPLY)
            return None
        action = command.actions[0]
        if len(command.actions) > 1:
            try:
                chosen = await self._which(command)
            except _Instead as instead:
                return await self.resolve(instead.line, scope)
            if chosen is None:
                return None
            action = chosen
        problem = why_not(action, self._snapshot, scope, f"/{action.command}", command.argument)
        if problem:
            self._queue.say(Category.ERROR, problem, Priority.REPLY)
            return None
        return action, command.argument

    async def _which(self, command: Typed) -> Action | None:
        if not self._conversation.interactive:
            words = ", ".join(f"/{action.command}" for action in command.actions)
            self._queue.say(Category.ERROR, f"/{command.word} can be {words}.", Priority.REPLY)
            return None
        try:
            index = await self._conversation.choose(
                [
                    (a.command, f"/{a.command}, {(a.plain or a.help).rstrip('.')}")
                    for a in command.actions
                ],
                on_command=_instead,
            )
        except Back:
            return None
        return command.actions[index]

    async def do(self, action: Action, argument: str, scope: Scope) -> None:
        """Do it and print the answer; refusals are printed, too.

        Raises:
            QuitWanted: For `/quit`.
            DetachWanted: The call was detached.
        """
        try:
            argument, agreed = _without_yes(action, argument)
            wish = self._switchboard.read(action, argument, scope, called=f"/{action.command}")
            try:
                if not (agreed or await self._confirmed(wish)):
                    return
            except _Instead as instead:
                # The question is refused, and another command is given.
                resolved = await self.resolve(instead.line, scope)
                if resolved is not None:
                    await self.do(*resolved, scope)
                return
            if action.id == "call.leave":
                self._queue.reply("call", LEAVING)
            if action.id == "app.quit":
                raise QuitWanted
            if isinstance(wish.command, Detach):
                seconds = await self._handle.do(wish.command, action=action.id)
                raise DetachWanted(detached_sentence(seconds))
            if action.turn is Turn.CHAT:
                sent = self.messages.send(wish, wait=not self._conversation.interactive)
                await self._conversation.meanwhile(sent, partial(self._urgent, scope))
            elif action.id == "mic.talk":
                await self.talking.toggle()
            elif not self._did_own(action, argument, scope):
                await self._conversation.meanwhile(self._fulfil(wish), partial(self._urgent, scope))
        except CallsError as error:
            self._queue.say(Category.ERROR, _told(error), Priority.REPLY)

    async def _fulfil(self, wish: Wish) -> None:
        try:
            async with asyncio.timeout(_ANSWER_S):
                lines = await self._switchboard.fulfil(wish)
        except TimeoutError:
            told = f"/{wish.action.command} had no answer in {_ANSWER_S:.0f} seconds."
            self._queue.say(Category.ERROR, told, Priority.REPLY)
            return
        for line in lines:
            self._queue.code(line.code)
            self._queue.reply(line.category, line.text)

    async def _urgent(self, scope: Scope, text: str) -> bool:
        """Do a line at once if it is for the microphone; Enter ends talking. Says whether."""
        line = text.strip()
        if not line:
            return await self.talking.stop()
        if not line.startswith("/"):
            return False
        typed = parse(line, offered(scope))
        if [action.turn for action in typed.actions] != [Turn.AT_ONCE]:
            return False
        await self.do(typed.actions[0], typed.argument, scope)
        return True

    def _did_own(self, action: Action, argument: str, scope: Scope) -> bool:
        match action.id:
            case "help":
                self._own.help(argument, scope)
            case "panel.events":
                self._own.log(argument)
            case "panel.people":
                self._own.who(argument)
            case "page.next":
                self._own.page(1)
            case "page.prev":
                self._own.page(-1)
            case "announce.set":
                self._own.announce(argument)
            case "picture.set":
                self._own.picture()
            case "quality.menu":
                self._own.quality(argument)
            case "announce.quiet":
                self._queue.reply("info", self._announcer.quiet(argument))
            case "speech.set":
                self._queue.reply("info", self._announcer.speak(argument))
            case "captions.show":
                return self._captions.choose(argument)
            case "speech.stop":
                # Printed but not spoken: it was asked to be silent.
                self._queue.repeat(Said("info", self._announcer.hush()))
            case _:
                return False
        return True

    async def _confirmed(self, wish: Wish) -> bool:
        question, asks = wish.question(self._snapshot), wish.action.asks
        if not question or asks is None:
            return True
        if not self._conversation.interactive:
            if asks.default:
                return True
            told = f"{question} Not done: nobody can answer here. Add {YES} to do it."
            self._queue.say(Category.ERROR, told, Priority.REPLY)
            return False
        try:
            return await self._conversation.yes_or_no(
                question, default=asks.default, on_command=_instead
            )
        except Back:
            return False


def _without_yes(action: Action, argument: str) -> tuple[str, bool]:
    """An argument without `--yes` at its end, and whether that was there."""
    words = argument.split()
    if action.asks is None or words[-1:] != [YES]:
        return argument, False
    return " ".join(words[:-1]), True


def _told(error: CallsError) -> str:
    """An error's words, without the code: the code is for machines."""
    return clean(error.description) or error.code
