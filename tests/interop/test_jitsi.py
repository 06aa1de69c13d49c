"""Clients of Jitsi that nobody here wrote: lib-jitsi-meet, and CometChat's SDK 4.2.6.

The XMPP server is Debian's prosody; the focus and the bridge are the tests' own, since the real
ones are on no registry.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .jitsi_peers import (
    SITE,
    CometchatPeer,
    JitsiServer,
    LjmPeer,
    OurPeer,
    lacks,
)
from .namespace import NetworkNamespace
from .peers import Person, Signature

pytestmark = pytest.mark.interop

ANA = Signature("Ana", (200, 40, 40), 440)
EVE = Signature("Eve", (200, 200, 40), 660)
SHARED = Signature("ana's screen", (40, 200, 40), 0)
LJM = Signature("Ljm", (40, 60, 200), 1320)
COMET = Signature("comet", (40, 60, 200), 880)


@pytest.fixture(scope="module")
def jitsi(
    namespace: NetworkNamespace, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[JitsiServer]:
    """A deployment."""
    if missing := lacks():
        pytest.skip(f"this machine lacks {missing}")
    made = JitsiServer(namespace, tmp_path_factory.mktemp("jitsi"))
    made.start()
    yield made
    made.stop()


@pytest.fixture
def ending() -> Iterator[list[Any]]:
    """Participants put in here end with the test."""
    made: list[Any] = []
    yield made
    for one in made:
        one.child.kill()


def test_lib_jitsi_meet(
    jitsi: JitsiServer, namespace: NetworkNamespace, tmp_path: Path, ending: list[Any]
) -> None:
    ljm = LjmPeer.join(namespace, "standup", LJM, tmp_path)
    ending.append(ljm)
    ljm.wait_until_published()
    ana = OurPeer.enter(namespace, [f"{SITE}/Standup", "--name", "Ana"], ANA, tmp_path)
    ending.append(ana)
    person = ljm.wait_for_media(ANA)
    assert person["muted"] == {"SOURCE_MICROPHONE": False}
    ana.wait_for_line("Joined Standup. 2 people: Ana (you), Ljm.")
    ljm.say("hello <&> from the page")
    ana.wait_for_line("hello <&> from the page")
    ljm.raise_hand(up=True)
    ana.wait_for_line("Ljm raised a hand")
    ljm.mute(muted=True)
    ljm.mute_other(person["id"])  # the first who came moderates
    ana.wait_for_line("muted you")
    ljm.wait_for_mute("Ana", muted=True)
    ljm.mute(muted=False)
    ljm.lock("sesame")
    eve = OurPeer.enter(
        namespace, [f"{SITE}/Standup", "--name", "Eve", "--password", "x"], EVE, tmp_path
    )
    ending.append(eve)
    eve.wait_for_line("The room has another password.")
    assert eve.child.finish(20) == 3
    _lose_and_find(jitsi, ljm)  # from here on anybody may moderate: who is back first
    time.sleep(4.0)  # what is measured: seconds of received media
    jitsi.order("end", "standup")
    ana.wait_for_line("The call was ended")
    figures = ana.figures()
    received = next(one for one in figures["participants"].values() if one["name"] == "Ljm")
    assert received["video_frames"] > 10
    assert LJM.shown_by(received["video_mean_rgb"]), received
    assert LJM.heard_in(received["audio_peak_hz"]), received
    ljm.child.wait_for(
        lambda line: isinstance(line, dict) and "destroyed" in str(line.get("why")), "the end"
    )


def _lose_and_find(jitsi: JitsiServer, ljm: LjmPeer) -> None:
    """The bridge begins anew, then the XMPP server is killed and comes back."""

    def shown(person: Person) -> bool:
        return person["frames"] > 5 and ANA.shown_by(person["rgb"])

    ljm.wait_to_see("Ana", shown, "pictures")
    jitsi.order("restart", "standup")
    ljm.wait_to_see("Ana", shown, "pictures of the new session", since=len(ljm.child.lines))
    since = len(ljm.child.lines)
    jitsi.order("kill xmpp")
    ljm.child.wait_for(
        lambda line: isinstance(line, dict) and line.get("event") == "published",
        "joining again",
        60,
        since=since,
    )
    ljm.wait_to_see("Ana", shown, "pictures", 60, since=len(ljm.child.lines))


def test_cometchat(
    jitsi: JitsiServer, namespace: NetworkNamespace, tmp_path: Path, ending: list[Any]
) -> None:
    comet = CometchatPeer.join(namespace, "consultation", COMET, tmp_path)
    ending.append(comet)
    comet.wait_until_published()
    hosts = {f"CELLCALL_{name}HOST": f"{SITE}/v3.0" for name in ("ADMIN_", "CLIENT_", "")}
    app = {"CELLCALL_API_KEY": "key", "CELLCALL_APP_ID": "cellapp", "CELLCALL_REGION": "us"}
    ana = OurPeer.enter(
        namespace,
        ["consultation", "--user", "ana", "--share", f"test:colour={SHARED.hex}"],
        ANA,
        tmp_path,
        environment=hosts | app,
    )
    ending.append(ana)
    comet.child.wait_for(
        lambda line: (
            isinstance(line, dict)
            and line.get("event") == "onUserJoined"
            and line["what"].get("uid") == "ana"
        ),
        "onUserJoined",
        40,
    )
    comet.wait_for_report(
        lambda line: any(ANA.heard_in(one["hz"]) for one in line["sounds"]), "our tone"
    )
    comet.wait_for_report(
        lambda line: any(ANA.shown_by(one["rgb"]) for one in line["pictures"]), "our colour"
    )
    comet.wait_for_report(
        lambda line: any(SHARED.shown_by(one["rgb"]) for one in line["received"]), "our screen"
    )
    comet.wait_for_report(lambda line: "connected" in line["channels"], "a channel over SCTP")
    time.sleep(4.0)  # what is measured: seconds of received media
    ana.interrupt()
    figures = ana.figures()
    received = next(one for one in figures["participants"].values() if one["video_frames"])
    assert COMET.shown_by(received["video_mean_rgb"]), received
    assert COMET.heard_in(received["audio_peak_hz"]), received
    comet.child.wait_for(
        lambda line: isinstance(line, dict) and line.get("event") == "onUserLeft", "onUserLeft"
    )
