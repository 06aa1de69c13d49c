"""A person at one of the two front ends, who does the same things at both."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from tests.fakes.handle import ANA, FakeHandle
from tests.linear.rig import Rig
from tests.linear.rig import running as plain_running
from tests.screens.driving import Driver, card, make_app, text_of, until
from tests.screens.driving import running as app_running
from tui.app import CallApp
from tui.domain.commands.call import JoinById, JoinRoom, JoinWithToken
from tui.domain.commands.own import CheckSound
from tui.front.start import Credentials, StartPlan
from tui.panel.dialog import Dialog
from tui.ports.memory import Memory
from tui.screens.green_room import GreenRoomScreen
from tui.screens.picker import PickerScreen

FRONT_ENDS: Final = ("plain", "app")
JOINS: Final = (JoinWithToken, JoinById, JoinRoom)


class Person(ABC):
    """What a person does before a call, whichever front end it is."""

    def __init__(self, handle: FakeHandle):
        self.handle = handle

    @property
    def joins(self) -> int:
        """How many calls were joined."""
        return sum(len(self.handle.called(kind)) for kind in JOINS)

    @abstractmethod
    async def new(self, *, voice: bool = False) -> None:
        """Start a session, and be in the green room (or in the call, where there is none)."""

    @abstractmethod
    async def use(self, kind: str, name: str) -> None:
        """Choose a device by its name."""

    @abstractmethod
    async def check_again(self) -> None:
        """Look again at devices and server."""

    @abstractmethod
    async def join(self, *, microphone: bool | None = None, camera: bool | None = None) -> None:
        """Join, with microphone and camera on or off, or as they are offered."""

    @abstractmethod
    async def back(self) -> None:
        """Do not join."""

    @abstractmethod
    async def leave(self) -> None:
        """Leave the call; then the sessions are there."""

    @abstractmethod
    async def reads(self, words: str) -> None:
        """Wait until these words can be read."""


class PlainPerson(Person):
    def __init__(self, handle: FakeHandle, rig: Rig):
        super().__init__(handle)
        self._rig = rig
        self._voice = False

    async def _lobby(self) -> None:
        await self._rig.until("ask: Choose")

    async def new(self, *, voice: bool = False) -> None:
        await self._lobby()
        self._voice = voice
        asked, joins = self._rig.text.count("ask: Join "), self.joins
        self._rig.type("/new voice" if voice else "/new")
        while self._rig.text.count("ask: Join ") == asked and self.joins == joins:
            await self._rig.settle()

    async def use(self, kind: str, name: str) -> None:
        tried = len(self.handle.called(CheckSound))
        self._rig.type(f"/use {kind} {name}")
        while len(self.handle.called(CheckSound)) == tried:
            await self._rig.settle()

    async def check_again(self) -> None:
        self._rig.type("/refresh")

    async def join(self, *, microphone: bool | None = None, camera: bool | None = None) -> None:
        joins = self.joins
        self._rig.type({None: "", True: "no", False: "yes"}[microphone])
        asked = self._rig.text.count("camera on?")
        for _ in range(200):
            await self._rig.settle()
            if self._rig.text.count("camera on?") > asked or self.joins > joins:
                break
        if self.joins == joins:
            self._rig.type({None: "", True: "yes", False: "no"}[camera])
        while self.joins == joins or not self.handle.snapshot().in_session:
            await self._rig.settle()

    async def back(self) -> None:
        asked = self._rig.text.count("ask: Choose")
        self._rig.type("b")
        await self._rig.until("ask: Choose", times=asked + 1)

    async def leave(self) -> None:
        asked = self._rig.text.count("ask: Choose")
        self._rig.type("/leave", "")
        await self._rig.until("ask: Choose", times=asked + 1)

    async def reads(self, words: str) -> None:
        await self._rig.until(words)


class AppPerson(Person):
    def __init__(self, handle: FakeHandle, app: CallApp, pilot: Driver):
        super().__init__(handle)
        self._app = app
        self._pilot = pilot

    @property
    def _room(self) -> GreenRoomScreen:
        assert isinstance(self._app.base, GreenRoomScreen)
        return self._app.base

    def _in_call(self) -> bool:
        return self._app.call is not None and self._app.call.snapshot.in_session

    async def new(self, *, voice: bool = False) -> None:
        await until(self._pilot, lambda: isinstance(self._app.base, PickerScreen), "the sessions")
        self._app.flow.start_session("voice" if voice else "")
        await until(
            self._pilot,
            lambda: isinstance(self._app.base, GreenRoomScreen) or self._in_call(),
            "the green room",
        )
        if isinstance(self._app.base, GreenRoomScreen):
            await until(self._pilot, lambda: self.handle.called(CheckSound), "trying out")
            await until(
                self._pilot,
                lambda: self._app.focused and self._app.focused.id == "join-now",
                "Join has the focus",
            )

    async def use(self, kind: str, name: str) -> None:
        tried = len(self.handle.called(CheckSound))
        assert self._room.handle_action("device.choose", f"{kind} {name}")
        await until(self._pilot, lambda: len(self.handle.called(CheckSound)) > tried)

    async def check_again(self) -> None:
        await self._pilot.press("r")

    async def _switch(self, kind: str, key: str, *, on: bool | None) -> None:
        buttons = self._room.query(f"#toggle-{kind}")
        if on is not None and buttons and buttons.first().has_class("-on") is not on:
            await self._pilot.press(key)
            await self._pilot.pause()

    async def join(self, *, microphone: bool | None = None, camera: bool | None = None) -> None:
        await self._switch("microphone", "m", on=microphone)
        await self._switch("camera", "v", on=camera)
        await self._pilot.press("enter")
        await until(self._pilot, self._in_call, "the call")

    async def back(self) -> None:
        await self._pilot.press("escape")
        await until(self._pilot, lambda: isinstance(self._app.base, PickerScreen), "the sessions")

    async def leave(self) -> None:
        await self._pilot.press("q")
        await until(self._pilot, lambda: isinstance(card(self._app), Dialog), "the question")
        await self._pilot.press("enter")
        await until(self._pilot, lambda: isinstance(self._app.base, PickerScreen), "the sessions")

    async def reads(self, words: str) -> None:
        await until(self._pilot, lambda: words in " ".join(text_of(self._app).split()), words)


@asynccontextmanager
async def person_at(
    front_end: str, handle: FakeHandle, start: StartPlan, memory: Memory
) -> AsyncIterator[Person]:
    """Somebody signed in, at the sessions."""
    if front_end == "plain":
        known = Credentials(app=start.credentials.app, uid="ana", api_key="key")
        plan = StartPlan(credentials=known, entrance=start.entrance, media=start.media)
        async with plain_running(handle, plan, memory=memory) as rig:
            yield PlainPerson(handle, rig)
        return
    handle.change(user=ANA)
    app = make_app(handle, start, memory=memory)
    async with app_running(app, size=(100, 40)) as pilot:
        yield AppPerson(handle, app, pilot)
