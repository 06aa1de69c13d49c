"""Who may receive what somebody publishes (LiveKit's `setTrackSubscriptionPermissions`).

Whoever narrows it is heard by nobody else, at once and also by those who come later.
"""

from __future__ import annotations

from livekit.protocol import rtc


class Audience:
    """Everybody, until the publisher says otherwise."""

    def __init__(self) -> None:
        self._everybody = True
        self._admitted: dict[str, frozenset[str] | None] = {}
        """By identity or participant id: of which tracks; None of all."""

    def change(self, said: rtc.SubscriptionPermission) -> None:
        """Let these in, and nobody else."""
        self._everybody = said.all_participants
        self._admitted = {}
        for one in said.track_permissions:
            tracks = None if one.all_tracks else frozenset(one.track_sids)
            for name in filter(None, (one.participant_identity, one.participant_sid)):
                self._admitted[name] = tracks

    def admits(self, identity: str, sid: str, track_sid: str) -> bool:
        """Whether the participant of this identity and id may receive this track."""
        if self._everybody:
            return True
        for name in (identity, sid):
            if name in self._admitted:
                tracks = self._admitted[name]
                return tracks is None or track_sid in tracks
        return False
