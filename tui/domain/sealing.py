"""End-to-end encryption: what it makes of a stream, and the keys that people give one another.

The keys of a call are lines of text: the first has index 0, the next index 1, and the last one
seals. Whoever has all of them opens what was sealed with any, so a key is replaced by adding one.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from tui.domain.errors import CallsError, ErrorCode

LEAST_CHARACTERS: Final = 8
"""A shorter key is found by trying: whoever carries the call has all the time."""
MOST_CHARACTERS: Final = 128
MOST_KEYS: Final = 16
"""LiveKit's clients keep as many (livekit-client `KEYRING_SIZE`)."""


class Sealing(StrEnum):
    """Whether a stream, or what somebody writes, is sealed, and whether we can open it."""

    CLEAR = "clear"
    """It is not sealed, and neither is the call."""
    SEALED = "sealed"
    """We have its key."""
    NO_KEY = "no-key"
    """It is sealed, and we have no key."""
    NOT_SEALED = "not-sealed"
    """It is not sealed in a call that is."""
    OTHER_KEY = "other-key"
    """It is sealed with another key than ours."""

    @property
    def shut(self) -> bool:
        """Whether it is neither decoded nor played nor shown."""
        return self not in (Sealing.CLEAR, Sealing.SEALED)


def read_keys(text: str) -> tuple[str, ...]:
    """The keys in a key file, a link or an answer, by index; empty lines do not count.

    Raises:
        CallsError: `VALIDATION_ERROR`; the sentence does not show what came.
    """
    keys = tuple(line.strip() for line in text.splitlines() if line.strip())
    if not keys or len(keys) > MOST_KEYS:
        raise _unfit(f"{len(keys)} keys came; expected one, or up to {MOST_KEYS}, one a line.")
    for number, key in enumerate(keys, 1):
        if not LEAST_CHARACTERS <= len(key) <= MOST_CHARACTERS or not key.isprintable():
            which = f"key {number}" if len(keys) > 1 else "the key"
            raise _unfit(
                f"{which} has {len(key)} characters; expected {LEAST_CHARACTERS} to "
                f"{MOST_CHARACTERS} that can be printed. Ask whoever made it for the whole of it."
            )
    return keys


def not_sealed() -> CallsError:
    """A key was given in a call that is not sealed; it can't become so while it lasts."""
    return CallsError(
        ErrorCode.NOT_SUPPORTED,
        "This call is not sealed. Leave it, and join again with --key-file or a link with a key.",
        field="key",
    )


def not_sealed_there() -> CallsError:
    """A key was given for a call on Jitsi; without it everything would go out in the clear."""
    return CallsError(
        ErrorCode.NOT_SUPPORTED,
        "A key was given, but calls on Jitsi are not sealed. Join without it, or meet on a "
        "LiveKit server.",
        field="key",
    )


def _unfit(problem: str) -> CallsError:
    return CallsError(ErrorCode.VALIDATION, f"key: {problem}", field="key")
