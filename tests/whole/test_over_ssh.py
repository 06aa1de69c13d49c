"""The app over a real ssh connection to this machine: in a call, by keys, and told where it is."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shlex
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
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


@contextmanager
def sshd(tmp_path: Path, more: str = "") -> Iterator[list[str]]:
    """A private sshd with `more` in its configuration; gives the ssh command that logs in to it."""
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
        f"PermitRootLogin yes\nPrintMotd no\n{more}"
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
        wait_until(lambda: _listens(port), 20)
        yield command
    finally:
        server.terminate()
        server.wait()


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


@pytest.fixture
def ssh(tmp_path: Path) -> Iterator[list[str]]:
    with sshd(tmp_path) as command:
        yield command


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


def _recipe(tmp_path: Path, link: str) -> str:
    """What README says to sshd, for this machine's paths and the user that runs this."""
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    block = readme.partition("<!-- sshd -->")[2].partition("<!-- /sshd -->")[0]
    written = block.strip().removeprefix("```").removesuffix("```")
    file = tmp_path / "link"
    file.write_text(f"{link}\n")
    assert "ForceCommand cellcall join --link-file /etc/cellcall/link --guest" in written
    there = environment(tmp_path)
    places = " ".join(f'{n}="{there[n]}"' for n in there if n == "PYTHONPATH" or "XDG_" in n)
    adapted = (
        written.replace("User call", "User root")
        .replace("cellcall join", " ".join([*CELLCALL, "join"]))
        .replace("/etc/cellcall/link", str(file))
    )
    return f"SetEnv {places}\n{adapted}"


async def test_a_guest_by_ssh_as_readme_says(server: Server, tmp_path: Path) -> None:
    made = await asyncio.to_thread(
        subprocess.run,
        [*CELLCALL, "links", "--state", str(server.folder / "server"), "make", "standup"],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=True,
    )
    link = made.stdout.strip()
    with sshd(tmp_path, _recipe(tmp_path, link)) as command:
        terminal = Tmux(
            [shlex.quote(word) for word in command], tmp_path, environment(tmp_path), 100, 30
        )
        try:
            async with participant(server, "bo", media(GREEN, 880)):
                await asyncio.to_thread(terminal.see, "Your name, as others see it")
                terminal.keys("Zoë", "Enter")
                await asyncio.to_thread(terminal.see, "2 people", "Zoë", "For sound, open")
                await asyncio.to_thread(terminal.see_picture)
                terminal.keys("m")
                await asyncio.to_thread(terminal.see, "not for guests of this machine")
                terminal.keys("l")
                await asyncio.to_thread(terminal.see, "Leave standup?")
                terminal.keys("Enter")
                await asyncio.to_thread(terminal.see, "EXIT 0")
                plain = [one for one in command if one != "-tt"]
                said = await asyncio.to_thread(
                    subprocess.run,
                    [*plain, "cat /etc/shadow"],
                    input="Hello over ssh\n/use microphone file:/etc/passwd\n/who\n",
                    capture_output=True,
                    text=True,
                    timeout=90,
                )
                assert said.returncode == 0, said.stdout + said.stderr
                assert "1. Guest, you, muted" in said.stdout
                assert ". bo, " in said.stdout
                assert "/use is not for guests of this machine." in said.stdout
                forwarded = await asyncio.to_thread(
                    subprocess.run,
                    [*plain[:-1], "-W", f"127.0.0.1:{server.udp_port}", plain[-1]],
                    input="",
                    capture_output=True,
                    text=True,
                    timeout=30,
                )
                assert forwarded.returncode != 0
        finally:
            terminal.close()
