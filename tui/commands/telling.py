"""What is asked and said: people, chat, status, who speaks, the invite, figures.

The answers are sentences, for an ear as well as for an eye.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tui.commands.request import Deed, Line, Request, info, usage
from tui.domain.announcements import Category
from tui.domain.wording import people_sentences, status_sentence


async def _people(request: Request) -> list[Line]:
    await request.handle.press_button("onParticipantListButtonClicked")
    return [
        Line(Category.INFO, text) for text in people_sentences(request.snapshot, request.argument)
    ]


async def _chat(request: Request) -> list[Line]:
    word = request.argument.strip()
    if word and not word.isdecimal():
        raise usage("/chat N takes a number of messages. To send, type the text itself.")
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


DEEDS: Final[Mapping[str, Deed]] = {
    "panel.people": _people,
    "panel.chat": _chat,
    "panel.stats": _stats,
    "chat.say": _say,
    "status.say": _status,
    "speaker.say": _speaking,
    "invite.copy": _invite,
}
"""Deeds by action id."""
