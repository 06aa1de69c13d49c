"""Being let into a session: call tokens, what they open, and the line that invites somebody else.

Nothing is joined here: the answer is a join document, checked against whom we are and which session
was asked for. The trap is a token of somebody else or for another session: the service resolves it
gladly, so that both are compared here before anything is opened.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

from tui.domain.errors import CallsError, ErrorCode
from tui.domain.join import LiveKitJoin
from tui.domain.sealing import not_sealed_there, read_keys
from tui.domain.snapshot import User
from tui.domain.text import clean
from tui.ports.service import JoinDocument
from tui.session.login import Login
from tui.wire.address import make_join_link, url_scheme
from tui.wire.rules import SESSION_ID_MAX_CHARACTERS

log = logging.getLogger(__name__)


class Admission:
    """Tokens and join documents for whoever is logged in."""

    def __init__(self, login: Login):
        self._login = login

    async def generate_token(self, session_id: str, auth_token: str = "") -> str:
        """A call token for one session; checks in the order of spec cometchat-calls (e)."""
        if not session_id.strip():
            raise CallsError(
                ErrorCode.SESSION_ID_MISSING, "The session ID is empty. Give the one to join."
            )
        token = auth_token or self._login.auth_token
        if not token:
            raise CallsError(
                ErrorCode.AUTH_TOKEN_MISSING, "Nobody is logged in. Log in first, or give a token."
            )
        return await self._login.service.create_call_token(token, session_id.strip())

    def require_call_token(self, token: str, server: str = "") -> None:
        """Raises `ERROR_SDK_NOT_INITIALIZED`, then `VALIDATION_ERROR` for an empty token.

        Last comes `ERROR_OTHER_SERVER` for one of another server than the one in use.
        """
        _ = self._login.service
        if not token.strip():
            raise CallsError(
                ErrorCode.VALIDATION, "callToken: came empty; expected a call token.", field="token"
            )
        self._login.check_server("call token", server)

    async def resolve(self, token: str, session_id: str) -> JoinDocument:
        """What a call token opens; an empty session ID allows any session."""
        document = await self._login.service.resolve_call_token(
            self._login.auth_token or "", token.strip()
        )
        # Cleaned before comparing, as the server does it: an ID may hold an invisible mark.
        wanted = clean(session_id, SESSION_ID_MAX_CHARACTERS)
        if wanted and document.session_id != wanted:
            raise CallsError(
                ErrorCode.CALL_TOKEN_REFUSED,
                "The call token is for another session. Generate one for this session ID.",
            )
        if self._login.user is not None and document.user.uid != self._login.user.uid:
            raise CallsError(
                ErrorCode.CALL_TOKEN_REFUSED,
                "The call token is for another user. Generate one for yourself.",
            )
        return document

    async def become_guest(
        self,
        session_id: str,
        invitation: str,
        name: str,
        server: str,
        waiting: Callable[[], None],
    ) -> str:
        """A call token for a new guest, by a link for many; `waiting` when we have to be let in.

        Raises:
            CallsError: Refused; `ERROR_OTHER_SERVER` for a link of another server.
        """
        service = self._login.service
        self._login.check_server("invitation", server)
        return await service.become_guest(session_id, invitation, name, waiting)

    async def link(self, document: JoinDocument) -> str:
        """A link by which somebody else joins, or else the command."""
        app = self._login.app
        if app is None or not app.server or not isinstance(document.transport, LiveKitJoin):
            return self.invite(document)
        try:
            invitation = await self._login.service.invitation(document.transport.token)
        except CallsError as error:
            if error.code == ErrorCode.NETWORK:
                raise
            log.info("no link was made: %s", error)  # another kind of server
            return self.invite(document)
        return make_join_link(
            app.server,
            document.session_id,
            invitation=invitation.code,
            certificate=invitation.certificate,
            key=document.transport.key,
        )

    def invite(self, document: JoinDocument) -> str:
        """The command by which somebody else joins; empty where we can't know it."""
        session_id = clean(document.session_id, SESSION_ID_MAX_CHARACTERS)
        app = self._login.app
        if app is None or not document.session_id:
            return ""
        command = f"cellcall join {_quoted(session_id)}"
        if app.server:
            return f"{command} --server {app.server}"
        if isinstance(document.transport, LiveKitJoin):
            return f"{command} --server {document.transport.url}"
        if app.admin_host or app.client_host or app.host:
            return ""  # where the app is served has no form on a command line
        return f"{command} --app-id {app.app_id} --region {app.region.lower()}"


def sealed(document: JoinDocument, key: str) -> JoinDocument:
    """The document with the key that seals the call; an empty one leaves it as it is.

    Raises:
        CallsError: `VALIDATION_ERROR` for what is no key, `ERROR_NOT_SUPPORTED` where calls can't
            be sealed: nothing may go out in the clear because of that.
    """
    if not key:
        return document
    read_keys(key)
    if not isinstance(document.transport, LiveKitJoin):
        raise not_sealed_there()
    return replace(document, transport=replace(document.transport, key=key))


def room_by_url(url: str, token: str) -> JoinDocument:
    """The document for any LiveKit room, from nothing but its address and an access token."""
    if url_scheme(url) not in ("ws", "wss", "http", "https"):
        raise CallsError(
            ErrorCode.VALIDATION,
            f"server came as {clean(url, 80)!r}; allowed: a ws:// or wss:// address.",
            field="server",
        )
    if not token.strip():
        raise CallsError(ErrorCode.AUTH_TOKEN_MISSING, "The access token is empty. Give --token.")
    return JoinDocument("", User("", ""), LiveKitJoin(url, token.strip()))


def _quoted(word: str) -> str:
    return word if word.replace("-", "").replace("_", "").isalnum() else f"'{word}'"
