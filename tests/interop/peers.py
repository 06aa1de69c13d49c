"""Participants nobody here wrote, behind one small interface; each is a child process."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final

from .child import Child
from .namespace import NetworkNamespace
from .servers import Server, access_token

HERE: Final = Path(__file__).parent
COLOUR_TOLERANCE: Final = 40
"""Per channel of 255: VP8, limited range and scaling blur a flat colour by 10 to 25."""
TONE_TOLERANCE_HZ: Final = 15.0


@dataclass(frozen=True, slots=True)
class Signature:
    """What one participant sends, so that everybody can tell whose media arrived."""

    identity: str
    rgb: tuple[int, int, int]
    tone_hz: float

    @property
    def hex(self) -> str:
        """`C82828`."""
        return bytes(self.rgb).hex().upper()

    def shown_by(self, rgb: list[int] | None) -> bool:
        """Whether `rgb` is our colour after coding."""
        return rgb is not None and all(
            abs(got - sent) <= COLOUR_TOLERANCE for got, sent in zip(rgb, self.rgb, strict=True)
        )

    def heard_in(self, hz: float | None) -> bool:
        """Whether `hz` is our tone."""
        return hz is not None and abs(hz - self.tone_hz) <= TONE_TOLERANCE_HZ


Person = dict[str, Any]
"""What a peer reports of one other: at, frames, rgb, width, height, hz, dbfs, attributes, muted.

The Rust SDK's also `screen`: the same of what is shared, or None.
"""


class ReportingPeer:
    """A peer that reports twice a second what it sees and hears, and obeys commands."""

    make: ClassVar[str]

    def __init__(self, child: Child, signature: Signature):
        self.child = child
        self.signature = signature

    def read(self, person: Person) -> Person:
        """What is said of one other in a report, as everybody says it."""
        return person

    def wait_until_published(self) -> None:
        self.child.wait_for(
            lambda line: isinstance(line, dict) and line.get("event") == "published",
            "publishing",
            60,
        )

    def wait_to_see(
        self,
        identity: str,
        wanted: Callable[[Person], bool],
        what: str,
        timeout_s: float = 30,
        *,
        since: int = 0,
    ) -> Person:
        """The first report (from line `since` on) in which `identity` is as `wanted`."""

        def fits(line: Any) -> bool:
            if not isinstance(line, dict) or line.get("event") != "report":
                return False
            person = line["people"].get(identity)
            return person is not None and wanted(self.read(person))

        line = self.child.wait_for(fits, f"{what} of {identity}", timeout_s, since=since)
        return {"at": line["at"], **self.read(line["people"][identity])}

    def wait_for_media(self, other: Signature, timeout_s: float = 30, *, since: int = 0) -> Person:
        """Until the colour and the tone of `other` arrive in one report."""
        return self.wait_to_see(
            other.identity,
            lambda person: (
                person["frames"] > 0
                and other.shown_by(person["rgb"])
                and other.heard_in(person["hz"])
            ),
            f"colour {other.rgb} and tone {other.tone_hz:.0f} Hz",
            timeout_s,
            since=since,
        )

    def wait_for_new_media(self, other: Signature, *, frames: int, since: int) -> Person:
        """Until more than `frames` pictures of `other` came in all, and its tone is heard."""
        return self.wait_to_see(
            other.identity,
            lambda person: person["frames"] > frames and other.heard_in(person["hz"]),
            "new pictures and sound",
            since=since,
        )

    def wait_for_person(self, identity: str) -> None:
        self.wait_to_see(identity, lambda _person: True, "presence")

    def wait_for_chat(self, identity: str, text: str) -> None:
        self.wait_for_event("chat", identity=identity, text=text)

    def wait_for_hand(self, identity: str, *, up: bool) -> None:
        """The attribute `hand` holds when it was raised [Unix ms]; lowered, it is gone."""

        def fits(person: Person) -> bool:
            hand = person["attributes"].get("hand", "")
            return hand.isdecimal() if up else not hand

        self.wait_to_see(identity, fits, "raised hand" if up else "lowered hand")

    def wait_for_mute(self, identity: str, *, muted: bool) -> None:
        self.wait_to_see(
            identity,
            lambda person: person["muted"].get("SOURCE_MICROPHONE") is muted,
            "muted microphone" if muted else "open microphone",
        )

    def wait_for_leave(self, identity: str) -> None:
        self.wait_for_event("left", identity=identity)

    def wait_for_event(self, event: str, **values: str) -> dict[str, Any]:
        """The first line of this kind with these values."""
        wanted = {"event": event, **values}
        line: dict[str, Any] = self.child.wait_for(
            lambda line: isinstance(line, dict) and wanted.items() <= line.items(), str(wanted)
        )
        return line

    def say(self, text: str) -> None:
        self._order(op="say", text=text)

    def caption(self, *words: str, segment: str, of: str = "") -> None:
        """Of the Rust SDK: a guess and then these words as captions, of whoever has that name."""
        self._order(op="caption", words=words, segment=segment, of=of)

    def older_caption(self, text: str) -> None:
        """Of the Rust SDK: the packet that was before text streams."""
        self._order(op="older caption", text=text)

    def wait_for_caption(self, identity: str, text: str) -> dict[str, str]:
        """Of the Rust SDK: until it comes; its attributes."""
        wanted = {"event": "caption", "identity": identity, "text": text}
        line = self.child.wait_for(
            lambda line: isinstance(line, dict) and wanted.items() <= line.items(), str(wanted)
        )
        said: dict[str, str] = line["said"]
        return said

    def raise_hand(self, *, up: bool) -> None:
        hand = str(int(time.time() * 1000)) if up else ""
        self._order(op="attributes", values={"hand": hand})

    def mute(self, *, muted: bool) -> None:
        self._order(op="mute", muted=muted)

    def share(self, what: Signature) -> None:
        """Share a screen of this colour with this sound, beside camera and microphone."""
        self._order(op="share", colour=what.hex, tone=what.tone_hz)

    def unshare(self) -> None:
        self._order(op="unshare")

    def leave(self) -> None:
        self._order(op="quit")
        self.child.finish(15)

    def answer(self, text: str, to: str) -> None:
        """Of livekit-client: a message that answers another one."""
        self._order(op="answer", text=text, to=to)

    def send_file(self, name: str, size: int) -> None:
        """Of livekit-client: so many bytes, each a 7."""
        self._order(op="file", name=name, size=size)

    def _order(self, **command: Any) -> None:
        self.child.send(json.dumps(command))


class RustPeer(ReportingPeer):
    """The Rust SDK through PyPI's `livekit`."""

    make = "rust"

    @classmethod
    def join(
        cls,
        namespace: NetworkNamespace,
        server: Server,
        room: str,
        signature: Signature,
        folder: Path,
        *,
        key: str = "",
    ) -> RustPeer:
        """With a `key` everything it sends is encrypted end to end."""
        child = Child(
            namespace.command(
                *(sys.executable, str(HERE / "rust_peer.py"), "--url", server.url),
                *("--token", access_token(server, room, signature.identity)),
                *("--colour", signature.hex, "--tone", str(signature.tone_hz)),
                f"--key={key}",
            ),
            log=folder / f"{room}-{signature.identity}.log",
        )
        return cls(child, signature)


def node_modules() -> Path | None:
    """The folder with `playwright-core` and `livekit-client`, or None."""
    folder = Path(os.environ.get("CELLCALL_NODE_MODULES") or HERE / "node_modules")
    found = all((folder / name).is_dir() for name in ("playwright-core", "livekit-client"))
    return folder.resolve() if found else None


def chromium() -> str | None:
    """The browser, or None."""
    names = (os.environ.get("CELLCALL_CHROMIUM"), "chromium", "chromium-browser", "google-chrome")
    return next((path for name in names if name and (path := shutil.which(name))), None)


def web_page(page: str, options: dict[str, Any]) -> list[str]:
    """The command that opens a page of `web/` in the browser and calls its `start(options)`."""
    return ["node", str(HERE / "web" / "drive.mjs"), page, json.dumps(options)]


def web_environment() -> dict[str, str]:
    """What that command needs to know."""
    return {"CELLCALL_NODE_MODULES": str(node_modules()), "CELLCALL_CHROMIUM": str(chromium())}


class ChromiumPeer(ReportingPeer):
    """npm's `livekit-client` with stock options, in headless Chromium."""

    make = "chromium"

    @staticmethod
    def lacks() -> str | None:
        """What this machine lacks for it, or None."""
        if chromium() is None:
            return "Chromium (Debian: chromium)"
        if shutil.which("node") is None:
            return "node"
        if node_modules() is None:
            return "npm packages playwright-core and livekit-client (CELLCALL_NODE_MODULES)"
        return None

    @classmethod
    def join(
        cls,
        namespace: NetworkNamespace,
        server: Server,
        room: str,
        signature: Signature,
        folder: Path,
        *,
        key: str = "",
        codec: str = "",
    ) -> ChromiumPeer:
        """With a `key` everything it sends is encrypted end to end; its camera sends `codec`."""
        options = {
            "key": key,
            "codec": codec,
            "url": server.url,
            "token": access_token(server, room, signature.identity),
            "colour": signature.hex,
            "tone": signature.tone_hz,
        }
        child = Child(
            namespace.command(*web_page("page.html", options)),
            log=folder / f"{room}-{signature.identity}.log",
            environment=web_environment(),
        )
        return cls(child, signature)
