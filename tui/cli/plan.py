"""Makes one plan for every front end of what was typed.

Mistakes are found in the order the SDK finds them: the settings, the session, the login.
"""

from __future__ import annotations

import getpass
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path, PurePath
from typing import Any, Final

from tui.cli.config import cloud_app
from tui.cli.options import CAPTION_WORDS
from tui.cli.saved_login import SavedLogin
from tui.cli.typed_target import TypedTarget, read_target
from tui.domain.device_choice import MediaChoice
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.meaning import recording_path, whole_path
from tui.domain.media import Pictures, parse_media_name, parse_share_name
from tui.domain.quality import PictureQuality, QualityChoice, parse_bitrate, parse_quality
from tui.domain.sealing import not_sealed_there, read_keys
from tui.domain.settings import AppSettings, camel_case, parse_settings, settings_table
from tui.domain.text import clean
from tui.front.start import Credentials, JoinTarget, StartPlan, jitsi_target
from tui.session.checks import check_app
from tui.wire.address import (
    MEDIA,
    complete,
    other_server,
    read_address,
    same_origin,
    url_scheme,
    whose_words,
)

DEFAULT_SERVER: Final = "http://127.0.0.1:7880"
"""Where `cellcall serve` listens unless told otherwise."""

_MEDIA_ROLES: Final = ("camera", "microphone", "speaker")


def make_plan(
    target: str | None, choices: Mapping[str, Any], saved: SavedLogin | None, *, reason: str = ""
) -> StartPlan:
    """Check everything that can be checked before anything is opened.

    Args:
        target: A session ID, a join link, a Jitsi link, a `wss://` address; None to choose from a
            menu.
        choices: By option name: `server`, `user`, `api_key`, `auth_token`, `token`, `name`,
            `title`, `muted`, `no_video`, `settings_file`, `camera`, `microphone`, `speaker`,
            `quality`, `max_bitrate`, `key`, `duration`, `log`, `json`, `explicit` (what was
            given as flags), and `owners` (by secret, whose it is; `tui.cli.config.chosen`).
        saved: The login of an earlier run.
        reason: Why plain mode, for its first line.

    Raises:
        CallsError: What does not fit.
    """
    settings = _settings(choices)
    with _saying_where_it_is_from(choices):
        media, quality = _media(choices), _quality(choices)
    typed = read_target(target, choices)
    secrets = _Secrets(choices, saved, typed.server, by_link=typed.by_link)
    plan = StartPlan(
        reason=reason,
        settings=settings,
        media=media,
        quality=quality,
        log=_log("log", choices, plain=bool(reason)),
        captions_log=_log("captions_log", choices, plain=bool(reason)),
        captions=_captions(choices),
        captioner=bool(choices.get("captioner")),
        keeps=bool(choices.get("keep")),
        json=bool(choices.get("json")),
        duration_s=float(choices.get("duration") or 0.0),
    )
    key = str(choices.get("key") or (typed.link.key if typed.link is not None else ""))
    if key:
        read_keys(key)
    given = str(choices.get("token") or "")
    if typed.room is not None:
        if key:
            raise not_sealed_there()
        words = secrets.if_meant("token"), secrets.if_meant("password")
        # Signed in or not, nothing of it goes there.
        return replace(plan, credentials=Credentials(), target=jitsi_target(typed.room, *words))
    if url_scheme(typed.server) in MEDIA:
        url = _livekit_url(typed.server, given)
        return replace(plan, target=JoinTarget(url=url, token=secrets.call_token(), key=key))
    given = given or (typed.link.token if typed.link is not None else "")
    if target is not None and not typed.session_id and not given:
        raise _no_session()
    credentials, to = _of_service(typed, secrets, saved, token=given)
    if to.invitation:
        settings.setdefault("displayName", _own_name())
    return replace(plan, credentials=credentials, target=replace(to, key=key))


def _of_service(
    typed: TypedTarget, secrets: _Secrets, saved: SavedLogin | None, *, token: str
) -> tuple[Credentials, JoinTarget]:
    """Who signs in, and the session: by call token, by the invitation of a link, or by ID."""
    app, session_id = secrets.app, typed.session_id
    if token:
        token = secrets.call_token() or token
        to = JoinTarget(session_id=session_id, token=token, server=app.server, app=app)
        return Credentials(app=app), to
    login = secrets.login(saved)
    if typed.link is not None and typed.link.invitation and not login.complete:
        invitation = typed.link.invitation
        to = JoinTarget(session_id=session_id, invitation=invitation, server=app.server)
        return Credentials(app=app), to
    return login, JoinTarget(session_id=session_id)


def check_login(plan: StartPlan, *, can_ask: bool) -> None:
    """A session needs somebody logged in, unless the plan has a token or can ask.

    Raises:
        CallsError: `ERROR_AUTH_TOKEN_MISSING`, or `ERROR_OTHER_SERVER` when there is a login, for
            another server.
    """
    known = plan.credentials
    if can_ask or not plan.target.needs_login:
        return
    if known.withheld and not known.complete:
        given = f"--server {clean(known.app.server, 80)} with --user and --api-key, or --auth-token"
        raise other_server(known.withheld, f"Give {given}, of that server.")
    if not (known.uid or known.auth_token):
        raise CallsError(ErrorCode.AUTH_TOKEN_MISSING, "Nobody is logged in.")


class _Secrets:
    """What was configured, handed out for the server in question and no other.

    Args:
        choices: By option name, with `owners`.
        saved: Where somebody signed in last, for when no server is named.
        asked: The server that was named, by an option or a link; may be empty.
        by_link: It was a link.

    Raises:
        CallsError: `asked` is no address.
    """

    def __init__(
        self, choices: Mapping[str, Any], saved: SavedLogin | None, asked: str, *, by_link: bool
    ):
        self._by_link = by_link
        self._choices = choices
        self.app = _app(choices, saved, asked, by_link=by_link)
        self.server = self.app.address
        if url_scheme(self.server) not in MEDIA:
            read_address(self.server, field="server")

    def call_token(self) -> str:
        """The call token or LiveKit token. Raises `ERROR_OTHER_SERVER`."""
        token, why = self._of("token", "call token")
        if why:
            raise other_server(why, f"Give --server {clean(self.server, 80)} with its --token.")
        return token

    def if_meant(self, name: str) -> str:
        """A secret if it is for this server; empty when it is for another one."""
        return self._of(name, name)[0]

    def login(self, saved: SavedLogin | None) -> Credentials:
        """Who signs in, as far as that is known."""
        app, choices = self.app, self._choices
        explicit = choices.get("explicit", frozenset())
        uid = str(choices.get("user") or "")
        auth_token, why_token = self._of("auth_token", "auth token")
        key, why_key = self._of("api_key", "API key")
        if auth_token and ("auth_token" in explicit or "user" not in explicit):
            return Credentials(app=app, auth_token=auth_token)
        withheld = why_key or why_token
        if saved is not None and not key and uid in ("", saved.uid):
            if same_origin(saved.server, self.server):
                return Credentials(app=app, auth_token=saved.auth_token)
            withheld = withheld or self._why("saved sign-in", saved.server)
        return Credentials(app=app, uid=uid, api_key=key, withheld=withheld)

    def _of(self, name: str, words: str) -> tuple[str, str]:
        """The secret, or why it is kept back."""
        secret = str(self._choices.get(name) or "")
        # Missing is: typed for this very thing. Empty is: kept, and no server named with it.
        owner = self._choices.get("owners", {}).get(name, self.server) or DEFAULT_SERVER
        if not secret or same_origin(owner, self.server):
            return secret, ""
        return "", self._why(words, owner)

    def _why(self, words: str, owner: str) -> str:
        return whose_words(words, owner, self.server, by_link=self._by_link)


def _own_name() -> str:
    """What a guest is called who gives no name: as this machine knows them."""
    try:
        return clean(getpass.getuser(), 40).capitalize()
    except (OSError, KeyError):  # no such user in the password file
        return "Guest"


def _app(
    choices: Mapping[str, Any], saved: SavedLogin | None, asked: str, *, by_link: bool
) -> AppSettings:
    """The server that is named, or the app of CometChat's cloud, or where somebody signed in last.

    Raises:
        CallsError: Both are, by flags.
    """
    explicit = choices.get("explicit", frozenset())
    app_id = choices.get("app_id")
    if {"app_id", "server"} <= explicit:
        raise CallsError(
            ErrorCode.VALIDATION,
            "--app-id is an app of CometChat's cloud, and --server a server of your own. Give one.",
            field="appId",
        )
    if app_id and not by_link and ("app_id" in explicit or not asked):
        app = cloud_app(choices)
        check_app(app)
        return app
    if asked:
        return AppSettings(server=complete(asked))
    return saved.app if saved is not None else AppSettings(server=DEFAULT_SERVER)


def _no_session() -> CallsError:
    return CallsError(ErrorCode.SESSION_ID_MISSING, "The session ID is empty.")


def _livekit_url(server: str, token: str) -> str:
    if not token:
        raise CallsError(
            ErrorCode.AUTH_TOKEN_MISSING,
            f"{clean(server, 80)} is a LiveKit address, which needs an access token: --token.",
        )
    return server


def _settings(choices: Mapping[str, Any]) -> dict[str, Any]:
    path = choices.get("settings_file")
    raw = _read_settings(Path(path)) if path else {}
    parse_settings(raw)
    names = {snake: camel for snake, camel, *_ in settings_table()}
    settings = {names.get(key, key): value for key, value in raw.items()}
    for choice, field, value in (
        ("name", "display_name", choices.get("name")),
        ("title", "title", choices.get("title")),
        ("captions_language", "caption_language", choices.get("captions_language")),
        ("muted", "start_audio_muted", choices.get("muted") or None),
        ("no_video", "start_video_paused", choices.get("no_video") or None),
    ):
        if value is not None and choice in choices:
            settings[camel_case(field)] = value
    parse_settings(settings)
    return settings


def _read_settings(path: Path) -> dict[str, Any]:
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise _bad_file(path, f"can't be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise _bad_file(path, f"is not JSON: {error}") from error
    if not isinstance(raw, dict):
        raise _bad_file(path, 'holds no object; expected {"field": value, ...}')
    return raw


def _bad_file(path: Path, problem: str) -> CallsError:
    return CallsError(
        ErrorCode.VALIDATION,
        f"settings: the file {clean(str(path), 120)} {clean(problem, 160)}.",
        field="settings",
    )


def _log(name: str, choices: Mapping[str, Any], *, plain: bool) -> str:
    path = str(choices.get(name) or "")
    if path and not plain:
        raise CallsError(
            ErrorCode.VALIDATION,
            f"--{name.replace('_', '-')} copies lines of plain mode. Add --plain, or leave it out.",
            field=name,
        )
    return path


def _captions(choices: Mapping[str, Any]) -> str:
    word = str(choices.get("captions") or "off")
    if word not in CAPTION_WORDS:
        told = f"captions came as {clean(word, 40)}; allowed: {', '.join(CAPTION_WORDS)}."
        raise CallsError(ErrorCode.VALIDATION, told, field="captions")
    return word


@contextmanager
def _saying_where_it_is_from(choices: Mapping[str, Any]) -> Iterator[None]:
    """Where a wrong value was found, for a person who did not type it."""
    try:
        yield
    except CallsError as error:
        if error.field in choices.get("explicit", (error.field,)):
            raise
        raise CallsError(
            error.code,
            f"{error.description} It is in CELLCALL_{str(error.field).upper()} or the config file.",
            field=error.field,
        ) from None


def _quality(choices: Mapping[str, Any]) -> QualityChoice:
    quality, rate = choices.get("quality"), choices.get("max_bitrate")
    return QualityChoice(
        parse_quality(str(quality)) if quality else _usual_quality(choices),
        parse_bitrate(str(rate)) if rate else None,
    )


def _media(choices: Mapping[str, Any]) -> MediaChoice:
    names = {role: str(choices[role]) for role in _MEDIA_ROLES if choices.get(role)}
    for role, name in names.items():
        parse_media_name(name, role=role)
    share = str(choices.get("share") or "")
    if share:
        parse_share_name(share)
    record = str(choices.get("record") or "")
    if choices.get("cast") and not record:  # its sound; and whoever is on the screen is told
        record = str(PurePath(str(choices["cast"])).with_suffix(".mkv"))
    return MediaChoice(
        **names,  # type: ignore[arg-type]  # volumes is no role
        share=share,
        captions_model=whole_path(str(model)) if (model := choices.get("captions_model")) else "",
        own_captions=bool(choices.get("own_captions")),
        record=recording_path(record, "") if record else "",
        record_pictures=str(choices.get("record_video") or Pictures.SMALL),
    )


def _usual_quality(choices: Mapping[str, Any]) -> PictureQuality:
    """In the accessible profile, pictures come when they are asked for."""
    return PictureQuality.AUDIO if choices.get("a11y") else PictureQuality.AUTO
