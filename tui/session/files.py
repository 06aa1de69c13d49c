"""Files in the chat of one call: those that come, to be saved if somebody wishes, and ours.

What came waits in memory, the newest so many bytes of it; nothing gets on the disk by itself. A
picture is looked at in a thread, once its header was found harmless, for it is drawn in the chat.
The trap is whoever vanishes midway: what does not come on any more is given up, and said so.
"""

from __future__ import annotations

import asyncio
import mimetypes
from collections import OrderedDict, deque
from dataclasses import dataclass
from typing import Final

from tui.domain.errors import CallsError, ErrorCode
from tui.domain.files import (
    KEPT_MAX_BYTES,
    PER_MINUTE,
    SentFile,
    file_name,
    file_words,
    size_words,
)
from tui.domain.happenings import FileComing, FileMissed, FileSending, FileUnsent
from tui.domain.ids import ParticipantId
from tui.domain.rights import Right, not_permitted
from tui.domain.text import SOMEBODY, clean
from tui.ports.transport_events import FileReceived
from tui.session.call_context import CallContext
from tui.session.chat import Chat
from tui.session.disk import read_to_send, save_new
from tui.video.sample import sample_of

STALLS_S: Final = 30.0
"""What brings nothing for so long is given up."""
_TOO_MANY: Final = f"more than {PER_MINUTE} came within a minute"
_SENDING_MAX: Final = 4
_QUARTERS: Final = 4
_SMALL_BYTES: Final = 512 << 10
"""Such a file is there at once: that it comes is not said."""


@dataclass(slots=True)
class _Coming:
    name: str
    size: int
    newest_s: float
    quarter: int = 0


@dataclass(frozen=True, slots=True)
class _Whole:
    sender: ParticipantId
    name: str
    content: bytes
    at_ms: int = 0


class Files:
    """See the module.

    Args:
        context: The call's.
        chat: Shows them.
    """

    def __init__(self, context: CallContext, chat: Chat) -> None:
        self._transport, self._roster = context.transport, context.roster
        self._happened, self._clock = context.happened, context.clock
        self._rights = context.rights
        self._chat = chat
        self._coming: dict[tuple[ParticipantId, str], _Coming] = {}
        self._began_s: dict[ParticipantId, deque[float]] = {}
        self._kept: OrderedDict[int, tuple[str, bytes]] = OrderedDict()
        self._count = 0
        self._whole: asyncio.Queue[_Whole] = asyncio.Queue()
        """Bounded by `COMING_MAX`, and by how quickly it is emptied."""
        self._unsent: asyncio.Queue[tuple[str, bytes]] = asyncio.Queue(_SENDING_MAX)

    # ---- what comes
    def heard(self, event: FileReceived) -> None:
        """A file of somebody's begins, comes on, is whole or will not come."""
        key, now_s = (event.id, event.key), self._clock.monotonic_s()
        name = file_name(event.name)
        if event.why:
            if self._coming.pop(key, None) is None and self._too_many(event.id, now_s):
                self._missed(event.id, name, _TOO_MANY)
            elif not self._over(event.id):
                self._missed(event.id, name, event.why)
            return
        coming = self._coming.get(key)
        if coming is None:
            if self._too_many(event.id, now_s):
                self._missed(event.id, name, _TOO_MANY)
            coming = self._coming[key] = _Coming(name, event.size, now_s)
        coming.newest_s = now_s
        if event.content is not None:
            del self._coming[key]
            if not self._over(event.id):
                self._whole.put_nowait(_Whole(event.id, name, event.content, event.at_ms))
        elif event.size > _SMALL_BYTES and not self._over(event.id):
            quarter = _QUARTERS * event.done // event.size
            if not event.done or quarter > coming.quarter:
                coming.quarter = quarter
                percent = 100 * quarter // _QUARTERS
                self._happened(
                    FileComing(self._name(event.id), name, size_words(event.size), percent)
                )

    def _too_many(self, sender: ParticipantId, now_s: float) -> bool:
        """Whether this is the first one too many: that is said once."""
        began = self._began_s.setdefault(sender, deque(maxlen=PER_MINUTE + 1))
        while began and now_s - began[0] > 60:
            began.popleft()
        was_over = len(began) > PER_MINUTE
        began.append(now_s)
        return len(began) > PER_MINUTE and not was_over

    def _over(self, sender: ParticipantId) -> bool:
        return len(self._began_s.get(sender, ())) > PER_MINUTE

    def tick(self) -> None:
        """Give up what does not come on; call it about once a second."""
        overdue_s = self._clock.monotonic_s() - STALLS_S
        for key, coming in list(self._coming.items()):
            if coming.newest_s < overdue_s:
                del self._coming[key]
                self._missed(key[0], coming.name, "nothing more of it came")

    def _missed(self, sender: ParticipantId, name: str, why: str) -> None:
        self._happened(FileMissed(self._name(sender), name, why))

    def _name(self, who: ParticipantId) -> str:
        sender = self._roster.get(who)
        return sender.name if sender else SOMEBODY

    # ---- what we do
    async def send(self, path: str) -> None:
        """Send a file of this machine to everybody; done when it is on its way.

        Raises:
            CallsError: `VALIDATION_ERROR` for what can't be sent, `ERROR_NOT_PERMITTED`.
        """
        self._roster.ourselves()
        if not self._rights().write:
            raise not_permitted(Right.WRITE)
        name, content = await asyncio.to_thread(read_to_send, path)
        try:
            self._unsent.put_nowait((name, content))
        except asyncio.QueueFull:
            told = f"{_SENDING_MAX} files wait to be sent already. Wait until one is sent."
            raise CallsError(ErrorCode.VALIDATION, told) from None
        if len(content) > _SMALL_BYTES:
            self._happened(FileSending(name, size_words(len(content)), 0))

    async def save(self, number: int, folder: str) -> str:
        """Write one that came into a folder; answers its path, cleaned.

        Raises:
            CallsError: `VALIDATION_ERROR`: there is none, or it can't be written.
        """
        if number not in self._kept:
            raise CallsError(ErrorCode.VALIDATION, self._not_kept(number))
        name, content = self._kept[number]
        return clean(await asyncio.to_thread(save_new, folder, name, content), 300)

    def _not_kept(self, number: int) -> str:
        if 0 < number <= self._count:
            return f"File {number} is not kept here: it is yours, or was too long ago."
        kept = ", ".join(f"{key} {name}" for key, (name, _) in self._kept.items())
        return f"There is no file {number}. To save: {kept or 'nothing yet'}."

    async def show_what_came(self) -> None:
        """Show what is whole, until cancelled."""
        while True:
            whole = await self._whole.get()
            file = await self._described(whole.name, whole.content)
            self._kept[file.number] = (whole.name, whole.content)
            while sum(len(content) for _, content in self._kept.values()) > KEPT_MAX_BYTES:
                self._kept.popitem(last=False)
            told = f"sent {file_words(file)}. /save {file.number} keeps it."
            self._chat.keep_of(whole.sender, told, whole.at_ms, file=file)

    async def send_what_waits(self) -> None:
        """Send ours, one after the other, until cancelled."""
        while True:
            name, content = await self._unsent.get()
            mime = mimetypes.guess_type(name)[0] or "application/octet-stream"
            quarter = 0

            def progress(sent: int, name: str = name, size: int = len(content)) -> None:
                nonlocal quarter
                if size > _SMALL_BYTES and (now := _QUARTERS * sent // size) > quarter:
                    quarter = now
                    if now < _QUARTERS:
                        self._happened(FileSending(name, size_words(size), 100 * now // _QUARTERS))

            try:
                await self._transport.send_file(name, mime, content, progress)
            except CallsError as error:
                self._happened(FileUnsent(name, error.description))
                continue
            file = await self._described(name, content)
            self._chat.keep_of(
                self._roster.ourselves().id, f"sent {file_words(file)}.", 0, file=file
            )

    async def _described(self, name: str, content: bytes) -> SentFile:
        self._count += 1
        number = self._count
        found = await asyncio.to_thread(sample_of, content)
        width, height, sample = found or (0, 0, None)
        return SentFile(number, name, len(content), width, height, sample)
