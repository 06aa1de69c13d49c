"""The page of a join link: what is served with which headers, and its table of messages."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from livekit.protocol import models, rtc
from starlette.applications import Starlette

from tui.server.http.page import JoinPage

PAGE: Final = Path(__file__).parents[2] / "tui" / "server" / "page"
BROWSER: Final = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
NAMES: Final = {
    "User": "UserPacket",
    "Sdp": "SessionDescription",
    "Trickle": "TrickleRequest",
    "AddTrack": "AddTrackRequest",
    "Codec": "SimulcastCodec",
    "Layer": "VideoLayer",
    "Mute": "MuteTrackRequest",
    "TrackSetting": "UpdateTrackSettings",
    "Leave": "LeaveRequest",
    "Metadata": "UpdateParticipantMetadata",
    "Join": "JoinResponse",
    "Ice": "ICEServer",
    "Person": "ParticipantInfo",
    "Track": "TrackInfo",
    "Update": "ParticipantUpdate",
    "Published": "TrackPublishedResponse",
    "Speakers": "SpeakersChanged",
    "Speaker": "SpeakerInfo",
    "Answered": "RequestResponse",
    "Data": "DataPacket",
    "Sealed": "EncryptedPacket",
    "SealedPayload": "EncryptedPacketPayload",
    "Header": "DataStream.Header",
    "TextHeader": "DataStream.TextHeader",
    "ByteHeader": "DataStream.ByteHeader",
    "Chunk": "DataStream.Chunk",
    "Trailer": "DataStream.Trailer",
}
KINDS: Final = {"s": "string", "b": "bytes", "t": "bool", "f": "float"}
INTEGERS: Final = ("int32", "int64", "uint32", "uint64", "enum")


def _client(address: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(Starlette(routes=JoinPage().routes()))
    return httpx.AsyncClient(transport=transport, base_url=address, headers=BROWSER)


@pytest.fixture
async def browser() -> AsyncIterator[httpx.AsyncClient]:
    async with _client("http://call.test") as client:
        yield client


async def test_a_browser_gets_a_page_that_asks_nobody_else(browser: httpx.AsyncClient) -> None:
    answer = await browser.get("/join/standup")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "cross-origin-opener-policy" not in answer.headers  # browsers complain on http


async def test_behind_https_it_is_isolated() -> None:
    async with _client("https://call.test") as client:
        answer = await client.get("/join/standup")
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"


async def test_a_terminal_gets_the_command(browser: httpx.AsyncClient) -> None:
    answer = await browser.get("/join/standup", headers={"Accept": "*/*"})
    assert answer.headers["content-type"].startswith("text/plain")
    assert "cellcall join 'http://call.test/join/standup'" in answer.text


@pytest.mark.parametrize(
    ("path", "link"),
    [
        (
            "/join/a%2Fb%20'$(x)%3B'?token=ab.cd-e_f",
            "http://call.test/join/a%2Fb%20%27%24%28x%29%3B%27#token=ab.cd-e_f",
        ),
        ("/join/daily?token=a'%3Brm%20-rf", "http://call.test/join/daily"),
    ],
)
async def test_the_command_is_safe_in_a_shell(
    browser: httpx.AsyncClient, path: str, link: str
) -> None:
    answer = await browser.get(path, headers={"Accept": "*/*"})
    assert f"    cellcall join '{link}'\n" in answer.text


async def test_a_session_id_that_is_none_is_refused(browser: httpx.AsyncClient) -> None:
    answer = await browser.get("/join/%00")
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "ERR_SESSION_ID_INVALID"


@pytest.mark.parametrize("path", ["/join/standup", "/join/standup/", "/calls/join/a%2Fb"])
async def test_its_files_are_found_wherever_it_is(browser: httpx.AsyncClient, path: str) -> None:
    """A proxy may serve it below a prefix, so every address in it is relative."""
    served = path.removeprefix("/calls")
    for name in re.findall(r'(?:href|src)="([^"]+)"', (await browser.get(served)).text):
        if not name.startswith("data:"):
            resolved = httpx.URL(path).join(name).path
            expected = "/calls/page/" if path.startswith("/calls") else "/page/"
            assert resolved.startswith(expected)
            assert (await browser.get(resolved.removeprefix("/calls"))).status_code == 200


async def test_its_files_are_sent_once(browser: httpx.AsyncClient) -> None:
    answer = await browser.get("/page/main.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    again = await browser.get("/page/main.js", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("name", ["..%2Fembedded.py", "none.js", "%2Fetc%2Fpasswd"])
async def test_other_files_are_not_served(browser: httpx.AsyncClient, name: str) -> None:
    assert (await browser.get(f"/page/{name}")).status_code == 404


def test_every_module_that_is_imported_is_there() -> None:
    for module in PAGE.glob("*.js"):
        for name in re.findall(r"from '(.+)'", module.read_text()):
            assert (PAGE / name).is_file(), f"{module.name}: {name}"


def _descriptor(short: str) -> Any:
    name = NAMES.get(short, short)
    at: Any = models if hasattr(models, name.split(".")[0]) else rtc
    for part in name.split("."):
        at = getattr(at, part)
    return at.DESCRIPTOR


def _type_name(field: Any) -> str:
    return next(
        name.removeprefix("TYPE_").lower()
        for name in dir(field)
        if name.startswith("TYPE_") and getattr(field, name) == field.type
    )


def test_the_table_of_messages_is_livekits() -> None:
    table = re.search(r"TABLE = `\n(.*?)`;", (PAGE / "messages.js").read_text(), re.DOTALL)
    assert table is not None
    checked = 0
    for line in table[1].splitlines():
        message, *fields = line.split()
        for one in fields:
            key, number, kind, many = re.fullmatch(r"(\w+)=(\d+):(\w+)(\*?)", one).groups()  # type: ignore[union-attr]
            field = _descriptor(message).fields_by_name[key]
            assert (field.number, field.is_repeated and kind != "m") == (int(number), many == "*")
            if kind == "m":
                assert field.message_type.GetOptions().map_entry
            elif kind == "i":
                assert _type_name(field) in INTEGERS, one
            elif kind in KINDS:
                assert _type_name(field) == KINDS[kind], one
            else:
                assert field.message_type is _descriptor(kind), one
            checked += 1
    assert checked > 100


NODE: Final = """
import { decode, encode } from './protobuf.js';
const bytes = Uint8Array.from(Buffer.from(process.argv[2], 'hex'));
const value = decode(process.argv[1], bytes);
let cuts = 0;
for (let end = 0; end < bytes.length; end += 1) {
  try { decode(process.argv[1], bytes.subarray(0, end)); }
  catch (error) { if (!(error instanceof RangeError)) throw error; cuts += 1; }
}
const again = Buffer.from(encode(process.argv[1], value)).toString('hex');
console.log(JSON.stringify({ value, cuts, again }));
"""


def _through_node(message: str, raw: bytes) -> dict[str, Any]:
    node = shutil.which("node")
    if node is None:
        pytest.skip("this machine lacks node")
    run = subprocess.run(
        [node, "--input-type=module", "-e", NODE, message, raw.hex()],
        cwd=PAGE,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    answer: dict[str, Any] = json.loads(run.stdout)
    return answer


def test_the_codec_agrees_with_protobufs_own() -> None:
    sent = rtc.SignalResponse(
        join=rtc.JoinResponse(
            room=models.Room(name="ü李"),
            participant=models.ParticipantInfo(
                identity="a",
                attributes={"hand": "1", "": "x"},
                tracks=[models.TrackInfo(sid="T", muted=True, width=640)],
            ),
            ping_interval=5,
        )
    )
    answer = _through_node("SignalResponse", sent.SerializeToString())
    assert answer["value"]["join"]["other_participants"] == []
    assert answer["value"]["join"]["participant"]["tracks"][0]["height"] == 0
    assert answer["cuts"] > 0
    assert rtc.SignalResponse.FromString(bytes.fromhex(answer["again"])) == sent


def test_numbers_above_32_bits_come_through() -> None:
    header = models.DataStream.Header(stream_id="i", timestamp=1796013216123, total_length=2**40)
    sent = models.DataPacket(stream_header=header)
    read = _through_node("Data", sent.SerializeToString())["value"]["stream_header"]
    assert (read["timestamp"], read["total_length"]) == (1796013216123, 2**40)
