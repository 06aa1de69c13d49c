"""A pane of tmux as a screen of text: tmux is the emulator, and one control client reads it.

The pane's size, its window and what its people see stay as they are. The trap is a mirror: a pane
in which cellcall itself runs would show its own picture in its picture, so it is refused, and a
share ends when cellcall is begun in its pane.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
from collections.abc import Sequence
from pathlib import PurePath
from typing import Final

from tui.devices.tmux_text import row_of
from tui.domain.frozen import dataclass
from tui.domain.terminal_text import MAX_COLUMNS, MAX_ROWS, NO_SCREEN, TerminalScreen
from tui.domain.text import clean
from tui.ports.devices import DeviceUnavailable

ANSWERS_WITHIN_S: Final = 5.0
_NO_TMUX: Final = DeviceUnavailable(
    "tmux, which shows a terminal to cellcall, is not installed.", "Install it: apt install tmux."
)
OTHERWISE: Final = "In another terminal of this machine: cellcall share."
_LOOK: Final = (
    "#{pane_width} #{pane_height} #{cursor_x} #{cursor_y} #{cursor_flag} #{pane_dead} #{pane_tty}"
)
_LINE_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Pane:
    """Which one."""

    socket: str
    """Of its tmux."""
    id: str
    """As tmux numbers it: `%3`."""
    session: str
    """Any session that shows it: `$1`."""
    tty: str


def _environment() -> dict[str, str]:
    # tmux takes a client inside of tmux for a mistake.
    return {name: value for name, value in os.environ.items() if name not in ("TMUX", "TMUX_PANE")}


async def _asked(socket: str, *words: str) -> list[str]:
    """The lines that tmux answers. Raises `DeviceUnavailable`."""
    program = shutil.which("tmux")
    if program is None:
        raise _NO_TMUX
    process = await asyncio.create_subprocess_exec(
        program,
        "-S",
        socket,
        *words,
        env=_environment(),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(ANSWERS_WITHIN_S):
            out, said = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        raise DeviceUnavailable("tmux does not answer.", OTHERWISE) from None
    if process.returncode:
        raise DeviceUnavailable(f"tmux says: {clean(said.decode(errors='replace'), 120)}.", _SEE)
    return out.decode(errors="replace").splitlines()


_SEE: Final = "tmux list-panes -a shows the panes there are."


async def find_pane(value: str) -> Pane:
    """The pane that a name means.

    Args:
        value: `SOCKET:%3`, or `SOCKET:-%3` for the pane beside that one which was used last.

    Raises:
        DeviceUnavailable: There is none, or it must not be shared.
    """
    socket, _, which = value.rpartition(":")
    socket = socket or os.environ.get("TMUX", "").split(",")[0]
    if not socket:
        raise DeviceUnavailable("This call does not run in tmux, so it has no panes.", OTHERWISE)
    if which.startswith("-") or not which:
        own = which[1:] or os.environ.get("TMUX_PANE", "")
        which = await _beside(socket, own)
    form = "#{pane_id} #{session_id} #{pane_tty}"
    found = await _asked(socket, "display-message", "-p", "-t", which, form)
    words = found[0].split() if found else []
    if len(words) != 3 or words[0] != which:
        raise DeviceUnavailable(f"There is no pane {clean(which, 20)} in this tmux.", _SEE)
    pane = Pane(socket, *words)
    await refuse_mirror(pane.tty)
    return pane


async def _beside(socket: str, own: str) -> str:
    lines = await _asked(socket, "list-panes", "-t", own, "-F", "#{pane_id} #{pane_last}")
    others = [words for line in lines if (words := line.split()) and words[0] != own]
    if not others:
        raise DeviceUnavailable(
            "There is no other pane in this window of tmux.", f"Split it first. {OTHERWISE}"
        )
    return next((words[0] for words in others if words[-1] == "1"), others[0][0])


async def refuse_mirror(tty: str) -> None:
    """Raise `DeviceUnavailable` when cellcall runs in that terminal."""
    process = await asyncio.create_subprocess_exec(
        "ps",
        "-o",
        "args=",
        "-t",
        tty.removeprefix("/dev/"),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    out, _ = await process.communicate()
    if any(runs_cellcall(line.split()) for line in out.decode(errors="replace").splitlines()):
        raise DeviceUnavailable(
            "cellcall itself runs in that pane: everybody would see a mirror in a mirror.",
            "Choose another pane.",
        )


def runs_cellcall(words: Sequence[str]) -> bool:
    """Whether a command line, as `ps` shows it, is cellcall's."""
    program, *rest = [PurePath(word).name for word in words[:3]] or [""]
    by_python = program.startswith("python") and ("cellcall" in rest or rest == ["-m", "tui"])
    return program == "cellcall" or by_python


class PaneReader:
    """Reads a pane over one control client of tmux (tmux(1), CONTROL MODE).

    Args:
        pane: Which.
        process: The client, attached.
    """

    def __init__(self, pane: Pane, process: asyncio.subprocess.Process) -> None:
        self.pane = pane
        self._process = process
        self._raw: list[bytes] = []
        self._before = NO_SCREEN

    @classmethod
    async def attach(cls, pane: Pane) -> PaneReader:
        """Begin. Raises `DeviceUnavailable`."""
        program = shutil.which("tmux")
        if program is None:
            raise _NO_TMUX
        process = await asyncio.create_subprocess_exec(
            program,
            "-S",
            pane.socket,
            "-C",
            "attach-session",
            "-f",
            "no-output,ignore-size",
            "-t",
            pane.session,
            env=_environment(),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            limit=_LINE_BYTES,
        )
        reader = cls(pane, process)
        try:
            async with asyncio.timeout(ANSWERS_WITHIN_S):
                await reader._answer()  # to the attaching
        except (TimeoutError, DeviceUnavailable):
            await reader.close()
            raise DeviceUnavailable(
                "tmux 3.2 or newer is needed, and does not answer.", ""
            ) from None
        return reader

    async def screen(self) -> TerminalScreen:
        """What the pane shows now.

        Raises:
            DeviceUnavailable: It is gone.
        """
        target = self.pane.id
        stdin = self._process.stdin
        assert stdin is not None  # a pipe, see `attach`
        stdin.write(
            f"display-message -p -t {target} '{_LOOK}'\ncapture-pane -e -p -t {target}\n".encode()
        )
        try:
            async with asyncio.timeout(ANSWERS_WITHIN_S):
                look, raw = await self._answer(), await self._answer()
        except TimeoutError:
            raise DeviceUnavailable("tmux does not answer any more.", "") from None
        words = look[0].decode(errors="replace").split() if look else []
        if len(words) != 7 or words[5] == "1":
            raise DeviceUnavailable("The terminal is closed.", "")
        return self._screen([int(word) for word in words[:5]], raw)

    def _screen(self, look: Sequence[int], raw: list[bytes]) -> TerminalScreen:
        columns, height = min(look[0], MAX_COLUMNS), min(look[1], MAX_ROWS)
        raw = [*raw[:height], *[b""] * (height - len(raw))]
        known = dict(zip(self._raw, self._before.rows, strict=False))
        if columns != self._before.columns:
            known = {}
        rows = tuple(
            known[one] if one in known else row_of(one.decode(errors="replace"), columns)
            for one in raw
        )
        x, y = look[2], look[3]
        cursor = (x, y) if look[4] and x < columns and y < height else None
        self._raw, self._before = raw, TerminalScreen(columns, rows, cursor)
        return self._before

    async def _answer(self) -> list[bytes]:
        """The lines between the next `%begin` and its `%end`; none where tmux refuses."""
        stdout = self._process.stdout
        assert stdout is not None  # a pipe, see `attach`
        lines: list[bytes] = []
        begun = b""
        while True:
            try:
                line = await stdout.readline()
            except ValueError:
                raise DeviceUnavailable("tmux says too much at once.", "") from None
            if not line:
                raise DeviceUnavailable("The terminal is closed.", "")
            line = line.rstrip(b"\n")
            if not begun:
                if line.startswith(b"%begin "):
                    begun = line.removeprefix(b"%begin")
            elif line == b"%end" + begun:
                return lines
            elif line == b"%error" + begun:
                return []
            else:
                lines.append(line)

    async def close(self) -> None:
        """End the client; the pane stays. Idempotent."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        with contextlib.suppress(ProcessLookupError):
            if self._process.returncode is None:
                self._process.terminate()
        await self._process.wait()
