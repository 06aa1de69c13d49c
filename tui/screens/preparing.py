"""The part of the app that keeps a green room before a call (spec ux 6.3)."""

from __future__ import annotations

from functools import partial
from typing import Final

from textual import on
from textual.notifications import SeverityLevel
from textual.screen import Screen

from tui.bridge import LevelsCame
from tui.domain.announcements import Category
from tui.domain.commands.own import ListDevices
from tui.domain.errors import CallsError
from tui.domain.ids import NO_STREAM, NOBODY
from tui.domain.snapshot import DeviceKind
from tui.domain.talk import Sensing
from tui.domain.text import clean
from tui.front.green_room import GreenRoom, own_name
from tui.front.start import Credentials, JoinTarget, StartPlan
from tui.panel.ui import Work
from tui.panel.view import Drawing
from tui.ports.memory import Forgetful, Memory
from tui.screens.acting import ActingApp
from tui.screens.green_room import GreenRoomScreen
from tui.widgets.preview import Preview

_HOLD: Final = "hold Space to talk"
_REPEAT: Final = "hold Space to talk, or tap it to start and again to stop"
_TAP: Final = "tap Space to start to talk, and again to stop"

_SWITCHED: Final = {"mic.toggle": DeviceKind.MICROPHONE, "cam.toggle": DeviceKind.CAMERA}
_TALK_KEY: Final = {Sensing.RELEASES: _HOLD, Sensing.REPEATS: _REPEAT, Sensing.TAPS: _TAP}


class PreparingApp(ActingApp):
    """Shows the green room, tries devices out in it, and remembers what came of it."""

    credentials: Credentials

    drawing: Drawing
    """How calls are drawn."""

    def set_up_preparing(self, start: StartPlan, memory: Memory | None, terminal: str) -> None:
        """Begin with what is known already; `terminal` is one line about it."""
        self._plan = start
        self.memory = memory or Forgetful()
        self._terminal_fact = terminal
        self._waiting_target = JoinTarget()
        self.room = GreenRoom(lambda: self.handle, self.memory, start)

    # ---- what the app itself provides
    async def show_screen(self, screen: Screen[None], title: str) -> None:
        """Take the place of the screen shown."""
        raise NotImplementedError

    async def join_now(self, target: JoinTarget) -> None:
        """Join, with what the green room decided."""
        raise NotImplementedError

    def turn_back(self) -> None:
        """Do not join after all."""
        raise NotImplementedError

    @property
    def green_room(self) -> GreenRoomScreen | None:
        """It, while it is shown."""
        return self.base if isinstance(self.base, GreenRoomScreen) else None

    async def enter(self, target: JoinTarget, *, voice: bool) -> None:
        """Into the green room, or straight into the call."""
        if not self.room.wanted:
            await self.join_now(target)
            return
        self._waiting_target = target
        self.room.enter(target, voice=voice, server=self.credentials.app.server)
        user = self.snapshot.user
        screen = GreenRoomScreen(
            self.room,
            label=clean(target.label, 60),
            name=self.room.name or own_name(self._plan.settings, user.name if user else ""),
            facts=self._facts(),
            still=self.still,
            preview=Preview(
                picture=lambda: self.handle.picture(NO_STREAM),
                want_picture=lambda width, height: self.handle.show_picture(
                    NO_STREAM, width, height
                ),
                look=self.drawing.look,
            ),
        )
        await self.show_screen(screen, f"Join {target.label}")
        self._latest("list-devices", partial(self._list_devices, screen))
        self._latest("check-server", partial(self._check_server, screen))

    def _facts(self) -> list[str]:
        size = f"{self.size.width}x{self.size.height}"
        server = self.room.address
        facts = [
            f"Terminal  {size}. {self._terminal_fact}".rstrip(),
            f"Talk key  {_TALK_KEY[self.sensing]}",
        ]
        if server:
            facts.append(f"Server    {clean(server, 60)}")
        if self.whose_sound:
            facts.append(f"! {self.whose_sound}")
        return facts

    async def _list_devices(self, screen: GreenRoomScreen) -> None:
        for kind in DeviceKind:
            try:
                found = await self.handle.do(ListDevices(kind))
            except CallsError as error:
                screen.say(error.description)
                return
            screen.offer(kind, found)

    async def _check_server(self, screen: GreenRoomScreen) -> None:
        """Show how the server answers; whatever it is, a join is possible."""
        screen.show_network("checking")
        try:
            answer = await self.room.ask_server()
        except CallsError as error:
            screen.show_network("")
            screen.say(clean(error.description))
            return
        if answer is None:
            screen.show_network("")
            return
        words = answer.words if answer.is_good else f"{answer.words}. {answer.advice}"
        screen.show_network(words, bad=not answer.is_good, answers=answer.failure is None)
        self.notices.tell_shown(Category.INFO, answer.sentence)

    def toast(self, text: str, severity: SeverityLevel = "information") -> None:
        """In the green room, answers stand still, where the questions are."""
        if self.green_room is not None and self.green_room.is_mounted:
            self.green_room.say(clean(text))
        else:
            super().toast(text, severity)

    def _latest(self, group: str, work: Work) -> None:
        """Do the newest of a kind of work; one before it that has not ended is given up."""
        self.run_worker(work, group=group, exclusive=True)  # type: ignore[arg-type]  # overloads

    def do_first(self, action_id: str) -> bool:
        """Microphone and camera keys that act everywhere act here, too."""
        if self.green_room is None:
            return False
        if action_id in _SWITCHED:
            self.green_room.action_switch(_SWITCHED[action_id])
        elif action_id == "session.refresh":
            self.green_room.action_check_again()
        else:
            return False
        return True

    # ---- trying out
    @on(GreenRoomScreen.CheckAgain)
    def _check_again(self) -> None:
        screen = self.green_room
        if screen is not None:
            self._latest("list-devices", partial(self._list_devices, screen))
            self._latest("check-server", partial(self._check_server, screen))
            self._try_out()

    @on(GreenRoomScreen.Changed)
    def _try_out(self) -> None:
        self._latest("sound-check", self._check)

    async def _check(self) -> None:
        try:
            await self.room.try_out()
        except CallsError as error:
            if self.green_room is not None:
                self.green_room.say(error.description)
            return
        if self.room.is_on(DeviceKind.CAMERA):
            await self._check_camera()

    @on(GreenRoomScreen.CameraSwitched)
    def _try_camera(self) -> None:
        self._latest("camera-check", self._check_camera)

    async def _check_camera(self) -> None:
        screen = self.green_room
        if screen is None:
            return
        try:
            size = await self.room.try_camera()
        except CallsError as error:
            screen.say(error.description)
            size = (0, 0)
        screen.show_camera(size)

    async def begin_recording(self) -> None:
        """A microphone that is off is opened for the test."""
        if self.green_room is not None and not self.room.is_on(DeviceKind.MICROPHONE):
            await self.room.try_out(open_microphone=True)

    def end_recording(self) -> None:
        """Off is off."""
        if self.green_room is not None and not self.room.is_on(DeviceKind.MICROPHONE):
            self._try_out()

    @on(LevelsCame)
    def _levels_came(self, event: LevelsCame) -> None:
        if self.green_room is not None:
            self.green_room.show_level(event.levels.dbov.get(NOBODY, -127.0))
        elif self.panel is not None:
            self.panel.follow_levels(event.levels)

    # ---- the decision
    @on(GreenRoomScreen.Decided)
    async def _decided(self, event: GreenRoomScreen.Decided) -> None:
        self.workers.cancel_group(self, "check-server")
        user = self.snapshot.user
        self.room.name = "" if user is not None and event.name == user.name else event.name
        await self.join_now(self._waiting_target)

    @on(GreenRoomScreen.BackWanted)
    def _back_wanted(self) -> None:
        self.workers.cancel_group(self, "check-server")
        self.spawn(self._end_check)
        self.turn_back()

    async def _end_check(self) -> None:
        try:
            await self.room.close()
        except CallsError as error:
            self.notices.note(Category.ERROR, error.description)
