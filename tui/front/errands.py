"""Actions that take several steps, or only tell: chat, people, status, devices, hearing oneself.

The answers are sentences, for an ear as well as for an eye. Recording and the tone take seconds:
they say what they are at before they answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

from tui.domain.announcements import Category
from tui.domain.captions import Caption
from tui.domain.commands.call import (
    GetStats,
    Invite,
    MarkChatRead,
    ReadCaptions,
    ReadChat,
    SaveFile,
    UseKey,
)
from tui.domain.commands.own import (
    KeepTranscript,
    ListDevices,
    PlayRecording,
    PlayTestTone,
    RecordYourself,
    SetOwnCaptions,
)
from tui.domain.frozen import dataclass
from tui.domain.happenings.english_phrases import chat_sentence
from tui.domain.ids import ParticipantId
from tui.domain.meaning import misread, wanted, whole_path
from tui.domain.participant import Quality
from tui.domain.snapshot import DeviceKind, Snapshot
from tui.domain.text import clean
from tui.domain.wording import away_words, counted, time_of_day
from tui.front.call_words import people_sentences, status_sentence
from tui.front.key_file import read_key_file
from tui.front.levels import level_word
from tui.front.qr import qr_lines
from tui.front.reply import Reply, info
from tui.front.transcript import save
from tui.ports.handle import Handle
from tui.wire.address import WEB, url_scheme


@dataclass(frozen=True, slots=True)
class Request:
    """An errand somebody asked for."""

    handle: Handle
    words: str
    now_ms: int
    """Unix milliseconds, from the front end's clock."""
    say: Callable[[Reply], None]
    """Says something before the answer is complete."""
    whose_sound: str
    """Whose devices these are, when that is not obvious; else empty."""

    @property
    def snapshot(self) -> Snapshot:
        """The newest one."""
        return self.handle.snapshot()


_FOUND_MAX: Final = 50

Errand = Callable[[Request], Awaitable[list[Reply]]]


async def _people(request: Request) -> list[Reply]:
    return [
        Reply(Category.INFO, text) for text in people_sentences(request.snapshot, request.words)
    ]


async def _chat(request: Request) -> list[Reply]:
    word = request.words.strip()
    if word and not word.isdecimal():
        raise misread("/chat N takes a number of messages. To send, type the text itself.")
    messages = (await request.handle.do(ReadChat()))[-(int(word) if word else 10) :]
    await request.handle.do(MarkChatRead())
    if not messages:
        return info("No chat messages yet.")
    return [
        Reply(
            Category.YOU if one.is_local else Category.CHAT,
            f"{one.number}. {time_of_day(one.at_ms)} {chat_sentence(one)}",
        )
        for one in messages
    ]


async def _save_file(request: Request) -> list[Reply]:
    number, _, folder = request.words.strip().partition(" ")
    if not number.isdecimal():
        raise misread("Say which file: /save N, or /save N FOLDER. /chat tells the numbers.")
    path = await request.handle.do(SaveFile(int(number), whole_path(folder or ".")))
    return info(f"Saved as {path}. Only you can read it.")


async def _captions(request: Request) -> list[Reply]:
    word = request.words.strip()
    first, _, wish = word.lower().partition(" ")
    if first == "own":
        local = request.snapshot.local
        on = wanted(wish, local is not None and local.captioned, "on", "off")
        if on:
            request.say(Reply(Category.INFO, "Getting ready to write captions."))
        await request.handle.do(SetOwnCaptions(on))
        return []
    if not word.isdecimal():
        raise misread(
            "/captions takes on, off or a number of lines; large in the app, pull plain; "
            "own on, or own off."
        )
    return _told((await request.handle.do(ReadCaptions()))[-(int(word) or 1) :])


async def _transcript(request: Request) -> list[Reply]:
    word, _, rest = request.words.strip().partition(" ")
    if word in ("on", "off") and not rest:
        await request.handle.do(KeepTranscript(word == "on"))
        return []
    captions, snapshot = await request.handle.do(ReadCaptions()), request.snapshot
    if word == "save" and rest.strip():
        title = snapshot.title or snapshot.session_id
        path = await asyncio.to_thread(save, rest, captions, snapshot.joined_at_ms, title)
        lines = counted(len(captions), "line")
        return info(f"Saved {lines} as {clean(str(path), 120)}. Only you can read it.")
    if word == "find" and rest.strip():
        wished = rest.strip().casefold()
        found = [one for one in captions if wished in f"{one.label}: {one.text}".casefold()]
        return (
            _told(found[-_FOUND_MAX:])
            if found
            else info("Nobody said that, as far as captions tell.")
        )
    if word and not word.isdecimal():
        raise misread("/transcript takes a number of lines, find WORDS, save FILE, or on or off.")
    return _told(captions[-(int(word or 0) or 10) :])


def _told(captions: Sequence[Caption]) -> list[Reply]:
    told = [Reply(Category.CAPTION, f"{one.label}: {one.text}") for one in captions]
    return told or info("No captions yet. Somebody has to send them: a person or a program.")


async def _status(request: Request) -> list[Reply]:
    return info(status_sentence(request.snapshot, request.now_ms, request.whose_sound))


async def _speaking(request: Request) -> list[Reply]:
    speaking = ", ".join(
        "you" if p.is_local else p.name
        for p in request.snapshot.participants
        if p.speaking and not p.audio_muted
    )
    told = f"{speaking[:1].upper()}{speaking[1:]}." if speaking else "Nobody is speaking."
    return [Reply(Category.SPEAKING, told)]


_OF_AN_APP: Final = " --app-id "


async def _invite(request: Request) -> list[Reply]:
    word = request.words.strip()
    if word not in ("", "qr"):
        raise misread("/invite takes nothing, or qr for a code that a phone reads.")
    invite = await request.handle.do(Invite())
    if not invite:
        return info("This call has nothing to invite with.")
    told = f"To join: {invite}"
    if _OF_AN_APP in invite:
        told = f"Whoever has a user ID and an API key or auth token of this app joins by: {invite}"
    if word and url_scheme(invite) not in WEB:
        told += ". It is not a link, so there is no code for a phone."
        return [Reply(Category.INFO, told, copied=invite)]
    return [Reply(Category.INFO, told, copied=invite, code=qr_lines(invite) if word else ())]


async def _key(request: Request) -> list[Reply]:
    name = request.words.strip()
    if not name:
        raise misread("/key FILE takes up the keys in a file, one a line.")
    await request.handle.do(UseKey(await asyncio.to_thread(read_key_file, name)))
    return info("Sealed with the last key of that file from now on. The others need it, too.")


async def _stats(request: Request) -> list[Reply]:
    stats = await request.handle.do(GetStats())
    people: Mapping[str, Mapping[str, object]] = stats.get("participants", {})
    if not people:
        return info("No figures yet: nobody else has sent anything.")
    quality = {p.id: p.quality for p in request.snapshot.participants}
    return info(f"Joined for {float(stats.get('duration_s', 0)):.0f} seconds.") + [
        Reply(Category.INFO, _figures(figures, quality.get(ParticipantId(who))))
        for who, figures in people.items()
    ]


def _figures(figures: Mapping[str, object], quality: Quality | None) -> str:
    """A word first, then what it rests on."""
    network = f"network {quality.value}, " if quality is not None else ""
    video = (
        f"video {figures.get('video_fps')} frames a second at "
        f"{figures.get('video_width')} by {figures.get('video_height')}"
        if figures.get("video_width")
        else "no video received"
    )
    level = figures.get("audio_level_dbfs")
    # Nobody hears the noise that is left when a microphone is off.
    heard = isinstance(level, int | float) and level_word(level) != "silent"
    sound = f"sound {level} decibels" if heard else "silent"
    return (
        f"{figures.get('name')}: {network}{video}, {sound}, {figures.get('packets_lost')} packets "
        f"lost, jitter {figures.get('jitter_ms')} milliseconds."
    )


async def _record(request: Request) -> list[Reply]:
    request.say(Reply(Category.INFO, "Say something. Listening for 3 seconds."))
    word = level_word(await request.handle.do(RecordYourself()))
    if word == "silent":
        return info("Nothing was heard. Choose another microphone, or see whether it is muted.")
    request.say(Reply(Category.INFO, f"Microphone level {word}. Playing it to you."))
    await request.handle.do(PlayRecording())
    return info(f"Microphone level {word}. That is how others hear you.")


async def _tone(request: Request) -> list[Reply]:
    request.say(Reply(Category.INFO, "Playing a tone for one second."))
    await request.handle.do(PlayTestTone())
    return info("Nothing heard? Choose another speaker.")


async def _devices(request: Request) -> list[Reply]:
    lines: list[Reply] = []
    in_use = {device.kind: device for device in request.snapshot.devices}
    for kind in DeviceKind:
        state = in_use.get(kind)
        if state is not None:
            used = f"opening {state.label}" if state.opening else f"using {state.label}"
            told = (state.problem or away_words(state) or used).rstrip(".")
            mend = f" To fix it: {state.remedy}" if state.remedy else ""
            lines += info(f"{kind.capitalize()}: {told}.{mend}")
        lines += [
            Reply(Category.INFO, f"{kind.capitalize()} to choose: {device.label}.")
            for device in await request.handle.do(ListDevices(kind))
        ]
    return lines or info("No devices found.")


ERRANDS: Final[Mapping[str, Errand]] = {
    "panel.people": _people,
    "panel.chat": _chat,
    "file.save": _save_file,
    "captions.show": _captions,
    "transcript.read": _transcript,
    "seal.key": _key,
    "panel.stats": _stats,
    "status.say": _status,
    "speaker.say": _speaking,
    "invite.copy": _invite,
    "sound.record": _record,
    "sound.tone": _tone,
    "devices.list": _devices,
}
"""By action id."""
