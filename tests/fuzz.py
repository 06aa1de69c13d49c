"""Garbage for everything that reads what others send. `python -m tests.fuzz --minutes 60`.

Runs the property tests of the wire parsers again and again with other seeds, so long: RTP, RTCP,
STUN, SDP, headers of VP8, VP9, AV1 and H.264, RED, protobuf and data packets, XMPP, answers and
keys of the terminal, answers of tmux and of REST servers, requests, links, the config file,
settings, the engine's wire. Ends at the first failure, with the seed that makes it again. The suite
runs the same tests with a hundred examples each.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

PARSERS: Final = (
    "tests/wire",
    "tests/server/sfu/test_wire_parsers.py",
    "tests/server/sfu/test_red_forwarding.py",
    "tests/server/rooms/test_limits.py",
    "tests/server/http/test_join_wish.py",
    "tests/server/http/test_rest.py",
    "tests/service/test_rest_client.py",
    "tests/transport/rtc/test_picture_buffer.py",
    "tests/transport/rtc/test_repeat_requests.py",
    "tests/transport/livekit/test_garbage.py",
    "tests/transport/livekit/test_keys.py",
    "tests/transport/jitsi/test_text.py",
    "tests/terminal/test_answers.py",
    "tests/devices/test_tmux_text.py",
    "tests/panel/test_key_events.py",
    "tests/cli/test_config.py",
    "tests/domain/test_settings.py",
    "tests/domain/test_text.py",
    "tests/domain/test_server_answer.py",
    "tests/domain/test_terminal_text.py",
    "tests/engine/test_wire_of_streams.py",
)
EXAMPLES: Final = "CELLCALL_FUZZ_EXAMPLES"
"""How many examples a property test gets, for `tests/conftest.py`."""
_ROUND: Final = 2_000


def property_tests() -> list[str]:
    """The files among `PARSERS` that ask properties."""
    root = Path(__file__).parents[1]
    files = [
        path
        for one in PARSERS
        for path in (
            sorted((root / one).glob("test_*.py")) if (root / one).is_dir() else [root / one]
        )
    ]
    return [str(path) for path in files if "@given(" in path.read_text(encoding="utf-8")]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0)
    options = parser.parse_args()
    until_s, rounds = time.monotonic() + 60 * options.minutes, 0
    while time.monotonic() < until_s:
        seed = random.SystemRandom().randrange(1 << 31)
        command = [sys.executable, "-m", "pytest", "-q", "-n0", "-x", "-k", "not keeps_up"]
        command += ["-p", "no:cacheprovider", f"--hypothesis-seed={seed}", *property_tests()]
        ran = subprocess.run(command, env={**os.environ, EXAMPLES: str(_ROUND)}, check=False)
        if ran.returncode:
            print(f"seed {seed}, {EXAMPLES}={_ROUND}: failed after {rounds} rounds", flush=True)
            return 1
        rounds += 1
        print(f"round {rounds} with seed {seed}: {_ROUND} examples of each, no fault", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
