"""Shared terminals in both front ends: which pane is meant, and a screen that is read out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tui.domain.announcements import Category
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.ids import ParticipantId
from tui.domain.media import SourceKind, parse_share_name
from tui.domain.snapshot import Snapshot
from tui.domain.terminal_text import ShownTerminal
from tui.domain.wording import counted
from tui.front.reply import Reply, info

_OTHERWISE: Final = "In another terminal of this machine: cellcall share."


def in_this_tmux(name: str, environment: Mapping[str, str]) -> str:
    """What to share, with the socket of the tmux that this front end runs in.

    The engine may have been begun in another terminal than this one.

    Args:
        name: As `parse_share_name` takes it.
        environment: This process's.

    Raises:
        CallsError: `VALIDATION_ERROR`: there is no tmux here, or the pane is our own.
    """
    parsed = parse_share_name(name)
    if parsed.kind is not SourceKind.PANE or ":" in parsed.value:
        return name
    socket, own = environment.get("TMUX", "").split(",")[0], environment.get("TMUX_PANE", "")
    if not (socket and own):
        raise CallsError(
            ErrorCode.VALIDATION,
            f"This terminal is not in tmux, so there is no pane to share. {_OTHERWISE}",
            field="share",
        )
    if parsed.value == own:
        raise CallsError(
            ErrorCode.VALIDATION,
            f"{own} is this pane, in which cellcall runs: everybody would see a mirror in a "
            "mirror. Choose another pane.",
            field="share",
        )
    return f"pane:{socket}:{parsed.value or f'-{own}'}"


def read_out(
    snapshot: Snapshot, who: ParticipantId, shown: ShownTerminal, most: int = 0
) -> list[Reply]:
    """The lines of a terminal, for an ear as well as for an eye; empty ones are left out.

    Args:
        snapshot: The call.
        who: Whose terminal it is.
        shown: What it shows, and what it showed before.
        most: So many lines from the end; 0: all that the screen shows.
    """
    person = snapshot.participant(who)
    if not shown.serial or person is None:
        return info("That terminal is no longer shared.")
    whose = "Your terminal" if person.is_local else f"Terminal of {person.name}"
    screen = shown.screen
    cursor = f", cursor in row {screen.cursor[1] + 1}" if screen.cursor is not None else ""
    lines = [row for row in (*shown.past, *screen.plain_rows) if row]
    told = f"{whose}: {screen.columns} by {len(screen.rows)}{cursor}."
    if most and lines:
        all_kept = " that are kept" if most > len(lines) else ""
        lines = lines[-most:]
        told = f"{told} Its last {counted(len(lines), 'line')}{all_kept}:"
    return [*info(told if lines else f"{told} It is empty."), *(_line(row) for row in lines)]


def _line(row: str) -> Reply:
    return Reply(Category.SHARE, row)
