"""What callers pass, checked before anything happens: whatever comes in, `CallsError` comes out.

Shapes only, which is what a typed engine can't be sent; whether a value is right is said by whoever
uses it (an empty session ID, a uid with spaces), in the SDK's own order.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import fields
from enum import StrEnum
from typing import Final, TypeVar

from tui.domain.errors import CallsError, ErrorCode
from tui.domain.settings import AppSettings, camel_case
from tui.domain.text import clean
from tui.sdk.refusals import invalid

E = TypeVar("E", bound=StrEnum)

_APP_FIELDS: Final = {item.name: item.name for item in fields(AppSettings)}
_APP_NAMES: Final = {**_APP_FIELDS, **{camel_case(name): name for name in _APP_FIELDS}}


def text(value: object, name: str, *, none_is_empty: bool = False) -> str:
    """Text, which may be empty.

    Args:
        value: What came.
        name: The argument's.
        none_is_empty: Whether None means the same as empty text, as in the SDK.

    Raises:
        CallsError: `VALIDATION_ERROR` for what is no text.
    """
    if value is None and none_is_empty:
        return ""
    if not isinstance(value, str):
        raise invalid(name, value, "text")
    # A lone surrogate can be in a JSON text, and can't be sent to anybody.
    return value.encode("utf-8", "replace").decode()


def flag(value: object, name: str) -> bool:
    """True or false, and nothing that merely counts as one."""
    if not isinstance(value, bool):
        raise invalid(name, value, "true or false")
    return value


def whole(value: object, name: str, least: int, most: int) -> int:
    """A whole number in a range."""
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise invalid(name, value, f"a whole number, {least} to {most}")
    return value


def choice(value: object, name: str, kind: type[E]) -> E:
    """One word of a list."""
    if not isinstance(value, str) or value not in {str(one) for one in kind}:
        raise invalid(name, value, ", ".join(str(one) for one in kind))
    return kind(value)


def app_settings(given: object, more: Mapping[str, object]) -> AppSettings:
    """What `init` takes: a mapping in camelCase or snake_case, an `AppSettings`, or keywords.

    Raises:
        CallsError: `VALIDATION_ERROR` naming the field.
    """
    if isinstance(given, AppSettings):
        given = {name: getattr(given, name) for name in _APP_FIELDS}
    if not (given is None or isinstance(given, Mapping)):
        raise invalid("settings", given, "an object with server, or with appId and region")
    values: dict[str, str] = {}
    for key, value in (*(given or {}).items(), *more.items()):
        name = _APP_NAMES.get(key) if isinstance(key, str) else None
        if name is None:
            raise _unknown(key)
        if name in values:
            raise CallsError(
                ErrorCode.VALIDATION, f"{camel_case(name)}: given twice; keep one.", field=name
            )
        values[name] = text(value, camel_case(name))
    if not values.get("server") and not values.get("app_id"):
        raise CallsError(
            ErrorCode.VALIDATION,
            "appId: came as nothing; expected the app's ID, or server with an address.",
            field="appId",
        )
    return AppSettings(**values)


def flat(settings: object) -> object:
    """The nested settings of `init_from_settings` as those of `init`."""
    if not isinstance(settings, Mapping):
        return settings
    flattened = {key: settings[key] for key in ("appId", "region", "server") if key in settings}
    for group, known in (
        ("credentials", ("authKey",)),
        ("callsSDK", ("adminHost", "clientHost", "host")),
    ):
        inner = settings.get(group, {})
        if not isinstance(inner, Mapping):
            raise invalid(group, inner, f"an object with {', '.join(known)}")
        flattened.update({key: inner[key] for key in known if key in inner})
    return flattened


def _unknown(key: object) -> CallsError:
    told = clean(str(key), 60)
    near = difflib.get_close_matches(told, _APP_NAMES, n=1, cutoff=0.4)
    hint = f" Did you mean {near[0]}?" if near else ""
    return CallsError(
        ErrorCode.VALIDATION, f"{told or '(empty)'}: is not a field of init.{hint}", field=told
    )
