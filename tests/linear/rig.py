"""A person at a linear front end: types lines, reads what was printed."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable
from contextlib import asynccontextmanager
from typing import Any

from tests.fakes.handle import NOW_MS, FakeHandle
from tui.front.announcer import Announcer
from tui.front.start import Credentials, JoinTarget, StartPlan
from tui.linear import LinearFrontEnd, LinearSupplies
from tui.linear.line_editor import EndOfLineInput, Entered, InputClosed, Interrupt, Typed

KEY = Credentials(uid="ana", api_key="key")
TO = JoinTarget(session_id="standup")


class Clock:
    """Monotonic seconds that move when told."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


class ScriptedKeyboard:
    """A keyboard a test types on."""

    def __init__(self, *, interactive: bool = True):
        self.interactive = interactive
        self.typed: asyncio.Queue[Typed] = asyncio.Queue()
        self.hidden: list[bool] = []
        self.closed = False
        self.on_key: Callable[..., None] = lambda **_: None

    def start(self, echo: Callable[[str], None], on_key: Callable[..., None]) -> None:
        self.on_key = on_key

    async def read(self) -> Typed:
        return await self.typed.get()

    def hide(self, *, hidden: bool) -> None:
        self.hidden.append(hidden)

    def close(self) -> None:
        self.closed = True


class Rig:
    def __init__(self, handle: FakeHandle, plan: StartPlan, **options: Any):
        interactive = options.pop("interactive", True)
        self.handle = handle
        self.clock = Clock()
        self.keyboard = ScriptedKeyboard(interactive=interactive)
        self.output = io.StringIO()
        self.front_end = LinearFrontEnd(
            handle,
            start=plan,
            input=self.keyboard,
            output=self.output,
            supplies=LinearSupplies(
                clock=self.clock,
                now_ms=lambda: handle.now_ms,
                **{"announcer": Announcer(clock=self.clock), **options},
            ),
        )
        self.exit_code: asyncio.Task[int] | None = None

    @property
    def text(self) -> str:
        return self.output.getvalue()

    @property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    def type(self, *lines: str) -> None:
        for line in lines:
            self.keyboard.typed.put_nowait(Entered(line))

    def press_control_c(self) -> None:
        self.keyboard.typed.put_nowait(Interrupt())

    def press_control_d(self) -> None:
        self.keyboard.typed.put_nowait(EndOfLineInput())

    def end_input(self) -> None:
        self.keyboard.typed.put_nowait(InputClosed())

    async def until(self, wanted: str, *, times: int = 1) -> None:
        """Wait until `wanted` was printed."""
        try:
            async with asyncio.timeout(5):
                while self.text.count(wanted) < times:
                    await asyncio.sleep(0)
        except TimeoutError:
            raise AssertionError(f"never printed: {wanted!r}; printed:\n{self.text}") from None

    async def settle(self) -> None:
        """Let everything that can happen at this moment happen."""
        for _ in range(50):
            await asyncio.sleep(0)

    async def pass_time(self, seconds: float) -> None:
        """Move the clock in small steps, as time does."""
        for _ in range(round(seconds / 0.05)):
            self.clock.now_s = round(self.clock.now_s + 0.05, 6)
            self.handle.now_ms += 50
            self.front_end._captions.tick()
            self.front_end._queue.tick()
        await self.settle()

    async def ended(self) -> int:
        assert self.exit_code is not None
        async with asyncio.timeout(5):
            return await self.exit_code


@asynccontextmanager
async def running(handle: FakeHandle, plan: StartPlan, **options: Any):
    """A front end that runs until the block ends."""
    rig = Rig(handle, plan, **options)
    rig.exit_code = asyncio.create_task(rig.front_end.run())
    try:
        yield rig
    finally:
        rig.exit_code.cancel()
        await asyncio.gather(rig.exit_code, return_exceptions=True)


@asynccontextmanager
async def in_call(handle: FakeHandle, **options: Any):
    """Already in the session `standup`."""
    plan = StartPlan(credentials=KEY, target=TO, **options.pop("plan", {}))
    async with running(handle, plan, **options) as rig:
        await rig.until("Joined standup.")
        yield rig


__all__ = ["KEY", "NOW_MS", "TO", "Clock", "Rig", "in_call", "running"]
