"""`cellcall join LINK --guest`: somebody else's machine, reached by ssh, shows a call.

Whoever set this up says which call by the command; of what the guest brings along (environment,
standard input) nothing says where to join, and the configuration and sign-in of the machine's user
are not read.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import signal
import sys
import termios
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import click

from tui.cli import first_frame
from tui.cli.config import choose_mode, mode_flag
from tui.cli.front_ends import run_front_end
from tui.cli.given_key import given_key
from tui.cli.given_link import given_link, meet
from tui.cli.handle_source import HandleSource
from tui.cli.plan import make_plan
from tui.cli.report import CommandError
from tui.cli.terminal import taste_of
from tui.domain.device_choice import MediaChoice
from tui.domain.text import clean_name
from tui.wire.address import make_join_link, parse_join_link

_NAMELESS: Final = "Guest"
_NAME_WITHIN_S: Final = 120
_OURS: Final = "CELLCALL_"
_FIT: Final = frozenset(
    {
        "guest", "link_file", "key_file", "name", "plain", "json", "glyphs", "colours", "a11y",
        "reduced_motion", "large_targets", "theme", "fps", "quality", "max_bitrate", "no_mouse",
        "duration", "now", "title",
    }
)  # fmt: skip
"""Options that go together with `--guest`."""


def join_as_guest(target: str | None, flags: Mapping[str, Any]) -> int:
    """See the module. Returns the exit code.

    Raises:
        CommandError, CallsError: It can't be joined like this.
    """
    _take_terminal()
    for name in [one for one in os.environ if one.startswith(_OURS)]:
        del os.environ[name]
    unfit = sorted(name for name, value in flags.items() if value and name not in _FIT)
    if unfit:
        option = f"--{unfit[0].replace('_', '-')}"
        raise CommandError(f"{option} is not for guests.", "Leave it out, or leave out --guest.")
    if target == "-" or flags.get("key_file") == "-":
        raise CommandError(
            "A guest does not say which call it is.", "Give the link or --link-file, and no -."
        )
    text = given_link(target, flags.get("link_file")) or ""
    link = parse_join_link(text)
    if link is None or not (link.token or link.invitation):
        raise CommandError(
            "--guest needs a link that lets somebody in.",
            "Make one with: cellcall serve --session NAME --guests",
        )
    meet(text)
    key = given_key(flags.get("key_file")) or link.key
    name = clean_name(str(flags.get("name") or "") or _asked_name())
    choices = {**flags, "name": name, "key": key, "explicit": frozenset(flags), "owners": {}}
    mode = choose_mode(mode_flag(flags), choices)
    plan = make_plan(text, choices, None, reason=mode.reason)
    silent = MediaChoice(camera="null", microphone="null", speaker="null")
    told = make_join_link(
        link.server,
        link.session_id,
        link.token,
        invitation=link.invitation,
        certificate=link.certificate,
        key=key,
    )
    # Stopped, it would wait for a shell that there is not.
    signal.signal(signal.SIGTSTP, signal.SIG_IGN)
    return asyncio.run(
        run_front_end(
            replace(plan, media=silent),
            plain=mode.plain,
            taste=taste_of(choices),
            keep_login=False,
            source=HandleSource(guest_link=told),
        )
    )


def _take_terminal() -> None:
    """Have signals of the terminal: `cellcall serve --ssh` starts this program as sshd would."""
    if os.getsid(0) == os.getpid() and sys.stdin.isatty():
        with contextlib.suppress(OSError):  # it has this one, or another
            fcntl.ioctl(sys.stdin.fileno(), termios.TIOCSCTTY, 0)


def _asked_name() -> str:
    """What the others are to see; what this machine calls its user is nobody's name here."""
    if not sys.stdin.isatty():
        return _NAMELESS

    def too_late(_number: int, _frame: object) -> None:
        raise CommandError("No name came.", "Come again when you are there.")

    # Whoever is not there holds a place that others may want.
    before = signal.signal(signal.SIGALRM, too_late)
    signal.alarm(_NAME_WITHIN_S)
    try:
        first_frame.take_away()
        return str(click.prompt("Your name, as others see it", default=_NAMELESS))
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
