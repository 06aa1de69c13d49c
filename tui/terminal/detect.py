"""Find out about the terminal this process has: ask it, look around, conclude."""

from __future__ import annotations

import contextlib
import os
import sys
import termios
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from tui.domain.frozen import dataclass
from tui.terminal.answers import Answers
from tui.terminal.conclude import Circumstances, conclude
from tui.terminal.outer import ask_tmux, under_mosh
from tui.terminal.profile import TerminalProfile
from tui.terminal.questions import questions
from tui.terminal.tty import ANSWER_S, ANSWER_SSH_S, TerminalFiles, ask, key_by_key, terminal_files


@dataclass(frozen=True, slots=True)
class Found:
    """A profile, and what was typed while the terminal was asked."""

    profile: TerminalProfile
    typed: bytes = b""
    """Belongs to whoever reads the keyboard next; never to be thrown away or acted on blindly."""
    all_answered: bool = True
    """False: answers may still come; see `tui.terminal.answers.AnswerFilter`."""
    may_ask: bool = True
    """False: nobody may ask the terminal anything; a screen reader would speak the questions."""


def detect(
    *,
    environment: Mapping[str, str] = os.environ,
    files: TerminalFiles | None = None,
    asking: bool = True,
) -> Found:
    """The terminal on standard input and output, or the one of `files`.

    Takes a few milliseconds, and no longer than 0.2 s when it is mute (1 s over SSH), but three
    times that when answers trickle. From a thread it must run inside `key_by_key` of the main one.

    Args:
        environment: Variables.
        files: The terminal; None: standard input and output.
        asking: False: only what variables say.
    """
    files = files or (terminal_files() if asking else None)
    with ThreadPoolExecutor(1, "ask-tmux") as pool:
        outer = pool.submit(ask_tmux, environment)
        answers = _answers(files, environment) if files is not None and asking else None
        known = Circumstances(
            environment=environment,
            utf8=_writes_utf8(),
            colours=_terminfo_colours(environment.get("TERM", "")),
            outer=outer.result(),
            mosh=under_mosh(),
        )
    profile = conclude(answers or Answers(), known)
    if answers is None:
        return Found(profile)
    return Found(profile, answers.typed, answers.complete)


def _answers(files: TerminalFiles, environment: Mapping[str, str]) -> Answers | None:
    asked = questions(environment)
    if not asked:
        return None
    far = any(environment.get(name) for name in ("SSH_CONNECTION", "SSH_TTY"))
    with contextlib.suppress(termios.error), key_by_key(files.read):
        return ask(files, asked, ANSWER_SSH_S if far else ANSWER_S)
    return None


def _writes_utf8() -> bool:
    return "utf" in (getattr(sys.stdout, "encoding", "") or "").lower()


def _terminfo_colours(term: str) -> int:
    """-1 when there is no terminfo, or no entry."""
    try:
        import curses
    except ImportError:
        return -1
    with contextlib.suppress(curses.error, OSError, ValueError):
        with open(os.devnull, "w") as nowhere:
            curses.setupterm(term or "dumb", nowhere.fileno())
        return curses.tigetnum("colors")
    return -1
