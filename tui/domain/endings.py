"""What the end of a call means to a front end: exit code, and whether to offer a rejoin."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tui.domain.errors import ExitCode
from tui.domain.snapshot import EndReason, Snapshot

EXIT_OF_END: Final[Mapping[EndReason, int]] = {
    EndReason.LEFT: ExitCode.LEFT,
    EndReason.ENDED_FOR_ALL: ExitCode.LEFT,
    EndReason.PEER_LEFT: ExitCode.LEFT,
    EndReason.REMOVED: ExitCode.LEFT,
    EndReason.REPLACED: ExitCode.LEFT,
    EndReason.REFUSED: ExitCode.JOIN_FAILED,
    EndReason.LOST: ExitCode.CONNECTION_LOST,
    EndReason.SERVER_CLOSED: ExitCode.CONNECTION_LOST,
    EndReason.IDLE: ExitCode.IDLE_TIMEOUT,
    EndReason.FAULT: ExitCode.CONNECTION_LOST,
}
"""Exit codes by how a call ended (DESIGN section 9)."""

REJOINABLE: Final = frozenset(
    {
        EndReason.LOST,
        EndReason.SERVER_CLOSED,
        EndReason.IDLE,
        EndReason.REPLACED,
        EndReason.FAULT,
    }
)
"""Ends after which joining again may well succeed."""

_LEAVE_S: Final = 5.0
_SAVE_S: Final = 600.0


def leave_within_s(snapshot: Snapshot) -> float:
    """How long leaving may take before it is given up [s].

    What was recorded becomes one file then, which takes as long as the disk does.
    """
    return _SAVE_S if snapshot.recording else _LEAVE_S
