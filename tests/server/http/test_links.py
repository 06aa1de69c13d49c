"""Links on the wire: who may make, see and revoke them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.server.http.test_rest import auth_token, client_of, error_of
from tests.service.worlds import API_KEY, SECRET, rest_app
from tests.tokens import issued
from tui.server.access import JwtAccess
from tui.server.store_thread import StoreThread

KEY = {"apiKey": API_KEY}


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    store = StoreThread(None)
    await store.open()
    app, _ = rest_app(store, logins_per_minute=5)
    async with client_of(app) as client:
        yield client
    await store.close()


async def invited(http: httpx.AsyncClient) -> dict[str, str]:
    made = await http.post("/v3.0/links", headers=KEY, json={"sessionId": "daily"})
    return {"sessionId": "daily", "invitation": made.json()["data"]["invitation"], "name": "Gast"}


async def test_whoever_serves_lists_and_revokes(http: httpx.AsyncClient) -> None:
    body = await invited(http)
    token = (await http.post("/v3.0/guests", json=body)).json()["data"]["token"]
    (link,) = (await http.get("/v3.0/links", headers=KEY)).json()["data"]
    assert (link["sessionId"], link["guests"], link["revoked"]) == ("daily", 1, False)
    assert (await http.delete(f"/v3.0/links/{link['id']}", headers=KEY)).status_code == 200
    refused = await http.post("/v3.0/guests", json=body)
    assert (refused.status_code, error_of(refused)["code"]) == (403, "ERR_LINK_REVOKED")
    resolved = await http.get("/v3.0/call_tokens", headers={"calltoken": token})
    assert (resolved.status_code, error_of(resolved)["code"]) == (403, "ERR_LINK_REVOKED")


async def test_a_personal_link_is_made_for_a_name(http: httpx.AsyncClient) -> None:
    tokens = [
        (
            await http.post("/v3.0/links", headers=KEY, json={"sessionId": "daily", "name": name})
        ).json()["data"]["token"]
        for name in ("李", "王", "Ana")
    ]
    access = JwtAccess({"cellcall": SECRET})
    claims = [access.verify(token) for token in tokens]
    assert [one.name for one in claims] == ["李", "王", "Ana"]
    assert len({one.identity for one in claims}) == 3
    assert claims[2].identity == "guest-ana"


async def test_a_guest_passes_on_their_own_link_and_no_other(http: httpx.AsyncClient) -> None:
    body = await invited(http)
    token = (await http.post("/v3.0/guests", json=body)).json()["data"]["token"]
    (link,) = (await http.get("/v3.0/links", headers=KEY)).json()["data"]
    passed_on = await http.post("/v3.0/links", headers={"calltoken": token})
    assert passed_on.json()["data"]["invitation"] == body["invitation"]
    assert passed_on.json()["data"]["id"] == link["id"]


async def test_wrong_codes_are_bounded(http: httpx.AsyncClient) -> None:
    wrong = {"sessionId": "daily", "invitation": "x", "name": "Eve"}
    answers = [(await http.post("/v3.0/guests", json=wrong)).status_code for _ in range(6)]
    assert answers == [404] * 5 + [429]


async def test_a_page_of_another_site_uses_up_nothing(http: httpx.AsyncClient) -> None:
    body = await invited(http)
    elsewhere = {"content-type": "text/plain", "sec-fetch-site": "cross-site"}
    for _ in range(6):  # a browser asks nobody before it sends this
        answer = await http.post("/v3.0/guests", json=body, headers=elsewhere)
        assert (answer.status_code, error_of(answer)["code"]) == (403, "ERR_NOT_LET_IN")
    for site in ("same-origin", "none"):
        answer = await http.post("/v3.0/guests", json=body, headers={"sec-fetch-site": site})
        assert answer.status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v3.0/links"),
        ("POST", "/v3.0/links"),
        ("DELETE", "/v3.0/links/x"),
        ("POST", "/v3.0/links/x/reopen"),
    ],
)
async def test_nobody_else_touches_links(http: httpx.AsyncClient, method: str, path: str) -> None:
    for headers in ({}, {"apiKey": "wrong"}, await auth_token(http)):
        answer = await http.request(method, path, headers=headers, json={"sessionId": "daily"})
        assert error_of(answer)["code"] == "AUTH_ERR_API_KEY_NOT_FOUND"
    forged = issued(JwtAccess({"cellcall": "t" * 32}), "eve", "daily")
    answer = await http.post("/v3.0/links", headers={"calltoken": forged})
    assert error_of(answer)["code"] == "AUTH_ERR_CALL_TOKEN_INVALID"
