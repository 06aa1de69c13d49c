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

from tui.domain.commands.call import AnswerKnock, Remove, SendCaption, SendChat, SetLocked
from tui.domain.participant import Participant
from tui.ports.handle import Handle
from tui.wire.address import parse_join_link

from .program import (
    CELLCALL,
    HAS_TMUX,
    START_S,
    Server,
    Tmux,
    environment,
    free_port,
    until,
    wait_until,
)
from .test_two_headless import GREEN, media, participant

SSHD = shutil.which("sshd") or "/usr/sbin/sshd"
CAN_SSH = Path(SSHD).exists() and bool(shutil.which("ssh")) and os.geteuid() == 0

pytestmark = [
    pytest.mark.terminals,
    pytest.mark.skipif(not HAS_TMUX, reason="needs tmux"),
    pytest.mark.skipif(not CAN_SSH, reason="needs root, ssh and sshd (apt install openssh-server)"),
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


MEDIA = ("--camera", "test:bars", "--microphone", "test:tone=440", "--speaker", "null")


def over(
    ssh: list[str],
    server: Server,
    folder: Path,
    *arguments: str,
    size: tuple[int, int] = (80, 24),
) -> Tmux:
    """`cellcall ARGUMENTS` over there, in a terminal here."""
    there = environment(folder, CELLCALL_API_KEY=server.api_key, TERM="xterm-256color")
    wanted = {
        name: there[name]
        for name in ("CELLCALL_API_KEY", "PYTHONPATH", "TERM", *[n for n in there if "XDG_" in n])
        if name in there
    }
    remote = " ".join(
        [
            *(f"{name}={shlex.quote(value)}" for name, value in wanted.items()),
            *map(shlex.quote, [*CELLCALL, *arguments]),
        ]
    )
    command = [shlex.quote(word) for word in [*ssh, remote]]
    where = folder / f"terminal-{arguments[0]}-{len(arguments)}"
    where.mkdir(exist_ok=True)
    return Tmux(command, where, environment(folder), *size)


async def test_a_call_over_ssh(server: Server, ssh: list[str], tmp_path: Path) -> None:
    join = ("join", "standup", "--server", server.url, "--user", "ana", *MEDIA)
    terminal = over(ssh, server, tmp_path, *join)
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
    link = await asyncio.to_thread(_made_link, server, tmp_path)
    with sshd(tmp_path, _recipe(tmp_path, link)) as command:
        terminal = Tmux(
            [shlex.quote(word) for word in command], tmp_path, environment(tmp_path), 100, 30
        )
        try:
            async with participant(server, "bo", media(GREEN, 880)):
                await asyncio.to_thread(terminal.see, "Your name, as others see it")
                assert "starting" not in terminal.screen()
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


def _made_link(server: Server, tmp_path: Path) -> str:
    made = subprocess.run(
        [*CELLCALL, "links", "--state", str(server.folder / "server"), "make", "standup"],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=True,
    )
    return made.stdout.strip()


async def test_guests_of_serve_ssh(tmp_path: Path) -> None:
    """By OpenSSH's client: the app in a terminal, then lines; let in, taken out, kept out."""
    port = free_port()
    server = Server(tmp_path, more=("--ssh", str(port)))
    link = parse_join_link(await asyncio.to_thread(_made_link, server, tmp_path))
    assert link is not None
    known = ("-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null")
    ssh = ["ssh", "-q", *known, "-p", str(port)]
    terminal = Tmux([*ssh, "127.0.0.1"], tmp_path, environment(tmp_path), 80, 24)
    lines: list[asyncio.subprocess.Process] = []
    try:
        async with participant(server, "bo", media(GREEN, 880)) as bo:
            await asyncio.to_thread(terminal.see, "Code of the call:")
            terminal.keys(link.invitation, "Enter")
            await asyncio.to_thread(terminal.see, "Your name, as others see it")
            terminal.keys("Zoë", "Enter")
            await asyncio.to_thread(terminal.see, "2 people", "Zoë", "For sound, open")
            await asyncio.to_thread(terminal.see_picture)
            terminal.resize(70, 20)
            await asyncio.to_thread(terminal.see, "2 people", "Leave")
            terminal.keys("m")
            await asyncio.to_thread(terminal.see, "not for guests of this machine")
            terminal.keys("l")
            await asyncio.to_thread(terminal.see, "Leave standup?")
            terminal.keys("Enter")
            await asyncio.to_thread(terminal.see, "EXIT 0")

            await bo.do(SetLocked(True))
            await until(lambda: bo.snapshot().locked)
            pipe = asyncio.subprocess.PIPE
            by_lines = await asyncio.create_subprocess_exec(
                *ssh, "-T", f"{link.invitation}+Ann@127.0.0.1", stdin=pipe, stdout=pipe
            )
            lines.append(by_lines)
            await until(lambda: bo.snapshot().knocks, START_S)
            (knock,) = bo.snapshot().knocks
            assert knock.name == "Ann"
            await bo.do(AnswerKnock(knock.id, True))
            await until(lambda: _named(bo, "Ann"))
            assert by_lines.stdin is not None
            by_lines.stdin.write(b"Hello over ssh\n")
            await until(lambda: bo.snapshot().unread_chat)
            (ann,) = _named(bo, "Ann")
            await bo.do(Remove(ann.id))
            said, _ = await asyncio.wait_for(by_lines.communicate(), START_S)
            assert b"removed you" in said
            kept_out = await asyncio.to_thread(
                subprocess.run,
                [*ssh[:1], *ssh[2:], "-T", "-o", "BatchMode=yes", f"{link.invitation}@127.0.0.1"],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=30,
            )
            assert kept_out.returncode == 255
            assert "somebody who came by it was removed from the call" in kept_out.stderr
    finally:
        terminal.close()
        for one in lines:
            if one.returncode is None:
                one.kill()
                await one.wait()
        server.stop()


def _named(handle: Handle, name: str) -> list[Participant]:
    return [one for one in handle.snapshot().participants if one.name == name]


@pytest.mark.parametrize("plain", [True, False], ids=["plain", "app"])
async def test_a_cut_line_leaves_the_call_running(
    server: Server, ssh: list[str], tmp_path: Path, *, plain: bool
) -> None:
    form = "--plain" if plain else "--tui"
    join = ("join", "standup", "--server", server.url, "--user", "ana", "--now", form, *MEDIA)
    terminals = [over(ssh, server, tmp_path, *join)]
    try:
        async with participant(server, "bo", media(GREEN, 880)) as bo:

            def ana() -> Participant | None:
                return bo.snapshot().participant("ana")

            await until(lambda: (p := ana()) and not p.audio_muted, START_S)
            await asyncio.to_thread(terminals[0].see, "2 people")
            terminals[0].close()  # ssh is gone, and with it the line
            await until(lambda: (p := ana()) and p.away and p.audio_muted and p.video_paused)
            await bo.do(SendChat("Are you there?"))
            await bo.do(SendCaption("I said it aloud, too."))
            listing = over(ssh, server, tmp_path, "calls")
            terminals.append(listing)
            await asyncio.to_thread(listing.see, "1. standup, 2 people", "Detached; ends by")
            again = over(ssh, server, tmp_path, "attach", form)
            terminals.append(again)
            if plain:
                await asyncio.to_thread(again.see, "call: You are back in standup", "/chat 1.")
                again.text("/chat 1\n/captions 1\n")
                await asyncio.to_thread(again.see, "bo: Are you there?", "I said it aloud")
                again.text("/unmute\n")
            else:
                await asyncio.to_thread(again.see, "2 people", "MIC off", "chat 1")
                again.keys("k")
                await asyncio.to_thread(again.see, "I said it aloud")
                again.keys("m")
            await until(lambda: (p := ana()) and not p.away and not p.audio_muted)
            if plain:
                again.text("/detach\n")
            else:
                again.keys("l")
                await asyncio.to_thread(again.see, "Detach")
                again.keys("d")
            await asyncio.to_thread(again.see, "ends by itself in", "EXIT 0")
            await until(lambda: (p := ana()) and p.away and p.audio_muted)
            last = over(ssh, server, tmp_path, "attach", "--plain", "1")
            terminals.append(last)
            await asyncio.to_thread(last.see, "call: You are back in standup")
            last.text("/leave\nyes\n")
            await until(lambda: ana() is None)
            await asyncio.to_thread(last.see, "EXIT 0")
            none = over(ssh, server, tmp_path, "attach")
            terminals.append(none)
            await asyncio.to_thread(none.see, "No call of yours is running", "EXIT 2")
    finally:
        for terminal in terminals:
            terminal.close()
