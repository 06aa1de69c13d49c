"""From what was typed to what is to be done: one plan for every front end.

Mistakes are found in the order the SDK finds them: the settings, the session, the login.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from tui.cli.saved_login import SavedLogin
from tui.domain.device_choice import MediaChoice
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.media import parse_media_name
from tui.domain.quality import PictureQuality, QualityChoice, parse_bitrate, parse_quality
from tui.domain.settings import AppSettings, camel_case, parse_settings, settings_table
from tui.domain.text import clean
from tui.linear.plan import StartPlan
from tui.wire.address import JoinLink, complete, parse_join_link, read_address, url_scheme

DEFAULT_SERVER: Final = "http://127.0.0.1:7880"
"""Where `cellcall serve` listens unless told otherwise."""

_MEDIA_ROLES: Final = ("camera", "microphone", "speaker")


def make_plan(
    target: str | None, choices: Mapping[str, Any], saved: SavedLogin | None, *, reason: str = ""
) -> StartPlan:
    """Check everything that can be checked before anything is opened.

    Args:
        target: A session ID, a join link, a `wss://` address; None to choose from a menu.
        choices: By option name: `server`, `user`, `api_key`, `auth_token`, `token`, `name`,
            `title`, `muted`, `no_video`, `settings_file`, `camera`, `microphone`, `speaker`,
            `quality`, `max_bitrate`, `duration`, `log`, `json`,
            and `explicit` (what was given as flags).
        saved: The login of an earlier run.
        reason: Why plain mode, for its first line.

    Raises:
        CallsError: What does not fit.
    """
    settings = _settings(choices)
    with _saying_where_it_is_from(choices):
        media, quality = _media(choices), _quality(choices)
    server, token = str(choices.get("server") or ""), str(choices.get("token") or "")
    session_id = ""
    if target is not None:
        link = parse_join_link(target)
        if link is not None:
            server, session_id, token = _of_link(link, token)
        elif url_scheme(target) in ("ws", "wss"):
            server = target.strip()
        else:
            session_id = _session_id(target)
    common: dict[str, Any] = {
        "reason": reason,
        "settings": settings,
        "media": media,
        "quality": quality,
        "log": _log(choices, plain=bool(reason)),
        "json": bool(choices.get("json")),
        "duration_s": float(choices.get("duration") or 0.0),
    }
    if url_scheme(server) in ("ws", "wss"):
        return StartPlan(url=_livekit_url(server, token), token=token, **common)
    if target is not None and not session_id and not token:
        raise _no_session()
    server = complete(server) or (saved.server if saved else DEFAULT_SERVER)
    read_address(server, field="server")
    app = AppSettings(server=server)
    if token:
        return StartPlan(app=app, session_id=session_id, token=token, **common)
    common |= _login(choices, saved, server)
    return StartPlan(app=app, session_id=session_id, **common)


def check_login(plan: StartPlan, *, can_ask: bool) -> None:
    """A session needs somebody logged in, unless the plan has a token or can ask.

    Raises:
        CallsError: `ERROR_AUTH_TOKEN_MISSING`.
    """
    if not (plan.token or plan.uid or plan.auth_token or can_ask):
        raise CallsError(ErrorCode.AUTH_TOKEN_MISSING, "Nobody is logged in.")


def _no_session() -> CallsError:
    return CallsError(ErrorCode.SESSION_ID_MISSING, "The session ID is empty.")


def _session_id(target: str) -> str:
    text = target.strip()
    if not text:
        raise _no_session()
    if "://" in text:
        raise CallsError(
            ErrorCode.VALIDATION,
            f"{clean(text, 80)} is no join link; expected http(s)://HOST/join/SESSION.",
            field="session",
        )
    return text


def _of_link(link: JoinLink, token: str) -> tuple[str, str, str]:
    return link.server, link.session_id, token or link.token


def _livekit_url(server: str, token: str) -> str:
    if not token:
        raise CallsError(
            ErrorCode.AUTH_TOKEN_MISSING,
            f"{clean(server, 80)} is a LiveKit address, which needs an access token: --token.",
        )
    return server


def _login(choices: Mapping[str, Any], saved: SavedLogin | None, server: str) -> dict[str, str]:
    explicit = choices.get("explicit", frozenset())
    uid, key = str(choices.get("user") or ""), str(choices.get("api_key") or "")
    auth_token = str(choices.get("auth_token") or "")
    if auth_token and ("auth_token" in explicit or "user" not in explicit):
        return {"auth_token": auth_token}
    here = saved if saved is not None and saved.server.rstrip("/") == server else None
    if here is not None and not key and uid in ("", here.uid):
        return {"auth_token": here.auth_token}
    return {"uid": uid, "api_key": key}


def _settings(choices: Mapping[str, Any]) -> dict[str, Any]:
    path = choices.get("settings_file")
    raw = _read_settings(Path(path)) if path else {}
    parse_settings(raw)
    names = {snake: camel for snake, camel, *_ in settings_table()}
    settings = {names.get(key, key): value for key, value in raw.items()}
    for choice, field, value in (
        ("name", "display_name", choices.get("name")),
        ("title", "title", choices.get("title")),
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


def _log(choices: Mapping[str, Any], *, plain: bool) -> str:
    path = str(choices.get("log") or "")
    if path and not plain:
        raise CallsError(
            ErrorCode.VALIDATION,
            "--log copies the lines of plain mode. Add --plain, or leave it out.",
            field="log",
        )
    return path


@contextmanager
def _saying_where_it_is_from(choices: Mapping[str, Any]) -> Iterator[None]:
    """Whoever did not type a wrong value wants to know where it was found."""
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
        parse_quality(str(quality)) if quality else PictureQuality.AUTO,
        parse_bitrate(str(rate)) if rate else None,
    )


def _media(choices: Mapping[str, Any]) -> MediaChoice:
    names = {role: str(choices[role]) for role in _MEDIA_ROLES if choices.get(role)}
    for role, name in names.items():
        parse_media_name(name, role=role)
    return MediaChoice(**names)  # type: ignore[arg-type]  # volumes is none of the roles
