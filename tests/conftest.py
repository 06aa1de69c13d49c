"""Rules for the whole suite."""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest

REQUIRE_PEERS = "CELLCALL_REQUIRE_PEERS"
"""Set where everything the marked tests need must be there: a skip of theirs fails."""

_MARKS = ("interop", "devices")


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
