"""What a person chose: flag over environment over config file over what fits this terminal.

Read with the standard library: pydantic-settings costs 0.4 s at every start, to check ten names.
"""

from __future__ import annotations

import difflib
import os
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from tui.cli import folders
from tui.cli.report import CommandError
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.frozen import dataclass
from tui.domain.keymap import KeyMap, key_map
from tui.domain.settings import AppSettings
from tui.domain.text import clean
from tui.wire.address import complete

TEXT_KEYS: Final = (
    "server", "app_id", "region", "admin_host", "client_host", "host",
    "user", "name", "api_key", "auth_token", "camera", "microphone", "speaker", "theme",
    "glyphs", "colours",
    "quality", "max_bitrate", "speak", "bell", "captions",
    "captions_model", "captions_language",
)  # fmt: skip
FLAG_KEYS: Final = (
    "plain",
    "muted",
    "no_video",
    "a11y",
    "reduced_motion",
    "large_targets",
    "no_mouse",
    "now",
    "earcons",
    "keep",
    "own_captions",
)
SECRET_KEYS: Final = ("api_key", "auth_token", "token", "password")
"""What goes to the server it is for, and nowhere else."""
_ENVIRONMENT: Final = {
    "CELLCALL_SERVER": "server",
    "CELLCALL_APP_ID": "app_id",
    "CELLCALL_REGION": "region",
    "CELLCALL_ADMIN_HOST": "admin_host",
    "CELLCALL_CLIENT_HOST": "client_host",
    "CELLCALL_HOST": "host",
    "CELLCALL_USER": "user",
    "CELLCALL_NAME": "name",
    "CELLCALL_API_KEY": "api_key",
    "CELLCALL_AUTH_TOKEN": "auth_token",
    "CELLCALL_TOKEN": "token",
    "CELLCALL_PASSWORD": "password",
    "CELLCALL_CAMERA": "camera",
    "CELLCALL_MICROPHONE": "microphone",
    "CELLCALL_SPEAKER": "speaker",
    "CELLCALL_GLYPHS": "glyphs",
    "CELLCALL_COLOURS": "colours",
    "CELLCALL_QUALITY": "quality",
    "CELLCALL_MAX_BITRATE": "max_bitrate",
    "CELLCALL_SPEAK": "speak",
    "CELLCALL_BELL": "bell",
    "CELLCALL_CAPTIONS": "captions",
    "CELLCALL_CAPTIONS_MODEL": "captions_model",
    "CELLCALL_CAPTIONS_LANGUAGE": "captions_language",
}
_PLAIN_VARIABLES: Final = ("CELLCALL_PLAIN", "ACCESSIBLE")
_OTHER_VARIABLES: Final = ("CELLCALL_KEYS", "CELLCALL_DEBUG", "CELLCALL_LINK", "CELLCALL_SEAL_KEY")
"""Read where they are needed."""
_MOST_BYTES: Final = 1 << 20
_NO: Final = ("", "0", "no", "off", "false")


@dataclass(frozen=True, slots=True)
class Mode:
    """Which front end, and why."""

    plain: bool
    reason: str
    """`flag`, `environment`, `config file`, `no terminal`, `TERM is dumb`; empty for the app."""


def merged(flags: Mapping[str, Any], environment: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """Every choice by name; None or absent flags fall through to environment and config file.

    Raises:
        CommandError: The config file can't be used.
    """
    values: dict[str, Any] = {}
    for source in _sources(flags, environment):
        values |= source
    return values


def chosen(flags: Mapping[str, Any], environment: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """`merged`, and what was a flag (`explicit`), and whose the secrets are (`owners`).

    Raises:
        CommandError: The config file can't be used.
    """
    owners = _owners(_sources(flags, environment))
    return merged(flags, environment) | {"explicit": frozenset(flags), "owners": owners}


def _sources(
    flags: Mapping[str, Any], environment: Mapping[str, str]
) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Config file, environment, flags: each goes before those in front of it."""
    return (
        read_config_file(),
        {key: environment[name] for name, key in _ENVIRONMENT.items() if environment.get(name)},
        {key: value for key, value in flags.items() if value is not None},
    )


def _owners(sources: tuple[dict[str, Any], ...]) -> dict[str, str]:
    """By secret, the address of the server it is for.

    That is the server named beside it; where none is, the one named in the nearest of the other
    sources. A secret that was typed into a command which names no server is missing here: it is for
    what the command is about. Empty: for the server on this machine; that of last time may be one
    that a link named.
    """
    whole = sources[0] | sources[1] | sources[2]
    named = [_server_named(source, whole) for source in sources]
    owners = {}
    for secret in SECRET_KEYS:
        holding = [number for number, source in enumerate(sources) if source.get(secret)]
        if not holding:
            continue
        owner = named[holding[-1]] or next((one for one in reversed(named) if one), "")
        if owner or sources[holding[-1]] is not sources[-1]:
            owners[secret] = owner
    return owners


def _server_named(source: Mapping[str, Any], whole: Mapping[str, Any]) -> str:
    """The address of the server that a source names, or of its app of CometChat's cloud."""
    if source.get("server"):
        return complete(str(source["server"]))
    return cloud_app(whole).address if source.get("app_id") else ""


def cloud_app(choices: Mapping[str, Any]) -> AppSettings:
    """The app of CometChat's cloud that choices name."""
    given = {
        name: str(choices[name])
        for name in ("app_id", "region", "admin_host", "client_host", "host")
        if choices.get(name)
    }
    return AppSettings(**given)


def unknown_variables(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Variables that look like ours and are not, each with the known one it is nearest to.

    They are no error: another program, or a later cellcall, may know them.
    """
    known = (*_ENVIRONMENT, *_PLAIN_VARIABLES, *_OTHER_VARIABLES)
    return {
        name: next(iter(difflib.get_close_matches(name, known, n=1, cutoff=0.8)), "")
        for name in sorted(environment)
        if name.startswith("CELLCALL_") and name not in known
    }


def choose_mode(
    flag: bool | None,
    config: Mapping[str, Any],
    environment: Mapping[str, str] = os.environ,
    *,
    has_terminal: bool | None = None,
) -> Mode:
    """The app or plain mode.

    Args:
        flag: True for `--plain`, False for `--tui`, None for neither.
        config: What the config file says.
        environment: Variables.
        has_terminal: Whether standard input and output are one; None: look.

    Raises:
        CommandError: `--tui` without a terminal.
    """
    if has_terminal is None:
        has_terminal = sys.stdin.isatty() and sys.stdout.isatty()
    if flag is True:
        return Mode(True, "flag")
    if flag is False:
        if not has_terminal:
            raise CommandError(
                "The app needs a terminal, and standard input or output is not one.",
                "Use --plain for lines, or --headless for no screen at all.",
            )
        return Mode(False, "")
    for variable in _PLAIN_VARIABLES:
        if variable in environment:
            if environment[variable].strip().lower() not in _NO:
                return Mode(True, "environment")
            break
    else:
        if config.get("plain"):
            return Mode(True, "config file")
    if not has_terminal:
        return Mode(True, "no terminal")
    if environment.get("TERM", "dumb") == "dumb":
        return Mode(True, "TERM is dumb")
    return Mode(False, "")


def mode_flag(flags: Mapping[str, Any]) -> bool | None:
    """What flags say of the front end: True for plain mode, False for the app, None for neither.

    Raises:
        CommandError: Flags that contradict one another.
    """
    plain: bool | None = flags.get("plain")
    if not flags.get("json"):
        return plain
    if plain is False or flags.get("headless"):
        other = "--headless" if flags.get("headless") else "--tui"
        raise CommandError(
            f"--json is plain mode for programs, and {other} is something else.",
            f"Leave out {other}, or --json.",
        )
    return True


def read_config_file(path: Path | None = None) -> dict[str, Any]:
    """The config file's values by name; empty when there is no file.

    Raises:
        CommandError: Unreadable, not TOML, an unknown name or a wrong type.
    """
    path = path or folders.config_file()
    if path.exists() and not (path.is_file() or path.is_dir()):
        # A pipe that nobody writes to would be waited for, at every start.
        raise CommandError(f"{path} can't be used: it is not a plain file.", "Remove it.")
    try:
        if path.exists() and (size := path.stat().st_size) > _MOST_BYTES:
            raise CommandError(
                f"{path} can't be used: it has {size} bytes; a config file has {_MOST_BYTES} at "
                "most.",
                "Correct or remove that file.",
            )
        # Editors of other systems begin a file with a byte order mark, which TOML has not.
        raw = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return {}
    except RecursionError as error:
        told = "it is nested too deeply"
        raise CommandError(
            f"{path} can't be used: {told}.", "Correct or remove that file."
        ) from error
    except (OSError, ValueError) as error:
        match error:
            case OSError():
                why = error.strerror or str(error)
            case tomllib.TOMLDecodeError() | UnicodeDecodeError():
                why = clean(str(error))
            case _:  # more digits than Python reads
                why = "it holds a number of thousands of digits"
        raise CommandError(
            f"{path} can't be used: {why}.", "Correct or remove that file."
        ) from error
    for key, value in raw.items():
        if key != "keys":  # see `keys_of`
            _check(path, key, value)
    # Saying no in the file is the same as saying nothing.
    return {key: value for key, value in raw.items() if value is not False}


def keys_of(choices: Mapping[str, Any]) -> KeyMap:
    """What a person's keys mean.

    Raises:
        CommandError: The config file has under `keys` what there is not.
    """
    table = choices.get("keys", {})
    try:
        if not isinstance(table, dict) or not {*table} <= {"mode", "map"}:
            raise CallsError(
                ErrorCode.VALIDATION,
                f"keys came as {clean(repr(table), 80)}; allowed: mode, and a table keys.map.",
            )
        return key_map(table.get("mode", ""), _flat(table.get("map", {})))
    except CallsError as error:
        raise CommandError(error.description, "Correct it in the config file.") from None


def _flat(table: Any, name: str = "") -> dict[str, str]:
    """By an action's id, its keys; for TOML, `mic.toggle` without quotes is a table in a table."""
    if isinstance(table, str) and name:
        return {name: table}
    if not isinstance(table, dict):
        raise CallsError(
            ErrorCode.VALIDATION,
            f"keys.map: {clean(name, 40)} came as {clean(repr(table), 40)}; allowed: keys in "
            'quotes, such as "mic.toggle" = "m,f2".',
        )
    flat: dict[str, str] = {}
    for key, value in table.items():
        flat |= _flat(value, f"{name}.{key}" if name else key)
    return flat


def _check(path: Path, key: str, value: Any) -> None:
    known = (*TEXT_KEYS, *FLAG_KEYS)
    if key not in known:
        near = difflib.get_close_matches(key, known, n=1)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise CommandError(
            f"{path}: {clean(key, 40)} is not a known name.{hint}", f"Known: {', '.join(known)}."
        )
    wanted = bool if key in FLAG_KEYS else str
    if not isinstance(value, wanted):
        allowed = "true or false" if wanted is bool else "text in quotes"
        raise CommandError(
            f"{path}: {key} came as {clean(repr(value), 60)}; allowed: {allowed}.",
            "Correct that line.",
        )
