"""Where a front end's handle comes from, and in what it is wrapped before it gets it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from tui.cli import folders
from tui.cli.guest_handle import GuestHandle
from tui.cli.late_handle import LateHandle
from tui.cli.nursery import Nursery
from tui.cli.remembering_handle import RememberingHandle
from tui.domain.frozen import dataclass
from tui.front.start import StartPlan
from tui.ports.handle import Handle
from tui.ports.memory import Memory


@dataclass(frozen=True, slots=True, kw_only=True)
class HandleSource:
    """By default a new engine of this machine's user."""

    late_plan: Callable[[], Awaitable[StartPlan]] | None = None
    """Gives app and call token where they are not known yet."""
    guest_link: str = ""
    """The person is a guest of this machine, by this link; empty: it is theirs."""
    opening: Callable[[], Awaitable[Handle]] | None = None
    """Holds a call that runs already; None: a new engine is started."""
    nursery: Nursery | None = None
    """Has the engine's libraries loaded already; None: it loads them itself."""

    async def first(self, plan: StartPlan, memory: Memory, *, earcons: bool) -> Handle:
        """The handle to begin with; `earcons`: short sounds of our own, whatever was chosen."""

        async def new() -> Handle:
            return await self._engine(plan, self.nursery)

        # The engine starts while Textual is imported, which takes about as long.
        late = LateHandle(self.opening or new, self.late_plan)
        if self.opening is not None:
            await late.ready()  # what is shown first depends on the call
        return self._wrapped(late, plan, memory, earcons=earcons)

    async def again(self, plan: StartPlan, memory: Memory) -> Handle:
        """Another engine, once the first one is gone."""
        return self._wrapped(await self._engine(plan), plan, memory, earcons=False)

    def _wrapped(
        self, handle: Handle, plan: StartPlan, memory: Memory, *, earcons: bool
    ) -> RememberingHandle:
        if self.guest_link:
            handle = GuestHandle(handle, plan.target, self.guest_link)
        return RememberingHandle(
            handle, memory, earcons=earcons, captioner=plan.captioner, keeps=plan.keeps
        )

    async def _engine(self, plan: StartPlan, nursery: Nursery | None = None) -> Handle:
        from tui.bootstrap import open_engine_handle

        return await open_engine_handle(
            log_file=folders.log_file(),
            guest=bool(self.guest_link),
            lasting=plan.keeps,
            bear=None if nursery is None else nursery.bear_unheard,
        )
