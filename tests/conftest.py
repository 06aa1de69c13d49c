"""What every test needs before anything is imported, and that no peer is missed in silence.

Variables that name what marked tests need, where it is not on the PATH: `CELLCALL_LIVEKIT_SERVER`
(the program), `CELLCALL_CHROMIUM` and `CELLCALL_FIREFOX` (browsers), `CELLCALL_NODE_MODULES` (a
folder with npm's `livekit-client`, `playwright-core` and `puppeteer-core`), `CELLCALL_RTC_NODE`
(one with `@livekit/rtc-node`), `CELLCALL_GO_PEER` (`tests/interop/go`, built), `CELLCALL_TDSR` (a
folder with PyPI's `tdsr2`).
`CELLCALL_REQUIRE_PEERS`: see below. What `recogniser` needs is a dependency group of that name.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from xdist.scheduler.loadscope import LoadScopeScheduling

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
settings.register_profile(
    "no clock", deadline=None, max_examples=int(os.environ.get("CELLCALL_FUZZ_EXAMPLES", "100"))
)
settings.load_profile("no clock")

REQUIRE_PEERS = "CELLCALL_REQUIRE_PEERS"
"""Set where everything the marked tests need must be there: a skip of theirs fails."""

_WORKERS = (os.cpu_count() or 1) + 1
"""For the whole suite: a third of the time goes into waiting."""

_MARKS = ("interop", "devices", "terminals", "recogniser")

_REAL_TIME = (
    "tests/interop/",
    "tests/whole/",
    "tests/devices/test_s",
    "tests/devices/test_trying_out",
    "tests/transport/test_contract",
)
"""How the names of files begin whose tests measure sound, pictures or delays."""
_REAL_TIME_MODULES = (
    "test_bots.py",
    "test_turn.py",
    "test_end_to_end.py",
    "test_losing_clients.py",
)
_HEAVY = (
    "tests/interop/test_cluster.py",
    "tests/interop/test_firefox.py",
    "tests/interop/test_page.py",
    "tests/interop/test_page_without_tls.py",
    "tests/interop/test_sdks.py",
    "tests/interop/test_sealed_page.py",
    "tests/interop/test_words.py",
    "tests/screens/test_determinism.py",
    "tests/whole/test_app_by_keys.py",
    "tests/whole/test_control_z.py",
    "tests/whole/test_hostile_people.py",
    "tests/whole/test_over_ssh.py",
    "tests/whole/test_service_unit.py",
    "tests/whole/test_share_terminal.py",
    "tests/whole/test_transcript.py",
)
"""Tests of heavy peers that only wait for what comes, whenever it does: no figure, no delay."""
_PATIENCE_S = 1800.0


def _in_real_time(nodeid: str) -> bool:
    file = nodeid.partition("::")[0]
    named = file.startswith(_REAL_TIME) or file.endswith(_REAL_TIME_MODULES)
    return named and file not in _HEAVY


def _turn(nodeid: str) -> int:
    """What is heavy takes longest, so it comes first; what is in real time comes last."""
    file = nodeid.partition("::")[0]
    return 2 if _in_real_time(nodeid) else int(file not in _HEAVY)


class _Shared(LoadScopeScheduling):
    """Gives each process whole files; to one all that are heavy, and all in real time to one."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return ("heavy", file, "real time")[_turn(nodeid)]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> _Shared:
    """How the processes share the tests."""
    return _Shared(config, log)


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """How many processes share the tests: none beside this one for a part of the suite."""
    whole = config.args_source is pytest.Config.ArgsSource.TESTPATHS
    return min(_WORKERS, 8) if whole else 0


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where processes share the tests, they have turns."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: _turn(item.nodeid))


def pytest_collection_finish(session: pytest.Session) -> None:
    """Count what the tests in real time wait for."""
    session.config.stash[_OTHERS] = sum(not _in_real_time(item.nodeid) for item in session.items)


_OTHERS = pytest.StashKey[int]()
"""How many tests are not in real time."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Let tests in real time wait until every other one is over: the machine is theirs then.

    Each of the others adds a byte to a file that all processes have.
    """
    run = getattr(item.config, "workerinput", {}).get("testrunuid")
    if run is None:
        return (yield)
    over = Path(tempfile.gettempdir()) / f"cellcall-tests-{run}"
    if not _in_real_time(item.nodeid):
        try:
            return (yield)
        finally:
            with over.open("ab") as file:
                file.write(b".")
    until_s = time.monotonic() + _PATIENCE_S  # a process may die with its tests
    others = item.config.stash[_OTHERS]
    while others and time.monotonic() < until_s:
        if over.exists() and over.stat().st_size >= others:
            break
        time.sleep(0.2)
    return (yield)


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
