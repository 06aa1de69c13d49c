"""Keys going up and repeating, where the terminal tells: what Textual's parser does not know.

Kitty's keyboard protocol can report the event type of each key (its flag 2). Textual asks for
other flags, and its parser raises on event types; this parser takes them, and never raises.
https://sw.kovidgoyal.net/kitty/keyboard-protocol/

A terminal sends Alt and a letter as Escape and that letter, in one write. Textual waits up to 100
ms for the rest of a sequence, whatever the letter is: Escape and a key pressed soon after it would
be Alt, what is typed behind both would be part of it, and a terminal's answer that comes in that
time would turn all of it into text, "^q". Here it is Alt only if both came in one read, and done
with its letter.
"""

from __future__ import annotations

import codecs
import contextlib
import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, Final

from textual import events
from textual._time import get_time
from textual._xterm_parser import BRACKETED_PASTE_END, BRACKETED_PASTE_START, XTermParser
from textual.keys import Keys
from textual.message import Message

EVENT_TYPES: Final = 2
"""Kitty's flag "report event types"."""
ASK: Final = "\x1b[?u"
"""Asks which flags are set; terminals that do not know the protocol say nothing."""
ENABLE: Final = f"\x1b[={EVENT_TYPES};2u"
DISABLE: Final = f"\x1b[={EVENT_TYPES};3u"

_WITH_TYPE: Final = re.compile(
    r"\x1b\[(\d*)(?::[\d:]*)?;(\d*):(\d+)((?:;[\d:]*)?)([u~ABCDEFHPQRS])"
)
_FLAGS: Final = re.compile(r"\x1b\[\?(\d{1,4})u")
_ESCAPE: Final = "\x1b"
_INTRODUCERS: Final = "[O"
"""Behind Escape, these begin a sequence, of which the rest may come with the next read."""
_REPEAT: Final = "2"
_RELEASE: Final = "3"


class KeyReleased(Message):
    """A key went up.

    Args:
        key: Textual's name of it, modifiers included as they were then.
    """

    def __init__(self, key: str) -> None:
        super().__init__()
        self.key = key


class KeyboardFlags(Message):
    """The terminal's answer to `ASK`."""

    key = "<keyboard flags>"
    """Textual's parser looks at the `key` of everything a sequence turns into."""

    def __init__(self, flags: int) -> None:
        super().__init__()
        self.flags = flags


class ReleasesTold(Message):
    """From now on the terminal tells when keys go up."""


def is_repeat(event: events.Key) -> bool:
    """Whether the terminal said that this is auto-repeat."""
    return bool(getattr(event, "cellcall_repeat", False))


def _repeated(event: events.Key) -> events.Key:
    # A subclass of Key would not reach `on_key`: Textual finds handlers by the class's name.
    event.cellcall_repeat = True  # type: ignore[attr-defined]
    return event


class EventTypeParser(XTermParser):
    """Textual's parser, and event types; see the module for Escape.

    The events of one read have the time of that read: a paste is told from typing by it, and a
    busy machine takes long from one event to the next.
    """

    def __init__(self, debug: bool = False) -> None:
        super().__init__(debug)
        self._escape_alone = False
        """What came last is an Escape, at the end of a read."""
        self._in_paste = False
        self._begun = ""
        """How the newest sequence begins, as far as it came."""

    def feed(self, data: str) -> Iterator[Any]:
        """Parse what was read at once; empty: there will be no more."""
        at_s = get_time()
        if not data:
            yield from super().feed(data)
            return
        for piece in re.split(r"(?=\x1b)", data):
            for event in self._fed(piece) if piece else ():
                event.time = at_s
                yield event

    def _fed(self, piece: str) -> Iterator[Any]:
        """Parse a piece in which Escape is nowhere but at the beginning."""
        begins = piece[0] == _ESCAPE
        alone, self._escape_alone = self._escape_alone, False
        self._begun = (piece if begins else self._begun + piece)[: len(BRACKETED_PASTE_START)]
        if self._in_paste:
            self._in_paste = self._begun != BRACKETED_PASTE_END
            yield from super().feed(piece)
            return
        self._in_paste = self._begun == BRACKETED_PASTE_START
        if begins or (alone and piece[0] not in _INTRODUCERS):
            yield from self._no_more()
        if begins and len(piece) > 1 and piece[1] not in _INTRODUCERS:
            yield from super().feed(piece[:2])
            yield from self._no_more()
            piece = piece[2:]
        if piece:
            yield from super().feed(piece)
        self._escape_alone = piece == _ESCAPE

    def _no_more(self) -> Iterator[Any]:
        """Of the sequence that has begun, there comes no more: take it as it is."""
        if self._timeout_time is not None:
            self._timeout_time = 0.0
            yield from self.tick()

    def _sequence_to_key_events(self, sequence: str, alt: bool = False) -> Iterable[Any]:
        try:
            yield from self._meant(sequence, alt)
        except (ValueError, OverflowError):
            # A code point there is not, or a form of a later protocol: no key of ours.
            yield events.Key(Keys.Ignore, sequence)

    def _meant(self, sequence: str, alt: bool) -> Iterator[Any]:
        if alt and sequence == " ":
            # Textual takes Alt and Space for Space, which would open the microphone.
            yield events.Key("alt+space", None)
            return
        if flags := _FLAGS.fullmatch(sequence):
            yield KeyboardFlags(int(flags[1]))
            return
        typed = _WITH_TYPE.fullmatch(sequence)
        if typed is None:
            for event in super()._sequence_to_key_events(sequence, alt):
                # Textual gives Alt and a letter that letter, as if it were text.
                yield events.Key(event.key, None) if event.key.startswith("alt+") else event
            return
        code, modifiers, kind, text, end = typed.groups()
        plain = f"\x1b[{code or 1};{modifiers or 1}{text}{end}"
        for event in super()._sequence_to_key_events(plain, alt):
            if kind == _RELEASE:
                yield KeyReleased(event.key)
            elif kind == _REPEAT:
                yield _repeated(event)
            else:
                yield event


@contextlib.contextmanager
def parsing_event_types(module: Any) -> Iterator[None]:
    """Have drivers of `module` begin with our parser, and a patient decoder, while this lasts.

    One byte that is no UTF-8 (a Latin-1 terminal's é, an old mouse report) would end Textual's.

    Args:
        module: `textual.drivers.linux_driver`, whose driver makes its parser by that name.
    """
    before, module.XTermParser = module.XTermParser, EventTypeParser
    strict, module.getincrementaldecoder = module.getincrementaldecoder, _patient
    try:
        yield
    finally:
        module.XTermParser, module.getincrementaldecoder = before, strict


def _patient(encoding: str) -> Callable[[], codecs.IncrementalDecoder]:
    return partial(codecs.getincrementaldecoder(encoding), errors="replace")


class ReleaseSwitch:
    """Asks a terminal to tell releases, and takes care that it stops.

    Args:
        write: Sends to the terminal; called from the thread that reads it, too.
        on_told: Called once the terminal has agreed.
    """

    def __init__(self, write: Callable[[str], object], on_told: Callable[[], object]) -> None:
        self._write = write
        self._on_told = on_told
        self._tried = False
        self._enabled = False
        self.agreed = False

    def start(self) -> None:
        """Ask: the terminal is ours now."""
        self._tried = self.agreed = False
        self._write(ASK)

    def answered(self, flags: int) -> None:
        """Take in that the terminal knows the protocol, and, the second time, took the flag."""
        if flags & EVENT_TYPES and self._tried and not self.agreed:
            self.agreed = True
            self._on_told()
        elif not self._tried:
            self._tried = self._enabled = True
            self._write(ENABLE + ASK)

    def pause(self) -> None:
        """Stop for now: the focus is elsewhere."""
        if self.agreed:
            self._write(DISABLE)

    def resume(self) -> None:
        """Go on: the focus is back."""
        if self.agreed:
            self._write(ENABLE)

    def stop(self) -> None:
        """Stop: the terminal goes back to whoever had it."""
        if self._enabled:
            self._write(DISABLE)
        self._tried = self._enabled = self.agreed = False
