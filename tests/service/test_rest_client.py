"""The REST client against answers and networks of every bad sort."""

from __future__ import annotations

import asyncio
import gzip
import json
import socket
import ssl
import tracemalloc
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tui.domain.call_log import (
    CallLogQuery,
    LoggedCall,
    LoggedPerson,
    LoggedRecording,
    Transcript,
    TranscriptPage,
)
from tui.domain.errors import CallsError
from tui.domain.join import JitsiJoin, LiveKitJoin
from tui.domain.settings import AppSettings
from tui.domain.snapshot import User
from tui.service.hosts import hosts_of
from tui.service.rest import RestService

SERVER = AppSettings(server="http://calls.test:7880/")


@asynccontextmanager
async def answering(
    answer: Callable[[httpx.Request], httpx.Response], settings: AppSettings = SERVER
) -> AsyncIterator[RestService]:
    service = RestService(settings, transport=httpx.MockTransport(answer))
    try:
        yield service
    finally:
        await service.aclose()


async def refused(service: RestService) -> CallsError:
    with pytest.raises(CallsError) as caught:
        await service.me("token")
    assert caught.value.description.isprintable()
    return caught.value


def always(content: object, status: int = 200) -> Callable[[httpx.Request], httpx.Response]:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return lambda _request: httpx.Response(status, content=raw)


async def test_requests_are_as_documented() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        user = {"uid": "ana", "name": "Ana"}
        return httpx.Response(200, json={"data": {"authToken": "t", "token": "c", **user}})

    settings = AppSettings(app_id="app1", region="EU")
    async with answering(answer, settings) as service:
        await service.create_auth_token("ana b", "key")
        await service.me("auth")
        await service.logout("auth")
        await service.create_call_token("auth", "daily")
        with pytest.raises(CallsError):
            await service.resolve_call_token("", "call")
        with pytest.raises(CallsError):
            await service.call_log("auth", CallLogQuery(limit=7))
    assert [(one.method, str(one.url)) for one in seen] == [
        ("POST", "https://app1.api-eu.cometchat.io/v3.0/users/ana%20b/auth_tokens"),
        ("PUT", "https://app1.apiclient-eu.cometchat.io/v3.0/me"),
        ("DELETE", "https://app1.apiclient-eu.cometchat.io/v3.0/me"),
        ("POST", "https://app1.call-eu.cometchat.io/v3.0/call_tokens"),
        ("GET", "https://app1.call-eu.cometchat.io/v3.0/call_tokens?configVersion=1"),
        ("GET", "https://app1.call-eu.cometchat.io/v3.0/calls?page=1&perPage=7"),
    ]
    assert seen[0].headers["apikey"] == "key"
    assert [one.headers.get("appid") for one in seen] == ["app1"] * 5 + [None]
    assert [one.headers.get("authtoken") for one in seen[1:]] == ["auth"] * 3 + [None, "auth"]
    assert seen[4].headers["calltoken"] == "call"
    assert json.loads(seen[3].content) == {"sessionId": "daily"}
    login = json.loads(seen[0].content)
    assert login["platform"] == "web"
    assert len(login["deviceId"]) == 13
    assert login["deviceId"].startswith("web_")


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (AppSettings(server="http://h:1"), ("http://h:1/v3.0",) * 3),
        (AppSettings(server="https://h/calls/"), ("https://h/calls/v3.0",) * 3),
        (
            AppSettings(server="http://h", host="https://other/x"),
            ("http://h/v3.0", "http://h/v3.0", "https://other/x"),
        ),
        (
            AppSettings(app_id="?", admin_host="http://a", client_host="http://b", host="http://c"),
            ("http://a", "http://b", "http://c"),
        ),
    ],
)
def test_addresses(settings: AppSettings, expected: tuple[str, str, str]) -> None:
    hosts = hosts_of(settings)
    assert (hosts.api, hosts.apiclient, hosts.call) == expected


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        (AppSettings(server="calls.test:7880"), "server"),
        (AppSettings(server="ws://calls.test"), "server"),
        (AppSettings(server="http://"), "server"),
        (AppSettings(server="http://h:99999"), "server"),
        (AppSettings(server="http://h/\x1b[2J"), "server"),
        (AppSettings(server="http://a@b"), "server"),
        (AppSettings(server="http://[::1"), "server"),
        (AppSettings(app_id="a.evil.test/", region="us"), "appId"),
        (AppSettings(app_id="", region="us"), "appId"),
        (AppSettings(app_id="app", region="mars"), "region"),
        (AppSettings(app_id="a b", server="http://h"), "appId"),
        (AppSettings(server="http://h", admin_host="nonsense"), "adminHost"),
    ],
)
def test_unusable_settings_name_their_field(settings: AppSettings, field: str) -> None:
    with pytest.raises(CallsError) as caught:
        RestService(settings)
    assert (caught.value.code, caught.value.field) == ("VALIDATION_ERROR", field)


async def test_a_server_error_keeps_its_code_and_is_cleaned() -> None:
    body = {
        "error": {
            "message": "No \x1b[2J such\nthing",
            "devMessage": "d",
            "source": "s",
            "code": "ERR_X",
        }
    }
    for status in (200, 404, 500):
        async with answering(always(body, status)) as service:
            error = await refused(service)
        assert (error.code, error.description) == ("ERR_X", "No [2J such thing")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>502 Bad Gateway</html>",
        b"[1]",
        b"null",
        b"\xff\xfe",
        b"[" * 200_000,
        b'{"error": null}',
        b'{"error": {"message": 1, "devMessage": "d", "source": "s", "code": "c"}}',
        b'{"error": {"message": "m", "source": "s", "code": "c"}}',
        b'{"data": null}',
        b'{"data": {"uid": "ana"}}',
        b'{"data": {"uid": "", "name": "x"}}',
        b'{"data": {"uid": ["ana"], "name": "x"}}',
        b"{}",
        b'{"data": "' + b"x" * 5_000_000 + b'"}',
    ],
)
async def test_answers_that_do_not_fit(body: bytes) -> None:
    async with answering(always(body)) as service:
        assert (await refused(service)).code == "BAD_RESPONSE"


async def test_an_answer_packed_twice_is_not_unpacked() -> None:
    asked: list[str] = []

    def twice(request: httpx.Request) -> httpx.Response:
        asked.append(request.headers["Accept-Encoding"])
        bomb = gzip.compress(gzip.compress(bytes(64 * 2**20)))
        return httpx.Response(
            200, headers={"Content-Encoding": "gzip, gzip"}, stream=httpx.ByteStream(bomb)
        )

    tracemalloc.start()
    try:
        async with answering(twice) as service:
            error = await refused(service)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (error.code, asked[0]) == ("BAD_RESPONSE", "identity")
    assert "packed 2 times" in error.description
    assert most < 150 * 2**20, "made here, never unpacked"


async def test_a_failure_without_a_reason_is_no_success() -> None:
    async with answering(always({"data": {"uid": "ana", "name": "Ana"}}, 503)) as service:
        assert (await refused(service)).code == "BAD_RESPONSE"


async def test_the_missing_field_is_named() -> None:
    async with answering(always({"data": {"uid": "ana"}})) as service:
        assert "name" in (await refused(service)).description
    async with answering(always({"data": {"authtoken": "t"}})) as service:
        with pytest.raises(CallsError, match="authToken"):
            await service.create_auth_token("ana", "key")


async def test_everything_foreign_is_cleaned() -> None:
    user = {"uid": "an\x1ba", "name": "A\x07na", "avatar": "http://x/\x00", "role": "r\n"}
    async with answering(always({"data": user})) as service:
        assert await service.me("t") == User("ana", "Ana", "http://x/", "r")


JOIN = {
    "callToken": "jwt",
    "sessionId": "daily",
    "user": {"uid": "ana", "name": "Ana", "lastActiveAt": 1.5},
    "settings": {},
    "transport": "livekit",
    "url": "wss://calls.test",
    "token": "jwt",
    "moderator": True,
}
CLOUD = {
    "callToken": "jwt",
    "sessionId": "daily",
    "user": {"uid": "ana", "name": "Ana"},
    "settings": {
        "WEBRTC_HOST": "rtc.test",
        "connectionConfig": {
            "serviceUrl": "wss://xmpp.test/xmpp-websocket",
            "hosts": {"domain": "rtc.test", "muc": "conference.rtc.test"},
            "p2p": {"enabled": True},
        },
    },
}


async def test_the_embedded_servers_join_document() -> None:
    async with answering(always({"data": JOIN})) as service:
        document = await service.resolve_call_token("", "call")
    assert document.transport == LiveKitJoin("wss://calls.test", "jwt", moderator=True)
    assert document.session_id == "daily"


async def test_the_clouds_join_document_means_jitsi() -> None:
    async with answering(always({"data": CLOUD})) as service:
        document = await service.resolve_call_token("", "call")
    assert document.transport == JitsiJoin(
        service_url="wss://xmpp.test/xmpp-websocket",
        token="jwt",
        room="daily",
        domain="rtc.test",
        muc="conference.rtc.test",
        user=User("ana", "Ana"),
        peer_to_peer=True,
    )
    assert document.session_id == "daily"


async def test_the_older_join_document_follows_from_its_host() -> None:
    inside = {"sessionId": "Daily", "user": {"uid": "ana", "name": "Ana"}, "region": "us"}
    told = {
        "callToken": "jwt",
        "settings": {"WEBRTC_HOST": "rtc.test", "ANALYTICS_HOST": "a.test"},
        "payload": {"data": inside, "room": "Daily"},
    }
    async with answering(always({"data": told})) as service:
        document = await service.resolve_call_token("", "call")
    assert document.transport == JitsiJoin(
        service_url="wss://xmpp.rtc.test/xmpp-websocket",
        token="jwt",
        room="daily",
        domain="rtc.test",
        muc="conference.rtc.test",
        user=User("ana", "Ana"),
        hidden_domain="hidden.rtc.test",
        peer_to_peer=True,
        prefer_sctp=True,
        ssrc_rewriting=True,
        video_height=720,
    )
    told["settings"] = {"WEBRTC_HOST": "a b/c"}
    async with answering(always({"data": told})) as service:
        with pytest.raises(CallsError, match="WEBRTC_HOST"):
            await service.resolve_call_token("", "call")


async def test_all_that_the_cloud_says_of_its_bridge_is_kept() -> None:
    told = json.loads(json.dumps({**CLOUD, "sessionId": "Daily"}))
    told["settings"]["connectionConfig"] |= {
        "hosts": {},
        "hiddenDomain": "hidden.rtc.test",
        "bridgeChannel": {"preferSctp": True},
        "flags": {"ssrcRewritingEnabled": True, "sourceNameSignaling": True},
        "audioQuality": {"stereo": True},
        "videoQuality": {"codecPreferenceOrder": ["VP8", "H264\x1b"], "enableAdaptiveMode": True},
        "resolution": 720,
    }
    async with answering(always({"data": told})) as service:
        joins = (await service.resolve_call_token("", "call")).transport
    assert isinstance(joins, JitsiJoin)
    assert (joins.room, joins.domain, joins.muc) == ("daily", "test", "conference.test")
    assert (joins.hidden_domain, joins.prefer_sctp) == ("hidden.rtc.test", True)
    assert (joins.ssrc_rewriting, joins.stereo) == (True, True)
    assert (joins.codecs, joins.video_height) == (("vp8", "h264"), 720)


async def test_a_media_protocol_nobody_speaks_is_named() -> None:
    async with answering(always({"data": {**JOIN, "transport": "smoke"}})) as service:
        with pytest.raises(CallsError, match="runs on smoke, which this version") as caught:
            await service.resolve_call_token("", "call")
    assert caught.value.code == "ERROR_CONNECTION_FAILED"


@pytest.mark.parametrize(
    ("document", "missing"),
    [(JOIN, key) for key in ("callToken", "sessionId", "user", "url", "token")]
    + [(CLOUD, key) for key in ("callToken", "sessionId", "user")],
)
async def test_join_documents_that_do_not_fit(document: dict[str, object], missing: str) -> None:
    less = {key: value for key, value in document.items() if key != missing}
    async with answering(always({"data": less})) as service:
        with pytest.raises(CallsError, match=missing) as caught:
            await service.resolve_call_token("", "call")
    assert caught.value.code == "BAD_RESPONSE"


@pytest.mark.parametrize("key", ["serviceUrl", "hosts", "p2p"])
async def test_connection_configs_that_do_not_fit(key: str) -> None:
    document = json.loads(json.dumps(CLOUD))
    del document["settings"]["connectionConfig"][key]
    async with answering(always({"data": document})) as service:
        with pytest.raises(CallsError, match=key) as caught:
            await service.resolve_call_token("", "call")
    assert caught.value.code == "BAD_RESPONSE"


@pytest.mark.parametrize("url", ["", "calls.test", "file:///etc/passwd", "wss://", "wss://a\x1b"])
async def test_a_join_document_without_a_usable_address(url: str) -> None:
    async with answering(always({"data": {**JOIN, "url": url}})) as service:
        with pytest.raises(CallsError, match="url") as caught:
            await service.resolve_call_token("", "call")
    assert caught.value.code == "BAD_RESPONSE"


async def test_a_call_log_of_the_cloud() -> None:
    entries = [
        {"sessionId": "a", "initiator": {"uid": "x"}, "startedAt": 5, "endedAt": None},
        {"sessionId": "b", "initiatedAt": 6, "participants": [{"uid": "ana"}, {"name": "B\x1b"}]},
    ]
    async with answering(always({"data": entries, "meta": {}})) as service:
        page = await service.call_log("t")
    assert (page.page, page.pages) == (1, 0)
    people = (LoggedPerson("ana", "ana"), LoggedPerson("", "B"))
    assert page.calls == (
        LoggedCall("a", 5000, 0, (), "ended", initiator="x"),
        LoggedCall("b", 6000, 0, ("ana", "B"), "ended", people=people),
    )


async def test_a_recorded_call_and_its_transcripts_in_the_clouds_words() -> None:
    recording = {
        "rid": "r1",
        "recording_url": "https://x/1.mp4",
        "startTime": 10,
        "endTime": 70,
        "duration": 60.5,
    }
    call = {
        "sessionId": "v1.us.app.7",
        "mode": "call",
        "type": "audio",
        "status": "ended",
        "initiator": "ana",
        "hasRecording": True,
        "totalDurationInMinutes": 1.5,
        "startedAt": 10,
        "recordings": [recording],
    }
    meta = {"pagination": {"total_pages": 3, "current_page": 1}}
    async with answering(always({"data": [call], "meta": meta})) as service:
        page = await service.call_log("t", CallLogQuery(limit=1, call_type="audio"))
    (logged,) = page.calls
    assert (page.pages, logged.mode, logged.type, logged.total_minutes) == (3, "call", "audio", 1.5)
    assert logged.recordings == (LoggedRecording("r1", "https://x/1.mp4", 10_000, 70_000, 60.5),)
    transcript = {"tid": "t1", "roomName": "v1", "startTime": 5, "transcriptUrl": "https://x/t"}
    async with answering(always({"data": [transcript], "meta": meta})) as service:
        found = await service.transcripts("t", "v1.us.app.7", page=2)
    assert found == TranscriptPage(
        (Transcript("t1", room_name="v1", started_at_ms=5000, transcript_url="https://x/t"),), 2, 3
    )


KEYS = [
    *("data", "error", "uid", "name", "avatar", "role", "lastActiveAt", "authToken", "user"),
    *("token", "callToken", "sessionId", "transport", "url", "settings", "participants"),
    *("startedAtMs", "startedAt", "endedAt", "status", "message", "code", "moderator"),
]
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(), max_size=10)
    | st.sampled_from(["wss://h", "livekit"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(KEYS),
            inner,
        )
    ),
    max_leaves=20,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=50) | JSON.map(lambda value: json.dumps({"data": value}).encode()))
def test_no_answer_whatever_breaks_the_client(raw: bytes) -> None:
    async def ask() -> list[object]:
        async with answering(always(raw)) as service:
            return await asyncio.gather(
                service.me("t"),
                service.create_auth_token("ana", "k"),
                service.create_call_token("t", "daily"),
                service.resolve_call_token("t", "c"),
                service.running_sessions("t"),
                service.call_log("t"),
                return_exceptions=True,
            )

    for outcome in asyncio.run(ask()):
        assert not isinstance(outcome, BaseException) or isinstance(outcome, CallsError)


# --- networks


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


async def test_refused_connections_say_so() -> None:
    service = RestService(AppSettings(server=f"http://127.0.0.1:{free_port()}"))
    error = await refused(service)
    await service.aclose()
    assert error.code == "NETWORK_ERROR"
    assert "connection refused" in error.description


async def test_unknown_names_say_so() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        try:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        except OSError as error:
            raise httpx.ConnectError("[Errno -2] Name or service not known") from error

    async with answering(answer) as service:
        error = await refused(service)
    assert error.code == "NETWORK_ERROR"
    assert "calls.test" in error.description
    assert "name" in error.description


async def test_tls_to_a_plain_server_says_so() -> None:
    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(plain, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    service = RestService(AppSettings(server=f"https://127.0.0.1:{port}"))
    error = await refused(service)
    await service.aclose()
    server.close()
    await server.wait_closed()
    assert error.code == "NETWORK_ERROR"
    assert "TLS" in error.description


async def test_untrusted_certificates_say_so() -> None:
    certificate = ssl.SSLCertVerificationError(1, "certificate verify failed")
    certificate.verify_message = "self-signed certificate"

    def answer(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("certificate verify failed") from certificate

    async with answering(answer) as service:
        error = await refused(service)
    assert "self-signed certificate" in error.description


async def test_a_server_that_drips_is_given_up_in_time() -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        try:
            while not writer.is_closing():
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(0.05)
        except ConnectionError:
            return
        finally:
            writer.close()

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    service = RestService(AppSettings(server=f"http://127.0.0.1:{port}"), timeout_s=0.4)
    async with asyncio.timeout(5):
        error = await refused(service)
    await service.aclose()
    server.close()
    await server.wait_closed()
    assert error.code == "NETWORK_ERROR"
    assert "did not answer: nothing came in 0.4 seconds." in error.description


async def test_a_connection_that_breaks_off_says_so() -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    service = RestService(AppSettings(server=f"http://127.0.0.1:{port}"))
    error = await refused(service)
    await service.aclose()
    server.close()
    await server.wait_closed()
    assert error.code == "NETWORK_ERROR"
    assert error.description.endswith(
        "took the connection and said nothing. Perhaps it wants https:// or wss:// instead."
    )


async def test_a_proxy_of_the_environment_is_not_used_for_this_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://192.0.2.1:1")
    monkeypatch.setenv("http_proxy", "http://192.0.2.1:1")
    service = RestService(AppSettings(server=f"http://127.0.0.1:{free_port()}"), timeout_s=2)
    error = await refused(service)
    await service.aclose()
    assert "connection refused" in error.description


@pytest.mark.parametrize(
    ("server", "told", "used"),
    [
        ("http://calls.test:7880", "ws://calls.test:7880", "ws://calls.test:7880"),
        ("http://calls.test/calls/", "ws://calls.test", "ws://calls.test/calls"),
        ("https://calls.test/calls", "wss://calls.test:443/", "wss://calls.test:443/calls"),
        ("http://calls.test/calls", "ws://calls.test/media", "ws://calls.test/media"),
        ("http://calls.test/calls", "wss://calls.test", "wss://calls.test"),
        ("http://calls.test/calls", "ws://other.test", "ws://other.test"),
    ],
)
async def test_a_proxy_may_put_a_path_before_all_of_a_server(
    server: str, told: str, used: str
) -> None:
    data = {
        "callToken": "c",
        "sessionId": "s",
        "user": {"uid": "ana", "name": "Ana"},
        "transport": "livekit",
        "url": told,
        "token": "t",
        "moderator": False,
    }
    async with answering(always({"data": data}), AppSettings(server=server)) as service:
        document = await service.resolve_call_token("", "call-token")
    assert isinstance(document.transport, LiveKitJoin)
    assert document.transport.url == used
