"""The options of `cellcall serve`, and what its help says."""

from __future__ import annotations

import click

from tui.cli.options import together

serve_options = together(
    click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on."),
    click.option(
        "--port",
        type=click.IntRange(0, 65535),
        default=7880,
        show_default=True,
        help="TCP port; 0 for any free one.",
    ),
    click.option(
        "--udp-port",
        type=click.IntRange(0, 65535),
        help="UDP port of sound and pictures; the same number as --port unless given, 0 for any "
        "free one.",
    ),
    click.option(
        "--tcp-port",
        type=click.IntRange(1, 65535),
        help="Another TCP port of sound and pictures, for browsers on networks without UDP; --port "
        "takes them, too.",
    ),
    click.option("--advertise", metavar="ADDRESS", help="Address others reach this machine at."),
    click.option(
        "--url",
        "public_url",
        metavar="URL",
        help="What links begin with, behind a proxy: https://call.example.org",
    ),
    click.option(
        "--proxy",
        "proxies",
        multiple=True,
        metavar="ADDRESS",
        help="A proxy that is believed whom it speaks for (X-Forwarded-For); repeatable. With "
        "--url: this machine, unless named.",
    ),
    click.option(
        "--proxy-config",
        type=click.Choice(["caddy", "nginx"]),
        help="With --url: print what goes into this proxy's configuration, and end.",
    ),
    click.option(
        "--tls",
        type=click.Choice(["self-signed"]),
        help="Make a certificate once, and use it; links say which one it is.",
    ),
    click.option("--cert", metavar="FILE", help="TLS certificate with its chain, PEM."),
    click.option("--key", metavar="FILE", help="The certificate's key, PEM."),
    click.option("--state", metavar="FOLDER", help="Where users, keys and the call log are kept."),
    click.option(
        "--open-users", is_flag=True, help="Signing in with the API key creates the user."
    ),
    click.option(
        "--add-user",
        "add_users",
        multiple=True,
        metavar="UID[:NAME]",
        help="Add a user; repeatable.",
    ),
    click.option(
        "--no-recording", is_flag=True, help="Tell clients that calls here are not to be recorded."
    ),
    click.option(
        "--no-transcripts",
        is_flag=True,
        help="Keep no transcript, though a moderator asks for one; else for 90 days.",
    ),
    click.option("--session", metavar="NAME", help="Print how to join this session."),
    click.option(
        "--invite",
        "invites",
        multiple=True,
        metavar="NAME[:moderator]",
        help="With --session: print a link for this person that needs no sign-in; repeatable.",
    ),
    click.option(
        "--guests",
        is_flag=True,
        help="With --session: print a link for many, which makes a new guest of each who opens it.",
    ),
    click.option(
        "--ssh",
        type=click.IntRange(0, 65535),
        metavar="PORT",
        help="Show calls to ssh clients, too, by the code of a link for many: ssh -p PORT "
        "CODE@HOST; 0 for any free port. Needs cellcall[ssh].",
    ),
    click.option(
        "--livekit",
        metavar="URL",
        help="This LiveKit cluster carries the calls, wss://HOST; page, links and sign-in stay "
        "here.",
    ),
    click.option(
        "--livekit-key",
        metavar="FILE",
        help="A key of that cluster, in a file: KEY: SECRET.",
    ),
    click.option(
        "--sealed",
        is_flag=True,
        help="With --session: seal it end to end; its key is in the links, and the same every "
        "time.",
    ),
    click.option(
        "--turn",
        "turn",
        multiple=True,
        metavar="URL",
        help="A TURN server for clients on networks without UDP, as "
        "turns:turn.example.org:443?transport=tcp; may be repeated.",
    ),
    click.option(
        "--turn-secret-file",
        type=click.Path(dir_okay=False),
        help="What the TURN server has as static-auth-secret; also CELLCALL_TURN_SECRET.",
    ),
    click.option(
        "--metrics",
        type=click.IntRange(0, 65535),
        is_flag=False,
        flag_value=7881,
        metavar="[PORT]",
        help="Tell counters as OpenMetrics text at http://127.0.0.1:7881/metrics, or on PORT; to "
        "this machine only.",
    ),
    click.option("--machine", is_flag=True, hidden=True),
    click.option("--with-parent", is_flag=True, hidden=True),
)
