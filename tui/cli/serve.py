"""`cellcall serve`: the embedded server for a team, until a signal stops it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import resource
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tui.cli import folders
from tui.cli.proxies import proxy_configuration
from tui.cli.report import CommandError, tell
from tui.cli.serve_ssh import SshEntrance, ssh_entrance
from tui.domain.errors import CallsError, ErrorCode, ExitCode
from tui.domain.loading import keep_loaded
from tui.domain.text import clean

if TYPE_CHECKING:
    from tui.server.cluster import Cluster
    from tui.server.embedded import EmbeddedServer
    from tui.server.serve_config import ServeConfig
    from tui.server.turn import TurnServers

_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_AS_MODERATOR = ":moderator"
_THIS_MACHINE = ("127.0.0.1", "::1")
_WILDCARDS = (None, "", "0.0.0.0", "::")
_KNOWN_ALREADY = "ERR_UID_ALREADY_EXISTS"


def run_serve(**options: Any) -> int:
    """Serve until SIGINT, SIGTERM or (in a demo) the parent's end. Returns the exit code.

    Raises:
        CommandError: It can't be served like this.
    """
    from tui.server.http.listener import ServeError

    if options["proxy_config"]:
        if not options["public_url"]:
            raise CommandError(
                "A proxy needs its address.", "Give it with --url https://call.example.org"
            )
        click.echo(
            proxy_configuration(options["proxy_config"], options["public_url"], options["port"]),
            nl=False,
        )
        return ExitCode.LEFT
    if (options["invites"] or options["guests"] or options["sealed"]) and not options["session"]:
        raise CommandError("A link needs a session.", "Name it with --session NAME.")
    if not options["machine"]:
        _tell_apart(options["invites"])
    try:
        return asyncio.run(_serve(_config(options), options))
    except ServeError as error:
        raise CommandError(error.problem, error.remedy, error.exit_code) from error


def _tell_apart(invites: Sequence[str]) -> None:
    """Refuse two people whom the server would take for one, who would put each other out."""
    from tui.wire.rules import guest_uid

    called: dict[str, str] = {}
    for name in (_role_of(one)[0] for one in invites):
        uid = guest_uid(name)
        if uid in called:
            raise CommandError(
                f"--invite {clean(called[uid], 40)} and --invite {clean(name, 40)} would be one "
                "person: whoever comes second would put the first one out.",
                f"Give each a name of their own, such as '{clean(name, 40)} 2'.",
            )
        called[uid] = name


def _config(options: dict[str, Any]) -> ServeConfig:
    from tui.server.limits import Limits
    from tui.server.serve_config import ServeConfig
    from tui.wire.address import read_address

    state = None if options["machine"] else Path(options["state"] or _default_state())
    certificate = Path(options["cert"]) if options["cert"] else None
    if options["tls"]:
        certificate = _own_certificate(state, options)
    return ServeConfig(
        host=options["host"],
        port=options["port"],
        # One number to open in a firewall, the same after every start.
        udp_port=options["port"] if options["udp_port"] is None else options["udp_port"],
        tcp_port=options["tcp_port"],
        state_dir=state,
        open_users=options["open_users"],
        advertise=options["advertise"],
        tls_certificate=certificate,
        own_certificate=bool(options["tls"]),
        public_url=read_address(options["public_url"], what="--url").http
        if options["public_url"]
        else "",
        # A proxy is on this machine unless another one is named; without one, nobody is believed.
        proxies=options["proxies"] or (_THIS_MACHINE if options["public_url"] else ()),
        tls_key=Path(options["key"]) if options["key"] else None,
        metrics_port=options["metrics"],
        relays=_relays(options),
        cluster=_cluster(options),
        limits=Limits(
            may_record=not options["no_recording"],
            keeps_transcripts=not options["no_transcripts"],
        ),
    )


def _cluster(options: dict[str, Any]) -> Cluster | None:
    from tui.server.cluster import read_cluster

    url, key_file = options["livekit"], options["livekit_key"]
    if not url and not key_file:
        return None
    if not (url and key_file):
        raise CommandError(
            "A LiveKit cluster has an address and a key.",
            "Give --livekit wss://HOST and --livekit-key FILE.",
        )
    anywhere = options["host"] in _WILDCARDS
    if anywhere and not (options["advertise"] or options["public_url"]):
        raise CommandError(
            "Links need to know what this machine is called.", "Say it with --url or --advertise."
        )
    return read_cluster(url, key_file)


def _relays(options: dict[str, Any]) -> TurnServers:
    from tui.server.turn import TurnServers, turn_problem

    for url in options["turn"]:
        if problem := turn_problem(url):
            raise CommandError(
                f"--turn: {clean(problem, 120)}.",
                "Write turn:HOST:3478?transport=tcp or turns:HOST.",
            )
    secret = os.environ.get("CELLCALL_TURN_SECRET", "")
    if options["turn_secret_file"]:
        try:
            secret = Path(options["turn_secret_file"]).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(
                f"--turn-secret-file can't be read: {clean(str(error), 120)}.",
                "Put the secret alone into a file that this user may read.",
            ) from error
    return TurnServers(tuple(options["turn"]), secret)


def _own_certificate(state: Path | None, options: dict[str, Any]) -> Path:
    from tui.server.own_certificate import own_certificate
    from tui.server.secret import StoreUnavailable

    if options["cert"] or state is None:
        raise CommandError("--tls self-signed makes a certificate.", "Leave --cert and --key out.")
    names = [one for one in (options["host"], options["advertise"]) if one not in _WILDCARDS]
    try:
        return own_certificate(state, tuple(names))
    except StoreUnavailable as error:
        raise CommandError(error.problem, error.remedy) from error


def _default_state() -> Path:
    return folders.state_folder() / "server"


async def _serve(config: ServeConfig, options: dict[str, Any]) -> int:
    from tui.bootstrap import make_server

    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    _raise_descriptor_limit()
    loop = asyncio.get_running_loop()
    stopped: asyncio.Future[int] = loop.create_future()

    def stop(code: int) -> None:
        if not stopped.done():
            stopped.set_result(code)

    signals = {
        signal.SIGINT: ExitCode.INTERRUPTED,
        signal.SIGTERM: ExitCode.LEFT,
        signal.SIGHUP: ExitCode.LEFT,
    }
    for number, code in signals.items():
        loop.add_signal_handler(number, stop, code)
    if options["with_parent"]:
        loop.add_reader(sys.stdin.fileno(), _read_parent, stop)
    server = make_server(config)
    try:
        await server.start()
        await _add_users(server, options["add_users"])
        async with ssh_entrance(server, config, options["ssh"]) as ssh:
            if options["machine"]:
                click.echo(json.dumps(_ready(server, options)))
            else:
                for line in await _told(server, config, options, ssh):
                    click.echo(line)
            sys.stdout.flush()
            keep_loaded()
            return await stopped
    finally:
        await server.stop()
        for number in signals:
            loop.remove_signal_handler(number)
        if options["with_parent"]:
            loop.remove_reader(sys.stdin.fileno())


def _raise_descriptor_limit() -> None:
    """Every connection is a descriptor, and the usual soft limit of 1,024 is for select(2)."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        with contextlib.suppress(OSError, ValueError):  # macOS has a lower one of its own
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _ready(server: EmbeddedServer, options: dict[str, Any]) -> dict[str, Any]:
    """What a program that started this needs: addresses, and a call token for each invited.

    The first of them may moderate.
    """
    from tui.wire.rules import guest_uid

    tokens = {
        name: server.issue_call_token(
            guest_uid(name), name, options["session"], moderator=number == 0
        )
        for number, name in enumerate(options["invites"])
    }
    return {
        "url": server.url,
        "ws_url": server.ws_url,
        "api_key": server.api_key,
        "tokens": tokens,
    }


def _role_of(invited: str) -> tuple[str, bool]:
    """The name in `NAME` or `NAME:moderator`, and whether it may moderate."""
    name = invited.removesuffix(_AS_MODERATOR)
    return name, name != invited


def _read_parent(stop: Callable[[int], None]) -> None:
    if not os.read(sys.stdin.fileno(), 4096):
        stop(ExitCode.LEFT)


async def _add_users(server: EmbeddedServer, wanted: tuple[str, ...]) -> None:
    if not wanted:
        return
    from tui.domain.settings import AppSettings
    from tui.service.rest import RestService

    service = RestService(AppSettings(server=server.url))
    try:
        for one in wanted:
            uid, _, name = one.partition(":")
            try:
                await service.create_user(uid, name or uid, server.api_key)
            except CallsError as error:
                if error.code != _KNOWN_ALREADY:
                    raise CallsError(
                        ErrorCode.VALIDATION,
                        f"--add-user {clean(one, 60)}: {error.description}",
                    ) from error
    finally:
        await service.aclose()


async def _told(
    server: EmbeddedServer, config: ServeConfig, options: dict[str, Any], ssh: SshEntrance | None
) -> list[str]:
    """What the person who serves needs to know."""
    from tui.wire.known_servers import long_fingerprint

    for warning in server.warnings:
        tell(warning)
    if config.host not in _LOOPBACK and not server.url.startswith("https:"):
        tell(
            "Without a certificate, tokens and chat can be read on the way, and browsers get no "
            "microphone and camera.",
            "Give --tls self-signed, or --cert and --key; or serve only in a network you trust.",
        )
    media = f"sound and pictures on UDP port {server.udp_port}"
    if config.cluster is not None:
        media = f"calls are carried by {config.cluster.url}"
    lines = [
        f"Serving at {server.url}, {media}.",
        f"API key: in {config.state_dir}/server-keys.json (keep it from others).",
    ]
    if server.certificate:
        shown = long_fingerprint(server.certificate)
        lines.append(f"Certificate of its own making, SHA-256 {shown}.")
        lines.append(
            "A browser warns of it once: compare that number, then go on. cellcall knows it by "
            "the link."
        )
    if config.host in _LOOPBACK:
        lines.append("Only this machine can reach it; --host 0.0.0.0 lets others in.")
    else:
        ports = f"TCP port {server.port}"
        if config.cluster is None:
            ports += f" and UDP port {server.udp_port}"
            if config.tcp_port is not None:
                ports += f" (media also by TCP port {config.tcp_port})"
        if ssh is not None:
            ports += f", for ssh TCP port {ssh.port},"
        lines.append(f"A firewall must let {ports} in.")
    if server.metrics_url:
        lines.append(f"Counters, for programs on this machine: {server.metrics_url}")
    lines += await _how_to_join(server, config, options)
    if ssh is not None:
        code = (await server.links.for_many(options["session"])).code if options["guests"] else ""
        lines += ssh.told(server.url, code)
    lines.append("Control C stops the server and tells everybody.")
    return lines


async def _how_to_join(
    server: EmbeddedServer, config: ServeConfig, options: dict[str, Any]
) -> list[str]:
    from tui.cli.session_keys import session_key
    from tui.wire.address import make_join_link, with_key
    from tui.wire.rules import guest_uid

    session: str | None = options["session"]
    if session is None:
        return [f"To join: cellcall join SESSION --server {server.url} --user UID"]
    folder = config.state_dir
    key = "" if folder is None else session_key(folder, session, make=options["sealed"])
    link = make_join_link(server.url, session, key=key)
    lines = [f"To join {clean(session, 128)} after signing in: cellcall join {link} --user UID"]
    hours = config.call_token_ttl_s / 3600
    if options["invites"] or options["guests"]:
        lines.append(
            f"These links open in a browser, or with cellcall join 'LINK'. They let in whoever has "
            f"them, for {hours:g} hours; cellcall links revokes them."
        )
    for invited in options["invites"]:
        name, moderator = _role_of(invited)
        personal = await server.invite_link(
            f"guest-{guest_uid(name)}", name, session, moderator=moderator
        )
        role = ", a moderator" if moderator else ""
        lines.append(f"For {clean(name, 64)}{role}: {with_key(personal, key)}")
    if options["guests"]:
        many = with_key(await server.guest_link(session), key)
        lines.append(f"For anybody, each a guest of their own: {many}")
    if key:
        lines.append(
            "The call is sealed: the links hold its key, and this server passes on what it can't "
            "open. Whoever joins without the link needs --key-file."
        )
    return lines
