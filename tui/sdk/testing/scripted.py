"""A `Calls` whose other participants follow a script."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from tui.domain.commands import Command
from tui.domain.commands.account import Init, Login
from tui.domain.errors import CallsError
from tui.domain.server_answer import ServerAnswer
from tui.domain.settings import AppSettings
from tui.domain.snapshot import User
from tui.engine.local import LocalHandle
from tui.engine.slots import MemoryPictures
from tui.ports.handle import Handle
from tui.sdk.answers import JoinResult
from tui.sdk.calls import Calls
from tui.sdk.testing import steps
from tui.sdk.testing.cast import Cast, Pictures
from tui.sdk.testing.clock import ScriptClock, settle
from tui.sdk.testing.devices import NoVoice, ScriptedDevices
from tui.sdk.testing.recordings import NoRecordings
from tui.sdk.testing.service import MemoryService
from tui.sdk.testing.transport import Room, ScriptedTransport
from tui.session.core import SessionCore
from tui.session.world import World

if TYPE_CHECKING:
    from textual.pilot import Pilot

_APP: Final = AppSettings(server="http://scripted.invalid")


class _NoNetwork:
    async def measure(self, address: str) -> ServerAnswer:
        return ServerAnswer(round_trip_ms=1)


class ScriptedCalls(Calls):
    """See `scripted_calls`. Logged in from the beginning; its clock moves when it is told to."""

    def __init__(self, room: Room, script: Sequence[steps.Step], devices: ScriptedDevices):
        super().__init__(engine=self._open_handle, keep_login=False)
        self._room = room
        self._script = sorted(script, key=lambda step: step.at_s)
        self._due: list[steps.Step] = []
        self._devices = devices
        self._line.clock = room.clock.unix_ms
        self._sign_in.assume(_APP, "scripted")

    async def _open_handle(self) -> Handle:
        room, pictures = self._room, MemoryPictures()
        service = MemoryService(
            api_key=None,
            open_users=True,
            now_s=lambda: room.clock.unix_ms() / 1000,
            monotonic_s=lambda: room.clock.now_s,
        )
        service.add_user(room.user)
        core = SessionCore(
            World(
                make_service=lambda _app: service,
                make_transport=lambda _document: ScriptedTransport(room, self._begin),
                probe=_NoNetwork(),
                devices=self._devices,
                synthesizer=NoVoice(),
                slots=pictures,
                recordings=NoRecordings(),
                clock=room.clock.clock(),
            )
        )
        handle = LocalHandle(core, pictures)
        await handle.do(Init(_APP))
        await handle.do(Login(room.user.uid, "scripted"))
        return handle

    def get_logged_in_user(self) -> User | None:
        """Who is logged in; also before anything was awaited."""
        return (self.snapshot.user or self._room.user) if self._sign_in.auth_token else None

    async def _join(
        self, command: Callable[[Mapping[str, object]], Command[None]], *where: object
    ) -> JoinResult:
        result = await super()._join(command, *where)
        # What is told after a join, by whatever task, has been told: no test has to wait for it.
        await settle()
        return result if result.error is not None else JoinResult(self.snapshot, None)

    def _begin(self) -> None:
        """Our user is in: what the script has for this moment is so already."""
        self._due = list(self._script)
        for step in self._taken(0.0):
            self._do(step)

    def _taken(self, until_s: float) -> list[steps.Step]:
        """The steps up to that moment after the join, taken off the script."""
        now = [step for step in self._due if step.at_s <= until_s]
        self._due = [step for step in self._due if step.at_s > until_s]
        return now

    @property
    def now_s(self) -> float:
        """Seconds since the join, by the script's clock."""
        return self._room.clock.now_s - self._room.began_s

    @property
    def written(self) -> list[str]:
        """What our user wrote in the chat."""
        return self._room.chat

    async def advance(self, seconds: float) -> None:
        """Move the clock, and let the script and the session do what is due until then.

        Raises:
            CallsError: `VALIDATION_ERROR` for a step of somebody who is not there.
        """
        room, end_s = self._room, self.now_s + seconds
        while self._due and self._due[0].at_s <= end_s:
            at_s = self._due[0].at_s
            await room.clock.move_to(room.began_s + at_s)
            for step in self._taken(at_s):
                self._do(step)
            await settle()
        await room.clock.move_to(room.began_s + end_s)

    def _do(self, step: steps.Step) -> None:
        if isinstance(step, steps.PlugsIn):
            self._devices.plug(step.label, plugged=step.plugged)
            return
        self._room.do(step)
        if isinstance(step, steps.Talks):
            silence = steps.FallsSilent(step.name, step.at_s + step.for_s)
            self._due = sorted([*self._due, silence], key=lambda one: one.at_s)

    async def drawn(self, pilot: Pilot[Any]) -> None:
        """Wait until an app shows the call as it is now: `snap_compare(..., run_before=...)`."""
        from tui.sdk.testing.drawn import drawn

        await settle()
        await drawn(pilot)

    async def played(self, pilot: Pilot[Any]) -> None:
        """Play the script to its end, and wait until the app shows it: a `run_before`, too."""
        await self.play()
        await self.drawn(pilot)

    async def play(self) -> None:
        """Play the script to its end."""
        while self._due:
            await self.advance(self._due[-1].at_s - self.now_s)
        await settle()


def scripted_calls(
    *,
    user: str | User = "ana",
    people: Sequence[str] = (),
    pictures: Pictures = "bars",
    script: Sequence[steps.Step] = (),
    refuse: CallsError | None = None,
    moderator: bool = True,
) -> ScriptedCalls:
    """A `Calls` without server, devices or clock, logged in, for tests of the app around it.

    Args:
        user: Ours: a uid, or a `User`.
        people: Names of who is in every session that is joined.
        pictures: What everybody looks like: `bars`, `colour=RRGGBB`, the path of a picture, or
            `none`; or a mapping of names to these. Our user is in it by name, too.
        script: What happens, in seconds after the join. What is due at 0 has happened when the join
            is answered; `advance` and `play` bring the rest.
        refuse: What a join is refused with.
        moderator: Whether our user is one.

    Raises:
        CallsError: `VALIDATION_ERROR` for pictures that are none.
    """
    ours = user if isinstance(user, User) else User(user, user.title())
    cast, clock = Cast(people, pictures), ScriptClock()
    room = Room(cast, clock, ours, refuse=refuse, moderator=moderator)
    camera = Cast((), pictures).cast(ours.name)
    seen = camera.picture_of_camera(clock)
    return ScriptedCalls(room, script, ScriptedDevices(seen))
