"""Guests by ssh, asked by asyncssh's client: who comes in, what they get, and what nobody gets."""

from __future__ import annotations

import asyncio
import socket
import stat
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import asyncssh
import pytest
from asyncssh.constants import MSG_GLOBAL_REQUEST
from asyncssh.packet import Boolean, String

from tests.server.test_links import Desk
from tui.server.limits import Limits
from tui.server.links import looks_like_code, shown_code
from tui.server.secret import StoreUnavailable
from tui.server.ssh.door import SshDoor, SshOffer
from tui.server.ssh.host_key import host_key
from tui.server.store_links import StoredLink

SESSION: Final = "standup"
_TELLS: Final = """
import os, sys
sys.stdout.reconfigure(line_buffering=True)
given = open(sys.argv[sys.argv.index("--link-file") + 1]).readline().strip()
print("link", given)
print("arguments", sys.argv[1:])
print("variables", *(f"{k}={v}" for k, v in sorted(os.environ.items())))
print("terminal", os.isatty(0), os.isatty(1))
print("typed", sys.stdin.readline().strip(), flush=True)
sys.exit(5)
"""
_SIZES: Final = """
import fcntl, os, signal, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
def tell(*_): os.write(1, b"size %d %d\\n" % tuple(os.get_terminal_size(0)))
signal.signal(signal.SIGWINCH, tell)
signal.signal(signal.SIGHUP, lambda *_: (open(sys.argv[1], "w").write("hung up"), os._exit(0)))
tell()
while True: signal.pause()
"""
_FLOODS: Final = """
import os, sys
told = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT)
for number in range(1, 1 << 20):
    os.write(1, b"x" * 4096)
    os.pwrite(told, b"%012d" % (number * 4096), 0)
"""


class House:
    """A door with a program behind it that is not cellcall, so that it can tell what it got."""

    def __init__(self, desk: Desk, key: asyncssh.SSHKey) -> None:
        self.desk = desk
        self.key = key
        self.port = 0
        self._doors: list[SshDoor] = []

    async def open(
        self, program: str = _TELLS, *arguments: str, limits: Limits | None = None
    ) -> None:
        """Listen."""

        def link_of(link: StoredLink) -> str:
            return f"http://here/join/{link.session_id}#invite={link.code}"

        command: Sequence[str] = (sys.executable, "-c", program, *arguments)
        door = SshDoor(SshOffer(command, link_of, self.key), self.desk.links, limits or Limits())
        listener = socket.create_server(("127.0.0.1", 0))
        self.port = listener.getsockname()[1]
        self._doors.append(door)
        await door.start(listener)

    def visit(self, user: str, *answers: str, **more: Any) -> Any:
        """Connect, with this user name, giving `answers` to what is asked."""
        given = list(answers)

        class Person(asyncssh.SSHClient):
            banners: Final[list[str]] = []

            def auth_banner_received(self, msg: str, lang: str) -> None:
                self.banners.append(msg)

            def kbdint_auth_requested(self) -> str | None:
                return "" if given else None

            def kbdint_challenge_received(self, *_: Any) -> list[str]:
                return [given.pop(0)]

        self.banners = Person.banners
        return asyncssh.connect(
            "127.0.0.1", self.port, username=user, client_factory=Person, config=[],
            known_hosts=([self.key.convert_to_public()], [], []), client_keys=[], agent_path=None,
            preferred_auth="keyboard-interactive", **more,
        )  # fmt: skip

    async def close(self) -> None:
        for door in self._doors:
            await door.stop()


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    desk = Desk(tmp_path)
    await desk.open()
    made = House(desk, host_key(None))
    yield made
    await made.close()
    await desk.store.close()


async def _refused(house: House, user: str, *answers: str) -> str:
    with pytest.raises(asyncssh.PermissionDenied):
        async with house.visit(user, *answers):
            pass
    return " ".join(house.banners)


async def test_the_code_is_the_user_name_and_the_program_gets_the_link(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CELLCALL_API_KEY", "not for guests")
    monkeypatch.setenv("SSH_AUTH_SOCK", "/not/for/guests")
    await house.open()
    code = (await house.desk.links.for_many(SESSION)).code
    async with house.visit(f"{shown_code(code).upper()}+Zoë") as connection:
        process = await connection.create_process(env={"LD_PRELOAD": "evil.so"})
        process.stdin.write("hello\n")
        said = await process.stdout.read()
        await process.wait_closed()
    assert f"link http://here/join/{SESSION}#invite={code}" in said
    assert "typed hello" in said and "terminal False False" in said
    (arguments,) = [line for line in said.splitlines() if line.startswith("arguments")]
    assert "--name=Zoë" in arguments and code not in arguments
    (variables,) = [line for line in said.splitlines() if line.startswith("variables")]
    assert "TERM=dumb" in variables and "SSH_CONNECTION=127.0.0.1" in variables
    for kept_back in ("CELLCALL", "SSH_AUTH_SOCK", "LD_PRELOAD", code):
        assert kept_back not in variables
    assert process.exit_status == 5


async def test_the_code_is_asked_for(house: House) -> None:
    await house.open()
    code = (await house.desk.links.for_many(SESSION)).code
    async with house.visit("ana", shown_code(code)) as connection:
        done = await connection.run(input="hi\n", term_type="xterm-256color", term_size=(80, 24))
    assert "terminal True True" in done.stdout and "typed hi" in done.stdout
    assert "--name" not in done.stdout, "the user name of somebody's machine is nobody's name here"
    assert "TERM=xterm-256color" in done.stdout


async def test_who_has_no_open_link_does_not_come_in(house: House) -> None:
    await house.open()
    link = await house.desk.links.for_many(SESSION)
    assert "not known here" in await _refused(house, "ana", "abcd-abcd-abcd")
    assert await _refused(house, "root") == "", "a plain name is no guess"
    house.desk.store.guest_removed(link.id)
    assert "removed from the call" in await _refused(house, link.code)
    await house.desk.links.reopen(link.id)
    await house.desk.links.revoke(link.id)
    assert "revoked" in await _refused(house, link.code)


async def test_guesses_are_limited(house: House) -> None:
    await house.open(limits=replace(Limits(), ssh_codes_per_minute=2))
    code = (await house.desk.links.for_many(SESSION)).code
    for _ in range(2):
        await _refused(house, "abcdabcdabcd")
    assert "Too many" in await _refused(house, code), "not even the right one now"


async def test_nobody_gets_a_command_a_file_or_a_way_on(house: House) -> None:
    await house.open()
    code = (await house.desk.links.for_many(SESSION)).code
    async with house.visit(code) as connection:
        done = await connection.run("cat /etc/passwd")
        assert (done.stdout, done.exit_status) == ("", 2)
        assert "a call and nothing else" in done.stderr
        with pytest.raises((asyncssh.ChannelOpenError, asyncssh.SFTPError)):
            await connection.start_sftp_client()
        with pytest.raises(asyncssh.ChannelOpenError):
            await connection.open_connection("127.0.0.1", house.port)
        with pytest.raises((asyncssh.ChannelListenError, asyncssh.ChannelOpenError)):
            await connection.forward_remote_port("127.0.0.1", 0, "127.0.0.1", house.port)
        with pytest.raises(asyncssh.ChannelOpenError):
            await connection.open_unix_connection("/run/docker.sock")


async def test_places_are_limited_and_given_back(house: House) -> None:
    await house.open(limits=replace(Limits(), ssh_guests=1))
    code = (await house.desk.links.for_many(SESSION)).code
    async with house.visit(code) as connection:
        async with connection.create_process() as first:
            assert "link" in await first.stdout.readline()
            second = await connection.run()
            assert (second.exit_status, "All places" in second.stderr) == (2, True)
            first.stdin.write("bye\n")
            await first.wait_closed()
        third = await connection.run(input="in again\n")
    assert "typed in again" in third.stdout


async def test_a_terminal_is_resized_and_hung_up(house: House, tmp_path: Path) -> None:
    told = tmp_path / "told"
    await house.open(_SIZES, str(told))
    code = (await house.desk.links.for_many(SESSION)).code
    async with house.visit(code) as connection:
        process = await connection.create_process(term_type="xterm", term_size=(80, 24))
        assert await process.stdout.readline() == "size 80 24\r\n"
        process.change_terminal_size(70, 20)
        assert await process.stdout.readline() == "size 70 20\r\n"
        process.change_terminal_size(1 << 31, 0)
        assert await process.stdout.readline() == "size 1000 24\r\n"
    await house.close()
    assert told.read_text() == "hung up"


async def test_stopping_ends_every_connection(house: House, tmp_path: Path) -> None:
    await house.open(_SIZES, str(tmp_path / "told"))
    code = (await house.desk.links.for_many(SESSION)).code
    async with asyncio.timeout(10), house.visit(code) as guest, house.visit(code) as idle:
        process = await guest.create_process(term_type="xterm", term_size=(80, 24))
        assert await process.stdout.readline() == "size 80 24\r\n"
        await house.close()
        await guest.wait_closed()
        await idle.wait_closed()


async def test_a_slow_reader_slows_the_program_down(house: House, tmp_path: Path) -> None:
    told = tmp_path / "told"
    await house.open(_FLOODS, str(told))
    code = (await house.desk.links.for_many(SESSION)).code
    async with house.visit(code) as connection:
        process = await connection.create_process(
            term_type="xterm", term_size=(80, 24), window=1 << 30, encoding=None
        )
        assert await process.stdout.read(1) == b"x"
        # As a client on a line that carries nothing, though the channel's window is open.
        connection._transport.pause_reading()
        written, before = _number(told), -1
        while written != before:
            await asyncio.sleep(0.3)  # the one thing that shows a standstill is that time passes
            written, before = _number(told), written
        assert 0 < written < 16 << 20, "it stands still: the system's buffers are full, ours small"
        connection._transport.resume_reading()
        while _number(told) == written:
            await asyncio.sleep(0.02)


async def test_whoever_sends_without_end_is_read_at_the_pace_of_people(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = 0
    take = asyncssh.SSHServerConnection.data_received

    def count(self: Any, data: bytes, datatype: Any = None) -> None:
        nonlocal read
        read += len(data)
        assert len(data) <= 1024, "the loop has other things to do in between"
        take(self, data, datatype)

    monkeypatch.setattr(asyncssh.SSHServerConnection, "data_received", count)
    limits = replace(Limits(), ssh_bytes_per_second=1, ssh_bytes_at_once=20_000)
    await house.open(limits=limits)
    code = (await house.desk.links.for_many(SESSION)).code
    async with house.visit(code) as connection, house.visit(code) as another:
        for _ in range(20_000):  # each 32 bytes or more, and refused
            connection.send_packet(MSG_GLOBAL_REQUEST, String("a@b"), Boolean(True))
        result = await another.run(input="in between\n")
        assert "typed in between" in result.stdout
        assert read < 2 * (20_000 + 1024)
        connection.abort()


def _number(file: Path) -> int:
    return int(file.read_text() or 0) if file.exists() else 0


def test_the_host_key_is_made_once_and_private(tmp_path: Path) -> None:
    first, again = host_key(tmp_path), host_key(tmp_path)
    assert first.get_fingerprint() == again.get_fingerprint()
    assert first.get_fingerprint().startswith("SHA256:")
    (file,) = tmp_path.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.write_text("no key")
    with pytest.raises(StoreUnavailable, match="holds no ssh key"):
        host_key(tmp_path)


def test_codes_are_told_from_names() -> None:
    assert looks_like_code("ABCD-efgh-jkmn") and shown_code("abcdefghjkmn") == "abcd-efgh-jkmn"
    assert not any(map(looks_like_code, ("root", "", "abcdefghjkm", "abcdefghjkml")))
