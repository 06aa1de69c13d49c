"""What begins without being asked for: recording where `--record` or a setting says it."""

from __future__ import annotations

from tui.domain.device_choice import MediaChoice
from tui.domain.meaning import recording_path
from tui.domain.participant import Role
from tui.domain.settings import SessionSettings
from tui.session.call_context import CallContext
from tui.session.recording import Recording
from tui.session.transcribing import Transcribing


class Autostart:
    """See the module.

    Args:
        context: Of the call.
        settings: Of the session; what they wish is for moderators.
        choice: Where this person records.
        recording: Begins.
        transcribing: Begins.
    """

    def __init__(
        self,
        context: CallContext,
        settings: SessionSettings,
        choice: MediaChoice,
        *,
        recording: Recording,
        transcribing: Transcribing,
    ):
        self._settings = settings
        self._choice = choice
        self._title = context.title
        self._roster = context.roster
        self._recording = recording
        self._transcribing = transcribing

    def begin(self) -> None:
        """Begin what is due, now that we are in or our role is another one. Idempotent."""
        path, local = self._choice.record, self._roster.local
        moderates = local is not None and local.role is Role.MODERATOR
        if not path and self._settings.auto_start_recording and moderates:
            path = recording_path("", self._title())
        self._recording.begin_once(path, self._choice.record_pictures)
        if self._settings.auto_start_transcription and moderates:
            self._transcribing.begin_once()
