"""The page of a join link in Chromium, with cellcall at the other end: everything both ways."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from tests.tmux_server import tmux_server
from tests.whole.program import wait_until
from tui import server
from tui.domain.terminal_text import NotOfTheSubset, TerminalScreen
from tui.wire.terminal_rows import parse, whole

from .call import SIGNATURES
from .cellcall_peers import CellcallPeer, GuestCellcall, HostCellcall, PlainPeer, TilePeer
from .guest_page import GuestPage, OpenPage, Seen, lacks_axe
from .namespace import ADDRESS, NetworkNamespace
from .peers import Signature
from .servers import PORT, EmbeddedServer, SecureServer, join_link

pytestmark = pytest.mark.interop

ANA: Final = SIGNATURES["cellcall"]
PAULA: Final = SIGNATURES["plain"]
FAKE: Final = Signature("gast", (7, 155, 3), 398)
"""What Chromium's fake devices send: green with a pie, and beeps."""
NAME: Final = "Gasthörer <B>李</B>"
OURS: Final = f"https://{ADDRESS}:{PORT}/"


class Party:
    """Ana, who is seen and heard; Paula, who reads and writes; and a browser."""

    def __init__(self, namespace: NetworkNamespace, server: EmbeddedServer, folder: Path):
        self.where = (namespace, server, "standup")
        self.folder = folder
        self.ana = CellcallPeer.join(*self.where, ANA, folder, duration_s=900)
        self.paula = PlainPeer.join(*self.where, PAULA, folder)
        self.page = GuestPage.open(namespace, join_link(server, "standup", FAKE.identity), folder)

    def end(self) -> None:
        for child in (self.page.child, self.ana.child, self.paula.child):
            child.stop()

    def seen_and_heard(self, seen: Seen) -> bool:
        """Whether Ana's colour and tone are in the page."""
        tile = self.page.tile("Ana", seen)
        sound = seen["sounds"].get("ana", {})
        return tile is not None and ANA.shown_by(tile["rgb"]) and ANA.heard_in(sound.get("hz"))


@pytest.fixture(scope="module")
def party(
    namespace: NetworkNamespace, secure: SecureServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Party]:
    """Three people in a call; the browser has joined it."""
    made = Party(namespace, secure, tmp_path_factory.mktemp("party"))
    try:
        made.paula.wait_until_published()
        made.page.wait_to_see(lambda seen: FAKE.shown_by(seen["preview"]), "its own picture")
        made.page.join(NAME)
        yield made
    finally:
        made.end()


def test_before_the_call_it_asks_for_little_and_shows_oneself(party: Party) -> None:
    headers = party.page.opened["headers"]
    assert "script-src 'self'" in headers["content-security-policy"]
    assert headers["referrer-policy"] == "no-referrer"
    first = party.page.told("page")[0]
    assert first["address"] == f"{OURS}join/standup"  # neither token nor key
    assert first["heading"] == "Call standup"


def test_the_browser_sees_and_hears(party: Party) -> None:
    party.page.wait_to_see(party.seen_and_heard, "colour and tone of Ana")


def test_cellcall_sees_and_hears_the_browser(party: Party, tmp_path: Path) -> None:
    tess = TilePeer.join(*party.where, tmp_path)
    try:
        tess.wait_for(
            lambda line: any(
                tile["name"] == NAME and FAKE.shown_by(tile["rgb"]) for tile in line["tiles"]
            ),
            "the fake camera",
        )
        tess.wait_for(
            lambda line: 350 < line["figures"].get("gast", {}).get("audio_peak_hz", 0) < 450,
            "the fake microphone",
        )
    finally:
        tess.child.stop()


def test_a_browser_without_udp_is_in_the_call_by_tcp(party: Party, tmp_path: Path) -> None:
    namespace, server, room = party.where
    link = join_link(server, room, "noudp")
    only_tcp = ["--force-webrtc-ip-handling-policy=disable_non_proxied_udp"]
    page = GuestPage.open(namespace, link, tmp_path, name="noudp", flags=only_tcp)
    tess = TilePeer.join(*party.where, tmp_path)
    try:
        page.join("Noa")

        def sees(seen: Seen) -> bool:
            tile, sound = page.tile("Ana", seen), seen["sounds"].get("ana", {})
            return tile is not None and ANA.shown_by(tile["rgb"]) and ANA.heard_in(sound.get("hz"))

        page.wait_to_see(sees, "colour and tone of Ana")

        def is_seen(line: dict[str, Any]) -> bool:
            heard = line["figures"].get("noudp", {}).get("audio_peak_hz", 0)
            tiles = {tile["name"]: tile["rgb"] for tile in line["tiles"]}
            return FAKE.shown_by(tiles.get("Noa")) and 350 < heard < 450

        tess.wait_for(is_seen, "its fake camera and microphone")
    finally:
        page.child.stop()
        tess.child.stop()


def test_chat_crosses_as_text(party: Party) -> None:
    party.paula.say("Hello <i>you</i> ✓")
    seen = party.page.wait_to_see(
        lambda seen: "Chat, 1 new" in seen["buttons"] and "<i>you</i>" in seen["state"], "a message"
    )
    assert seen["chat"] == ["Paula: Hello <i>you</i> ✓"]
    party.page.do("key", key="c")
    party.page.wait_to_see(lambda seen: seen["focus"] == "line", "the field")
    party.page.do("fill", label="Message", text="cvm, said with é and [b]")
    party.page.do("key", key="Enter")
    party.paula.wait_for_line(r"chat: Gasthörer <B>李</B>: cvm, said with é and \[b\]$")
    party.page.click("Close chat")
    party.page.wait_to_see(lambda seen: seen["focus"] == "chat-open", "the focus on its button")


def test_files_cross(party: Party, tmp_path: Path) -> None:
    content = bytes(range(256)) * 3000
    (tmp_path / "from page.bin").write_bytes(content)
    (tmp_path / "from <b>paula.svg").write_bytes(content[:5000])
    party.page.click("Chat")
    party.page.do("send", label="Send a file, up to 16 MB", file=str(tmp_path / "from page.bin"))
    party.paula.wait_for_line(r"chat: Gasthörer .* sent file 1: from page.bin, 768 kB")
    (tmp_path / "saved").mkdir()
    party.paula.say(f"/save 1 {tmp_path / 'saved'}")
    party.paula.wait_for_line("info: Saved as .*from page.bin")
    assert (tmp_path / "saved" / "from page.bin").read_bytes() == content
    party.paula.say(f"/send {tmp_path / 'from <b>paula.svg'}")
    party.page.wait_to_see(lambda seen: any("5 kB" in one for one in seen["chat"]), "the file")
    party.page.do("save", name="paula", path=str(tmp_path / "at the page"))
    assert (tmp_path / "at the page").read_bytes() == content[:5000]
    party.page.click("Close chat")


def test_captions_cross(party: Party) -> None:
    party.paula.say("/caption I say <i>this</i>.")
    party.paula.say("/caption Gasthörer: Written for you.")
    seen = party.page.wait_to_see(
        lambda seen: "Written for you." in (seen["captions"] or ""), "the captions"
    )
    assert "Paula: I say <i>this</i>." in seen["captions"]
    assert f"{NAME}, written by Paula: Written for you." in seen["captions"]


def test_a_transcript_is_told_while_the_server_keeps_it(party: Party, tmp_path: Path) -> None:
    hana = HostCellcall.join(*party.where, tmp_path)
    try:
        hana.wait_for_line("call: Joined standup")
        hana.say("/transcript on")
        party.page.wait_to_see(
            lambda seen: seen["recording"] == "TRANSCRIPT: Hana", "who keeps a transcript"
        )
        hana.say("/transcript off")
        party.page.wait_to_see(lambda seen: not seen["recording"], "nobody any more")
    finally:
        hana.child.stop()


def test_a_shared_terminal_is_text_in_the_page(party: Party, tmp_path: Path) -> None:
    with tmux_server(tmp_path) as tmux:
        tmux.type(r"clear; printf '\033[1;31mred\033[0m 漢字 <b>é</b>\n'; seq 60000; echo the end")
        wait_until(lambda: "the end" in tmux.rows, 60)
        party.paula.say(f"/share {tmux.share}")
        party.page.wait_to_see(lambda seen: seen["terminal"] == tmux.rows, "the whole screen")
        tmux.type(r"clear; printf '\033[1;31mred\033[0m 漢字 <b>é</b>\n'")
        seen = party.page.wait_to_see(lambda seen: seen["terminal"] == tmux.rows, "what changed")
        assert seen["terminal"][0] == "red 漢字 <b>é</b>"
        (colour,) = seen["colours"]
        red, green, _ = (int(one) for one in re.findall(r"\d+", colour))
        assert red > 200 > green  # as red as can be read on black
        if lacks_axe() is None:
            assert party.page.wait_for_axe() == []
        tmux.type("exit")
        party.page.wait_to_see(lambda seen: seen["terminal"] == [], "its end")


def test_a_hand_and_a_mute_cross(party: Party) -> None:
    page, paula = party.page, party.paula
    page.do("key", key="r")
    paula.wait_for_line(r"hand: Gasthörer <B>李</B> raised a hand")
    page.wait_to_see(lambda seen: "Lower hand" in seen["buttons"], "the raised hand")
    page.do("key", key="m")
    paula.wait_in_roster("gasthörer <B>李</B>", ", muted")
    page.click("Microphone off")
    paula.wait_in_roster("gasthörer <B>李</B>", ", microphone on")
    page.click("Camera on")
    paula.wait_in_roster("gasthörer <B>李</B>", r".*camera off")
    page.click("Camera off")
    paula.wait_in_roster("gasthörer <B>李</B>", r".*camera on")
    paula.raise_hand(up=True)
    page.wait_to_see(
        lambda seen: "hand up" in (page.tile("Paula", seen) or {"text": ""})["text"],
        "a hand",
    )


def test_letters_can_be_switched_off(party: Party) -> None:
    party.page.click("Devices")
    party.page.do("check", label="Letters act", on=False)
    party.page.do("focus", element="mic")
    party.page.do("key", key="r")
    party.page.do("check", label="Letters act", on=True)
    party.page.click("Devices")
    seen = party.page.wait_to_see(lambda seen: True, "the page")
    assert "Lower hand" in seen["buttons"]  # as the test before left it


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_it_fits_and_axe_finds_nothing(party: Party, width: int, *, dark: bool) -> None:
    if lacks := lacks_axe():
        pytest.skip(f"this machine lacks {lacks}")
    page = party.page
    page.do("look", width=width, height=740, dark=dark)
    page.do("key", key="c")
    seen = page.wait_to_see(lambda seen: seen["wide"] <= 0, "no sideways scrolling")
    assert seen["small"] == []
    violations = page.wait_for_axe()
    page.do(
        "screenshot", path=str(party.folder / f"call-{width}-{'dark' if dark else 'light'}.png")
    )
    page.click("Close chat")
    assert violations == []


def test_nobody_else_is_asked_and_nothing_complains(party: Party) -> None:
    asked = {line["url"] for line in party.page.told("request")}
    assert {url for url in asked if not url.startswith((OURS, OURS.replace("http", "ws")))} == set()
    assert party.page.told("console") == []


def test_leaving_closes_the_devices(party: Party) -> None:
    party.page.do("key", key="l")
    party.page.wait_to_see(
        lambda seen: seen["state"] == "You are not in the call: you left." and not seen["tiles"],
        "the end",
    )
    party.paula.wait_for_line(r"leave: Gasthörer <B>李</B>")
    before = len(party.paula.child.lines)
    party.page.click("Join again")
    party.paula.wait_for_line("join: Gast joined", since=before)


def test_a_link_without_an_invitation_says_so(open_page: OpenPage, secure: SecureServer) -> None:
    page = open_page(f"{OURS}join/standup")
    page.wait_to_see(lambda seen: "no invitation in it" in seen["state"], "the reason")


def test_an_expired_link_says_so(open_page: OpenPage, secure: SecureServer) -> None:
    link = join_link(secure, "standup", "late", lifetime_s=-120)
    page = open_page(link)
    page.wait_to_see(lambda seen: "expired" in seen["state"], "the reason")


def test_a_second_browser_takes_the_link_over_without_a_duel(
    open_page: OpenPage, secure: SecureServer
) -> None:
    link = join_link(secure, "duel", "gast")
    first, second = open_page(link), open_page(link)
    first.join("First")
    second.join("Second")
    first.wait_to_see(lambda seen: "opened somewhere else" in seen["state"], "the reason")
    first.wait_to_see(lambda seen: "Join again" in seen["buttons"], "no return by itself")
    second.wait_to_see(lambda seen: len(seen["tiles"]) == 1, "being alone")


def test_a_reload_is_the_same_guest(open_page: OpenPage, secure: SecureServer) -> None:
    page = open_page(join_link(secure, "reload", "gast"))
    page.join("Gast")
    page.do("reload")
    page.join("Gast")


def test_it_is_back_after_the_server_was_killed(
    open_page: OpenPage, secure: SecureServer, namespace: NetworkNamespace, tmp_path: Path
) -> None:
    ana = CellcallPeer.join(namespace, secure, "again", ANA, tmp_path)
    try:
        page = open_page(join_link(secure, "again", "gast"))
        page.join("Gast")
        secure.stop()
        page.wait_to_see(lambda seen: seen["state"].startswith("Connection lost"), "the loss")
        secure.start()
        page.wait_to_see(lambda seen: seen["state"] == "Connected again.", "the return")
        page.wait_to_see(
            lambda seen: (
                ANA.shown_by((page.tile("Ana", seen) or {"rgb": None})["rgb"])
                and ANA.heard_in(seen["sounds"].get("ana", {}).get("hz"))
            ),
            "Ana again",
        )
    finally:
        ana.child.stop()


def test_without_a_camera_the_microphone_works(open_page: OpenPage, secure: SecureServer) -> None:
    no_camera = "--use-fake-device-for-media-stream=device-count=0"
    page = open_page(join_link(secure, "half", "gast"), flags=[no_camera])
    page.wait_to_see(lambda seen: seen["missing"] == "Camera: none was found.", "the reason")
    page.join("Gast")
    seen = page.wait_to_see(lambda seen: "Microphone on" in seen["buttons"], "the microphone")
    assert "Camera off" in seen["buttons"]
    page.click("Camera off")
    page.wait_to_see(lambda seen: page.tile("Gast, you, no camera", seen) is not None, "no camera")


def test_a_link_for_many_makes_a_guest_of_each_and_can_be_revoked(
    open_page: OpenPage, secure: SecureServer, namespace: NetworkNamespace, tmp_path: Path
) -> None:
    link = secure.links("make", "party").strip()
    first, second = open_page(link), open_page(link)
    first.join("李")
    second.join("王")
    third = GuestCellcall.join(namespace, link, tmp_path)
    try:
        first.wait_to_see(
            lambda seen: {"王", "Chi"} <= {one["text"].split(",")[0] for one in seen["tiles"]},
            "two others",
        )
        second.do("reload")
        second.join("王")
        first.wait_to_see(lambda seen: len(seen["tiles"]) == 3, "no fourth")
        link_id = secure.links("list").split()[0]
        secure.links("revoke", link_id)
        fourth = open_page(link)
        fourth.do("fill", label="Your name", text="Late")
        fourth.click("Join")
        fourth.wait_to_see(lambda seen: "This link was revoked" in seen["state"], "the reason")
    finally:
        third.child.stop()


def test_a_shared_screen_is_seen_in_the_terminal(
    namespace: NetworkNamespace, secure: SecureServer, tmp_path: Path
) -> None:
    """In a call of its own: a headless browser that captures a screen is slow at all else."""
    flags = ["--auto-select-desktop-capture-source=Entire screen"]
    page = GuestPage.open(
        namespace, join_link(secure, "screen", FAKE.identity), tmp_path, flags=flags
    )
    tess = TilePeer.join(namespace, secure, "screen", tmp_path)
    try:
        page.join(NAME)
        tess.wait_for(lambda line: len(line["tiles"]) == 2, "both")
        # By keyboard: it draws too seldom for clicks.
        page.do("focus", element="share")
        page.do("key", key="Enter")
        tess.wait_for(
            lambda line: any(
                tile["name"] == f"{NAME}, screen" and tile["rgb"] for tile in line["tiles"]
            ),
            "the screen",
        )
        page.do("focus", element="share")
        page.do("key", key="Enter")
        tess.wait_for(lambda line: len(line["tiles"]) == 2, "the end of it")
    finally:
        tess.child.stop()
        page.close()


HOSTILE: Final = (
    *("1 ask", "", "2 key 80 24 0 -1 -1\n", "1 key 0 24 0 -1 -1\n", "1 key 501 24 0 -1 -1\n"),
    *("1 key 80 201 0 -1 -1\n", "1 key 80 24 0 80 0\n", "1 key 80 24 0 -1 3\n"),
    *("1 key 80 24 0 -1 -1\n24\tx", "1 key 80 24 0 -1 -1\nx", "1 key 80 24 0 -1 -1\n0\tx\x1e"),
    *(f"1 key 80 24 0 -1 -1\n0\t{row}" for row in (
        "\x1b]0;x\x07", "\x1b[2J", "\x1b[1mx", "\x1b[0;5mx", "\x1b[0;38;5;256mx", "\x1b[0;38mx",
        "\x1b[mx", "\x1b", "\x9bx", "\x7f", "\u202ex", "\ufeffx", "\u2028", "x" * 81, "漢" * 81,
        "e" + "\u0301" * 9, "\x1b[0;;1mx", "\x1b[0;48;2;1;2mx",
    )),
)  # fmt: skip
TAKEN: Final = tuple(
    message.decode()
    for message in whole(
        TerminalScreen(
            80,
            ("\x1b[0;1;38;5;200;48;2;9;8;7mred\x1b[0m", "漢字 é 👩\u200d👧", "\x1b[0;97;104mx"),
            (1, 2),
        ),
        5,
    )
)


def test_the_page_refuses_what_cellcall_refuses() -> None:
    if shutil.which("node") is None:
        pytest.skip("this machine lacks node")
    module = (Path(server.__file__).parent / "page" / "terminal_rows.js").as_uri()
    script = f"""
        import {{ readFileSync }} from 'node:fs';
        import {{ parse }} from '{module}';
        const texts = JSON.parse(readFileSync(0, 'utf-8'));
        console.log(JSON.stringify(texts.map((text) => {{
          try {{ return parse(new TextEncoder().encode(text)).rows; }} catch (e) {{ return null; }}
        }})));
    """
    done = subprocess.run(
        ["node", "--input-type=module", "-e", script],
        input=json.dumps([*HOSTILE, *TAKEN]), capture_output=True, text=True, check=True,
    )  # fmt: skip
    *refused, taken = json.loads(done.stdout)
    assert refused == [None] * len(HOSTILE)
    for message in HOSTILE:
        with pytest.raises(NotOfTheSubset):
            parse(message.encode())
    assert [tuple(row) for row in taken] == list(parse(TAKEN[0].encode()).rows)
