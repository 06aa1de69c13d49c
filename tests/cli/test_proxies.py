"""A proxy configured as `cellcall serve --proxy-config` says carries REST, page and signalling."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.test_serve import CELLCALL, Running
from tui.cli.proxies import PROXIES, proxy_configuration
from tui.cli.report import CommandError
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
    assert ran.stdout == (
        "call.example.org {\n    handle_path /* {\n        reverse_proxy 127.0.0.1:7880\n    }\n}\n"
    )


@pytest.mark.parametrize("proxy", PROXIES)
@pytest.mark.parametrize("path", ['/"{}', "/a;b", "/a{b", "/$(id)", "/a%20b"])
def test_a_path_is_never_more_than_a_path_in_there(proxy: str, path: str) -> None:
    with pytest.raises(CommandError, match="can't be written into a configuration"):
        proxy_configuration(proxy, f"https://call.example.org{path}", 7880)
    assert "/a.b/c-d~1_" in proxy_configuration(proxy, "https://call.example.org/a.b/c-d~1_", 7880)


def _nginx(folder: Path, written: str, outer: int, certificate: Path) -> list[str]:
    """The command that runs nginx with what is written, on our port, with our certificate."""
    for name in ("fullchain", "privkey"):
        written = written.replace(f"/etc/letsencrypt/live/localhost/{name}.pem", str(certificate))
    written = written.replace("listen 443 ssl", f"listen 127.0.0.1:{outer} ssl")
    paths = "".join(
        f"{kind}_temp_path {folder}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; error_log stderr; events {{}}\n"
        f"http {{ access_log off; {paths}\n{written}}}\n"
    )
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin") or "nginx"
    return [program, "-c", str(folder / "nginx.conf"), "-p", str(folder)]


def _caddy(folder: Path, written: str, outer: int, certificate: Path) -> list[str]:
    """The same for Caddy, which would get a certificate for `localhost` by itself."""
    site = f"https://localhost:{outer} {{\n    tls {certificate} {certificate}"
    ours = f"{{\nadmin off\nauto_https disable_redirects\nstorage file_system {folder}\n}}\n"
    (folder / "Caddyfile").write_text(ours + written.replace("localhost {", site, 1))
    return ["caddy", "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]


@pytest.fixture(params=[("nginx", "/calls"), ("caddy", "")], ids=["nginx-below-a-path", "caddy"])
def proxy(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, int]]:
    """A proxy on a free port, before a server on another: its address, and the server's port."""
    name, path = request.param
    if not shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin"):
        pytest.skip(f"this machine lacks {name} (Debian: nginx-light, caddy)")
    outer, inner = free_port(), free_port()
    certificate = own_certificate(tmp_path / "tls", ("localhost",))
    written = proxy_configuration(name, f"https://localhost{path}", inner)
    make = _nginx if name == "nginx" else _caddy
    process = subprocess.Popen(
        make(tmp_path, written, outer, certificate), env={**os.environ, "HOME": str(tmp_path)}
    )
    try:
        deadline = time.monotonic() + 20
        while not _answers(outer):
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.05)
        yield f"https://localhost:{outer}{path}", inner
    finally:
        process.terminate()
        process.wait(10)


def test_a_call_goes_through_a_proxy(
    proxy: tuple[str, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, inner = proxy
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "tls" / "server-certificate.pem"))
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
