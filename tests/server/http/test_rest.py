"""The REST side as seen on the wire: bodies, statuses, and what nonsense gets."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import jwt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.service.worlds import API_KEY, SECRET, rest_app
from tests.tokens import issued
from tui.server.access import JwtAccess
from tui.server.store_thread import StoreThread

ORIGIN = "http://calls.test:7880"


@pytest.fixture
async def store() -> AsyncIterator[StoreThread]:
    one = StoreThread(None)
    await one.open()
    yield one
    await one.close()


@pytest.fixture
async def http(store: StoreThread) -> AsyncIterator[httpx.AsyncClient]:
    app, _ = rest_app(store, logins_per_minute=3)
    async with client_of(app) as client:
        yield client


def client_of(app: Any) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ORIGIN)


def error_of(response: httpx.Response) -> dict[str, str]:
    error = response.json()["error"]
    assert set(error) == {"message", "devMessage", "source", "code"}
    assert all(isinstance(value, str) and value.isprintable() for value in error.values())
    assert response.headers["cache-control"] == "no-store"
    return error


async def auth_token(http: httpx.AsyncClient, uid: str = "ana") -> dict[str, str]:
    key = {"apiKey": API_KEY, "appId": "cellcall"}
    await http.post("/v3.0/users", headers=key, json={"uid": uid, "name": uid.title()})
    login = await http.post(
        f"/v3.0/users/{uid}/auth_tokens", headers=key, json={"platform": "web", "deviceId": "web_x"}
    )
    return {"authToken": login.json()["data"]["authToken"]}


async def test_the_sdks_own_sequence(http: httpx.AsyncClient) -> None:
    token = await auth_token(http)
    me = (await http.put("/v3.0/me", headers=token, json={"platform": "web"})).json()["data"]
    assert (me["uid"], me["name"], me["status"], me["role"]) == ("ana", "Ana", "online", "default")
    assert me["lastActiveAt"] > 1_700_000_000
    made = await http.post("/v3.0/call_tokens", headers=token, json={"sessionId": "daily"})
    call_token = made.json()["data"]["token"]
    resolved = await http.get(
        "/v3.0/call_tokens?configVersion=1", headers={"calltoken": call_token}
    )
    document = resolved.json()["data"]
    assert document["callToken"] == document["token"] == call_token
    assert document["sessionId"] == "daily"
    assert document["user"]["uid"] == "ana"
    assert document["transport"] == "livekit"
    assert document["url"] == "ws://calls.test:7880"
    assert document["moderator"] is False, "the session says who hosts it"
    assert (await http.post("/v3.0/user_sessions", content=b"anything")).json()["data"]
    assert (await http.delete("/v3.0/me", headers=token)).json()["data"]


async def test_the_call_token_is_a_livekit_token(http: httpx.AsyncClient) -> None:
    token = await auth_token(http)
    made = await http.post("/v3.0/call_tokens", headers=token, json={"sessionId": "daily"})
    claims = JwtAccess({"cellcall": SECRET}).verify(made.json()["data"]["token"])
    assert (claims.identity, claims.name, claims.room) == ("ana", "Ana", "daily")
    assert claims.room_join
    assert claims.can_publish
    assert claims.can_subscribe
    assert claims.can_publish_data
    assert claims.can_update_own_metadata
    assert claims.may_host and not claims.room_admin
    assert not claims.room_create
    assert not claims.room_list
    bob = await auth_token(http, "bob")
    made = await http.post("/v3.0/call_tokens", headers=bob, json={"sessionId": "daily"})
    claims = JwtAccess({"cellcall": SECRET}).verify(made.json()["data"]["token"])
    assert not claims.room_admin
    assert not claims.room_create


async def test_no_token_reveals_the_api_key(http: httpx.AsyncClient) -> None:
    token = await auth_token(http)
    made = await http.post("/v3.0/call_tokens", headers=token, json={"sessionId": "daily"})
    claims = jwt.decode(made.json()["data"]["token"], options={"verify_signature": False})
    assert claims["iss"] != API_KEY


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("other.test", "ws://other.test"),
        ("192.0.2.7:81", "ws://192.0.2.7:81"),
        ("[2001:db8::1]:7880", "ws://[2001:db8::1]:7880"),
        ("evil/path", "ws://calls.test:7880"),
        ("a@b", "ws://calls.test:7880"),
        ("", "ws://calls.test:7880"),
    ],
)
async def test_the_document_names_the_origin_that_was_asked(
    http: httpx.AsyncClient, host: str, url: str
) -> None:
    call_token = issued(JwtAccess({"cellcall": SECRET}), "ana", "daily")
    headers = {"calltoken": call_token, "host": host}
    resolved = await http.get("/v3.0/call_tokens", headers=headers)
    assert resolved.json()["data"]["url"] == url


async def test_behind_tls_the_document_says_wss(store: StoreThread) -> None:
    app, _ = rest_app(store)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="https://calls.test"
    ) as http:
        call_token = issued(JwtAccess({"cellcall": SECRET}), "ana", "daily")
        resolved = await http.get("/v3.0/call_tokens", headers={"calltoken": call_token})
    assert resolved.json()["data"]["url"] == "wss://calls.test"


async def test_a_token_that_may_not_join_is_refused(http: httpx.AsyncClient) -> None:
    access = JwtAccess({"cellcall": SECRET})
    for call_token in (issued(access, "ana", "daily", room_join=False), issued(access, "ana", "")):
        answer = await http.get("/v3.0/call_tokens", headers={"calltoken": call_token})
        assert answer.status_code == 401
        assert error_of(answer)["code"] == "AUTH_ERR_CALL_TOKEN_INVALID"


async def test_a_missing_call_token_says_so(http: httpx.AsyncClient) -> None:
    answer = await http.get("/v3.0/call_tokens")
    assert error_of(answer)["code"] == "AUTH_ERR_CALL_TOKEN_MISSING"


async def test_a_call_token_of_bottomless_json_is_refused(http: httpx.AsyncClient) -> None:
    deep = base64.urlsafe_b64encode(b"[" * 5000).decode().rstrip("=")
    answer = await http.get("/v3.0/call_tokens", headers={"calltoken": f"{deep}.{deep}.x"})
    assert error_of(answer)["code"] == "AUTH_ERR_CALL_TOKEN_INVALID"


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v3.0/nothing", 404, "ERR_PATH_NOT_FOUND"),
        ("GET", "/nothing%1b[2J", 404, "ERR_PATH_NOT_FOUND"),
        ("GET", "/v3.0/users/", 404, "ERR_PATH_NOT_FOUND"),
        ("GET", "/v3/me", 404, "ERR_PATH_NOT_FOUND"),
        ("PATCH", "/v3.0/me", 405, "ERR_METHOD_NOT_ALLOWED"),
        ("PUT", "/v3.0/me", 401, "AUTH_ERR_AUTH_TOKEN_NOT_FOUND"),
        ("DELETE", "/v3.0/me", 401, "AUTH_ERR_AUTH_TOKEN_NOT_FOUND"),
        ("POST", "/v3.0/call_tokens", 401, "AUTH_ERR_AUTH_TOKEN_NOT_FOUND"),
        ("GET", "/v3.0/sessions", 401, "AUTH_ERR_AUTH_TOKEN_NOT_FOUND"),
        ("GET", "/v3.0/calls", 401, "AUTH_ERR_AUTH_TOKEN_NOT_FOUND"),
        ("POST", "/v3.0/users", 401, "AUTH_ERR_API_KEY_NOT_FOUND"),
        ("POST", "/v3.0/users/ana/auth_tokens", 401, "AUTH_ERR_API_KEY_NOT_FOUND"),
    ],
)
async def test_refusals_are_error_bodies(
    http: httpx.AsyncClient, method: str, path: str, status: int, code: str
) -> None:
    answer = await http.request(method, path)
    assert answer.status_code == status
    assert error_of(answer)["code"] == code


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (b"", 400, "JSON"),
        (b"{", 400, "JSON"),
        (b"[]", 400, "object"),
        (b"null", 400, "object"),
        (b"\xff\xfe\x00", 400, "JSON"),
        (b'{"uid": 7}', 400, "uid"),
        (b'{"name": "x"}', 400, "uid"),
        (b'{"uid": "\\ud800"}', 400, "JSON"),
        (b"[" * 60_000, 400, "JSON"),
        (b'{"uid": ' + b"9" * 60_000 + b"}", 400, "JSON"),
        (b'{"uid": "' + b"x" * 70_000 + b'"}', 413, "64 kB"),
    ],
)
async def test_malformed_bodies_say_what_is_wrong(
    http: httpx.AsyncClient, body: bytes, status: int, words: str
) -> None:
    answer = await http.post("/v3.0/users", headers={"apiKey": API_KEY}, content=body)
    assert answer.status_code == status
    assert words in error_of(answer)["message"]


async def test_too_many_logins_is_429(http: httpx.AsyncClient) -> None:
    headers = {"apiKey": "wrong"}
    answers = [
        await http.post("/v3.0/users/ana/auth_tokens", headers=headers, json={}) for _ in range(4)
    ]
    assert [one.status_code for one in answers] == [401, 401, 401, 429]
    assert error_of(answers[3])["code"] == "ERR_TOO_MANY_LOGINS"
    # Other users and other requests are no way round it.
    for path in ("/v3.0/users/bo/auth_tokens", "/v3.0/users"):
        assert (await http.post(path, headers=headers, json={})).status_code == 429
    # Whoever has the key is not kept out by whoever guesses.
    assert await auth_token(http)


async def test_the_call_log_has_pages(http: httpx.AsyncClient, store: StoreThread) -> None:
    token = await auth_token(http)
    for number in range(5):
        store.session_started(f"call{number}", 60_000 * number)
        store.participant_joined(f"call{number}", "ana", "Ana", 60_000 * number)
        store.session_ended(f"call{number}", 60_000 * number + 3_723_000)
    pages = [
        (await http.get(f"/v3.0/calls?page={page}&perPage=2", headers=token)).json()
        for page in (1, 2, 3, 4)
    ]
    ids = [[one["sessionId"] for one in page["data"]] for page in pages]
    assert ids == [["call4", "call3"], ["call2", "call1"], ["call0"], []]
    assert pages[2]["meta"]["pagination"] == {
        "total": 5, "count": 1, "per_page": 2, "current_page": 3, "total_pages": 3
    }  # fmt: skip
    call = pages[0]["data"][0]
    assert (call["startedAt"], call["endedAt"]) == (240, 3963)
    assert (call["status"], call["mode"], call["initiator"]) == ("ended", "meet", "ana")
    assert (call["totalDuration"], call["totalDurationInMinutes"]) == ("01:02:03", 62.05)
    assert call["participants"][0]["uid"] == "ana"
    one = (await http.get("/v3.0/calls/call3", headers=token)).json()
    assert [entry["sessionId"] for entry in one["data"]] == ["call3"]
    missing = await http.get("/v3.0/calls/none", headers=token)
    assert (missing.status_code, error_of(missing)["code"]) == (404, "ERR_SESSION_NOT_FOUND")


@pytest.mark.parametrize(
    "query", ["page=0", "page=x", "perPage=-1", "page=1e9", "perPage=%00", "page=²"]
)
async def test_page_numbers_that_are_none(http: httpx.AsyncClient, query: str) -> None:
    answer = await http.get(f"/v3.0/calls?{query}", headers=await auth_token(http))
    assert answer.status_code == 400
    assert error_of(answer)["code"] == "ERR_BAD_REQUEST"


async def test_others_calls_are_not_shown(http: httpx.AsyncClient, store: StoreThread) -> None:
    token = await auth_token(http)
    store.session_started("secret", 1000)
    store.participant_joined("secret", "bob", "Bob", 1000)
    assert (await http.get("/v3.0/calls", headers=token)).json()["data"] == []
    assert (await http.get("/v3.0/calls/secret", headers=token)).status_code == 404


async def test_a_store_that_fails_is_503(http: httpx.AsyncClient, store: StoreThread) -> None:
    await store.run(store.store._db.execute, "DROP TABLE auth_tokens")
    answer = await http.put("/v3.0/me", headers={"authToken": "x"})
    assert answer.status_code == 503
    assert error_of(answer)["code"] == "ERR_SERVER_UNAVAILABLE"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["uid", "name", "avatar", "sessionId", "x"]), inner)
    ),
    max_leaves=8,
)
BODIES = st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode())
REQUESTS = st.sampled_from(
    [
        ("POST", "/v3.0/users"),
        ("POST", "/v3.0/users/ana/auth_tokens"),
        ("PUT", "/v3.0/me"),
        ("POST", "/v3.0/call_tokens"),
        ("POST", "/v3.0/nothing"),
    ]
)


def test_no_body_whatever_breaks_the_server() -> None:
    async def ask(examples: list[tuple[tuple[str, str], bytes]]) -> None:
        store = StoreThread(None)
        await store.open()
        app, _ = rest_app(store, logins_per_minute=10_000)
        async with client_of(app) as http:
            headers = {"apiKey": API_KEY, **await auth_token(http)}
            for (method, path), body in examples:
                answer = await http.request(method, path, headers=headers, content=body)
                assert answer.status_code < 500
                if "data" not in answer.json():
                    assert answer.status_code >= 400
                    assert error_of(answer)
        await store.close()

    # One loop and one server for a batch of examples: hypothesis itself is not async.
    @settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.tuples(REQUESTS, BODIES), min_size=10, max_size=30))
    def batch(examples: list[tuple[tuple[str, str], bytes]]) -> None:
        asyncio.run(ask(examples))

    batch()


async def test_health_is_told_to_everybody(http: httpx.AsyncClient, store: StoreThread) -> None:
    answer = await http.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    await store.run(store.store._db.close)
    assert (await http.get("/healthz")).status_code == 503
