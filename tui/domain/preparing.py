"""How somebody means to join: what the green room starts with and what comes out of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrance:
    """Microphone and camera at the moment of joining."""

    microphone_on: bool = False
    camera_on: bool = False
    listen: bool = True
    """Plain mode: hear whether the microphone works, without being asked to."""
