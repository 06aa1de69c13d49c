"""A handle whose engine is still starting."""

import asyncio

import pytest

from tests.fakes.handle import FakeHandle
from tests.fakes.people import camera
from tui.cli.late_handle import LateHandle
from tui.cli.report import CommandError
from tui.domain.commands.account import Init, Login
from tui.domain.commands.call import JoinWithToken
from tui.domain.device_choice import MediaChoice
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.settings import AppSettings
from tui.domain.snapshot import Phase
from tui.front.start import Credentials, JoinTarget, StartPlan
from tui.ports.handle import EngineGone


async def test_it_answers_at_once_and_commands_wait():
    real, started = FakeHandle(), asyncio.Event()

    async def opening():
        await started.wait()
        return real

    late = LateHandle(opening)
    assert late.snapshot().phase is Phase.IDLE
    assert late.picture(camera("bo")) is None
    late.show_picture(camera("bo"), 1, 1)
    real.initialised = True
    login = asyncio.create_task(late.do(Login("ana", "key")))
    await asyncio.sleep(0)
    assert not login.done()
    started.set()
    assert (await login).uid == "ana"
    assert late.snapshot() == real.snapshot()
    updates = late.updates()
    assert (await anext(updates)) == real.snapshot()
    await updates.aclose()
    await late.close()
    assert real.closed


async def test_a_late_plan_takes_the_place_of_what_was_asked():
    real = FakeHandle()

    async def opening():
        return real

    async def plan():
        target = JoinTarget(session_id="demo", token="t", server="http://real")
        return StartPlan(
            credentials=Credentials(app=AppSettings(server="http://real")), target=target
        )

    late = LateHandle(opening, plan)
    await late.do(Init(AppSettings(server="http://not-yet")))
    await late.do(JoinWithToken("not-yet", {}, MediaChoice()))
    assert [init.settings.server for init in real.called(Init)] == ["http://real"]
    assert real.called(JoinWithToken)[0].call_token == "t"
    await late.close()


@pytest.mark.parametrize(
    "error",
    [
        CallsError(ErrorCode.CONNECTION_FAILED, "No engine. Do this."),
        CommandError("No engine.", "Do this."),
    ],
)
async def test_an_engine_that_does_not_start_is_said(error):
    async def opening():
        raise error

    late = LateHandle(opening)
    with pytest.raises(CallsError, match=r"No engine\. Do this\."):
        await late.do(Login("ana"))
    assert [update async for update in late.updates()] == [EngineGone("No engine. Do this.")]
    await late.close()


async def test_closing_before_it_is_open_stops_the_opening():
    stopped = asyncio.Event()

    async def opening():
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()

    late = LateHandle(opening)
    await asyncio.sleep(0)
    await late.close()
    assert stopped.is_set()
