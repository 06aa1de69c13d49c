"""A session over Jitsi: its lobby, leaving it, and what joins once more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from tests.fakes.jitsi.bed import DOMAIN, Bed
from tests.fakes.world import FakeWorld
from tests.session.rig import MEDIA, Heard
from tests.transport.jitsi.conftest import free_port
from tui.domain.errors import CallsError
from tui.domain.happenings import InLobby
from tui.domain.join import JitsiJoin
from tui.domain.settings import AppSettings
from tui.domain.snapshot import Phase, User
from tui.ports.service import JoinDocument
from tui.session.core import SessionCore
from tui.transport.jitsi.transport import JitsiTransport

JITSI = JitsiJoin(
    service_url="wss://x/ws", token="", room="r", domain="x", muc="c.x", user=User("ana", "Ana")
)


class Sites:
    """Finds the bed, whatever the site."""

    def __init__(self, bed: Bed) -> None:
        self._bed = bed

    async def find(self, site: str, room: str, *, token: str) -> JitsiJoin:
        return JitsiJoin(
            service_url=self._bed.xmpp.websocket,
            token=token,
            room=room,
            domain=DOMAIN,
            muc=f"conference.{DOMAIN}",
            user=User("", ""),
        )


@pytest.fixture
async def bed() -> AsyncIterator[Bed]:
    made = Bed(free_port(), free_port())
    await made.start()
    yield made
    await made.stop()


async def test_leaving_a_lobby_and_coming_in_later(bed: Bed) -> None:
    world = replace(
        FakeWorld().world(), make_transport=lambda _: JitsiTransport(), jitsi_sites=Sites(bed)
    )
    core = SessionCore(world)
    heard = Heard(core)
    bed.xmpp.room("standup").lobby = True

    def join() -> asyncio.Task[None]:
        settings = {"displayName": "Ana"}
        joining = core.join_jitsi("https://meet.example/Standup", "", "", settings, MEDIA)
        return asyncio.create_task(joining)

    joining = join()
    while not bed.xmpp.knocking("standup"):
        await asyncio.sleep(0.01)
    assert [one.nick for one in bed.xmpp.knocking("standup")]
    await core.current.leave()
    with pytest.raises(CallsError, match="You left while joining"):
        await joining
    while bed.xmpp.knocking("standup"):
        await asyncio.sleep(0.01)
    joining = join()
    while not bed.xmpp.knocking("standup"):
        await asyncio.sleep(0.01)
    bed.xmpp.admit("standup")
    await joining
    snapshot = core.outlet.newest
    assert (snapshot.phase, snapshot.title) == (Phase.LIVE, "Standup")
    assert snapshot.invite == "cellcall join https://meet.example/Standup"
    assert [one.name for one in snapshot.participants] == ["Ana"]
    assert sum(isinstance(one, InLobby) for one in heard.happenings) == 2
    await core.aclose()


async def test_what_is_no_link(bed: Bed) -> None:
    core = SessionCore(replace(FakeWorld().world(), jitsi_sites=Sites(bed)))
    with pytest.raises(CallsError, match="is not a link to a Jitsi room"):
        await core.join_jitsi("https://", "", "", {}, MEDIA)
    await core.aclose()


async def test_who_is_invited_to_a_session_of_an_app() -> None:
    core = SessionCore(FakeWorld().world())
    await core.init(AppSettings(app_id="app1", region="EU"))
    document = JoinDocument("stand up", User("ana", "Ana"), JITSI)
    assert core.admission.invite(document) == "cellcall join 'stand up' --app-id app1 --region eu"
    await core.init(AppSettings(app_id="app1", region="eu", host="http://rest.test"))
    assert core.admission.invite(document) == "", "where it is served has no form there"
    await core.aclose()
