"""A LiveKit cluster that carries the calls, while this server keeps page, links and sign-in.

Tokens are signed with a key of the cluster, which checks them by itself. So it knows nothing of a
link that was revoked: who has a token got it before, and it is good until it expires.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from tui.domain.errors import CallsError, ErrorCode
from tui.domain.frozen import dataclass
from tui.domain.text import clean
from tui.wire.address import MEDIA, read_address

_LONGEST_BYTES: Final = 4096
_PAIR: Final = re.compile(r"\s*([A-Za-z0-9_-]{1,64})\s*:\s*(\S{16,256})\s*")
"""As in a key file of livekit-server."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """Where calls are, and what lets people in there."""

    url: str
    """`wss://HOST`, without a slash at its end."""
    key: str
    """The name of an API key."""
    secret: str

    def __repr__(self) -> str:
        """Without the secret."""
        return f"Cluster({self.url!r})"


def read_cluster(url: str, key_file: str) -> Cluster:
    """The cluster at an address, with the key in a file: one line, `KEY: SECRET`.

    Raises:
        CallsError: `VALIDATION_ERROR`; what is in the file is not shown.
    """
    address = read_address(url, MEDIA, what="--livekit", field="livekit")
    try:
        with Path(key_file).open("rb") as file:
            text = file.read(_LONGEST_BYTES).decode("utf-8", "replace")
    except OSError as error:
        raise _bad(f"{clean(key_file, 120)} can't be read: {error.strerror or error}") from error
    pair = _PAIR.fullmatch(next((line for line in text.splitlines() if line.strip()), ""))
    if pair is None:
        raise _bad(f"{clean(key_file, 120)} has no line of the form KEY: SECRET")
    return Cluster(address.ws, pair[1], pair[2])


def _bad(problem: str) -> CallsError:
    return CallsError(
        ErrorCode.VALIDATION,
        f"--livekit-key: {problem}. Name a file as livekit-server's key_file.",
        field="livekit_key",
    )
