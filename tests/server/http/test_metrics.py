"""Counters as a monitoring program reads them."""

from __future__ import annotations

import re

from tests.server.conftest import Connect, Running, request
from tests.server.lk_client import until
from tui.server.http.metrics import metrics_text
from tui.server.sfu.counters import Counters, Metric

_NAME = re.compile(r"cellcall_[a-z0-9_]+")


def test_the_text_is_openmetrics() -> None:
    """One TYPE and one HELP line before each sample, each family once, EOF last (1.0, 1.3)."""
    counters = Counters(rtp_in=7)
    text = metrics_text([*counters, Metric("sessions", "Now.", 2, only_grows=False)])
    *lines, last, nothing = text.split("\n")
    assert (last, nothing) == ("# EOF", "")
    assert len(lines) % 3 == 0
    families = []
    for type_, help_, sample in zip(lines[::3], lines[1::3], lines[2::3], strict=True):
        _, _, family, kind = type_.split(" ")
        name, value = sample.split(" ")
        assert _NAME.fullmatch(family)
        assert help_.startswith(f"# HELP {family} ")
        assert help_.endswith(".")
        assert name == family + ("_total" if kind == "counter" else "")
        assert int(value) >= 0
        families.append(family)
    assert len(set(families)) == len(families)
    assert "cellcall_rtp_in_total 7" in lines
    assert "cellcall_sessions 2" in lines


async def test_who_is_here_is_counted(server: Running, connect: Connect) -> None:
    ann = await connect(server, "ann")
    await ann.active()
    text = metrics_text(server.media.metrics())
    assert "cellcall_participants 1\n" in text
    assert "cellcall_joins_total 1\n" in text
    await ann.close()
    await until(lambda: server.media.counters()["participants"] == 0, what="ann gone")
    assert "cellcall_sessions 0\n" in metrics_text(server.media.metrics())
    assert (await request(server, "GET", "/metrics"))[0] == 404
