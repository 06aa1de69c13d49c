"""From the words of an action to the command they mean, at the moment somebody chose it.

The one place where a person, a number or `on` becomes a value. The trap is when: people come and
go while a question is open or a chat line waits, so nothing typed is ever read a second time.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any, Final

from tui.domain.commands import Command
from tui.domain.commands.call import (
    SendCaption,
    SendChat,
    SendFile,
    SetCaptioner,
)
from tui.domain.commands.local import (
    MoveZoom,
    Pin,
    ReadTerminal,
    SetDeafened,
    SetEarcons,
    SetFitPictures,
    SetLayout,
    SetVolume,
    SetZoom,
    Unpin,
)
from tui.domain.commands.own import (
    React,
    SetDevice,
    SetHandRaised,
    SetMicrophoneClosed,
    SetMuted,
    SetProcessing,
    SetVideoPaused,
    SpeakText,
    StartRecording,
    StartShare,
    StopRecording,
    StopShare,
)
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.finding import find_participant
from tui.domain.frozen import dataclass
from tui.domain.ids import StreamId, camera_of
from tui.domain.media import Pictures, parse_share_name
from tui.domain.participant import Participant
from tui.domain.reactions import Reaction, reaction
from tui.domain.settings import Layout
from tui.domain.snapshot import DeviceKind, Snapshot
from tui.domain.terminal_text import MAX_PAST_ROWS
from tui.domain.text import clean
from tui.domain.wording import listed
from tui.domain.zoom import ZoomStep

_WAYS: Final = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}
_PICTURES: Final = {"small": Pictures.SMALL, "full": Pictures.FULL, "sound": Pictures.OFF}

Reader = Callable[[str, Snapshot], Command[Any] | str]
"""Makes a command of an action's words, or the answer where they only ask for what is known.

Raises `CallsError` with `VALIDATION_ERROR` for words that can't be understood.
"""


@dataclass(frozen=True, slots=True)
class Aim:
    """Reads the name or number of a participant, for an action on somebody."""

    at: Callable[[Participant, Snapshot], Command[None]]
    """Makes the command for whoever was found, or was chosen on the screen."""
    remote_only: bool = True

    def __call__(self, words: str, snapshot: Snapshot) -> Command[None]:
        """See `Reader`."""
        who = find_participant(snapshot, words, remote_only=self.remote_only)
        return self.at(who, snapshot)


@dataclass(frozen=True, slots=True)
class AimTile(Aim):
    """The same for a tile: `NAME` means their camera, `NAME screen` the screen they share."""

    def __call__(self, words: str, snapshot: Snapshot) -> Command[None]:
        """See `Reader`."""
        name, _, last = words.strip().rpartition(" ")
        if not name or last.casefold() != "screen":
            return self.at(find_participant(snapshot, words), snapshot)
        who = find_participant(snapshot, name.rstrip(","))
        if not who.shares:
            raise misread(f"{who.name} shares no screen.")
        return pin_or_unpin(who.shares[0], snapshot)


def plainly(command: Command[Any]) -> Reader:
    """Whatever is typed with it, it is this command."""
    return lambda _words, _snapshot: command


def misread(text: str) -> CallsError:
    """Words that can't be understood; `text` says what is allowed."""
    return CallsError(ErrorCode.VALIDATION, text)


def wanted(words: str, current: bool, on: str, off: str) -> bool:
    """What `[on|off]` asks for; nothing toggles. A command with its word never undoes itself."""
    word = words.strip().lower()
    if not word:
        return not current
    if word in (on, off):
        return word == on
    raise misread(f"Came as {clean(word, 20)}; allowed: {on} or {off}, or nothing to change it.")


def microphone(words: str, snapshot: Snapshot) -> Command[None]:
    """`[on|off|close]`."""
    if words.strip().lower() == "close":
        return SetMicrophoneClosed(True)
    local = snapshot.local
    return SetMuted(not wanted(words, local is not None and not local.audio_muted, "on", "off"))


def camera(words: str, snapshot: Snapshot) -> Command[None]:
    """`[on|off]`."""
    local = snapshot.local
    on = local is not None and not local.video_paused
    return SetVideoPaused(not wanted(words, on, "on", "off"))


def hand(words: str, snapshot: Snapshot) -> Command[None]:
    """`[up|down]`."""
    local = snapshot.local
    return SetHandRaised(
        wanted(words, local is not None and local.hand_raised_at_ms > 0, "up", "down")
    )


def share(words: str, snapshot: Snapshot) -> Command[Any]:
    """What to share, `off` or `read [LINES]`; nothing shares the screen, or ends the share."""
    word, local = words.strip(), snapshot.local
    if reads_terminal(word):
        return _read_terminal(word.split()[1:], snapshot)
    if word.lower() == "off" or (not word and local is not None and local.shares):
        return StopShare()
    parse_share_name(word)
    return StartShare(word or "screen")


def reads_terminal(words: str) -> bool:
    """Whether what is typed with `/share` reads a terminal, and shares nothing."""
    return words.strip().lower().split(None, 1)[:1] == ["read"]


def _read_terminal(lines: list[str], snapshot: Snapshot) -> ReadTerminal:
    """The pinned terminal, or the last one that others share, or ours."""
    wanted_lines = int(lines[0]) if lines and lines[0].isdecimal() and len(lines[0]) < 9 else 0
    if len(lines) > 1 or (lines and not 1 <= wanted_lines <= MAX_PAST_ROWS):
        raise misread(
            f"How many lines came as {clean(' '.join(lines), 20)!r}; allowed: 1 to "
            f"{MAX_PAST_ROWS}, counted from the last one, or nothing for what the screen shows."
        )
    terminals, pinned, local = snapshot.terminals, snapshot.pinned, snapshot.local
    others = [one for one in terminals if local is None or one.participant != local.id]
    if not terminals:
        raise misread("Nobody shares a terminal. What is shared as pictures has no text to read.")
    stream = pinned if pinned is not None and pinned in terminals else (others or terminals)[-1]
    return ReadTerminal(stream.participant, lines=wanted_lines)


def record(words: str, snapshot: Snapshot) -> Command[None]:
    """`[FILE [small|full|sound]|off]`; nothing begins one in this folder, or ends it."""
    name, _, last = words.strip().rpartition(" ")
    if words.strip().lower() == "off" or (not words.strip() and snapshot.recording):
        return StopRecording()
    pictures = _PICTURES.get(last.lower())
    if pictures is None:
        name, pictures = words.strip(), Pictures.SMALL
    return StartRecording(recording_path(name, snapshot.title), pictures)


def recording_path(name: str, title: str) -> str:
    """The whole path of a recording; without a name, a new one of call and time, right here."""
    if not name:
        called = "-".join("".join(c if c.isalnum() else " " for c in title).split())[:40]
        name = f"{called or 'call'}-{time.strftime('%Y%m%d-%H%M%S')}.mkv"
    return os.path.abspath(os.path.expanduser(name))


def records(command: Command[Any]) -> bool:
    """Whether everybody will be told that we record."""
    return isinstance(command, StartRecording)


def shares_screen(command: Command[Any]) -> bool:
    """Whether everybody will see the whole screen."""
    return isinstance(command, StartShare) and command.name.startswith("screen")


def deafen(words: str, snapshot: Snapshot) -> Command[None]:
    """`[on|off]`."""
    return SetDeafened(wanted(words, snapshot.deafened, "on", "off"))


def earcons(words: str, snapshot: Snapshot) -> Command[None]:
    """`[on|off]`."""
    return SetEarcons(wanted(words, snapshot.earcons, "on", "off"))


def processing(words: str, snapshot: Snapshot) -> Command[None] | str:
    """`[echo|noise|gain on|off]`; nothing asks which are on."""
    stage, _, wish = words.strip().lower().partition(" ")
    if not stage:
        return processing_words(snapshot)
    return SetProcessing(
        stage, wanted(wish, bool(getattr(snapshot.processing, stage, False)), "on", "off")
    )


def processing_words(snapshot: Snapshot) -> str:
    """Which stages are on, one sentence."""
    told = ", ".join(
        f"{name} {'on' if getattr(snapshot.processing, name) else 'off'}"
        for name in ("echo", "noise", "gain")
    )
    return f"Processing of your microphone: {told}."


def volume(words: str, snapshot: Snapshot) -> Command[None] | str:
    """`NAME [0-200]`; a name alone asks for the volume."""
    who, _, wish = words.strip().rpartition(" ")
    percent = wish.removesuffix("%")
    if not percent.isdecimal() and words.strip():
        participant = find_participant(snapshot, words, remote_only=True)
        return f"{participant.name}: volume {participant.volume} percent."
    if not who:
        raise misread("Say who and how loud: /volume NAME 80. 100 is as sent, 200 the loudest.")
    return SetVolume(find_participant(snapshot, who, remote_only=True).id, int(percent))


def layout(words: str, snapshot: Snapshot) -> Command[None]:
    """`[tile|sidebar|spotlight]`; nothing takes the next one."""
    order = list(Layout)
    word = words.strip().upper()
    if word and word not in order:
        raise misread(f"Came as {clean(word, 20)}; allowed: tile, sidebar or spotlight.")
    following = order[(order.index(snapshot.layout) + 1) % len(order)]
    return SetLayout(Layout(word) if word else following)


def fit(words: str, snapshot: Snapshot) -> Command[None]:
    """`[crop|fit]`."""
    return SetFitPictures(wanted(words, snapshot.fit_pictures, "fit", "crop"))


def react(words: str, _snapshot: Snapshot) -> Command[None] | str:
    """`WORD|1-6`; nothing asks which there are."""
    if not words.strip():
        order = ", ".join(f"{number} {one}" for number, one in enumerate(Reaction, 1))
        return f"Reactions: {order}."
    return React(reaction(words))


def next_hand(_words: str, snapshot: Snapshot) -> str:
    """Whose turn it is, and who waits after them."""
    if not (hands := snapshot.hands):
        return "No hand is up."
    first, *rest = hands
    after = f" Then {listed([one.name for one in rest])}." if rest else " Nobody waits after them."
    return f"Next is {first.name}.{after}"


def zoom(words: str, snapshot: Snapshot) -> Command[None] | str:
    """`[fit|half|full|follow|left|right|up|down]`; nothing takes the next step."""
    word, now = words.strip().lower(), snapshot.zoom
    if word in _WAYS:
        if now is None:
            return "All of the picture is shown. /zoom full shows a part of it."
        return MoveZoom(*_WAYS[word])
    stream = now.stream if now is not None else snapshot.pinned or next(iter(snapshot.shares), None)
    if stream is None:
        return "Nobody shares a screen, and nothing is pinned. Pin a tile to look closely."
    order = list(ZoomStep)
    here = order.index(now.step) if now is not None else 0
    step = word or order[(here + 1) % len(order)]
    follows = step == "follow"
    if not follows and step not in order:
        allowed = "fit, half, full, follow, left, right, up or down"
        raise misread(f"Came as {clean(word, 20)}; allowed: {allowed}.")
    to = ZoomStep.FULL if follows else ZoomStep(step)
    return SetZoom(stream.participant, stream.source, stream.number, to, follows)


def pin_or_unpin(stream: StreamId, snapshot: Snapshot) -> Command[None]:
    """The same again unpins."""
    if snapshot.pinned == stream:
        return Unpin()
    return Pin(stream.participant, stream.source, stream.number)


def pinned_or_not(who: Participant, snapshot: Snapshot) -> Command[None]:
    """The camera of whoever was found."""
    return pin_or_unpin(camera_of(who.id), snapshot)


def chat(words: str, _snapshot: Snapshot) -> Command[None]:
    """`TEXT`, as it is."""
    return SendChat(words)


def reply(words: str, _snapshot: Snapshot) -> Command[None]:
    """`N TEXT`."""
    number, _, text = words.strip().partition(" ")
    if not number.isdecimal() or not text.strip():
        raise misread("Say which message and what: /reply N TEXT. /chat tells the numbers.")
    return SendChat(text, int(number))


def send_file(words: str, _snapshot: Snapshot) -> Command[None]:
    """`FILE`."""
    if not words.strip():
        raise misread("Say which file: /send FILE.")
    return SendFile(whole_path(words))


def whole_path(name: str) -> str:
    """A path as typed here, whole: the engine may be in another folder."""
    return os.path.abspath(os.path.expanduser(name.strip()))


def voice(words: str, _snapshot: Snapshot) -> Command[None]:
    """`TEXT`, as it is."""
    return SpeakText(words)


def caption(words: str, snapshot: Snapshot) -> Command[None]:
    """`TEXT` or `NAME: TEXT`, where somebody here is called so, by the whole or the first name."""
    name, colon, rest = words.partition(":")
    wished = name.strip().casefold()
    people = snapshot.participants if colon and wished and rest.strip() else ()
    whole = [p for p in people if wished in (p.name.casefold(), p.uid.casefold())]
    found = whole or [p for p in people if p.name.casefold().split()[:1] == [wished]]
    return SendCaption(rest, found[0].id) if len(found) == 1 else SendCaption(words)


def captioner(words: str, snapshot: Snapshot) -> Command[None]:
    """`[on|off]`."""
    local = snapshot.local
    return SetCaptioner(wanted(words, local is not None and local.captioner, "on", "off"))


def device(words: str, _snapshot: Snapshot) -> Command[None]:
    """`KIND NAME`."""
    kind, _, name = words.strip().partition(" ")
    if kind.lower() not in set(DeviceKind) or not name.strip():
        raise misread("Say what and which: microphone, speaker or camera, then a name of /devices.")
    return SetDevice(kind.lower(), name.strip())
