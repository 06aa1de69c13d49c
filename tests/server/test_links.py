"""Join links: who gets in by which, and what ends that."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest

from tui.domain.errors import CallsError
from tui.domain.snapshot import User
from tui.server.access import AccessRefused, JwtAccess
from tui.server.links import GUESTS_PER_LINK, Links
from tui.server.store_thread import StoreThread

SECRET: Final = "s" * 32
HOUR_S: Final = 3600


class Desk:
    """Links of a server whose clock a test turns."""

    def __init__(self, folder: Path):
        self.now_s = 1_800_000_000.0
        self.store = StoreThread(folder)
        self.revoked: set[str] = set()
        self.access = JwtAccess({"cellcall": SECRET}, self.revoked)
        self.links = Links(
            self.store, self.access, self.revoked, lifetime_s=HOUR_S, clock=lambda: self.now_s
        )

    async def open(self) -> None:
        await self.store.open()
        await self.links.load()


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    one = Desk(tmp_path)
    await one.open()
    yield one
    await one.store.close()


async def refusal(awaitable: object) -> str:
    with pytest.raises(CallsError) as caught:
        await awaitable  # type: ignore[misc]
    assert caught.value.description.isprintable()
    return caught.value.code


async def test_a_link_for_many_makes_a_fresh_guest_each_time(desk: Desk) -> None:
    link = await desk.links.for_many("standup")
    tokens = [await desk.links.become_guest("standup", link.code, "Ana") for _ in range(2)]
    first, second = (desk.access.verify(token) for token in tokens)
    assert (first.name, first.room, first.room_admin, first.may_host) == (
        "Ana",
        "standup",
        False,
        False,
    )
    assert first.identity != second.identity
    assert (await desk.links.find(link.id)).guests == 2


async def test_the_same_link_is_given_again(desk: Desk) -> None:
    link = await desk.links.for_many("standup")
    assert (await desk.links.for_many(" standup ")).code == link.code
    assert (await desk.links.for_many("other")).code != link.code
    desk.now_s += HOUR_S * 0.6
    assert (await desk.links.for_many("standup")).code != link.code, "that one ends too soon"


async def test_a_code_may_be_typed_in_capitals(desk: Desk) -> None:
    link = await desk.links.for_many("standup")
    assert await desk.links.become_guest("standup", f" {link.code.upper()} ", "Bo")


async def test_a_revoked_link_lets_nobody_in_again(desk: Desk, tmp_path: Path) -> None:
    link = await desk.links.for_many("standup")
    token = await desk.links.become_guest("standup", link.code, "Ana")
    personal = await desk.links.personal(User("bo", "Bo"), "standup")
    await desk.links.revoke(link.id)
    assert await refusal(desk.links.become_guest("standup", link.code, "Ana")) == "ERR_LINK_REVOKED"
    with pytest.raises(AccessRefused, match="revoked"):
        desk.access.verify(token)
    desk.access.verify(personal)
    assert (await desk.links.for_many("standup")).code != link.code
    await desk.store.close()
    again = Desk(tmp_path)
    await again.open()
    with pytest.raises(AccessRefused, match="revoked"):
        again.access.verify(token)
    await again.store.close()


async def test_a_personal_link_is_one_identity_and_can_be_revoked(desk: Desk) -> None:
    token = await desk.links.personal(User("guest-bo", "Bo"), "standup", moderator=True)
    claims = desk.access.verify(token)
    assert (claims.identity, claims.room_admin) == ("guest-bo", True)
    await desk.links.revoke(claims.link)
    with pytest.raises(AccessRefused, match="revoked"):
        desk.access.verify(token)


async def test_who_was_taken_out_does_not_come_back_under_another_name(desk: Desk) -> None:
    link = await desk.links.for_many("standup")
    await desk.links.become_guest("standup", link.code, "Eve")
    desk.store.guest_removed(link.id)
    assert (
        await refusal(desk.links.become_guest("standup", link.code, "Evil")) == "ERR_LINK_SUSPENDED"
    )
    desk.store.guest_readmitted(link.id)
    assert await desk.links.become_guest("standup", link.code, "Bo")
    desk.store.guest_removed(link.id)
    await desk.links.reopen(link.id)
    assert await desk.links.become_guest("standup", link.code, "Chi")


async def test_an_expired_link_is_refused_and_forgotten(desk: Desk) -> None:
    link = await desk.links.for_many("standup")
    desk.now_s += HOUR_S + 1
    assert await refusal(desk.links.become_guest("standup", link.code, "Ana")) == "ERR_LINK_EXPIRED"
    await desk.links.load()
    assert await desk.links.all() == ()


async def test_one_link_lets_in_a_bounded_number(desk: Desk) -> None:
    link = await desk.links.for_many("standup")
    await desk.store.run(
        desk.store.store._db.execute, "UPDATE links SET guests = ?", (GUESTS_PER_LINK,)
    )
    assert await refusal(desk.links.become_guest("standup", link.code, "Ana")) == "ERR_LINK_USED_UP"


@pytest.mark.parametrize("link_id", ["", "nothing", "'; DROP TABLE links; --"])
async def test_a_link_that_is_none_is_refused(desk: Desk, link_id: str) -> None:
    assert await refusal(desk.links.revoke(link_id)) == "ERR_LINK_UNKNOWN"
    assert await refusal(desk.links.reopen(link_id)) == "ERR_LINK_UNKNOWN"
