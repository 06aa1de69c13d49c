"""A proxy configured as `cellcall serve --proxy-config` says carries REST, page and signalling."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.test_serve import CELLCALL, Running
from tui.cli.proxies import proxy_configuration
from tui.server.own_certificate import own_certificate
from tui.wire.address import parse_join_link


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def test_it_is_printed() -> None:
    words = ("serve", "--url", "https://call.example.org", "--proxy-config", "caddy")
    ran = subprocess.run([*CELLCALL, *words], capture_output=True, text=True, check=True)
    assert ran.stdout == "call.example.org\nreverse_proxy 127.0.0.1:7880\n"


@pytest.fixture
def nginx(tmp_path: Path) -> Iterator[tuple[int, int]]:
    """A proxy on a free port, before a server on another: their ports."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        pytest.skip("this machine lacks nginx (Debian: nginx-light)")
    outer, inner = free_port(), free_port()
    certificate = own_certificate(tmp_path / "tls", ("localhost",))
    server = proxy_configuration("nginx", "https://localhost", inner)
    for name in ("fullchain", "privkey"):
        server = server.replace(f"/etc/letsencrypt/live/localhost/{name}.pem", str(certificate))
    server = server.replace("listen 443 ssl", f"listen 127.0.0.1:{outer} ssl")
    paths = "".join(
        f"{kind}_temp_path {tmp_path}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    text = (
        f"daemon off; pid {tmp_path}/pid; error_log stderr; events {{}}\n"
        f"http {{ access_log off; {paths}\n{server}}}\n"
    )
    (tmp_path / "nginx.conf").write_text(text)
    process = subprocess.Popen([program, "-c", str(tmp_path / "nginx.conf"), "-p", str(tmp_path)])
    try:
        deadline = time.monotonic() + 20
        while not _answers(outer):
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.05)
        yield outer, inner
    finally:
        process.terminate()
        process.wait(10)


def test_a_call_goes_through_nginx(
    nginx: tuple[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outer, inner = nginx
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "tls" / "server-certificate.pem"))
    url = f"https://localhost:{outer}"
    server = Running(
        *("serve", "--port", inner, "--state", tmp_path / "s", "--session", "standup"),
        *("--guests", "--url", url),
    )
    try:
        lines = server.lines_until("Control C")
        link = next(line.split()[-1] for line in lines if line.startswith("For anybody"))
        read = parse_join_link(link)
        assert read is not None
        assert read.server == url
        silent = ("--camera", "none", "--microphone", "none", "--speaker", "null")
        join = [sys.executable, "-m", "tui", "join", link, "--headless", "--duration", "1", *silent]
        ran = subprocess.run(join, capture_output=True, text=True, timeout=90)
        assert ran.returncode == 0, ran.stderr
        assert "Joined standup" in ran.stderr
    finally:
        server.process.terminate()
        server.process.communicate(timeout=20)
