"""Where CI says that every peer is at hand, a test that skips for want of one has failed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def lacking_a_peer(**variables: str) -> subprocess.CompletedProcess[str]:
    """A run of tests whose livekit-server is nowhere."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("CELLCALL_", "PYTEST"))}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-k", "livekit", "tests/transport/test_contract.py"],
        cwd=ROOT,
        env={**environment, "CELLCALL_LIVEKIT_SERVER": "/nowhere", **variables},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_a_missing_peer_skips() -> None:
    ran = lacking_a_peer()
    assert (ran.returncode, "skipped" in ran.stdout) == (0, True), ran.stdout


def test_a_missing_peer_fails_where_all_are_required() -> None:
    ran = lacking_a_peer(CELLCALL_REQUIRE_PEERS="1")
    assert ran.returncode == 1, ran.stdout
    assert "CELLCALL_REQUIRE_PEERS is set, yet it was skipped" in ran.stdout
    assert "no livekit-server" in ran.stdout


def test_the_ci_script_requires_all() -> None:
    assert "export CELLCALL_REQUIRE_PEERS=1" in (ROOT / ".ci" / "run").read_text()
