"""Whose microphone and speaker these are, where that is not obvious (spec ux 0.18, audio 6)."""

from __future__ import annotations

from collections.abc import Mapping

from tui.domain.text import clean


def over_network(environment: Mapping[str, str]) -> bool:
    """Whether the person sits at another machine, as far as it can be told."""
    return bool(environment.get("SSH_CONNECTION"))


def whose_sound(environment: Mapping[str, str], host: str) -> str:
    """One sentence or two for somebody who sits elsewhere; empty for everybody else.

    Args:
        environment: Variables: `SSH_CONNECTION`, `PULSE_SERVER`.
        host: This machine's name.
    """
    if not over_network(environment):
        return ""
    server = clean(environment.get("PULSE_SERVER", ""), 80)
    if server:
        return (
            f"You are connected by SSH. Sound goes through the sound server at {server}, which "
            "your SSH connection may forward to your own machine."
        )
    return (
        "You are connected by SSH. Microphone and speaker are those of host "
        f"{clean(host, 80)}, not your local machine."
    )
