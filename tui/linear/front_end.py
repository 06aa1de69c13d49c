"""The linear front end: a whole call, one event a line (spec ux 3.4)."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable, Coroutine
from dataclasses import replace
from functools import partial
from typing import Any, TextIO

from tui.domain.captions import Caption
from tui.domain.commands.account import Logout
from tui.domain.commands.call import Attach, Detach, Leave
from tui.domain.device_choice import MediaChoice
from tui.domain.endings import leave_within_s
from tui.domain.errors import HOPELESS, CallsError, ErrorCode, ExitCode, exit_code_of
from tui.domain.events import SessionEvent
from tui.domain.ids import NO_STREAM
from tui.domain.settings import SessionType
from tui.domain.text import clean
from tui.front.green_room import GreenRoom, own_name
from tui.front.start import Credentials, JoinTarget, StartPlan, join
from tui.linear.call_lines import CallLines, leaves
from tui.linear.captions import CaptionLines, Mode
from tui.linear.conversation import (
    Back,
    CallOver,
    Conversation,
    InputEnded,
    Interrupted,
)
from tui.linear.copies import Copies
from tui.linear.dispatch import LEAVING, DetachWanted, Dispatcher, QuitWanted
from tui.linear.following import Following
from tui.linear.green_room import Questions
from tui.linear.keyboard import Keyboard
from tui.linear.line_queue import LineQueue
from tui.linear.lobby import Lobby, log_in
from tui.linear.printer import Printer
from tui.linear.said import AsJson, Said, as_words
from tui.linear.supplies import LinearSupplies
from tui.ports.handle import Handle


class LinearFrontEnd:
    """Runs one person's calls on a line-by-line terminal.

    Args:
        handle: The session; closed by the caller.
        start: What is known before the first question.
        input: Where lines come from.
        output: Where lines go.
        supplies: What it is given from outside.
    """

    def __init__(
        self,
        handle: Handle,
        *,
        start: StartPlan,
        input: Keyboard,
        output: TextIO,
        supplies: LinearSupplies | None = None,
    ):
        supplies = supplies or LinearSupplies()
        clock, now_ms = supplies.clock, supplies.now_ms
        self._handle = handle
        self._start = start
        self.credentials = start.credentials
        """What the person signed in with last."""
        self._keyboard = input
        self._clock = clock
        self._now_ms = now_ms
        self._whose_sound = supplies.whose_sound
        self._room = GreenRoom(lambda: self._handle, supplies.memory, start)
        form = AsJson(now_ms) if start.json else as_words
        self._printer = Printer(output, form)
        self._queue = LineQueue(self._printer, clock, summing=not start.json, now_ms=now_ms)
        self._announcer = supplies.announcer
        if not start.json:
            self._announcer.ring = self._printer.ring
        self._copies = Copies(start, form, partial(self._queue.reply, "error"))
        self._queue.printed = self._printed
        self._queue.silences = self._announcer.silences
        self._conversation = Conversation(input, self._queue, clock)
        self._captions = CaptionLines(
            self._queue,
            clock,
            self._copies.caption,
            Mode(start.captions),
        )
        self._dispatcher = Dispatcher(
            handle,
            self._queue,
            self._conversation,
            supplies,
            quality=start.quality.quality,
            captions=self._captions,
        )
        self._lines = CallLines(handle, self._conversation, self._dispatcher, self._captions)
        self._queue_changed = asyncio.Event()
        self._queue.changed = self._queue_changed.set
        self._following = Following(handle, self._queue, self._conversation.over, now_ms)
        self._following.captioned = self._captioned
        self._keeps = supplies.keeps
        self._stopped = self._hung_up = False

    async def run(self) -> int:
        """Run until the person has left. Returns the exit code."""
        self._keyboard.start(self._printer.echo, self._queue.typed)
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self._stop)
        loop.add_signal_handler(signal.SIGHUP, self._hang_up)
        side: list[asyncio.Task[None]] = [
            asyncio.create_task(self._following.run()),
            asyncio.create_task(self._keep_time()),
            asyncio.create_task(self._announcer.run(lambda: self._handle)),
        ]
        main = asyncio.create_task(self._main())
        try:
            # A failure of ours in a side task must end the program, not silence it.
            while not main.done():
                running = [task for task in side if not task.done()]
                await asyncio.wait((main, *running), return_when=asyncio.FIRST_COMPLETED)
                for task in side:
                    if task.done():
                        task.result()
            return main.result()
        finally:
            for one in (main, *side):
                one.cancel()
            await asyncio.gather(main, *side, return_exceptions=True)
            await self._conversation.close()
            await self._dispatcher.talking.close()
            await self._dispatcher.messages.close()
            for number in (signal.SIGTERM, signal.SIGHUP):
                loop.remove_signal_handler(number)
            self._keyboard.close()
            self._copies.close()

    def _printed(self, said: Said) -> None:
        if not isinstance(said.source, SessionEvent):
            self._announcer.shown(said.kind, said.text, said.priority)
        self._copies.say(said)

    def _captioned(self, caption: Caption) -> None:
        self._captions.heard(caption)
        self._queue_changed.set()

    def _hang_up(self) -> None:
        self._hung_up = True
        self._stop()

    async def _part(self) -> None:
        """Leave; where the terminal went away and the call is to be kept, let it go on."""
        if self._keeps and (self._hung_up or self._printer.lost):
            with contextlib.suppress(CallsError, TimeoutError):
                async with asyncio.timeout(leave_within_s(self._handle.snapshot())):
                    await self._handle.do(Detach())
        else:
            await self._leave()

    def _stop(self) -> None:
        self._stopped = True
        self._conversation.over.set()

    # ---- the way through
    async def _main(self) -> int:
        self._copies.open()
        self._queue.reply("info", f"Plain mode on ({self._start.reason}). Type /help for commands.")
        if self._whose_sound:
            self._queue.reply("info", self._whose_sound)
        self._announcer.open(partial(self._queue.reply, "info"))
        self._queue.reply("call", "Starting.")
        try:
            return await self._calls()
        except CallsError as error:
            self._queue.reply("error", clean(error.description) or error.code)
            return exit_code_of(error)
        except Interrupted:
            await self._leave()
            return ExitCode.INTERRUPTED
        except DetachWanted as detached:
            self._queue.reply("call", str(detached))
            return ExitCode.LEFT
        except (InputEnded, QuitWanted, Back) as why:
            if isinstance(why, InputEnded) and self._conversation.interactive:
                self._hung_up = True
            in_session = self._handle.snapshot().in_session
            self._queue.reply(*(("call", LEAVING) if in_session else ("info", "Quitting.")))
            await self._part()
            return ExitCode.LEFT
        except CallOver:
            self._following.say_gone()
            await self._part()
            return ExitCode.CONNECTION_LOST if self._following.gone else ExitCode.LEFT

    async def _calls(self) -> int:
        start = self._start
        if self._handle.snapshot().in_session:
            return await self._call(partial(self._handle.do, Attach()))
        if start.target and not start.target.needs_login:
            return await self._enter(start.target, self._settings(), again=True)
        while True:
            self.credentials = await log_in(
                self._handle, self.credentials, self._queue, self._conversation, self._dispatcher
            )
            if start.target:
                return await self._enter(start.target, self._settings(), again=True)
            code = await self._menu()
            if code is not None:
                return code
            # Signed out: only what names a person is forgotten.
            self.credentials = Credentials(app=self.credentials.app)

    async def _menu(self) -> int | None:
        """Calls from the menu; None after signing out.

        A call at another server signs out here, too: it ends the program with its exit code.
        """
        lobby = Lobby(
            self._handle,
            self._queue,
            self._conversation,
            self._dispatcher,
            app=self.credentials.app,
            now_ms=self._now_ms,
        )
        while True:
            wish = await lobby.choose()
            if wish.sign_out:
                await self._handle.do(Logout())
                self._queue.reply("info", "Signed out.")
                return None
            settings = self._settings()
            if wish.voice:
                settings["sessionType"] = "VOICE"
            try:
                code = await self._enter(wish.target, settings)
                if wish.target.server:
                    return code
            except CallsError as error:
                if self._following.gone:
                    raise  # said by whoever ends the program
                self._queue.reply("error", clean(error.description) or error.code)
                if wish.target.server:
                    await log_in(
                        self._handle,
                        self.credentials,
                        self._queue,
                        self._conversation,
                        self._dispatcher,
                    )
            except Back:
                continue

    async def _enter(
        self, target: JoinTarget, settings: dict[str, Any], *, again: bool = False
    ) -> int:
        """The green room, then the call. Returns the exit code.

        Args:
            target: What to join.
            settings: With these.
            again: Offer to try again; there is no menu to go back to.
        """
        media = await self._prepared(target, settings)
        while True:
            try:
                return await self._call(partial(join, self._handle, target, settings, media))
            except CallsError as error:
                wrong = error.code == ErrorCode.PASSWORD_WRONG
                offers = self._conversation.interactive and not self._following.gone
                again = again and error.code not in HOPELESS
                if not offers or not (wrong or again):
                    raise
                self._queue.reply("error", clean(error.description) or error.code)
                if not wrong:
                    if not await self._conversation.yes_or_no("Try again?", default=True):
                        return exit_code_of(error)
                    continue
            password = await self._conversation.ask("Password? Typing is hidden.", secret=True)
            target = replace(target, password=password)

    def _settings(self) -> dict[str, Any]:
        return dict(self._start.settings)

    async def _prepared(self, target: JoinTarget, settings: dict[str, Any]) -> MediaChoice:
        """The devices to join with; whoever can answer is asked how."""
        room = self._room
        if not (room.wanted and self._conversation.interactive):
            return self._start.media
        if target.jitsi and not own_name(settings, ""):
            # Nobody signs in there, so no server knows a name.
            room.name = await self._conversation.ask("Your name, as others see it? Empty: Guest.")
        room.enter(target, voice=settings.get("sessionType") == SessionType.VOICE)
        questions = Questions(room, self._handle, self._queue, self._conversation, self._dispatcher)
        await questions.decide(target.session_id or "the call", settings)
        return room.join_with(settings)

    # ---- one call
    async def _call(self, join: Callable[[], Coroutine[Any, Any, None]]) -> int:
        self._following.connecting()
        if not self._handle.snapshot().in_session:
            self._queue.reply("call", "Connecting.")
        try:
            await self._conversation.until(join(), self._gives_up)
        except Back:
            self._queue.reply("call", "You no longer wait.")
            await self._leave()
            raise
        self._handle.show_picture(
            NO_STREAM, 0, 0
        )  # nothing is drawn here: nobody's picture is wanted
        self._following.joined()
        self._conversation.in_call(joined=True)
        try:
            async with asyncio.timeout(self._start.duration_s or None):
                await self._lines.run()
        except TimeoutError:
            await self._leave()
        except CallOver:
            if self._stopped:
                await self._part()
        finally:
            self._conversation.in_call(joined=False)
            await self._dispatcher.talking.close()
        await self._following.last_words()
        if not self._stopped and not self._following.gone:
            self._conversation.over.clear()
        return self._following.exit_code()

    def _gives_up(self, typed: str | None) -> bool:
        """Whether what was typed (None: a control key) ends waiting to be let in."""
        if not self._following.waits or typed is None:
            return self._following.waits
        return leaves(typed)

    async def _leave(self) -> None:
        if self._following.gone:
            return
        # On the way out a refusal or no answer changes nothing: the engine goes with us.
        with contextlib.suppress(CallsError, TimeoutError):
            async with asyncio.timeout(leave_within_s(self._handle.snapshot())):
                await self._handle.do(Leave())
        await self._following.last_words()

    async def _keep_time(self) -> None:
        """Print what falls due, and notice when nobody reads any more."""
        while True:
            if self._printer.lost:
                self._stop()
            due = (self._queue.next_due_s(), self._captions.next_due_s())
            due_s = min((one for one in due if one is not None), default=None)
            wait_s = None if due_s is None else max(0.0, due_s - self._clock())
            self._queue_changed.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._queue_changed.wait()
            self._captions.tick()
            self._queue.tick()
