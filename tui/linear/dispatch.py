"""One slash command, done: resolves what was meant, asks where it can't be undone, answers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from tui.announcer import Announcer
from tui.commands import perform
from tui.domain.actions import Action, Scope
from tui.domain.announcements import Category, Priority
from tui.domain.errors import CallsError
from tui.domain.finding import find_participant
from tui.domain.quality import PictureQuality
from tui.domain.snapshot import Snapshot
from tui.domain.text import clean
from tui.linear.conversation import Back, Conversation
from tui.linear.feed import Feed
from tui.linear.own_commands import OwnCommands
from tui.linear.said import Said
from tui.linear.slash import Command, parse, why_not
from tui.linear.talking import Talking
from tui.ports.handle import Handle

_ANSWER_S: Final = 15.0
"""The longest any command may take; leaving tells the server and waits for media to stop."""


class _Instead(Exception):
    """A question was answered with another command."""

    def __init__(self, line: str) -> None:
        super().__init__()
        self.line = line


async def _instead(line: str) -> None:
    raise _Instead(line)


class QuitWanted(Exception):
    """The person typed `/quit` and means it."""


class Dispatcher:
    """Does commands for one front end.

    Args:
        handle: The session.
        feed: Where answers go.
        conversation: Where questions are answered.
        now_ms: Unix milliseconds.
        whose_sound: Whose devices these are, when that is not obvious.
        quality: Of pictures, as chosen beforehand.
        announcer: Speech, bell and quiet time.
    """

    def __init__(
        self,
        handle: Handle,
        feed: Feed,
        conversation: Conversation,
        now_ms: Callable[[], int],
        *,
        whose_sound: str = "",
        quality: PictureQuality = PictureQuality.AUTO,
        announcer: Announcer,
    ):
        self._handle = handle
        self._feed = feed
        self._conversation = conversation
        self._now_ms = now_ms
        self._whose_sound = whose_sound
        self._announcer = announcer
        self._own = OwnCommands(feed, handle.snapshot, quality)
        self.talking = Talking(handle, feed)

    @property
    def _snapshot(self) -> Snapshot:
        return self._handle.snapshot()

    async def resolve(self, line: str, scope: Scope) -> tuple[Action, str] | None:
        """The one action meant and its argument; None when there is none (and it was said)."""
        command = parse(line, scope)
        if not command.actions:
            told = f"There is no command /{command.word}. It was not sent. Type /help for commands."
            self._feed.say(Category.ERROR, told, Priority.REPLY)
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
        problem = why_not(action, self._snapshot, scope)
        if problem:
            self._feed.say(Category.ERROR, problem, Priority.REPLY)
            return None
        return action, command.argument

    async def _which(self, command: Command) -> Action | None:
        if not self._conversation.interactive:
            words = ", ".join(f"/{action.command}" for action in command.actions)
            self._feed.say(Category.ERROR, f"/{command.word} can be {words}.", Priority.REPLY)
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
        """
        try:
            try:
                if not await self._confirmed(action, argument):
                    return
            except _Instead as instead:
                # No to the question, and yes to something else.
                resolved = await self.resolve(instead.line, scope)
                if resolved is not None:
                    await self.do(*resolved, scope)
                return
            if action.id == "app.quit":
                raise QuitWanted
            if not self._did_own(action, argument, scope):
                async with asyncio.timeout(_ANSWER_S):
                    if action.id == "mic.talk":
                        await self.talking.toggle()
                        return
                    lines = await perform(
                        action.id,
                        argument,
                        self._handle,
                        self._now_ms(),
                        say=lambda line: self._feed.reply(line.category, line.text),
                        whose_sound=self._whose_sound,
                    )
                for line in lines:
                    self._feed.reply(line.category, line.text)
        except TimeoutError:
            told = f"/{action.command} had no answer in {_ANSWER_S:.0f} seconds."
            self._feed.say(Category.ERROR, told, Priority.REPLY)
        except CallsError as error:
            self._feed.say(Category.ERROR, _told(error), Priority.REPLY)

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
                self._feed.reply("info", self._announcer.quiet(argument))
            case "speech.set":
                self._feed.reply("info", self._announcer.speak(argument))
            case "speech.stop":
                # Printed but not spoken: it was asked to be silent.
                self._feed.repeat(Said("info", self._announcer.hush()))
            case _:
                return False
        return True

    async def _confirmed(self, action: Action, argument: str) -> bool:
        snapshot = self._snapshot
        if not self._conversation.interactive or not snapshot.in_session:
            return True
        title = snapshot.title or snapshot.session_id
        match action.id:
            case "call.leave" | "app.quit":
                question, default = f"Leave {title}?", True
            case "call.end":
                count = len(snapshot.participants)
                question, default = f"End the call for all {count} people?", False
            case "host.remove":
                who = find_participant(snapshot, argument, remote_only=True)
                question, default = f"Remove {who.name} from the call?", False
            case _:
                return True
        try:
            return await self._conversation.yes_or_no(
                question, default=default, on_command=_instead
            )
        except Back:
            return False


def _told(error: CallsError) -> str:
    """An error's words, without the code: the code is for machines."""
    return clean(error.description) or error.code
