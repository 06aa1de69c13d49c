"""`cellcall settings`: what `--settings FILE` may hold."""

from __future__ import annotations

from typing import Final

from tui.domain.settings import allowed_values, settings_table, works_here

_HEADER: Final = ("Setting", "Default", "Allowed, and what it does")


def settings_text() -> str:
    """Every field of the session settings, one line each."""
    rows = [_HEADER, *(_row(*entry) for entry in settings_table())]
    widths = [max(len(row[column]) for row in rows) for column in range(2)]
    lines = [
        f"{name.ljust(widths[0])}  {default.ljust(widths[1])}  {text}"
        for name, default, text in rows
    ]
    return "\n".join([*lines, "", *_ENDING]) + "\n"


_ENDING: Final = (
    'A file of them is JSON: {"sessionType": "VOICE", "startAudioMuted": true}',
    "Join with it: cellcall join SESSION --settings FILE",
)


def _row(name: str, camel: str, _kind: object, default: object, help_text: str) -> tuple[str, ...]:
    told = {None: "", True: "true", False: "false"}.get(default, str(default))  # type: ignore[call-overload]
    note = "" if works_here(name) else "; accepted, without effect here"
    return camel, told, f"{allowed_values(name)}: {help_text}{note}"
