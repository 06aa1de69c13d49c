"""The app over a real ssh connection to this machine: in a call, by keys, and told where it is."""

from __future__ import annotations

import asyncio
import os
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from .program import CELLCALL, HAS_TMUX, Server, Tmux, environment, free_port, until, wait_until
from .test_two_headless import GREEN, media, participant

SSHD = shutil.which("sshd") or "/usr/sbin/sshd"

pytestmark = [
    pytest.mark.terminals,
    pytest.mark.skipif(not HAS_TMUX, reason="needs tmux"),
    pytest.mark.skipif(
        not Path(SSHD).exists() or not shutil.which("ssh") or os.geteuid() != 0,
        reason="needs root, ssh and sshd (apt install openssh-server)",
    ),
]


@pytest.fixture
def ssh(tmp_path: Path) -> Iterator[list[str]]:
    """A private sshd; gives the ssh command that logs in to it."""
    keys = tmp_path / "ssh"
    keys.mkdir(mode=0o700)
    for name in ("host", "user"):
        subprocess.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(keys / name)], check=True
        )
    Path("/run/sshd").mkdir(exist_ok=True)
    port = free_port()
    config = keys / "sshd_config"
    config.write_text(
        f"ListenAddress 127.0.0.1:{port}\nHostKey {keys / 'host'}\nPidFile none\n"
        f"AuthorizedKeysFile {keys / 'user.pub'}\nStrictModes no\nUsePAM no\n"
        "PermitRootLogin yes\nPrintMotd no\n"
    )
    server = subprocess.Popen(
        [SSHD, "-D", "-e", "-f", str(config)], stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL
    )
    command = [
        *("ssh", "-tt", "-q", "-p", str(port), "-i", str(keys / "user")),
        *("-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"),
        *("-o", "IdentitiesOnly=yes", "root@127.0.0.1"),
    ]
    try:
        wait_until(
            lambda: subprocess.run([*command, "true"], capture_output=True).returncode == 0, 20
        )
        yield command
    finally:
        server.terminate()
        server.wait()


async def test_a_call_over_ssh(server: Server, ssh: list[str], tmp_path: Path) -> None:
    there = environment(tmp_path, CELLCALL_API_KEY=server.api_key, TERM="xterm-256color")
    wanted = {
        name: there[name]
        for name in ("CELLCALL_API_KEY", "PYTHONPATH", "TERM", *[n for n in there if "XDG_" in n])
        if name in there
    }
    remote = " ".join(
        [
            *(f"{name}={shlex.quote(value)}" for name, value in wanted.items()),
            *map(shlex.quote, CELLCALL),
            *("join", "standup", "--server", server.url, "--user", "ana"),
            *("--camera", "test:bars", "--microphone", "test:tone=440", "--speaker", "null"),
        ]
    )
    command = [shlex.quote(word) for word in [*ssh, remote]]
    terminal = Tmux(command, tmp_path, environment(tmp_path), 80, 24)
    try:
        async with participant(server, "bo", media(GREEN, 880)) as bo:
            await asyncio.to_thread(terminal.see, "Join now", "You are connected by SSH.")
            terminal.keys("Enter")
            await asyncio.to_thread(terminal.see, "2 people", "MIC on")
            terminal.keys("m")
            await until(lambda: (p := bo.snapshot().participant("ana")) and p.audio_muted)
            await asyncio.to_thread(terminal.see_picture)
            terminal.keys("l")
            await asyncio.to_thread(terminal.see, "Leave standup?")
            terminal.keys("Enter")
            await until(lambda: bo.snapshot().participant("ana") is None)
            await asyncio.to_thread(terminal.see, "EXIT 0")
    finally:
        terminal.close()
