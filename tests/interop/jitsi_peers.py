"""A Jitsi server in the namespace, and its participants: two that nobody here wrote, and ours."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from tests.fakes.jitsi.bed import DOMAIN
from tests.fakes.jitsi.web import APP_ID

from .cellcall_peers import CellcallPeer
from .child import Child
from .namespace import ADDRESS, NetworkNamespace
from .peers import ChromiumPeer, ReportingPeer, Signature, web_environment, web_page

PORT: Final = 5281
BRIDGE_PORT: Final = 5282
CONTROL_PORT: Final = 5283
WEB_PORT: Final = 5284
COMPONENT_PORT: Final = 5285
WEBSOCKET: Final = f"ws://{ADDRESS}:{PORT}/xmpp-websocket"
SITE: Final = f"http://{ADDRESS}:{WEB_PORT}"


def jitsi_modules() -> Path | None:
    """The folder with npm's `@lyno/lib-jitsi-meet` and CometChat's SDK, or None."""
    folder = Path(os.environ.get("CELLCALL_JITSI_MODULES") or "nowhere")
    needed = ("@lyno/lib-jitsi-meet", "@cometchat/calls-sdk-javascript", "jquery")
    return folder if all((folder / name).is_dir() for name in needed) else None


def lacks() -> str | None:
    """What this machine lacks for the browser's participants, or None."""
    if jitsi_modules() is None:
        return "npm packages of Jitsi's clients (CELLCALL_JITSI_MODULES)"
    return ChromiumPeer.lacks()


class JitsiServer:
    """Debian's prosody, the tests' focus and bridge, `config.js` and CometChat's REST."""

    def __init__(self, namespace: NetworkNamespace, folder: Path):
        self._namespace, self._folder = namespace, folder
        self._child: Child | None = None

    def start(self) -> None:
        prosody = ["--prosody", str(self._folder), "--component", str(COMPONENT_PORT)]
        ports = [str(one) for one in (PORT, BRIDGE_PORT, CONTROL_PORT)]
        command = [sys.executable, "-m", "tests.fakes.jitsi.serve", *ports]
        more = ["--host", ADDRESS, "--web", str(WEB_PORT), "--owner-for-first"]
        self._child = child = Child(
            self._namespace.command(*command, *more, *(prosody if shutil.which("prosody") else ())),
            log=self._folder / "jitsi.log",
        )
        try:
            self._namespace.wait_for_port(WEB_PORT, 30, running=lambda: child.running)
        except TimeoutError as error:
            tail = child.tail()
            self.stop()
            raise AssertionError(f"{error}\n{tail}") from None

    def order(self, *words: str) -> None:
        """Have something done to a room: `restart`, `end`; or `kill xmpp`."""
        assert self._child is not None
        since = len(self._child.lines)
        self._child.send(json.dumps([*words, "", ""][:3]))
        self._child.wait_for(lambda line: line == {"done": words[0]}, words[0], since=since)

    def stop(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._child = None


def _open(
    kind: Callable[[Child, Signature], Any],
    namespace: NetworkNamespace,
    page: str,
    signature: Signature,
    folder: Path,
    **options: str,
) -> Any:
    told = {"colour": signature.hex, "tone": signature.tone_hz, "websocket": WEBSOCKET, **options}
    child = Child(
        namespace.command(*web_page(page, told)),
        log=folder / f"{signature.identity}.log",
        environment=web_environment(),
    )
    return kind(child, signature)


class LjmPeer(ReportingPeer):
    """A lib-jitsi-meet in headless Chromium; people go by their names."""

    make = "lib-jitsi-meet"

    @classmethod
    def join(
        cls, namespace: NetworkNamespace, room: str, signature: Signature, folder: Path
    ) -> LjmPeer:
        options = {
            "domain": DOMAIN,
            "muc": f"conference.{DOMAIN}",
            "room": room,
            "name": signature.identity,
        }
        peer: LjmPeer = _open(cls, namespace, "ljm.html", signature, folder, **options)
        return peer

    def mute_other(self, who: str) -> None:
        self._order(op="muteOther", id=who)

    def lock(self, password: str) -> None:
        """As whoever moderates: let in only who knows this password."""
        self._order(op="lock", password=password)
        self.child.wait_for(
            lambda line: isinstance(line, dict) and line.get("event") == "locked", "the lock"
        )

    def kick(self, who: str) -> None:
        self._order(op="kick", id=who)


class CometchatPeer(ReportingPeer):
    """CometChat's own SDK in headless Chromium, entered through REST."""

    make = "cometchat"

    @classmethod
    def join(
        cls, namespace: NetworkNamespace, session: str, signature: Signature, folder: Path
    ) -> CometchatPeer:
        options = {
            "rest": f"{SITE}/v3.0/",
            "app": APP_ID,
            "session": session,
            "uid": signature.identity,
        }
        peer: CometchatPeer = _open(cls, namespace, "cometchat.html", signature, folder, **options)
        return peer

    def wait_for_report(self, true: Callable[[dict[str, Any]], bool], what: str) -> None:
        def fits(line: Any) -> bool:
            return isinstance(line, dict) and line.get("event") == "report" and true(line)

        self.child.wait_for(fits, what, 40)


class OurPeer(CellcallPeer):
    """`cellcall join`, without a screen."""

    @classmethod
    def enter(
        cls,
        namespace: NetworkNamespace,
        arguments: list[str],
        signature: Signature,
        folder: Path,
        *,
        environment: dict[str, str] | None = None,
    ) -> OurPeer:
        stats = folder / f"{signature.identity}.json"
        child = Child(
            namespace.command(
                *("sh", "-c", 'exec "$@" 2>&1', "sh"),  # announcements go to standard error
                *(sys.executable, "-m", "tui", "join", *arguments),
                *("--headless", "--duration", "120", "--stats", str(stats)),
                *("--camera", f"test:colour={signature.hex}", "--speaker", "null"),
                *("--microphone", f"test:tone={signature.tone_hz:.0f}"),
            ),
            log=folder / f"{signature.identity}.log",
            environment={"HOME": str(folder), **(environment or {})},
        )
        return cls(child, signature, stats)

    def wait_for_line(self, words: str) -> None:
        self.child.wait_for(lambda line: words in str(line), words, 40)
