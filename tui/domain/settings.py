"""SessionSettings: the join-time configuration, every field of spec cometchat-calls (b).

One dataclass is the table: its fields, defaults, kinds and help are what validation, the help
text and the property tests are made from. Input is camelCase (a web app's JSON) or snake_case.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import field, fields
from enum import StrEnum
from typing import Any, Final

from tui.domain.errors import CallsError, ErrorCode
from tui.domain.frozen import dataclass
from tui.domain.text import clean


class SessionType(StrEnum):
    """VOICE acquires no camera and draws avatars only."""

    VIDEO = "VIDEO"
    VOICE = "VOICE"


class Layout(StrEnum):
    """How tiles are arranged (spec cometchat-calls (i))."""

    TILE = "TILE"
    SIDEBAR = "SIDEBAR"
    SPOTLIGHT = "SPOTLIGHT"


class CameraFacing(StrEnum):
    """Which camera to prefer when no device is named."""

    FRONT = "FRONT"
    REAR = "REAR"


class Kind(StrEnum):
    """What a settings field accepts."""

    FLAG = "true or false"
    TEXT = "text"
    MILLISECONDS = "a whole number of milliseconds, 1 or more"
    CHOICE = "one of"
    BACKGROUND = "an object with enableV2, assetsBaseUrl, images, allowUserImages, allowBlur"


_MAX_TEXT = 500
_MAX_MILLISECONDS = 24 * 60 * 60 * 1000


def _setting(
    kind: Kind,
    default: Any,
    help_text: str,
    choices: type[StrEnum] | None = None,
    *,
    works: bool = True,
) -> Any:
    """A field; one that does not work here is accepted, and whoever sets it is told."""
    return field(
        default=default,
        metadata={"kind": kind, "help": help_text, "choices": choices, "works": works},
    )


def _flag(default: bool, help_text: str, *, works: bool = True) -> Any:
    return _setting(Kind.FLAG, default, help_text, works=works)


REGIONS: Final = ("us", "eu", "in", "in-private")
"""Of CometChat's cloud."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppSettings:
    """What `init` takes: which app on which service; without a server one of CometChat's cloud."""

    app_id: str = "cellcall"
    region: str = "us"
    auth_key: str = ""
    """Default API key for `login`; may be empty."""

    server: str = ""
    """One origin for all three services (`http://127.0.0.1:7880`); empty: CometChat's cloud."""

    admin_host: str = ""
    """Overrides the `api` service's URL, used verbatim."""
    client_host: str = ""
    """Overrides the `apiclient` service's URL, used verbatim."""
    host: str = ""
    """Overrides the `call` service's URL, used verbatim."""

    @property
    def address(self) -> str:
        """Where people sign in: the server that keys and tokens of this app belong to."""
        cloud = f"https://{self.app_id}.api-{self.region.lower()}.cometchat.io"
        return self.server or self.admin_host or self.client_host or cloud


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSettings:
    """Settings of one join. Make it with `parse_settings`, which validates."""

    session_type: SessionType = _setting(
        Kind.CHOICE, SessionType.VIDEO, "VOICE: no camera, avatars only", SessionType
    )
    layout: Layout = _setting(Kind.CHOICE, Layout.TILE, "layout to start with", Layout)
    initial_camera_facing: CameraFacing | None = _setting(
        Kind.CHOICE, None, "camera to prefer when no device is named", CameraFacing, works=False
    )
    display_name: str = _setting(Kind.TEXT, "", "overrides the name from the token")
    title: str = _setting(Kind.TEXT, "", "header text; the session ID when empty")
    start_audio_muted: bool = _flag(False, "join with the microphone off")
    start_video_paused: bool = _flag(False, "join with the camera off")
    auto_start_recording: bool = _flag(False, "start recording when you become moderator")
    auto_start_transcription: bool = _flag(False, "moderator: the server keeps what is said")
    caption_language: str = _setting(
        Kind.TEXT, "en-US", "language of your own captions; empty: by its sound"
    )
    stream_url: str | None = _setting(
        Kind.TEXT, None, "RTMP address for live streaming", works=False
    )
    stream_key: str | None = _setting(Kind.TEXT, None, "RTMP key for live streaming", works=False)
    idle_timeout_period_before_prompt: int = _setting(
        Kind.MILLISECONDS, 60_000, "time alone before the prompt [ms]"
    )
    idle_timeout_period_after_prompt: int = _setting(
        Kind.MILLISECONDS, 180_000, "time from the prompt to leaving [ms]"
    )
    is_peer_call: bool = _flag(False, "one-to-one call: leaving ends it for both")
    enable_notifications: bool = _flag(True, "show toasts")
    enable_participant_context_menu: bool = _flag(True, "menu on a tile")
    enable_spotlight_drag: bool = _flag(
        True, "move your own picture in SPOTLIGHT: j takes it from corner to corner, then swaps"
    )
    unstable_headless_mode: bool = _flag(
        False, "with VOICE: the library draws nothing; a command has --headless"
    )
    hide_control_panel: bool = _flag(False, "hide the key row")
    hide_leave_session_button: bool = _flag(False, "hide the leave key")
    hide_header_panel: bool = _flag(False, "hide the header")
    hide_raise_hand_button: bool = _flag(False, "hide the raise-hand key")
    hide_change_layout_button: bool = _flag(False, "hide the layout key")
    hide_toggle_audio_button: bool = _flag(False, "hide the microphone key")
    hide_toggle_video_button: bool = _flag(False, "hide the camera key")
    hide_participant_list_button: bool = _flag(False, "hide the people key")
    hide_session_timer: bool = _flag(False, "hide the timer")
    hide_recording_status_indicator: bool = _flag(False, "hide who records from the header")
    hide_streaming_status_indicator: bool = _flag(
        False, "nothing to hide here: nothing is broadcast"
    )
    hide_switch_camera_button: bool = _flag(False, "nothing to hide here: no such key")
    hide_screen_sharing_button: bool = _flag(False, "hide the share key")
    hide_virtual_background_button: bool = _flag(False, "nothing to hide here: no such key")
    hide_recording_button: bool = _flag(True, "hide the record key")
    hide_streaming_button: bool = _flag(True, "hide the streaming key", works=False)
    hide_share_invite_button: bool = _flag(True, "hide the invite key")
    hide_chat_button: bool = _flag(True, "hide the chat key")
    hide_network_indicator: bool = _flag(True, "hide network quality on tiles")
    hide_closed_caption_button: bool = _flag(True, "hide the captions key")
    hide_transcription_button: bool = _flag(True, "hide the transcription key", works=False)
    enable_noise_reduction: bool = _flag(True, "filter noise from the microphone")
    audio_input_device_id: str | None = _setting(Kind.TEXT, None, "microphone to use")
    audio_output_device_id: str | None = _setting(Kind.TEXT, None, "speaker to use")
    video_input_device_id: str | None = _setting(Kind.TEXT, None, "camera to use")
    virtual_background: Mapping[str, Any] | None = _setting(
        Kind.BACKGROUND, None, "picture behind you", works=False
    )


def camel_case(snake: str) -> str:
    """`start_audio_muted` -> `startAudioMuted`; the two `unstable_` words keep their underscore."""
    if snake.startswith("unstable_"):
        return "unstable_" + camel_case(snake.removeprefix("unstable_"))
    head, *rest = snake.split("_")
    return head + "".join(word.capitalize() for word in rest)


_FIELDS = {item.name: item for item in fields(SessionSettings)}
_BY_ANY_NAME = {**{name: name for name in _FIELDS}, **{camel_case(n): n for n in _FIELDS}}

_BACKGROUND_KINDS: Mapping[str, type] = {
    "enableV2": bool,
    "assetsBaseUrl": str,
    "images": list,
    "allowUserImages": bool,
    "allowBlur": bool,
}


def settings_table() -> list[tuple[str, str, Kind, Any, str]]:
    """(snake_case, camelCase, kind, default, help) of every field, in order."""
    return [
        (name, camel_case(name), item.metadata["kind"], item.default, item.metadata["help"])
        for name, item in _FIELDS.items()
    ]


def allowed_values(name: str) -> str:
    """What the field `name` (snake_case) takes, in words."""
    kind: Kind = _FIELDS[name].metadata["kind"]
    choices: type[StrEnum] | None = _FIELDS[name].metadata["choices"]
    return str(kind) if choices is None else ", ".join(str(choice) for choice in choices)


def works_here(name: str) -> bool:
    """Whether the field `name` (snake_case) does anything; the others are only accepted."""
    return bool(_FIELDS[name].metadata["works"])


def without_effect(settings: SessionSettings) -> tuple[str, ...]:
    """The fields (camelCase) that ask for something this client can't do."""
    return tuple(
        camel_case(name)
        for name, item in _FIELDS.items()
        if not works_here(name) and getattr(settings, name) != item.default
    )


def parse_settings(raw: object) -> SessionSettings:
    """Validate what a caller passed as settings.

    Args:
        raw: A mapping of field names (camelCase or snake_case) to values, a `SessionSettings`,
            or None for all defaults.

    Raises:
        CallsError: `VALIDATION_ERROR` with `field`, naming what came and what is allowed; for an
            unknown key also the nearest known name.
    """
    if raw is None:
        return SessionSettings()
    if isinstance(raw, SessionSettings):
        raw = {name: getattr(raw, name) for name in _FIELDS}
    if not isinstance(raw, Mapping):
        raise _invalid("settings", f"came as {_told(raw)}; expected an object of settings fields")
    values: dict[str, Any] = {}
    for key, value in raw.items():
        name = _BY_ANY_NAME.get(key) if isinstance(key, str) else None
        if name is None:
            raise _unknown_key(key)
        if name in values:
            raise _invalid(
                camel_case(name), "given twice, in camelCase and in snake_case; keep one"
            )
        values[name] = _checked(name, value)
    return SessionSettings(**values)


def _unknown_key(key: object) -> CallsError:
    told = clean(str(key), 60)
    near = difflib.get_close_matches(told, _BY_ANY_NAME, n=1, cutoff=0.4)
    hint = f" Did you mean {near[0]}?" if near else ""
    return _invalid(told or "(empty)", f"is not a settings field.{hint}")


def _invalid(name: str, problem: str) -> CallsError:
    return CallsError(ErrorCode.VALIDATION, f"{name}: {problem}", field=name)


def _told(value: object) -> str:
    return f"{clean(repr(value), 60)} ({type(value).__name__})"


def _checked(name: str, value: Any) -> Any:
    item = _FIELDS[name]
    camel = camel_case(name)
    kind: Kind = item.metadata["kind"]
    if value is None and item.default is None:
        return None
    if kind is Kind.FLAG:
        if isinstance(value, bool):
            return value
        raise _invalid(camel, f"came as {_told(value)}; allowed: true or false")
    if kind is Kind.MILLISECONDS:
        whole = isinstance(value, int) and not isinstance(value, bool)
        if whole and 1 <= value <= _MAX_MILLISECONDS:
            return value
        raise _invalid(
            camel, f"came as {_told(value)}; allowed: 1 to {_MAX_MILLISECONDS} milliseconds"
        )
    if kind is Kind.TEXT:
        if isinstance(value, str) and len(value) <= _MAX_TEXT:
            return clean(value, _MAX_TEXT)
        raise _invalid(camel, f"came as {_told(value)}; allowed: text of {_MAX_TEXT} at most")
    if kind is Kind.BACKGROUND:
        return _checked_background(camel, value)
    choices: type[StrEnum] = item.metadata["choices"]
    if isinstance(value, str) and value in {str(choice) for choice in choices}:
        return choices(value)
    near = (
        difflib.get_close_matches(value.upper(), [str(c) for c in choices], n=1, cutoff=0.5)
        if isinstance(value, str)
        else []
    )
    hint = f" Did you mean {near[0]}?" if near else ""
    allowed = ", ".join(str(choice) for choice in choices)
    raise _invalid(camel, f"came as {_told(value)}; allowed: {allowed}.{hint}")


def _checked_background(camel: str, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise _invalid(camel, f"came as {_told(value)}; allowed: {Kind.BACKGROUND}")
    for key, inner in value.items():
        wanted = _BACKGROUND_KINDS.get(key) if isinstance(key, str) else None
        if wanted is None:
            raise _invalid(
                camel, f"has no field {clean(str(key), 60)}; it has {', '.join(_BACKGROUND_KINDS)}"
            )
        if not isinstance(inner, wanted):
            raise _invalid(camel, f"{key} came as {_told(inner)}; allowed: {wanted.__name__}")
    return dict(value)
