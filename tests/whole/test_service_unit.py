"""README's systemd unit: systemd takes it, and the server works within its limits."""

from __future__ import annotations

import contextlib
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from .program import Server

_README = Path(__file__).parents[2] / "README.md"


def _unit() -> str:
    (unit,) = re.findall(r"```ini\n(.*?)```", _README.read_text(encoding="utf-8"), re.DOTALL)
    return str(unit)


def _limit(name: str) -> int:
    (value,) = re.findall(rf"^Limit{name}=(\d+)$", _unit(), re.MULTILINE)
    return int(value)


@pytest.mark.interop
def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not here")
    path = tmp_path / "cellcall.service"
    # The program is installed elsewhere here; whether it is there is one of the things checked.
    path.write_text(_unit().replace("/usr/local/bin/cellcall", sys.executable))
    ran = subprocess.run(
        [analyze, "verify", "--man=no", str(path)], capture_output=True, text=True, timeout=60
    )
    assert (ran.returncode, ran.stdout + ran.stderr) == (0, "")


def test_the_server_works_within_the_limits_of_the_unit(tmp_path: Path) -> None:
    prlimit = shutil.which("prlimit")
    if prlimit is None:
        pytest.skip("prlimit is not here")
    files = _limit("NOFILE")
    server = Server(
        tmp_path, within=(prlimit, f"--nofile={files}:{files}", f"--core={_limit('CORE')}:0")
    )
    port = int(server.url.rpartition(":")[2])
    try:
        with contextlib.ExitStack() as silent:
            for _ in range(500):
                silent.enter_context(socket.create_connection(("127.0.0.1", port), 5))
            answer = httpx.get(f"{server.url}/healthz", timeout=10, trust_env=False)
        assert answer.json() == {"status": "ok"}
    finally:
        server.kill()
