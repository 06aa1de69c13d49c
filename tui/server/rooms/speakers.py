"""Who speaks, from the audio levels in RTP headers (RFC 6464); nothing is decoded."""

from __future__ import annotations

from collections.abc import Mapping

from livekit.protocol import models

SILENCE_DBOV = 127
_QUIETEST_HEARD_DBOV = 60
_SMOOTHING = 0.5
_BEGIN, _END = 0.35, 0.2
"""Smoothed level above which somebody begins to speak, and below which they end."""


class SpeakerDetector:
    """Smoothed levels of one session's participants."""

    def __init__(self) -> None:
        self._levels: dict[str, float] = {}
        self._speaking: set[str] = set()

    def update(self, loudness: Mapping[str, int]) -> list[models.SpeakerInfo]:
        """Take new levels; call about every 0.4 s.

        Args:
            loudness: Participant id -> -dBov, 0 loudest, 127 silent.

        Returns:
            Everybody who speaks, and those who just stopped with level 0.
        """
        changed: list[models.SpeakerInfo] = []
        self._levels = {sid: self._levels.get(sid, 0.0) for sid in loudness}
        self._speaking &= loudness.keys()
        for sid, dbov in loudness.items():
            instant = max(0.0, 1 - dbov / _QUIETEST_HEARD_DBOV)
            level = self._levels[sid] = _SMOOTHING * self._levels[sid] + (1 - _SMOOTHING) * instant
            spoke = sid in self._speaking
            speaks = level > (_END if spoke else _BEGIN)
            if speaks:
                self._speaking.add(sid)
                changed.append(models.SpeakerInfo(sid=sid, level=level, active=True))
            elif spoke:
                self._speaking.discard(sid)
                changed.append(models.SpeakerInfo(sid=sid, level=0.0, active=False))
        return changed
