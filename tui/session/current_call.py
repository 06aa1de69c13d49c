"""The one call a user is in, its task, and the sound check that makes way for it.

At most one session at a time, as in the SDK. The trap is time: a join waits for the network, so a
second one is refused from the first moment, not from when the call stands; and the devices of a
sound check are closed before the call opens them.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace

from tui.domain.device_choice import MediaChoice
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.settings import SessionSettings
from tui.domain.snapshot import EndReason, Phase, Snapshot, User
from tui.ports.service import JoinDocument
from tui.session.call import Call
from tui.session.carried import Carried
from tui.session.outlet import Outlet
from tui.session.sound_check import SoundCheck, SoundTest
from tui.session.speech import Speech
from tui.session.world import World

log = logging.getLogger(__name__)


class CurrentCall:
    """At most one call; between calls, at most one sound check.

    Args:
        world: What calls are made of.
        outlet: Where updates go.
        user: Who is logged in, for the snapshot between calls.
    """

    def __init__(self, world: World, outlet: Outlet, *, user: Callable[[], User | None]):
        self._world = world
        self._outlet = outlet
        self._user = user
        self._joining = False
        self._running: asyncio.Task[None] | None = None
        self._test: SoundTest | None = None
        self._carried = Carried()
        self._speech = Speech(world.synthesizer)
        self.newest: Call | None = None
        """The call we are in, or the last one; None before the first."""
        self.check: SoundCheck | None = None
        """Devices that are being tried out."""

    @property
    def going(self) -> Call | None:
        """The call that has not ended, joined or joining."""
        return self.newest if self.newest is not None and self.newest.life.ended is None else None

    def joined(self) -> Call:
        """The call we are in. Raises `CallsError` with `ERROR_NO_SESSION` without one."""
        if self.newest is None or self.newest.life.phase not in (Phase.LIVE, Phase.RECONNECTING):
            raise CallsError(ErrorCode.NO_SESSION, "You are not in a call. Join one first.")
        return self.newest

    async def join(
        self,
        document: JoinDocument,
        settings: SessionSettings,
        media: MediaChoice,
        *,
        invite: str,
    ) -> None:
        """Join, and run the call until it ends; returns when media flow, or it is known why not.

        Raises:
            CallsError: We were not let in; nothing is held then.
        """
        if self._joining or self.going is not None:
            raise CallsError(
                ErrorCode.CALL_IN_PROGRESS, "You are in a session already. Leave it first."
            )
        self._joining = True
        try:
            await self.end_sound_check()
            call = Call(
                document,
                settings,
                choice=media,
                world=self._world,
                outlet=self._outlet,
                invite=invite,
                carried=self._carried,
            )
            self.newest = call
            await call.join()
        except BaseException:
            self.newest = None
            self.publish_idle()
            raise
        finally:
            self._joining = False
        self._running = asyncio.create_task(self._run(call), name="call")
        try:
            await call.entered()
        except asyncio.CancelledError:
            await self.leave()
            raise

    async def _run(self, call: Call) -> None:
        """The one owner of a call's tasks; a bug in one of them ends the call, told and logged."""
        try:
            await call.run()
        except* CallsError as refused:
            log.exception("the call ended by a refusal")
            first = _first(refused)
            await call.leave(EndReason.FAULT, first.description)
            call.publish()
        except* Exception:
            log.exception("the call ended by a fault of ours")
            await call.leave(EndReason.FAULT)
            call.publish()

    async def leave(self) -> None:
        """Leave and wait until everything is released. Idempotent."""
        if (call := self.going) is not None:
            await call.leave()
        if self._running is not None:
            await asyncio.wait([self._running])

    def set_earcons(self, on: bool) -> None:
        """Short sounds of our own, in this call and later ones."""
        self._carried = replace(self._carried, earcons=on)
        if (call := self.going) is not None:
            call.earcons = on
            call.publish()
        else:
            self.publish_idle()

    # ---- trying out sound
    async def check_sound(self, media: MediaChoice) -> None:
        """Open devices before a call; in one, they are open anyway."""
        if self._joining or self.going is not None:
            return
        await self.end_sound_check()
        self.check = SoundCheck(
            self._world.devices,
            media,
            changed=self.publish_idle,
            send_levels=self._outlet.send,
            slots=self._world.slots,
            clock=self._world.clock,
        )
        self.publish_idle()
        await self.check.open()

    async def check_camera(self, on: bool) -> tuple[int, int]:
        """See `SoundCheck.check_camera`; there is nothing to try out without one."""
        return (0, 0) if self.check is None else await self.check.check_camera(on)

    async def end_sound_check(self) -> None:
        """Close what `check_sound` opened."""
        check, self.check = self.check, None
        if check is not None:
            self._carried = replace(self._carried, told_away=check.told_away)
            await check.close()
            self.publish_idle()

    def sound_test(self) -> SoundTest:
        """Recording and playing with the devices of the call or the sound check.

        Raises:
            CallsError: `ERROR_NO_SESSION` when there is neither.
        """
        if self.check is not None:
            return self.check.test
        media = self.joined().media
        if self._test is None or self._test.media is not media:
            self._test = SoundTest(media)
        return self._test

    # ---- what is read aloud
    async def say(self, text: str, program: str = "") -> bool:
        """Read something aloud with the loudspeaker of now; see `Speech.say`."""
        holder = self.check.test if self.check is not None else self.going
        media = holder.media if holder is not None else None
        return await self._speech.say(text, media, program)

    def hush(self) -> None:
        """Stop reading aloud at once."""
        self._speech.hush()

    def publish_idle(self) -> None:
        """Between calls, say who is logged in and which devices are tried out."""
        if self.going is None:
            states = self.check.states if self.check is not None else ()
            self._outlet.snapshot(
                Snapshot(user=self._user(), devices=states, earcons=self._carried.earcons)
            )


def _first(group: BaseExceptionGroup[CallsError]) -> CallsError:
    first = group.exceptions[0]
    return first if isinstance(first, CallsError) else _first(first)
