"""Control Z: back to the shell, while the call goes on without a screen."""

from __future__ import annotations

import os

from tui.domain.snapshot import DeviceKind, Snapshot


def can_come_back() -> bool:
    """Whether a shell with job control started this program; else nobody could continue it."""
    try:
        return os.getpgrp() != os.getpgid(os.getsid(0))
    except ProcessLookupError:  # whoever began the session is gone
        return False


def parting_words(snapshot: Snapshot) -> str:
    """What is left on the terminal; empty outside of a call."""
    local = snapshot.local
    if not snapshot.in_session or local is None:
        return ""
    kind = DeviceKind.MICROPHONE
    heard = not (local.audio_muted or snapshot.problem_of(kind) or snapshot.is_opening(kind))
    microphone = "others hear you" if heard else "nobody hears you"
    return f"The call goes on, and {microphone}. fg brings the screen back."
