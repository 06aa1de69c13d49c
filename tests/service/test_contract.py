"""What every `Service` does: the scripted one, REST on our server, and REST on the cloud."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.service.cloud import cloud_world
from tests.service.worlds import API_KEY, World, memory_world, rest_world
from tui.domain.call_log import (
    CallLogPage,
    CallLogQuery,
    LoggedCall,
    LoggedPerson,
    TranscriptPage,
)
from tui.domain.errors import CallsError
from tui.domain.join import JitsiJoin, LiveKitJoin
from tui.domain.snapshot import RunningSession, User
from tui.wire.codes import ServerCode

WORLDS = {"memory": memory_world, "rest": rest_world}
ALSO_THE_CLOUD = {**WORLDS, "cloud": cloud_world}
"""What a stand-in of CometChat's REST is asked, too: where the two servers are to agree."""


@pytest.fixture(params=WORLDS)
async def world(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    async with ALSO_THE_CLOUD[request.param]() as one:
        yield one


also_the_cloud = pytest.mark.parametrize("world", ALSO_THE_CLOUD, indirect=True)


async def refusal(awaitable) -> CallsError:
    with pytest.raises(CallsError) as caught:
        await awaitable
    text = caught.value.description
    assert text
    assert text.isprintable()
    assert len(text) <= 400
    return caught.value


async def login(world: World, uid: str, name: str | None = None) -> str:
    await world.service.create_user(uid, name or uid.title(), API_KEY)
    return await world.service.create_auth_token(uid, API_KEY)


@also_the_cloud
async def test_it_says_where_its_calls_are(world: World) -> None:
    assert world.service.address == world.address


@also_the_cloud
async def test_a_user_is_created_and_logs_in(world: World) -> None:
    created = await world.service.create_user("ana", "Ana López", API_KEY)
    assert created == User("ana", "Ana López")
    token = await world.service.create_auth_token("ana", API_KEY)
    assert await world.service.me(token) == created


@also_the_cloud
async def test_every_login_has_its_own_token(world: World) -> None:
    first = await login(world, "ana")
    second = await world.service.create_auth_token("ana", API_KEY)
    assert first != second
    await world.service.logout(first)
    assert (await world.service.me(second)).uid == "ana"


@also_the_cloud
async def test_an_existing_uid_is_refused(world: World) -> None:
    await world.service.create_user("ana", "Ana", API_KEY)
    error = await refusal(world.service.create_user("ana", "Another", API_KEY))
    assert error.code == "ERR_UID_ALREADY_EXISTS"


@also_the_cloud
async def test_an_unknown_uid_is_refused_in_words(world: World) -> None:
    error = await refusal(world.service.create_auth_token("bob", API_KEY))
    assert error.code == "ERR_UID_NOT_FOUND"
    assert 'No such user ID "bob"' in error.description


@pytest.mark.parametrize(
    "key", ["", "wrong", API_KEY + "x", "with space", "é", "a\r\nb", "x" * 9000]
)
async def test_a_wrong_api_key_is_refused(world: World, key: str) -> None:
    error = await refusal(world.service.create_user("ana", "Ana", key))
    assert error.code == "AUTH_ERR_API_KEY_NOT_FOUND"
    error = await refusal(world.service.create_auth_token("ana", key))
    assert error.code == "AUTH_ERR_API_KEY_NOT_FOUND"


@pytest.mark.parametrize(
    "token", ["", "wrong", "with space", "é\x00", "a\r\nX-Evil: 1", "x" * 10_000, "😀"]
)
async def test_a_wrong_auth_token_is_refused_everywhere(world: World, token: str) -> None:
    service = world.service
    for call in (
        service.me(token),
        service.logout(token),
        service.create_call_token(token, "daily"),
        service.running_sessions(token),
        service.call_log(token),
    ):
        assert (await refusal(call)).code == "AUTH_ERR_AUTH_TOKEN_NOT_FOUND"


@also_the_cloud
async def test_logout_ends_the_token(world: World) -> None:
    token = await login(world, "ana")
    await world.service.logout(token)
    assert (await refusal(world.service.me(token))).code == "AUTH_ERR_AUTH_TOKEN_NOT_FOUND"


async def test_logout_ends_the_call_tokens_it_made(world: World) -> None:
    first, second = await login(world, "ana"), await world.service.create_auth_token("ana", API_KEY)
    gone = await world.service.create_call_token(first, "daily")
    good = await world.service.create_call_token(second, "daily")
    linked = world.issue(User("ana", "Ana"), "daily")
    await world.service.logout(first)
    error = await refusal(world.service.resolve_call_token("", gone))
    assert error.code == "AUTH_ERR_CALL_TOKEN_EXPIRED"
    assert "signed out" in error.description
    for token in (good, linked):
        assert (await world.service.resolve_call_token("", token)).session_id == "daily"


@pytest.mark.parametrize(
    "uid",
    ["", " ", "a b", "a/b", "../x", ".", "..", "a%2Fb", "a?b", "a#b", "é", "😀", "\u202eabc",
     "a\x00b", "a\nb", "'; DROP TABLE users;--", "x" * 101, "x" * 10_000, "🧨" * 10_000,
     "a\ud800b"],
)  # fmt: skip
async def test_hostile_uids_are_refused_and_never_reach_anything(world: World, uid: str) -> None:
    error = await refusal(world.service.create_user(uid, "Name", API_KEY))
    assert error.code in ("ERR_BAD_UID", "ERR_BAD_REQUEST", "ERR_BODY_TOO_LARGE")
    error = await refusal(world.service.create_auth_token(uid, API_KEY))
    assert error.code == "ERR_UID_NOT_FOUND"


@pytest.mark.parametrize("uid", ["a", "A.b_c-9", "x" * 100, "...x"])
async def test_allowed_uids_work(world: World, uid: str) -> None:
    token = await login(world, uid)
    assert (await world.service.me(token)).uid == uid


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Ana \x1b[31mred\x07", "Ana [31mred"),
        ("n" * 10_000, "n" * 63 + "…"),
        ("👩\u200d👧 family", "👩\u200d👧 family"),
        ("\u202eevil", "evil"),
        ("line\nbreak", "line break"),
        ("", "ana"),
        ("\x00\x01", "ana"),
    ],
)
async def test_names_are_cleaned(world: World, name: str, shown: str) -> None:
    created = await world.service.create_user("ana", name, API_KEY)
    assert created.name == shown


async def test_a_call_token_resolves_to_a_join_document(world: World) -> None:
    token = await login(world, "ana", "Ana")
    call_token = await world.service.create_call_token(token, "daily")
    document = await world.service.resolve_call_token(token, call_token)
    assert isinstance(document.transport, LiveKitJoin)
    assert document.session_id == "daily"
    assert document.user == User("ana", "Ana")
    assert document.transport.token == call_token
    assert document.transport.url.startswith("ws://")


async def test_a_call_token_resolves_without_a_login(world: World) -> None:
    call_token = await world.service.create_call_token(await login(world, "ana"), "daily")
    assert (await world.service.resolve_call_token("", call_token)).user.uid == "ana"


@also_the_cloud
async def test_call_tokens_are_unique_to_session_and_user(world: World) -> None:
    ana, bob = await login(world, "ana"), await login(world, "bob")
    tokens = [
        await world.service.create_call_token(who, session)
        for who in (ana, bob)
        for session in ("daily", "weekly", "daily")
    ]
    assert len(set(tokens)) == len(tokens)


@also_the_cloud
async def test_the_call_token_of_another_user_is_refused(world: World) -> None:
    ana, bob = await login(world, "ana"), await login(world, "bob")
    call_token = await world.service.create_call_token(ana, "daily")
    error = await refusal(world.service.resolve_call_token(bob, call_token))
    assert error.code == "AUTH_ERR_CALL_TOKEN_OTHER_USER"


async def test_an_expired_call_token_is_refused(world: World) -> None:
    call_token = world.issue(User("ana", "Ana"), "daily", ttl_s=-3600)
    error = await refusal(world.service.resolve_call_token("", call_token))
    assert error.code == "AUTH_ERR_CALL_TOKEN_EXPIRED"


@also_the_cloud
async def test_a_call_token_of_another_server_is_refused(world: World) -> None:
    call_token = world.foreign(User("ana", "Ana"), "daily")
    error = await refusal(world.service.resolve_call_token("", call_token))
    assert error.code == "AUTH_ERR_CALL_TOKEN_INVALID"


@pytest.mark.parametrize("call_token", ["x", "a.b.c", "é", "a b", "x" * 10_000, "\x1b[2J"])
async def test_nonsense_is_refused_as_a_call_token(world: World, call_token: str) -> None:
    error = await refusal(world.service.resolve_call_token("", call_token))
    assert error.code == "AUTH_ERR_CALL_TOKEN_INVALID"


async def test_an_invited_guest_needs_no_account(world: World) -> None:
    call_token = world.issue(User("guest-1", "Guest"), "daily")
    document = await world.service.resolve_call_token("", call_token)
    assert (document.user, document.transport.moderator) == (User("guest-1", "Guest"), False)


async def test_whoever_is_in_a_session_invites_and_guests_come(world: World) -> None:
    code = (await world.service.invitation(world.issue(User("ana", "Ana"), "daily"))).code
    assert code
    tokens = [
        await world.service.become_guest("daily", code, name, lambda: None) for name in ("李", "李")
    ]
    users = [(await world.service.resolve_call_token("", token)).user for token in tokens]
    assert [user.name for user in users] == ["李", "李"]
    assert users[0].uid != users[1].uid


async def test_a_guest_of_another_session_is_refused(world: World) -> None:
    code = (await world.service.invitation(world.issue(User("ana", "Ana"), "daily"))).code
    for session_id, wrong in (("weekly", code), ("daily", "nonsense"), ("daily", "")):
        error = await refusal(world.service.become_guest(session_id, wrong, "Eve", lambda: None))
        assert error.code == "ERR_LINK_UNKNOWN"


@pytest.mark.parametrize(
    "session_id",
    ["", "   ", "x" * 129, "x" * 10_000, "a\x00b", "a\nb", "\x1b[31m", "a\ud800", "\u200b"],
)
async def test_hostile_session_ids_are_refused(world: World, session_id: str) -> None:
    token = await login(world, "ana")
    error = await refusal(world.service.create_call_token(token, session_id))
    assert error.code in ("ERR_SESSION_ID_INVALID", "ERR_BAD_REQUEST")


@pytest.mark.parametrize(
    ("session_id", "used"),
    [
        ("daily", "daily"),
        (" daily ", "daily"),
        ("v1.us.app.1234", "v1.us.app.1234"),
        ("x" * 128, "x" * 128),
        ("ежедневно", "ежедневно"),
        ("שלום", "שלום"),
        ("🎉 party/room?#%2F'\"", "🎉 party/room?#%2F'\""),
        ("da\u202eily\u200b", "daily"),
        ("cafe\u0301", "café"),
    ],
)
async def test_session_ids_are_cleaned(world: World, session_id: str, used: str) -> None:
    token = await login(world, "ana")
    call_token = await world.service.create_call_token(token, session_id)
    assert (await world.service.resolve_call_token(token, call_token)).session_id == used


async def test_running_sessions_newest_first(world: World) -> None:
    token = await login(world, "ana")
    assert await world.service.running_sessions(token) == ()
    rooms = world.rooms
    rooms.session_started("one", 1000)
    rooms.participant_joined("one", "ana", "Ana", 1000)
    rooms.session_started("two", 2000)
    rooms.participant_joined("two", "bob", "Bob\x1b[2J", 2000)
    rooms.participant_joined("two", "cy", "", 2500)
    rooms.participant_joined("one", "bob", "Bob", 3000)
    rooms.participant_left("one", "ana", 3500)
    assert await world.service.running_sessions(token) == (
        RunningSession("two", 2000, ("Bob[2J", "cy")),
        RunningSession("one", 1000, ("Bob",)),
    )
    rooms.session_ended("two", 4000)
    assert [one.session_id for one in await world.service.running_sessions(token)] == ["one"]


def brief(page: CallLogPage) -> tuple[LoggedCall, ...]:
    """Of each call when, who, and whether it is over."""
    return tuple(
        LoggedCall(one.session_id, one.started_at_ms, one.ended_at_ms, one.participants, one.status)
        for one in page.calls
    )


@also_the_cloud
async def test_the_call_log_holds_the_calls_this_user_was_in(world: World) -> None:
    ana, bob = await login(world, "ana"), await login(world, "bob")
    rooms = world.rooms
    rooms.session_started("one", 1_000_000)
    rooms.participant_joined("one", "ana", "Ana", 1_000_000)
    rooms.participant_joined("one", "bob", "Bob", 1_010_000)
    rooms.participant_left("one", "bob", 1_020_000)
    rooms.participant_left("one", "ana", 1_060_000)
    rooms.session_ended("one", 1_060_000)
    rooms.session_started("two", 2_000_000)
    rooms.participant_joined("two", "ana", "Ana", 2_000_000)
    one = LoggedCall("one", 1_000_000, 1_060_000, ("Ana", "Bob"), "ended")
    two = LoggedCall("two", 2_000_000, 0, ("Ana",), "ongoing")
    assert brief(await world.service.call_log(ana)) == (two, one)
    assert brief(await world.service.call_log(ana, CallLogQuery(limit=1))) == (two,)
    assert brief(await world.service.call_log(bob)) == (one,)


@also_the_cloud
async def test_a_logged_call_says_who_was_in_it_and_how_long(world: World) -> None:
    ana, bob = await login(world, "ana"), await login(world, "bob")
    rooms = world.rooms
    rooms.session_started("one", 1_000_000)
    rooms.participant_joined("one", "ana", "Ana", 1_000_000)
    rooms.participant_joined("one", "bob", "Bob", 1_030_000)
    rooms.participant_left("one", "bob", 1_060_000)
    rooms.session_ended("one", 1_120_000)
    (call,) = (await world.service.call_log(bob)).calls
    assert (call.type, call.mode, call.initiator, call.total_minutes) == ("video", "meet", "ana", 2)
    assert call.people == (
        LoggedPerson("ana", "Ana", "", 1_000_000, 1_120_000, 2.0),
        LoggedPerson("bob", "Bob", "", 1_030_000, 1_060_000, 0.5),
    )
    assert (await world.service.call_log(ana)).calls == (call,)


@also_the_cloud
async def test_the_call_log_has_pages_and_filters(world: World) -> None:
    ana, bob = await login(world, "ana"), await login(world, "bob")
    rooms = world.rooms
    for number in range(25):
        session, at_ms = f"call{number}", number * 60_000
        rooms.session_started(session, at_ms)
        rooms.participant_joined(session, "ana" if number % 2 else "bob", "", at_ms)
        rooms.participant_joined(session, "bob" if number % 2 else "ana", "", at_ms)
        if number < 24:
            rooms.session_ended(session, at_ms + 1000)

    async def asked(token: str = ana, **query: Any) -> tuple[list[str], int]:
        page = await world.service.call_log(token, CallLogQuery(**query))
        return [one.session_id for one in page.calls], page.pages

    assert await asked(limit=10) == ([f"call{n}" for n in range(24, 14, -1)], 3)
    assert await asked(limit=10, page=3) == ([f"call{n}" for n in range(4, -1, -1)], 3)
    assert await asked(limit=10, page=4) == ([], 3)
    assert await asked(status="ongoing") == (["call24"], 1)
    assert (await asked(status="ended", limit=100))[0][0] == "call23"
    outgoing, _ = await asked(direction="outgoing", limit=100)
    incoming, _ = await asked(direction="incoming", limit=100)
    assert (len(outgoing), len(incoming)) == (12, 13)
    assert (await asked(bob, direction="outgoing", limit=100))[0] == incoming
    assert len((await asked(uid="bob", limit=100))[0]) == 25
    for nothing in (
        {"uid": "cy"},
        {"guid": "a group"},
        {"has_recording": True},
        {"has_transcriptions": True},
        {"call_type": "audio"},
        {"category": "call"},
        {"status": "missed"},
    ):
        assert await asked(**nothing) == ([], 0)
    assert (await asked(call_type="video", category="meet", limit=1))[1] == 25


@also_the_cloud
async def test_transcripts_are_those_of_a_call_one_was_in(world: World) -> None:
    ana, bob = await login(world, "ana"), await login(world, "bob")
    world.rooms.session_started("a/b", 1000)
    world.rooms.participant_joined("a/b", "ana", "Ana", 1000)
    assert await world.service.transcripts(ana, "a/b") == TranscriptPage((), 1, 0)
    with pytest.raises(CallsError) as refused:
        await world.service.transcripts(bob, "a/b")
    assert refused.value.code == ServerCode.SESSION_NOT_FOUND


async def test_joining_twice_is_one_participant(world: World) -> None:
    token = await login(world, "ana")
    world.rooms.session_started("one", 1000)
    for at_ms in (1000, 3000):
        world.rooms.participant_joined("one", "ana", "Ana", at_ms)
        world.rooms.participant_left("one", "ana", at_ms + 1000)
    world.rooms.participant_joined("one", "ana", "Ana", 5000)
    (running,) = await world.service.running_sessions(token)
    assert running.participants == ("Ana",)
    (logged,) = (await world.service.call_log(token)).calls
    assert logged.participants == ("Ana",)


async def test_news_of_an_unknown_session_is_harmless(world: World) -> None:
    token = await login(world, "ana")
    world.rooms.participant_joined("ghost", "ana", "Ana", 1000)
    world.rooms.participant_left("ghost", "ana", 1000)
    world.rooms.session_ended("ghost", 1000)
    assert await world.service.running_sessions(token) == ()


async def test_many_at_once_do_not_get_in_one_anothers_way(world: World) -> None:
    await world.service.create_user("ana", "Ana", API_KEY)
    made = await asyncio.gather(
        *(world.service.create_user(f"user{n % 10}", "N", API_KEY) for n in range(20)),
        *(world.service.create_auth_token("ana", API_KEY) for _ in range(10)),
        return_exceptions=True,
    )
    refused = [one for one in made if isinstance(one, BaseException)]
    assert [getattr(one, "code", one) for one in refused] == ["ERR_UID_ALREADY_EXISTS"] * 10
    assert len(set(made[20:])) == 10


@pytest.mark.parametrize("kind", WORLDS)
async def test_open_users_are_created_by_logging_in(kind: str) -> None:
    async with WORLDS[kind](open_users=True) as world:
        token = await world.service.create_auth_token("new.user", API_KEY)
        assert await world.service.me(token) == User("new.user", "new.user")
        error = await refusal(world.service.create_auth_token("not a uid", API_KEY))
        assert error.code == "ERR_UID_NOT_FOUND"
        error = await refusal(world.service.create_auth_token("other", "wrong"))
        assert error.code == "AUTH_ERR_API_KEY_NOT_FOUND"


@pytest.mark.parametrize("kind", WORLDS)
async def test_wrong_keys_are_limited_and_keep_nobody_out_who_has_the_right_one(
    kind: str,
) -> None:
    async with WORLDS[kind](logins_per_minute=3) as world:
        await world.service.create_user("ana", "Ana", API_KEY)
        for _ in range(3):
            error = await refusal(world.service.create_auth_token("ana", "guess"))
            assert error.code == "AUTH_ERR_API_KEY_NOT_FOUND"
        for uid in ("ana", "bob"):
            error = await refusal(world.service.create_auth_token(uid, "guess"))
            assert error.code == "ERR_TOO_MANY_LOGINS"
            assert "Wait" in error.description
        assert await world.service.create_auth_token("ana", API_KEY)


@also_the_cloud
async def test_closing_twice_is_harmless(world: World) -> None:
    await world.service.aclose()
    await world.service.aclose()
    assert world.service.address == world.address


async def test_the_cloud_opens_a_jitsi_conference_and_lists_no_sessions() -> None:
    async with cloud_world() as world:
        token = await login(world, "ana")
        call_token = await world.service.create_call_token(token, "standup")
        document = await world.service.resolve_call_token(token, call_token)
        assert (document.session_id, document.user.uid) == ("standup", "ana")
        join = document.transport
        assert isinstance(join, JitsiJoin)
        assert (join.room, join.token) == ("standup", "jwt of ana")
        assert (join.domain, join.muc) == ("rtc-us.cometchat.io", "conference.rtc-us.cometchat.io")
        assert join.prefer_sctp and join.peer_to_peer and join.ssrc_rewriting
        missing = await refusal(world.service.running_sessions(token))
        assert missing.code == "ERROR_NOT_SUPPORTED"


async def test_transcripts_of_the_cloud_come_in_pages() -> None:
    async with cloud_world() as world:
        token = await login(world, "ana")
        world.rooms.session_started("standup", 1000)
        world.rooms.participant_joined("standup", "ana", "Ana", 1000)
        world.transcripts["standup"] = [
            {
                "tid": f"t{n}",
                "roomName": "standup",
                "startTime": n,
                "transcriptUrl": f"https://x/{n}",
            }
            for n in range(3)
        ]
        first = await world.service.transcripts(token, "standup", limit=2)
        assert (first.page, first.pages) == (1, 2)
        assert [one.tid for one in first.transcripts] == ["t0", "t1"]
        second = await world.service.transcripts(token, "standup", page=2, limit=2)
        assert second.transcripts[0].transcript_url == "https://x/2"
