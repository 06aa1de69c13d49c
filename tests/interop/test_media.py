"""Everybody sees and hears everybody: all directed pairs of three makes, on both servers."""

from __future__ import annotations

from itertools import permutations
from typing import Any, Final

import pytest

from .call import LISTEN_S, SIGNATURES, Call

pytestmark = pytest.mark.interop

OURS: Final = ("cellcall", "cellcall-2")
OTHERS: Final = ("rust", "chromium")
EVERYBODY: Final = (*OURS, *OTHERS)


def _pairs(*receivers: str) -> list[Any]:
    return [
        pytest.param(*pair, id="<-".join(pair))
        for pair in permutations(EVERYBODY, 2)
        if pair[0] in receivers
    ]


@pytest.mark.parametrize(("receiver", "sender"), _pairs(*OTHERS))
def test_other_clients_see_and_hear(call: Call, receiver: str, sender: str) -> None:
    call.peer(sender)
    person = call.peer(receiver).wait_for_media(SIGNATURES[sender])
    assert person["width"] >= 160
    assert person["dbfs"] > -40


@pytest.mark.parametrize(("receiver", "sender"), _pairs(*OURS))
def test_cellcall_sees_and_hears(call: Call, receiver: str, sender: str) -> None:
    sent = SIGNATURES[sender]
    received = call.statistics(receiver, EVERYBODY)["participants"][sent.identity]
    assert received["video_frames"] > LISTEN_S
    assert sent.shown_by(received["video_mean_rgb"]), received
    assert sent.heard_in(received["audio_peak_hz"]), received
    assert received["audio_level_dbfs"] > -40
