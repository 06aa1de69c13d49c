"""What `/help` says: a few sentences and topics, one topic, one command, or everything."""

from __future__ import annotations

from typing import Final

from tui.domain.actions import Action, Scope, key_label, match_command
from tui.domain.text import clean
from tui.front.typed import offered

TOPICS: Final[dict[str, tuple[str, ...]]] = {
    "microphone": ("mic",),
    "camera": ("cam", "share"),
    "people": ("hand", "panel.people", "page", "speaker", "status", "tile"),
    "messages": ("chat", "panel.chat"),
    "sound": ("audio", "device", "devices", "sound"),
    "announcements": ("announce", "speech", "panel.events"),
    "pictures": ("layout", "quality", "picture", "panel.stats"),
    "moderators": ("host", "call.end"),
    "calls": ("call.leave", "idle", "invite", "session", "app", "help"),
}
"""By topic, how the ids of its actions begin."""
_OTHER: Final = "other"
EVERYTHING: Final = "all"


def topic_of(action: Action) -> str:
    """Where an action is explained; what has no place of its own is under `other`."""
    names = (action.id, action.id.partition(".")[0])
    return next((topic for topic, ids in TOPICS.items() if {*names} & {*ids}), _OTHER)


def help_lines(scope: Scope, word: str = "") -> list[str]:
    """`/help`, `/help TOPIC`, `/help COMMAND` and `/help all` as sentences."""
    word = word.removeprefix("/").strip().lower()
    here = offered(scope)
    if not word:
        return _beginning(scope, here)
    if word == EVERYTHING:
        return [_described(action) for action in here]
    found = match_command(word)
    topic = next((one for one in (*TOPICS, _OTHER) if one.startswith(word)), "")
    if topic and (word == topic or not found):
        return [_described(action) for action in here if topic_of(action) == topic]
    if not found:
        return [f"There is no command /{clean(word, 40)}. Type /help."]
    return [_described(action, keys=True) for action in found]


def _beginning(scope: Scope, here: tuple[Action, ...]) -> list[str]:
    lines = []
    if scope is Scope.CALL:
        lines.append(
            "What you type is sent as chat. A line that begins with two slashes is sent with one."
        )
    topics = [one for one in (*TOPICS, _OTHER) if any(topic_of(a) == one for a in here)]
    return [
        *lines,
        "Commands begin with a slash and can be shortened while only one fits.",
        f"Topics: {', '.join(topics)}. For one of them: /help {topics[0]}.",
        "For one command: /help mute. For all of them: /help all. To leave: /leave, or Control C "
        "twice."
        if scope is Scope.CALL
        else "For one command: /help new. For all of them: /help all. Control C twice quits.",
    ]


def _described(action: Action, *, keys: bool = False) -> str:
    argument = f" {action.argument}" if action.argument else ""
    labels = [_spoken(key) for key in (*action.keys, *action.global_keys)] if keys else []
    in_app = f" Keys in the app: {', '.join(labels)}." if labels else ""
    return f"/{action.command}{argument}: {action.plain or action.help}{in_app}"


def _spoken(key: str) -> str:
    """A key as it is read aloud: a caret would be called one."""
    label = key_label(key)
    return f"Control {label[1:]}" if len(label) > 1 and label.startswith("^") else label
