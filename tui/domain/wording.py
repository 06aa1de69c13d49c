"""A call in words: what both front ends say of people, time and the state of the call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tui.domain.ids import StreamId
from tui.domain.snapshot import (
    DeviceKind,
    DeviceState,
    Participant,
    Phase,
    Quality,
    Role,
    Snapshot,
)

PEOPLE_PAGE: Final = 20
"""People on one page of the roster."""
SEALED: Final = "encrypted, you have no key"
"""Of what can be neither heard nor seen here."""
_LISTED: Final = 3


def participant_words(participant: Participant, snapshot: Snapshot) -> str:
    """`Ana Lopez, you, moderator, muted, camera off, hand up` (spec ux 3.4)."""
    words = [participant.name]
    if participant.is_local:
        words.append("you")
    if participant.role is Role.MODERATOR:
        words.append("moderator")
    if participant.sealed:
        words.append(SEALED)
    if participant.audio_muted:
        words.append("muted")
    elif participant.is_local and snapshot.problem_of(DeviceKind.MICROPHONE):
        words.append("microphone on, but nobody hears you")
    else:
        words.append("microphone on")
    if participant.speaking and not participant.audio_muted:
        words.append("speaking")
    if participant.volume != 100:
        words.append(f"volume {participant.volume} percent")
    if participant.is_local:
        words.append(camera_words(snapshot).lower())
    else:
        words.append("camera off" if participant.video_paused else "camera on")
    if participant.shares:
        words.append("shares a screen")
    if participant.hand_raised_at_ms:
        words.append("hand up")
    if participant.quality is Quality.WEAK:
        words.append("weak network")
    elif participant.quality is Quality.LOST:
        words.append("network lost")
    return ", ".join(words)


def tile_name(name: str, stream: StreamId) -> str:
    """What a tile is called: its owner's name, `Bo Chen, screen` for a shared screen."""
    return f"{name}, screen" if stream.is_share else name


def people_sentences(snapshot: Snapshot, filter_text: str = "", page: int = 0) -> list[str]:
    """The roster as sentences; `filter_text` is part of a name, `page` counts from 0."""
    wanted = filter_text.strip().casefold()
    people = [
        (number, participant)
        for number, participant in enumerate(snapshot.participants, 1)
        if wanted in participant.name.casefold()
    ]
    if not people:
        return ["Nobody matches." if wanted else "Nobody is here."]
    count = len(snapshot.participants)
    said = [f"{people_words(count)} in the call."]
    shown = people[page * PEOPLE_PAGE : (page + 1) * PEOPLE_PAGE]
    said += [f"{n}. {participant_words(p, snapshot)}." for n, p in shown]
    rest = len(people) - (page + 1) * PEOPLE_PAGE
    if rest > 0:
        said.append(f"{rest} more; /next shows them.")
    return said


def duration_words(seconds: float) -> str:
    """A time span for people: `40 seconds`, `12 minutes`, `1 hour 5 minutes`.

    Rounded to what is nearest, in seconds below a minute and in minutes from there: of a prompt
    that ends in three minutes, a moment later it is still said that it does. A negative one is
    none.
    """
    whole = max(0, round(seconds))
    if whole < 60:
        return counted(whole, "second")
    hours, minutes = divmod(round(whole / 60), 60)
    if not hours:
        return counted(minutes, "minute")
    return counted(hours, "hour") + (f" {counted(minutes, 'minute')}" if minutes else "")


def counted(count: int, word: str) -> str:
    """`1 minute`, `2 minutes`."""
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def people_words(count: int) -> str:
    """`1 person`, `4 people`."""
    return "1 person" if count == 1 else f"{count} people"


def listed(names: Sequence[str]) -> str:
    """`Ana`, `Ana and Bo`, `Ana, Bo and Chi`, `Ana, Bo and 3 more`."""
    if len(names) > _LISTED:
        return f"{names[0]}, {names[1]} and {len(names) - 2} more"
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def status_sentence(snapshot: Snapshot, now_ms: int, whose_sound: str = "") -> str:
    """The state of the call in one breath (spec ux 3.4, `/status`).

    Args:
        snapshot: The call.
        now_ms: Unix milliseconds.
        whose_sound: Said last: whose devices these are (`tui.front.whose_sound`).
    """
    if not snapshot.in_session:
        return "You are not in a call."
    local = snapshot.local
    parts = [
        f"{snapshot.title or snapshot.session_id}, "
        f"{duration_words((now_ms - snapshot.started_at_ms) / 1000)}"
    ]
    if snapshot.phase is Phase.RECONNECTING:
        parts.append("Reconnecting, nobody hears you now")
    if local is not None:
        parts.append(microphone_words(snapshot))
        parts.append(camera_words(snapshot))
        if local.hand_raised_at_ms:
            place = [p.id for p in snapshot.hands].index(local.id) + 1
            parts.append(f"Hand up, number {place}")
        if local.quality is not Quality.UNKNOWN:
            parts.append(f"Network {local.quality}")
    if snapshot.deafened:
        parts.append("Sound off")
    if snapshot.unread_chat:
        parts.append(counted(snapshot.unread_chat, "unread message"))
    parts.append(people_words(len(snapshot.participants)))
    parts += [f"{d.kind.capitalize()}: {d.problem}" for d in snapshot.devices if d.problem]
    said = ". ".join(part.rstrip(".") for part in parts) + "."
    return f"{said} {whose_sound}".rstrip()


def away_words(state: DeviceState) -> str:
    """A chosen device is not here, and another one stands in; empty for any other state."""
    return away_sentence(state.kind, state.instead_of, state.label) if state.instead_of else ""


def away_sentence(kind: DeviceKind, chosen: str, label: str) -> str:
    """Which device is not here, and which one is used instead."""
    return f"The {kind} {chosen} is not here. Using {label} until it is."


def is_command(remedy: str) -> bool:
    """Whether a remedy is a command to copy, and no sentence."""
    return bool(remedy) and not remedy.endswith(".")


def with_remedy(problem: str, remedy: str) -> str:
    """A problem and what mends it: a command is introduced, a sentence stands by itself."""
    mend = f"To mend it: {remedy}" if is_command(remedy) else remedy
    return f"{problem.rstrip('.')}. {mend}".rstrip()


def camera_words(snapshot: Snapshot) -> str:
    """`Camera off` or `on`, and whether anybody sees anything."""
    local = snapshot.local
    if local is None or local.video_paused:
        return "Camera off"
    works = not snapshot.problem_of(DeviceKind.CAMERA)
    return "Camera on" if works else "Camera on, but nobody sees you"


def microphone_words(snapshot: Snapshot) -> str:
    """`Microphone off`, `on`, `closed`, or what the talk key does with it."""
    local = snapshot.local
    if any(d.closed for d in snapshot.devices if d.kind is DeviceKind.MICROPHONE):
        return "Microphone closed"
    if snapshot.talking:
        return "Talking"
    if local is None or local.audio_muted:
        return "Microphone off"
    works = not snapshot.problem_of(DeviceKind.MICROPHONE)
    return "Microphone on" if works else "Microphone on, but nobody hears you"
