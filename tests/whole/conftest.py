"""The running server most tests here need."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .program import Server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """`cellcall serve` with open users."""
    server = Server(tmp_path)
    yield server
    server.stop()
