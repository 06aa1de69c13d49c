"""The moderator's requests and the refusals of a Twirp server."""

from __future__ import annotations

import json

import httpx
import pytest

from tui.domain.errors import CallsError
from tui.service.room_admin import TwirpRoomAdmin


async def test_requests_are_twirp_json() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={})

    admin = TwirpRoomAdmin("wss://calls.test/x/", "jwt", transport=httpx.MockTransport(answer))
    await admin.mute("daily", "bob", "TR_1")
    await admin.remove("daily", "bob")
    await admin.end("daily")
    await admin.aclose()
    await admin.aclose()
    base = "https://calls.test/x/twirp/livekit.RoomService"
    assert [str(one.url) for one in seen] == [
        f"{base}/MutePublishedTrack",
        f"{base}/RemoveParticipant",
        f"{base}/DeleteRoom",
    ]
    assert {one.headers["authorization"] for one in seen} == {"Bearer jwt"}
    assert {one.headers["content-type"] for one in seen} == {"application/json"}
    assert [json.loads(one.content) for one in seen] == [
        {"room": "daily", "identity": "bob", "track_sid": "TR_1", "muted": True},
        {"room": "daily", "identity": "bob"},
        {"room": "daily"},
    ]


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (403, {"code": "permission_denied", "msg": "no\x1b[2J"}, "ERROR_NOT_PERMITTED"),
        (401, {"code": "unauthenticated", "msg": ""}, "ERROR_NOT_PERMITTED"),
        (401, "nonsense", "ERROR_NOT_PERMITTED"),
        (404, {"code": "not_found", "msg": "no such room"}, "ERROR_NO_SESSION"),
        (500, {"code": "internal", "msg": "oops"}, "COMET_CHAT_API_ERROR"),
        (500, {"code": 7}, "BAD_RESPONSE"),
        (502, "<html>", "BAD_RESPONSE"),
        (502, None, "BAD_RESPONSE"),
    ],
)
async def test_refusals(status: int, body: object, code: str) -> None:
    raw = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    transport = httpx.MockTransport(lambda _request: httpx.Response(status, content=raw))
    admin = TwirpRoomAdmin("ws://127.0.0.1:7880", "jwt", transport=transport)
    with pytest.raises(CallsError) as caught:
        await admin.end("daily")
    await admin.aclose()
    assert caught.value.code == code
    assert caught.value.description.isprintable()


async def test_the_servers_reason_is_told_without_its_prefix() -> None:
    body = {"code": "not_found", "msg": "twirp error unknown: participant does not exist"}
    transport = httpx.MockTransport(lambda _request: httpx.Response(404, json=body))
    admin = TwirpRoomAdmin("ws://127.0.0.1:7880", "jwt", transport=transport)
    with pytest.raises(CallsError, match="It said: participant does not exist"):
        await admin.remove("daily", "bob")
    await admin.aclose()


@pytest.mark.parametrize("url", ["", "calls.test", "ftp://x", "ws://", "ws://[::1"])
def test_unusable_addresses(url: str) -> None:
    with pytest.raises(CallsError) as caught:
        TwirpRoomAdmin(url, "jwt")
    assert caught.value.code == "VALIDATION_ERROR"


@pytest.mark.parametrize("token", ["", "a b", "a\nb", "é"])
def test_unusable_tokens(token: str) -> None:
    with pytest.raises(CallsError) as caught:
        TwirpRoomAdmin("ws://calls.test", token)
    assert caught.value.code == "AUTH_ERR_CALL_TOKEN_INVALID"
