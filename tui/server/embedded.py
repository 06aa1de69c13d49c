"""The embedded server: REST and media on one address, inside the caller's event loop.

It installs no signal handlers and configures no logging: both belong to the program it runs in.
"""

from __future__ import annotations

import asyncio
import logging
import socket

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute

from tui.domain.snapshot import User
from tui.domain.text import clean
from tui.server.access import JwtAccess
from tui.server.http.bodies import http_exception, internal_error
from tui.server.http.links import LinksApi
from tui.server.http.listener import ServeError, bind, check_certificate
from tui.server.http.metrics import metrics_app
from tui.server.http.page import JoinPage
from tui.server.http.rest import RestApi
from tui.server.http.web import WebServer
from tui.server.links import Links
from tui.server.logins import Logins
from tui.server.media import MediaServer
from tui.server.own_certificate import certificate_of
from tui.server.secret import (
    KeptKeys,
    ServerKeys,
    StoreUnavailable,
    load_or_create_keys,
    new_keys,
)
from tui.server.serve_config import ServeConfig
from tui.server.serving_note import ServingNote, remove_note, write_note
from tui.server.store_links import StoredLink
from tui.server.store_thread import StoreThread
from tui.wire.address import make_join_link
from tui.wire.known_servers import short_fingerprint
from tui.wire.rules import check_session_id, display_name

logger = logging.getLogger(__name__)

_WILDCARDS = ("0.0.0.0", "::", "")
_MEDIA_STOP_S = 0.8


class EmbeddedServer:
    """One server: construct, `start`, use, `stop`. Not to be started again."""

    def __init__(self, config: ServeConfig):
        self._config = config
        self._store: StoreThread | None = None
        self._media: MediaServer | None = None
        self._rest: RestApi | None = None
        self._links: Links | None = None
        self._web: WebServer | None = None
        self._metrics: WebServer | None = None
        self.metrics_url = ""
        """Where the counters are, for programs on this machine; empty: nowhere."""
        self._keys: KeptKeys | None = None
        self._port = 0

    async def start(self) -> None:
        """Listen and serve.

        Raises:
            ServeError: A port is taken, a folder or certificate can't be used; nothing is left
                running then.
        """
        try:
            await self._start()
        except StoreUnavailable as error:
            await self.stop()
            raise ServeError(error.problem, error.remedy) from error
        except BaseException:
            await self.stop()
            raise

    async def _start(self) -> None:
        config = self._config
        check_certificate(config.tls_certificate, config.tls_key)
        self._keys = (
            KeptKeys(new_keys())
            if config.state_dir is None
            else await asyncio.to_thread(load_or_create_keys, config.state_dir)
        )
        listener = await asyncio.to_thread(bind, config.host, config.port)  # may ask DNS
        try:
            self._port = listener.getsockname()[1]
            self._web, media = await self._make_web(self._keys.keys)
        except BaseException:
            listener.close()
            raise
        await self._web.start(listener)
        await asyncio.to_thread(self._leave_note)
        if config.metrics_port is not None:
            counters = bind("127.0.0.1", config.metrics_port, option="--metrics")
            self.metrics_url = f"http://127.0.0.1:{counters.getsockname()[1]}/metrics"
            self._metrics = WebServer(metrics_app(media.metrics), config.limits, media.tally)
            await self._metrics.start(counters)

    async def _make_web(self, keys: ServerKeys) -> tuple[WebServer, MediaServer]:
        """Open the store, the links and the media, and what answers for them."""
        config, cluster = self._config, self._config.cluster
        store = self._store = StoreThread(config.state_dir)
        await store.open()
        revoked: set[str] = set()
        ours = (config.app_id, keys.signing_secret)
        access = JwtAccess(
            dict([ours if cluster is None else (cluster.key, cluster.secret)]), revoked
        )
        links = self._links = Links(store, access, revoked, lifetime_s=config.call_token_ttl_s)
        await links.load()
        logins = Logins(store, revoked, call_token_ttl_s=config.call_token_ttl_s)
        await logins.load()
        rest = self._rest = RestApi(
            store,
            access,
            logins,
            api_key=keys.api_key,
            open_users=config.open_users,
            logins_per_minute=config.limits.login_attempts_per_minute,
            media_url="" if cluster is None else cluster.url,
            public_url=config.public_url,
        )
        media = MediaServer(access, config.limits, store, relays=config.relays)
        if cluster is None:
            await _start_media(media, config)
            self._media = media
        link_api = LinksApi(
            links,
            rest.check_api_key,
            rest.claims,
            lock_of=media.lock_of,
            guests_per_minute=config.limits.guests_per_minute,
            certificate=self._fingerprint,
        )
        web = WebServer(
            _application(
                *rest.routes(),
                *link_api.routes(),
                *JoinPage("" if cluster is None else cluster.url).routes(),
                *(media.routes() if cluster is None else ()),
            ),
            config.limits,
            media.tally,
            certificate=config.tls_certificate,
            key=config.tls_key,
            proxies=config.proxies,
            media=None if cluster else media.media_protocol(self._port),
        )
        return web, media

    def _leave_note(self) -> None:
        """Say where we are, so that `cellcall links` finds us."""
        config = self._config
        if config.state_dir is None:
            return
        host = "127.0.0.1" if config.host in _WILDCARDS else config.host
        scheme = "https" if config.tls_certificate else "http"
        here = f"{scheme}://[{host}]" if ":" in host else f"{scheme}://{host}"
        certificate = str(config.tls_certificate.resolve()) if config.tls_certificate else ""
        write_note(config.state_dir, ServingNote(f"{here}:{self._port}", self.url, certificate))

    async def stop(self) -> None:
        """Tell everybody, then close everything, within two seconds or so. Idempotent."""
        if self._web is not None and self._config.state_dir is not None:
            await asyncio.to_thread(remove_note, self._config.state_dir)
        media, self._media = self._media, None
        try:
            said_goodbye = await _stop_media(media)
        finally:
            try:
                for web in (self._web, self._metrics):
                    if web is not None:
                        await web.stop()
            finally:
                store, self._store = self._store, None
                if store is not None:
                    await store.close()
        if not said_goodbye:
            # Its clients are gone with the HTTP server now: what is left are its sockets.
            await _stop_media(media)

    @property
    def url(self) -> str:
        """The address for people and clients: `http://127.0.0.1:7880`."""
        if self._config.public_url:
            return self._config.public_url
        return f"{'https' if self._config.tls_certificate else 'http'}://{self._authority}"

    @property
    def ws_url(self) -> str:
        """The LiveKit address: `ws://127.0.0.1:7880`."""
        return f"{'wss' if self._config.tls_certificate else 'ws'}://{self._authority}"

    @property
    def _authority(self) -> str:
        host = self._config.host
        if host in _WILDCARDS:
            reachable = self._media.addresses[0] if self._media is not None else "127.0.0.1"
            host = self._config.advertise or reachable
        return f"[{host}]:{self._port}" if ":" in host else f"{host}:{self._port}"

    @property
    def port(self) -> int:
        """The TCP port in use."""
        return self._port

    @property
    def udp_port(self) -> int:
        """The media port in use."""
        return 0 if self._media is None else self._media.udp_port

    @property
    def keys(self) -> ServerKeys:
        """API key and signing secret."""
        if self._keys is None:
            raise RuntimeError("start() the server first")
        return self._keys.keys

    @property
    def api_key(self) -> str:
        """What people log in with."""
        return self.keys.api_key

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the person who runs the server should be told, if anything."""
        return (self._keys.warning,) if self._keys is not None and self._keys.warning else ()

    @property
    def media(self) -> MediaServer:
        """The media side of a running server."""
        if self._media is None:
            raise RuntimeError("start() the server first")
        return self._media

    def issue_call_token(
        self,
        uid: str,
        name: str,
        session_id: str,
        *,
        moderator: bool = False,
        ttl_s: float | None = None,
    ) -> str:
        """A call token for anybody, registered or not.

        Raises:
            CallsError: `ERR_SESSION_ID_INVALID`.
        """
        if self._rest is None:
            raise RuntimeError("start() the server first")
        return self._rest.issue_call_token(
            User(uid, display_name(name, uid)),
            check_session_id(session_id),
            moderator=moderator,
            ttl_s=ttl_s,
        )

    @property
    def links(self) -> Links:
        """Who gets in without an account."""
        if self._links is None:
            raise RuntimeError("start() the server first")
        return self._links

    async def invite_link(
        self,
        uid: str,
        name: str,
        session_id: str,
        *,
        moderator: bool = False,
        lifetime_s: float | None = None,
    ) -> str:
        """A join link that needs no login. For one person: two at once replace one another.

        Raises:
            CallsError: `ERR_SESSION_ID_INVALID`.
        """
        user = User(uid, display_name(name, uid))
        session_id = check_session_id(session_id)
        token = await self.links.personal(
            user, session_id, moderator=moderator, lifetime_s=lifetime_s
        )
        return make_join_link(self.url, session_id, token, certificate=self._fingerprint)

    @property
    def certificate(self) -> bytes:
        """What the server shows (DER), when it is of its own making; else empty."""
        file = self._config.tls_certificate
        return certificate_of(file) if file is not None and self._config.own_certificate else b""

    @property
    def _fingerprint(self) -> str:
        return short_fingerprint(self.certificate) if self.certificate else ""

    async def guest_link(self, session_id: str) -> str:
        """A join link for many: each who opens it is a guest of their own.

        Raises:
            CallsError: `ERR_SESSION_ID_INVALID`.
        """
        return self.link_of(await self.links.for_many(session_id))

    def link_of(self, link: StoredLink) -> str:
        """The join link of a link for many."""
        return make_join_link(
            self.url, link.session_id, invitation=link.code, certificate=self._fingerprint
        )


def _application(*routes: BaseRoute) -> Starlette:
    app = Starlette(
        routes=routes,
        exception_handlers={HTTPException: http_exception, Exception: internal_error},
    )
    app.router.redirect_slashes = False  # an unknown path is an error body, never a redirect
    return app


async def _stop_media(media: MediaServer | None) -> bool:
    """Whether everybody took their goodbye in time."""
    if media is None:
        return True
    try:
        async with asyncio.timeout(_MEDIA_STOP_S):
            await media.stop()
    except TimeoutError:
        logger.warning("the media server took more than %s s to stop", _MEDIA_STOP_S)
        return False
    return True


async def _start_media(media: MediaServer, config: ServeConfig) -> None:
    try:
        await media.start(
            config.host, config.udp_port, advertise=config.advertise, tcp_port=config.tcp_port
        )
    except socket.gaierror as error:  # `host` was resolved for TCP already
        raise ServeError(
            f"--advertise came as {clean(config.advertise or '', 80)}, which is no known address.",
            "Give the address or name others reach this machine at.",
        ) from error
    except OSError as error:
        by_tcp = "" if config.tcp_port is None else f" or TCP port {config.tcp_port}"
        raise ServeError(
            f"UDP port {config.udp_port}{by_tcp} on {clean(config.host, 80)} can't be used: "
            f"{error.strerror or error}.",
            f"Choose another one with --udp-port{' or --tcp-port' * bool(by_tcp)}, or 0 for any "
            "free one.",
        ) from error
