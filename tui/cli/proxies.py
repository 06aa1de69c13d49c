"""What goes into the configuration of a proxy that stands before `cellcall serve`."""

from __future__ import annotations

import re
from typing import Final

from tui.cli.report import CommandError
from tui.domain.text import clean
from tui.wire.address import read_address

_PLAIN_PATH: Final = re.compile(r"[A-Za-z0-9._~/-]*")
"""What no proxy's configuration takes for more than a path."""
PROXIES: Final = ("caddy", "nginx")

_CADDY: Final = """\
{host} {{
    handle_path {path}/* {{
        reverse_proxy {upstream}
    }}
}}
"""
_NGINX: Final = """\
server {{
    listen 443 ssl;
    server_name {host};
    ssl_certificate /etc/letsencrypt/live/{host}/fullchain.pem;
    ssl_certificate_key /etc/letsencrypt/live/{host}/privkey.pem;
    location {path}/ {{
        proxy_pass http://{upstream}/;
        proxy_http_version 1.1;
        proxy_set_header Host $http_host;
        proxy_set_header X-Forwarded-For $remote_addr;
        proxy_set_header X-Forwarded-Proto $scheme;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection "upgrade";
        proxy_read_timeout 1h;
    }}
}}
"""
_FORMS: Final = {"caddy": _CADDY, "nginx": _NGINX}


def proxy_configuration(proxy: str, url: str, port: int) -> str:
    """The configuration of `proxy` that serves `url` from a cellcall on `port` of this machine.

    Sound and pictures go past it, over UDP.

    Raises:
        CallsError: `url` is no address.
        CommandError: Its path would be more than a path in there.
    """
    address = read_address(url, what="--url")
    if not _PLAIN_PATH.fullmatch(address.path):
        raise CommandError(
            f"The path {clean(address.path, 80)} can't be written into a configuration as it is.",
            "Choose one of letters, digits and . _ ~ - alone.",
        )
    return _FORMS[proxy].format(host=address.host, path=address.path, upstream=f"127.0.0.1:{port}")
