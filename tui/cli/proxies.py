"""What goes into the configuration of a proxy that stands before `cellcall serve`."""

from __future__ import annotations

from typing import Final

from tui.wire.address import read_address

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
    """
    address = read_address(url, what="--url")
    return _FORMS[proxy].format(host=address.host, path=address.path, upstream=f"127.0.0.1:{port}")
