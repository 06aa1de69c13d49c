"""The commands and their options. What they do is imported when they do it."""

from __future__ import annotations

import contextlib
from typing import Any

import click
from click.core import ParameterSource

from tui import __version__
from tui.cli import first_frame, lists
from tui.cli.options import (
    CONTEXT,
    call_options,
    ending_options,
    front_end_options,
    login_options,
    look_options,
    media_options,
    picture_options,
)
from tui.cli.serve_options import serve_options
from tui.domain.loading import uncollected
from tui.domain.text import clean


def _given(context: click.Context) -> dict[str, Any]:
    """Options given as flags, those before the command's name included."""
    outer = _given(context.parent) if context.parent is not None else {}
    own = {
        name: value
        for name, value in context.params.items()
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE
    }
    return outer | own


class _Commands(click.Group):
    """Whoever gives a session or a link where a command belongs is told how to join it."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            if args[0].startswith("-"):
                raise
            told = f"{error.message} To join a session or a link: cellcall join {args[0]}"
            raise click.UsageError(clean(told, 400), ctx) from None


def _begin(title: str, flags: dict[str, Any]) -> None:
    """Say that the app is starting, if it is the app that comes."""
    from tui.cli.config import choose_mode, merged, mode_flag
    from tui.cli.report import CommandError

    if flags.get("headless"):
        return
    # Whoever reads wrong options next says what is wrong with them.
    with contextlib.suppress(CommandError):
        if not choose_mode(mode_flag(flags), merged(flags)).plain:
            first_frame.show(title)


@click.group(cls=_Commands, invoke_without_command=True, context_settings=CONTEXT)
@front_end_options
@look_options
@login_options
@media_options
@click.version_option(__version__, "-V", "--version", message="cellcall %(version)s")
@click.pass_context
def cellcall(context: click.Context, /, **_options: Any) -> int:
    """Video calls in the terminal.

    Without a command: sign in and choose a session. Try `cellcall demo` to see a call at once.

    \b
    Exit codes: 0 left, 2 usage, 3 sign-in, 4 join failed, 5 connection lost,
    6 left after waiting alone, 130 interrupted.
    """
    if context.invoked_subcommand is not None:
        return 0
    _begin("cellcall", _given(context))
    with uncollected():
        from tui.cli.join import open_front_end

    return open_front_end(None, _given(context))


@cellcall.command(
    short_help="Join a session, by a link or its ID; a Jitsi or LiveKit room.",
    context_settings=CONTEXT,
)
@click.argument("session", required=False, metavar="[LINK|SESSION|-]")
@login_options
@click.option(
    "--token",
    metavar="TOKEN",
    help="A call token for the session, or with a wss:// server a LiveKit access token. Others on "
    "this machine can see it there; safer in the environment. [env: CELLCALL_TOKEN]",
)
@click.option(
    "--password",
    metavar="WORDS",
    help="Of a Jitsi room; asked for where one is needed. [env: CELLCALL_PASSWORD]",
)
@click.option(
    "--jitsi",
    is_flag=True,
    default=None,
    help="LINK is a Jitsi room, whatever its path; with --server, SESSION is the room's name.",
)
@click.option(
    "--link-file",
    type=click.Path(),
    metavar="FILE",
    help="The link is the first line of FILE. [env: CELLCALL_LINK, the link itself]",
)
@click.option(
    "--key-file",
    type=click.Path(allow_dash=True),
    metavar="FILE",
    help="Seal the call end to end with the key in FILE; - asks for it. "
    "[env: CELLCALL_SEAL_KEY, the key itself]",
)
@click.option(
    "--guest",
    is_flag=True,
    help="For others on this machine, by ssh: see, read and write, and nothing of this machine.",
)
@call_options
@media_options
@front_end_options
@look_options
@ending_options
@click.option("--robot", is_flag=True, hidden=True)
@click.option("--with-parent", is_flag=True, hidden=True)
@click.pass_context
def join(context: click.Context, /, session: str | None, **_options: Any) -> int:
    """Join a session by its ID, by a join link, any Jitsi room, or any LiveKit room.

    \b
    cellcall join standup --user ana            with CELLCALL_API_KEY set, or after signing in
    cellcall join -                             a link somebody sent, typed or piped in
    cellcall join --link-file FILE              the same from a file
    cellcall join 'http://host:7880/join/...'   the same, where others on the machine may see it
    cellcall join https://meet.example/Room     a Jitsi room; --password if it has one
    cellcall join --server wss://host           a LiveKit room, its token in CELLCALL_TOKEN
    """
    given = _given(context)
    given.pop("session", None)
    if session != "-":  # a link is asked for
        _begin("cellcall", given)
    with uncollected():
        from tui.cli.join import join_session

    return join_session(session, given)


@cellcall.command(
    short_help="Show a call of yours again that runs without a terminal.",
    context_settings=CONTEXT,
)
@click.argument("call", required=False, metavar="[NUMBER|TITLE]")
@front_end_options
@look_options
@click.option("--keep/--no-keep", default=None, help="As for cellcall join.")
@click.pass_context
def attach(context: click.Context, /, call: str | None, **_options: Any) -> int:
    """Show a call again that goes on without a terminal, or beside another one.

    Microphone and camera stay off until you turn them on. `cellcall calls` lists what runs.
    """
    from tui.cli.calls import attach

    given = _given(context)
    given.pop("call", None)
    return attach(call, given)


@cellcall.command(context_settings=CONTEXT)
def calls() -> int:
    """List your calls that run on this machine, detached or not."""
    from tui.cli.calls import list_calls

    return list_calls()


@cellcall.command(
    short_help="Try a call now, with a server and a robot of your own.",
    context_settings=CONTEXT,
)
@click.option(
    "--people", type=click.IntRange(1, 8), default=1, show_default=True, help="How many robots."
)
@media_options
@front_end_options
@look_options
@ending_options
@click.pass_context
def demo(context: click.Context, /, people: int, **_options: Any) -> int:
    """Be in a call now: a server and a robot of your own on this machine, nothing to set up.

    The robot moves, talks, and says back two seconds later what it hears.
    """
    given = _given(context)
    given.pop("people", None)
    _begin("Demo", given)
    with uncollected():
        from tui.cli.demo import run_demo

    return run_demo(given, people=people)


@cellcall.command(context_settings=CONTEXT)
@serve_options
def serve(**options: Any) -> int:
    """Serve calls to a team, from this machine.

    It listens on this machine only; for others, give --host 0.0.0.0 and better --cert and --key.
    """
    from tui.cli.serve import run_serve

    return run_serve(**options)


@cellcall.group(
    short_help="See, make and revoke links into this machine's server.",
    context_settings=CONTEXT,
)
@click.option("--state", metavar="FOLDER", help="The server's, as for serve.")
@click.pass_context
def links(context: click.Context, state: str | None) -> None:
    """See and revoke the links into this machine's server, also while it serves."""
    context.obj = state


@links.command("list", context_settings=CONTEXT)
@click.pass_obj
def links_list(state: str | None) -> int:
    """List every link: its ID, session, whom it is for, and how long it lasts."""
    from tui.cli.links import run_list

    return run_list(state)


@links.command("make", context_settings=CONTEXT)
@click.argument("session")
@click.option("--name", default="", help="For this person alone; else for many.")
@click.option(
    "--sealed", is_flag=True, help="With the key of the session; a new one if it has none."
)
@click.pass_obj
def links_make(state: str | None, session: str, name: str, sealed: bool) -> int:
    """Print a link into a session of the server that runs."""
    from tui.cli.links import run_make

    return run_make(state, session, name, sealed=sealed)


@links.command("revoke", context_settings=CONTEXT)
@click.argument("link_id", metavar="ID")
@click.pass_obj
def links_revoke(state: str | None, link_id: str) -> int:
    """Let nobody in by a link any more; whoever is in a call stays in it."""
    from tui.cli.links import run_revoke

    return run_revoke(state, link_id)


@links.command("reopen", context_settings=CONTEXT)
@click.argument("link_id", metavar="ID")
@click.pass_obj
def links_reopen(state: str | None, link_id: str) -> int:
    """Open a link again that was closed because somebody who came by it was removed."""
    from tui.cli.links import run_reopen

    return run_reopen(state, link_id)


@cellcall.command(short_help="Test sound, camera, terminal and network.", context_settings=CONTEXT)
@click.option("--server", metavar="URL", help="The server to test. [env: CELLCALL_SERVER]")
@picture_options
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
@click.pass_context
def doctor(context: click.Context, /, as_json: bool, **_options: Any) -> int:
    """Test sound, camera, terminal and network: what works, and what to do about the rest.

    Exit code 0 when all works, 1 when something does not.
    """
    from tui.cli.doctor import run_doctor

    given = _given(context)
    given.pop("as_json", None)
    return run_doctor(given, as_json=as_json)


@cellcall.command(
    short_help="Show a picture, a video or a test card in the terminal.",
    context_settings=CONTEXT,
)
@click.argument("file", required=False, metavar="[FILE]")
@picture_options
@click.option("--size", metavar="COLSxROWS", help="Largest size in cells, like 80x24.")
@click.option("--fps", type=click.FloatRange(0, 60, min_open=True), help="Most pictures a second.")
@click.option("--crop/--fit", "crop", default=False, help="Fill the room, or show everything.")
@click.option("--loop", is_flag=True, help="Begin again at the end; a still stays until q.")
@click.option("--still", "--once", "still", is_flag=True, help="Print one picture, and end.")
@click.option(
    "--stats",
    is_flag=False,
    flag_value="-",
    metavar="[FILE]",
    help="Show figures, and print them as JSON at the end, or write them to FILE.",
)
def picture(file: str | None, **options: Any) -> int:
    """Look at a picture or a video in the terminal; without FILE, at a test card.

    \b
    Keys: space pauses, left and right seek 5 seconds, down and up a minute, . steps,
    g other glyphs, c other colours, s figures, q or Escape quits.

    Pictures, and whatever goes to a pipe or a file, are printed and stay.
    """
    from tui.cli.picture import run_picture

    return run_picture(file, options)


@cellcall.command(
    short_help="Share this terminal as text with a call of yours.", context_settings=CONTEXT
)
@click.argument("command", nargs=-1, metavar="[-- COMMAND]", type=click.UNPROCESSED)
@click.option("--call", metavar="NUMBER|TITLE", help="Which of your calls, as `cellcall calls`.")
@click.option("--join", "link", metavar="LINK", help="Join this call for it; - asks for the link.")
@click.option("--name", metavar="NAME", help="With --join: the name others see.")
def share(command: tuple[str, ...], call: str | None, link: str | None, name: str | None) -> int:
    """Share this terminal as text with a call of yours, while a command or your shell runs.

    \b
    cellcall share                       your shell, until you exit it
    cellcall share -- htop               one command
    cellcall share --join 'http://...'   with a call that you are not in

    Everybody in the call sees what this terminal shows from now on, and nothing before. In the
    call itself, /share %PANE shares a pane of your own tmux. Needs tmux.
    """
    from tui.cli.share import share as run_share

    return run_share(command, which=call, link=link, name=name)


@cellcall.command(short_help="Make one film of a recorded call.", context_settings=CONTEXT)
@click.argument("recording", metavar="CALL.mkv")
@click.argument("out", required=False, metavar="[FILM.mkv]")
@click.option("--join-only", is_flag=True, help="Only join what a crash left, make no film.")
def film(recording: str, out: str | None, *, join_only: bool) -> int:
    """Make one film of a recorded call: everybody as tiles, all sound mixed.

    A recording that was broken off, by a crash or a full disk, is joined first.
    """
    from tui.cli.film import run_film

    return run_film(recording, out, join_only=join_only)


for _listing in (lists.keys, lists.settings, lists.figures, lists.sdk, lists.accessibility):
    cellcall.add_command(_listing)


@cellcall.command(hidden=True)
@click.argument("socket_path")
def engine(socket_path: str) -> int:
    """The engine process of a call; started by the front ends."""
    from tui.bootstrap import run_engine

    run_engine(socket_path)
    return 0
