"""What every test needs before anything is imported, and that no peer is missed in silence.

Variables that name what marked tests need, where it is not on the PATH: `CELLCALL_LIVEKIT_SERVER`
(the program), `CELLCALL_CHROMIUM` (the browser), `CELLCALL_NODE_MODULES` (a folder with npm's
`livekit-client` and `playwright-core`). `CELLCALL_REQUIRE_PEERS`: see below.
"""

from __future__ import annotations

import fcntl
import os
import sys
import tempfile
import time
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import settings

for name in [key for key in os.environ if key.startswith("TEXTUAL_")]:
    if not name.startswith("TEXTUAL_SNAPSHOT_"):  # set by the plugin, for its workers
        del os.environ[name]
for name in ("NO_COLOR", "FORCE_COLOR", "COLORTERM", "TERM", "LINES", "COLUMNS", "ACCESSIBLE"):
    os.environ.pop(name, None)
# Textual reads these when it is imported; nothing of the environment may change a pixel.
os.environ.update(TEXTUAL_ANIMATIONS="none", TERM="xterm-256color", TZ="UTC")
time.tzset()
# Hundreds of programs are started, and one that keeps nothing compiles all it imports: 0.7 s each.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
# A busy machine is no fault of what is tested.
settings.register_profile("no clock", deadline=None)
settings.load_profile("no clock")

REQUIRE_PEERS = "CELLCALL_REQUIRE_PEERS"
"""Set where everything the marked tests need must be there: a skip of theirs fails."""

_WORKERS = (os.cpu_count() or 1) + 1
"""For the whole suite: a third of the time goes into waiting, for peers and for sound. More of them
on two cores is little faster, and what is heard and seen in real time comes late."""

_MARKS = ("interop", "devices", "terminals")


_ALONE = ("test_lost_front_end", "test_lip_sync", "test_talk_key", "test_sound", "test_real_sound")
"""Modules whose tests measure sound or pictures in real time, as those marked `devices` do."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Give a test in real time the machine for itself: other workers wait between two tests.

    The gate keeps their order: whoever waits for the machine holds it, so that nobody new begins.
    """
    run = getattr(item.config, "workerinput", {}).get("testrunuid")
    if run is None:
        return (yield)
    alone = item.get_closest_marker("devices") is not None or item.path.stem in _ALONE
    place = Path(tempfile.gettempdir()) / f"cellcall-tests-{run}"
    with place.with_suffix(".gate").open("a") as gate, place.with_suffix(".lock").open("a") as lock:
        fcntl.flock(gate, fcntl.LOCK_EX)
        fcntl.flock(lock, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        fcntl.flock(gate, fcntl.LOCK_UN)
        return (yield)


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """How many processes share the tests: none beside this one for a part of the suite."""
    whole = config.args_source is pytest.Config.ArgsSource.TESTPATHS
    return min(_WORKERS, 8) if whole else 0


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where peers are required, lacking one is a failure and not a skip."""
    report = yield
    marked = any(item.get_closest_marker(mark) for mark in _MARKS)
    if report.skipped and not hasattr(report, "wasxfail") and marked and _required():
        report.outcome = "failed"
        report.longrepr = f"{REQUIRE_PEERS} is set, yet it was skipped: {call.excinfo}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same for a whole module that skips itself."""
    report = yield
    if report.skipped and _required():
        report.outcome = "failed"
        report.longrepr = f"{REQUIRE_PEERS} is set, yet {collector.nodeid} was skipped"
    return report


def _required() -> bool:
    return bool(os.environ.get(REQUIRE_PEERS))
