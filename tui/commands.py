"""What each action does, for both front ends: a deed on the handle and the words that answer it.

A front end looks up a row of the action table and calls `perform`; it handles itself only what
changes nothing but its own screen (opening a panel). Replies are lines of a category and a
sentence, so the app can announce them and the linear front end print them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from tui.domain.announcements import Category
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.finding import find_participant
from tui.domain.levels import level_word
from tui.domain.settings import Layout
from tui.domain.snapshot import DeviceKind, Snapshot
from tui.domain.text import clean
from tui.domain.wording import people_sentences, status_sentence
from tui.ports.handle import Handle


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an answer."""

    category: Category
    text: str


Say = Callable[[Line], None]


@dataclass(frozen=True, slots=True)
class Request:
    """An action somebody asked for."""

    handle: Handle
    argument: str
    now_ms: int
    """Unix milliseconds, from the front end's clock."""
    say: Say
    """Says something before the answer is complete."""
    whose_sound: str
    """Whose devices these are, when that is not obvious; else empty."""

    @property
    def snapshot(self) -> Snapshot:
        """The newest one."""
        return self.handle.snapshot()


Deed = Callable[[Request], Awaitable[list[Line]]]


def info(text: str) -> list[Line]:
    """One information line."""
    return [Line(Category.INFO, text)]


def _usage(text: str) -> CallsError:
    return CallsError(ErrorCode.VALIDATION, text)


def _wanted(argument: str, current: bool, on: str, off: str) -> bool:
    """What `[on|off]` asks for; nothing toggles."""
    word = argument.strip().lower()
    if not word:
        return not current
    if word in (on, off):
        return word == on
    raise _usage(f"Came as {clean(word, 20)}; allowed: {on} or {off}, or nothing to change it.")


async def _mic(request: Request) -> list[Line]:
    if request.argument.strip().lower() == "close":
        return await _close_mic(request)
    local = request.snapshot.local
    muted = local is None or local.audio_muted
    await request.handle.press_button("onToggleAudioButtonClicked")
    await request.handle.set_audio_muted(not _wanted(request.argument, not muted, "on", "off"))
    return []


async def _close_mic(request: Request) -> list[Line]:
    await request.handle.set_microphone_closed(True)
    return []


async def _mute(request: Request) -> list[Line]:
    await request.handle.set_audio_muted(True)
    return []


async def _unmute(request: Request) -> list[Line]:
    await request.handle.set_audio_muted(False)
    return []


async def _cam(request: Request) -> list[Line]:
    local = request.snapshot.local
    paused = local is None or local.video_paused
    await request.handle.press_button("onToggleVideoButtonClicked")
    await request.handle.set_video_paused(not _wanted(request.argument, not paused, "on", "off"))
    return []


async def _deafen(request: Request) -> list[Line]:
    deafened = request.snapshot.deafened
    await request.handle.set_deafened(_wanted(request.argument, deafened, "on", "off"))
    return []


async def _volume(request: Request) -> list[Line]:
    who, _, wanted = request.argument.strip().rpartition(" ")
    percent = wanted.removesuffix("%")
    if not who or not percent.isdecimal():
        raise _usage("Say who and how loud: /volume NAME 80. 100 is as sent, 200 the loudest.")
    participant = find_participant(request.snapshot, who, remote_only=True)
    await request.handle.set_volume(participant.uid, int(percent))
    return []


async def _earcons(request: Request) -> list[Line]:
    on = _wanted(request.argument, request.snapshot.earcons, "on", "off")
    await request.handle.set_earcons(on)
    return info(f"Short sounds for microphone and hand are {'on' if on else 'off'}.")


async def _processing(request: Request) -> list[Line]:
    stage, _, wish = request.argument.strip().lower().partition(" ")
    if stage:
        on = _wanted(wish, bool(getattr(request.snapshot.processing, stage, False)), "on", "off")
        await request.handle.set_processing(stage, on)
    told = ", ".join(
        f"{name} {'on' if getattr(request.snapshot.processing, name) else 'off'}"
        for name in ("echo", "noise", "gain")
    )
    return info(f"Processing of your microphone: {told}.")


async def _record(request: Request) -> list[Line]:
    request.say(Line(Category.INFO, "Say something. Listening for 3 seconds."))
    word = level_word(await request.handle.record_yourself())
    if word == "silent":
        return info("Nothing was heard. Choose another microphone, or see whether it is muted.")
    request.say(Line(Category.INFO, f"Microphone level {word}. Playing it to you."))
    await request.handle.play_recording()
    return info(f"Microphone level {word}. That is how others hear you.")


async def _tone(request: Request) -> list[Line]:
    request.say(Line(Category.INFO, "Playing a tone for one second."))
    await request.handle.play_test_tone()
    return info("Nothing heard? Choose another speaker.")


async def _hand(request: Request) -> list[Line]:
    local = request.snapshot.local
    up = local is not None and local.hand_raised_at_ms > 0
    await request.handle.press_button("onRaiseHandButtonClicked")
    await request.handle.set_hand_raised(_wanted(request.argument, up, "up", "down"))
    return []


async def _layout(request: Request) -> list[Line]:
    order = list(Layout)
    word = request.argument.strip().upper()
    if word and word not in order:
        raise _usage(f"Came as {clean(word, 20)}; allowed: tile, sidebar or spotlight.")
    current = order.index(request.snapshot.layout)
    await request.handle.press_button("onChangeLayoutButtonClicked")
    await request.handle.set_layout(Layout(word) if word else order[(current + 1) % len(order)])
    return []


async def _pin(request: Request) -> list[Line]:
    participant = find_participant(request.snapshot, request.argument)
    again = request.snapshot.pinned == participant.uid
    await request.handle.pin_participant("" if again else participant.uid)
    return info("Unpinned." if again else f"Pinned {participant.name}.")


async def _unpin(request: Request) -> list[Line]:
    pinned = request.snapshot.pinned
    await request.handle.pin_participant("")
    return info("Unpinned." if pinned else "Nobody is pinned.")


async def _people(request: Request) -> list[Line]:
    await request.handle.press_button("onParticipantListButtonClicked")
    return [
        Line(Category.INFO, text) for text in people_sentences(request.snapshot, request.argument)
    ]


async def _chat(request: Request) -> list[Line]:
    word = request.argument.strip()
    if word and not word.isdecimal():
        raise _usage("/chat N takes a number of messages. To send, type the text itself.")
    await request.handle.press_button("onChatButtonClicked")
    messages = (await request.handle.chat_history())[-(int(word) if word else 10) :]
    await request.handle.mark_chat_read()
    if not messages:
        return info("No chat messages yet.")
    return [
        Line(Category.YOU, message.text)
        if message.is_local
        else Line(Category.CHAT, f"{message.name}: {message.text}")
        for message in messages
    ]


async def _say(request: Request) -> list[Line]:
    await request.handle.send_chat(request.argument)
    return []


async def _status(request: Request) -> list[Line]:
    return info(status_sentence(request.snapshot, request.now_ms, request.whose_sound))


async def _speaking(request: Request) -> list[Line]:
    speaking = [
        "you" if p.is_local else p.name
        for p in request.snapshot.participants
        if p.speaking and not p.audio_muted
    ]
    if not speaking:
        return [Line(Category.SPEAKING, "Nobody is speaking.")]
    return [Line(Category.SPEAKING, _capital(", ".join(speaking)) + ".")]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


async def _invite(request: Request) -> list[Line]:
    invite = request.snapshot.invite
    await request.handle.press_button("onShareInviteButtonClicked")
    return info(f"To join: {invite}" if invite else "This call has nothing to invite with.")


async def _stats(request: Request) -> list[Line]:
    stats = await request.handle.stats()
    people: Mapping[str, Mapping[str, object]] = stats.get("participants", {})
    if not people:
        return info("No figures yet: nobody else has sent anything.")
    return info(f"Joined for {float(stats.get('duration_s', 0)):.0f} seconds.") + [
        Line(
            Category.INFO,
            f"{figures.get('name')}: video {figures.get('video_fps')} frames a second at "
            f"{figures.get('video_width')} by {figures.get('video_height')}, sound "
            f"{figures.get('audio_level_dbfs')} decibels, {figures.get('packets_lost')} packets "
            f"lost, jitter {figures.get('jitter_ms')} milliseconds.",
        )
        for figures in people.values()
    ]


async def _fit(request: Request) -> list[Line]:
    word = request.argument.strip().lower()
    if word not in ("", "crop", "fit"):
        raise _usage(f"Came as {clean(word, 20)}; allowed: crop or fit, or nothing to change it.")
    fit = word == "fit" if word else not request.snapshot.fit_pictures
    await request.handle.set_fit_pictures(fit)
    return info("Pictures are shown whole." if fit else "Pictures fill their tiles, cropped.")


async def _devices(request: Request) -> list[Line]:
    lines: list[Line] = []
    in_use = {device.kind: device for device in request.snapshot.devices}
    for kind in DeviceKind:
        state = in_use.get(kind)
        if state is not None:
            told = state.problem or f"using {state.label}"
            mend = f" To mend it: {state.remedy}" if state.remedy else ""
            lines += info(f"{kind.capitalize()}: {told}.{mend}")
        lines += [
            Line(Category.INFO, f"{kind.capitalize()} to choose: {device.label}.")
            for device in await request.handle.list_devices(kind)
        ]
    return lines or info("No devices found.")


async def _use_device(request: Request) -> list[Line]:
    kind, _, name = request.argument.strip().partition(" ")
    if kind.lower() not in set(DeviceKind) or not name.strip():
        raise _usage("Say what and which: microphone, speaker or camera, then a name of /devices.")
    await request.handle.set_device(kind.lower(), name.strip())
    return info(f"{kind.capitalize()} is now {clean(name, 60)}.")


async def _host_mute(request: Request) -> list[Line]:
    who = find_participant(request.snapshot, request.argument, remote_only=True)
    await request.handle.mute_participant(who.uid)
    return [Line(Category.HOST, f"Muted {who.name}.")]


async def _host_video(request: Request) -> list[Line]:
    who = find_participant(request.snapshot, request.argument, remote_only=True)
    await request.handle.pause_participant_video(who.uid)
    return [Line(Category.HOST, f"Stopped the video of {who.name}.")]


async def _host_remove(request: Request) -> list[Line]:
    who = find_participant(request.snapshot, request.argument, remote_only=True)
    await request.handle.remove_participant(who.uid)
    return [Line(Category.HOST, f"Removed {who.name}.")]


async def _leave(request: Request) -> list[Line]:
    await request.handle.press_button("onLeaveSessionButtonClicked")
    await request.handle.leave_session()
    return []


async def _end(request: Request) -> list[Line]:
    await request.handle.end_session_for_all()
    return []


async def _stay(request: Request) -> list[Line]:
    await request.handle.stay()
    return []


DEEDS: Final[Mapping[str, Deed]] = {
    "mic.toggle": _mic,
    "mic.mute": _mute,
    "mic.unmute": _unmute,
    "cam.toggle": _cam,
    "mic.close": _close_mic,
    "audio.deafen": _deafen,
    "audio.volume": _volume,
    "sound.earcons": _earcons,
    "sound.processing": _processing,
    "sound.record": _record,
    "sound.tone": _tone,
    "hand.toggle": _hand,
    "layout.cycle": _layout,
    "tile.pin": _pin,
    "tile.unpin": _unpin,
    "panel.people": _people,
    "panel.chat": _chat,
    "panel.stats": _stats,
    "picture.fit": _fit,
    "chat.say": _say,
    "status.say": _status,
    "speaker.say": _speaking,
    "invite.copy": _invite,
    "devices.list": _devices,
    "device.choose": _use_device,
    "host.mute": _host_mute,
    "host.video": _host_video,
    "host.remove": _host_remove,
    "call.leave": _leave,
    "call.end": _end,
    "idle.stay": _stay,
}
"""Deeds by action id. Actions not here belong to the front ends themselves."""

FRONT_END_ACTIONS: Final = frozenset(
    {
        "help",
        "mic.talk",
        "panel.events",
        "page.next",
        "page.prev",
        "announce.set",
        "picture.set",
        "quality.menu",
        "session.new",
        "session.join",
        "session.refresh",
        "session.logout",
        "app.quit",
    }
)
"""Actions each front end does by itself (besides the `visual_only` ones)."""


async def perform(
    action_id: str,
    argument: str,
    handle: Handle,
    now_ms: int,
    *,
    say: Say = lambda _line: None,
    whose_sound: str = "",
) -> list[Line]:
    """Do what `action_id` says; `say` hears what comes before the answer is complete.

    Raises:
        CallsError: What the handle refused, or `VALIDATION_ERROR` for a bad argument.
        KeyError: If the front end should have handled this action itself.
    """
    return await DEEDS[action_id](Request(handle, argument, now_ms, say, whose_sound))
