"""The state of a call in words: its people, our own microphone and camera, what `/status` says."""

from __future__ import annotations

from typing import Final

from tui.domain.ids import StreamId, TrackSource
from tui.domain.participant import Participant, Quality, Role, Stream
from tui.domain.rights import Right, Rights, rights_words
from tui.domain.sealing import Sealing
from tui.domain.snapshot import DeviceKind, Phase, Snapshot
from tui.domain.wording import (
    counted,
    duration_words,
    listed,
    people_words,
)

PEOPLE_PAGE: Final = 20
"""People on one page of the roster."""

SEALED: Final = "sealed"
"""The one word for a call that nobody on the way can hear, see or read."""
SEALING: Final = {
    Sealing.CLEAR: "",
    Sealing.SEALED: SEALED,
    Sealing.NO_KEY: "encrypted, you have no key",
    Sealing.NOT_SEALED: "not sealed, so not played",
    Sealing.OTHER_KEY: "has another key than you",
}
"""Of what somebody sends, for a list of people or in place of a picture."""

SHARED: Final = {TrackSource.SCREEN_SHARE: "screen"}
"""What is shared, by its source."""


def unfit_words(stream: Stream) -> str:
    """Why pictures can't be shown, in a few words."""
    codec = stream.unknown_codec
    return f"sent as {codec}, can't be shown" if codec else "too large to be shown"


def participant_words(participant: Participant, snapshot: Snapshot) -> str:
    """`Ana Lopez, you, moderator, muted, camera off, hand up` (spec ux 3.4)."""
    words = [participant.name]
    if participant.is_local:
        words.append("you")
    if participant.role is Role.MODERATOR:
        words.append("moderator")
    if participant.records:
        words.append("records this call")
    words += roles_words(participant)
    if said := sealing_words(participant, snapshot):
        words.append(said)
    if participant.audio_muted:
        words.append("muted")
    elif participant.is_local:
        words.append(_unmuted_words(snapshot).lower())
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
        words += [unfit_words(one) for one in participant.streams if one.unfit and not one.off]
    words += dict.fromkeys(f"shares a {SHARED[one.source]}" for one in participant.shares)
    if participant.hand_raised_at_ms:
        words.append("hand up")
    if participant.quality is Quality.WEAK:
        words.append("weak network")
    elif participant.quality is Quality.LOST:
        words.append("network lost")
    return ", ".join(words)


def roles_words(participant: Participant) -> list[str]:
    """What somebody is besides a person in the call."""
    told = (
        ("agent", participant.agent),
        ("away", participant.away),
        ("writes captions", participant.captioner),
        ("captions by a program", participant.captioned),
    )
    return [word for word, so in told if so]


def sealing_words(participant: Participant, snapshot: Snapshot) -> str:
    """Whether somebody, or we, take part in the sealing of a call; empty where it is not sealed."""
    if participant.is_local:
        return SEALED if snapshot.sealed else ""
    return SEALING[participant.sealing]


def tile_name(name: str, stream: StreamId, *, text: bool = False) -> str:
    """What a tile is called: its owner's name, `Bo Chen, screen` for a shared screen."""
    what = "terminal" if text else SHARED.get(stream.source)
    return f"{name}, {what}" if stream.is_share else name


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
    if snapshot.sealed:
        parts.append("Sealed")
    if snapshot.locked:
        names = ", ".join(one.name for one in snapshot.knocks)
        parts.append(f"Locked, waiting: {names}" if names else "Locked")
    if snapshot.phase is Phase.RECONNECTING:
        parts.append("Reconnecting, nobody hears you now")
    if local is not None:
        parts.append(microphone_words(snapshot))
        parts.append(camera_words(snapshot))
        if local.shares:
            parts.append("You share something that everybody sees")
        if local.hand_raised_at_ms:
            place = [p.id for p in snapshot.hands].index(local.id) + 1
            parts.append(f"Hand up, number {place}")
        if local.quality is not Quality.UNKNOWN:
            parts.append(f"Network {local.quality}")
    if local is not None and local.captioned:
        parts.append("A program writes captions of what you say")
    if snapshot.recording:
        parts.append(f"You record to {snapshot.recording}")
    if others := [one.name for one in snapshot.recorders if not one.is_local]:
        parts.append(f"Recorded by {listed(others)}")
    elif snapshot.recorded and not snapshot.recording:
        parts.append("Recorded by the server")
    if snapshot.transcript:
        parts.append(f"The server keeps what is said, asked for by {snapshot.transcript}")
    if snapshot.deafened:
        parts.append("Sound off")
    lacking = snapshot.rights.lacking(Rights())
    if unsaid := tuple(one for one in lacking if one not in (Right.SPEAK, Right.SHOW)):
        parts.append(f"You may not {rights_words(unsaid)}")
    if snapshot.unread_chat:
        parts.append(counted(snapshot.unread_chat, "unread message"))
    parts.append(people_words(len(snapshot.participants)))
    parts += [f"{d.kind.capitalize()}: {d.problem}" for d in snapshot.devices if d.problem]
    said = ". ".join(part.rstrip(".") for part in parts) + "."
    return f"{said} {whose_sound}".rstrip()


def camera_words(snapshot: Snapshot) -> str:
    """`Camera off` or `on`, and whether anybody sees anything."""
    local = snapshot.local
    if not snapshot.rights.show:
        return "Camera off, you may not show it"
    if local is None or local.video_paused:
        return "Camera off"
    works = not snapshot.problem_of(DeviceKind.CAMERA)
    return "Camera on" if works else "Camera on, but nobody sees you"


def microphone_words(snapshot: Snapshot) -> str:
    """`Microphone off`, `on`, `closed`, or what the talk key does with it."""
    local = snapshot.local
    if any(d.closed for d in snapshot.devices if d.kind is DeviceKind.MICROPHONE):
        return "Microphone closed"
    if not snapshot.rights.speak:
        return "Microphone off, you may not speak"
    if snapshot.talking:
        return "Talking"
    if snapshot.voicing:
        return "Your text is being said"
    if local is None or local.audio_muted:
        return "Microphone off"
    return _unmuted_words(snapshot)


def _unmuted_words(snapshot: Snapshot) -> str:
    """Whether our microphone, which is not muted, is heard."""
    if snapshot.problem_of(DeviceKind.MICROPHONE):
        return "Microphone on, but nobody hears you"
    opening = snapshot.is_opening(DeviceKind.MICROPHONE)
    return "Microphone opening" if opening else "Microphone on"
