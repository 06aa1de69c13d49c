"""`cellcall calls` and `cellcall attach`: calls of this user that run on this machine."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from tui.cli import folders
from tui.cli.announcing import announcer_of
from tui.cli.config import choose_mode, chosen, mode_flag
from tui.cli.front_ends import run_front_end
from tui.cli.handle_source import HandleSource
from tui.cli.join import keeps_when_lost
from tui.cli.plan import make_plan
from tui.cli.report import CommandError
from tui.cli.terminal import taste_of
from tui.domain.errors import ExitCode
from tui.domain.text import clean
from tui.domain.wording import counted, duration_words, people_words
from tui.front.choices import ChoicesFile

if TYPE_CHECKING:
    from tui.engine.running import RunningCall

_NONE = CommandError(
    "No call of yours is running on this machine.",
    "cellcall join begins one. Calls of other users can't be seen or attached.",
)


def list_calls() -> int:
    """Print them, one line each."""
    calls = asyncio.run(running())
    echo_list(calls)
    if not calls:
        click.echo(_NONE.problem)
    return ExitCode.LEFT


def attach(which: str | None, flags: Mapping[str, Any]) -> int:
    """Show one again, in this terminal.

    Raises:
        CommandError: There is none, or several and it was not said which.
    """
    choices = chosen(flags)
    mode = choose_mode(mode_flag(flags), choices)
    choices["keep"] = keeps_when_lost(choices)
    call = chosen_call(asyncio.run(running()), which)
    plan = make_plan(call.snapshot.session_id, choices, None, reason=mode.reason)

    from tui.bootstrap import attach_to

    return asyncio.run(
        run_front_end(
            plan,
            plain=mode.plain,
            taste=taste_of(choices),
            keep_login=False,
            memory=ChoicesFile(folders.state_folder()),
            announcer=announcer_of(choices),
            source=HandleSource(opening=partial(attach_to, call)),
        )
    )


async def running() -> list[RunningCall]:
    """Calls of this user on this machine, the oldest first."""
    from tui.bootstrap import running_calls

    return await running_calls()


def chosen_call(
    calls: list[RunningCall], which: str | None, *, command: str = "attach"
) -> RunningCall:
    """The one that is meant by number or title, or the only one.

    Raises:
        CommandError: There is none, or several and it was not said which.
    """
    if not calls:
        raise _NONE
    wished = (which or "").strip().casefold()
    if not wished and len(calls) == 1:
        return calls[0]
    if wished.isdecimal() and 1 <= int(wished) <= len(calls):
        return calls[int(wished) - 1]
    named = [call for call in calls if wished and _title(call).casefold().startswith(wished)]
    if len(named) == 1:
        return named[0]
    titles = ", ".join(f"{number} {_title(call)}" for number, call in enumerate(calls, 1))
    problem = f"Several calls are running: {titles}."
    if wished and not named:
        problem = f"No call of yours is called {clean(which or '', 40)}: {titles}."
    raise CommandError(problem, f"Say which: cellcall {command} NUMBER.")


def _title(call: RunningCall) -> str:
    return call.snapshot.title or call.snapshot.session_id


def echo_list(calls: list[RunningCall]) -> None:
    """Print them by number; those of one title with who one is in it."""
    titles = Counter(map(_title, calls))
    for number, call in enumerate(calls, 1):
        local = call.snapshot.local
        whose = f" as {local.name}" if local is not None and titles[_title(call)] > 1 else ""
        click.echo(f"{number}. {_call_words(call, whose)}")


def _call_words(call: RunningCall, whose: str) -> str:
    now_s, snapshot = time.time(), call.snapshot
    lasted = duration_words(now_s - snapshot.joined_at_ms / 1000)
    told = f"{_title(call)}{whose}, {people_words(len(snapshot.participants))}, for {lasted}"
    if snapshot.away_until_ms:
        left = duration_words(snapshot.away_until_ms / 1000 - now_s)
        return f"{told}. Detached; ends by itself in {left}."
    return f"{told}. Shown in {counted(call.front_ends, 'terminal')}."
