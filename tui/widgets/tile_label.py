"""The label row of a tile: mark, number, name, state words (spec ux 5.3). Pure text and widths.

Names come cleaned; they are never parsed as markup. Cut by cell width, so that a wide character
is not halved.
"""

from __future__ import annotations

from typing import Final

from rich.cells import cell_len, set_cell_size

from tui.domain.ids import StreamId, camera_of
from tui.domain.participant import Participant, Quality, Role
from tui.domain.reactions import shown
from tui.domain.sealing import Sealing
from tui.front.call_words import tile_name

SHORT_BELOW: Final = 24
"""Tiles narrower than this [cells] get letters for words."""
MIN_NAME: Final = 6
_SHUT: Final = {
    Sealing.NO_KEY: "encrypted",
    Sealing.NOT_SEALED: "unsealed",
    Sealing.OTHER_KEY: "other key",
}


def label_tokens(
    participant: Participant,
    *,
    share: bool,
    pinned: bool,
    hand: int,
    network: bool,
    short: bool,
) -> list[str]:
    """State words in the order they are dropped from the end; the first is never dropped."""
    pin = ["P" if short else "pin"] if pinned else []
    if share:
        return pin  # the rest is said in the tile of their camera
    tokens: list[str] = []
    if participant.sealing.shut:
        word = _SHUT[participant.sealing]
        tokens.append(word[0] if short else word)
    if (shows := shown(participant.reaction)) is not None:
        tokens.append(shows)
    if participant.audio_muted:
        tokens.append("m" if short else "muted")
    if hand:
        tokens.append(f"h{hand}" if short else f"hand{hand}")
    tokens += pin
    if network and participant.quality in (Quality.WEAK, Quality.LOST):
        tokens.append("!" if short else participant.quality.value)
    if participant.has_video and participant.video_paused:
        tokens.append("c" if short else "cam off")
    elif participant.video_frozen:
        tokens.append("f" if short else "frozen")
    if participant.role is Role.MODERATOR and not participant.is_local:
        tokens.append("mod" if short else "moderator")
    if participant.speaking and not participant.audio_muted and not short:
        tokens.append("speaking")
    return tokens


def label_text(
    participant: Participant,
    number: int,
    width: int,
    *,
    stream: StreamId | None = None,
    focused: bool = False,
    pinned: bool = False,
    hand: int = 0,
    network: bool = False,
    text: bool = False,
) -> str:
    """Exactly `width` cells: `{mark}{n} {name...} {tokens}`.

    Args:
        participant: Whose tile it is.
        number: The key that picks this tile.
        width: Of the row [cells].
        stream: What the tile shows; None: their camera.
        focused: Brackets round the number.
        pinned: Adds `pin`.
        hand: Place in the queue of raised hands, 0 when down.
        network: Adds the state of a weak connection.
        text: It is a terminal.
    """
    stream = stream or camera_of(participant.id)
    share = stream.is_share
    speaks = participant.speaking and not participant.audio_muted and not share
    mark = ">" if speaks else " "
    head = f"{mark}[{number}] " if focused else f"{mark}{number} "
    told = participant.is_local and participant.name.casefold() != "you"
    name = tile_name(participant.name + (" (you)" if told else ""), stream, text=text)
    tokens = label_tokens(
        participant,
        share=share,
        pinned=pinned,
        hand=hand,
        network=network,
        short=width < SHORT_BELOW,
    )
    least = min(MIN_NAME, cell_len(name))
    while len(tokens) > 1 and width - cell_len(head) - _tail_width(tokens) < least:
        tokens.pop()
    room = max(0, width - cell_len(head) - _tail_width(tokens))
    tail = (" " + " ".join(tokens) + " ") if tokens else ""
    return set_cell_size(head + shorten(name, room) + tail, width)


def _tail_width(tokens: list[str]) -> int:
    return sum(len(token) + 1 for token in tokens) + (1 if tokens else 0)


def shorten(text: str, width: int) -> str:
    """`text` padded or cut to `width` cells, with an ellipsis when cut."""
    if cell_len(text) <= width:
        return text + " " * (width - cell_len(text))
    if width < 1:
        return ""
    kept = ""
    for character in text:
        if cell_len(kept + character) > width - 1:
            break
        kept += character
    return set_cell_size(kept.rstrip() + "…", width)


def initials(name: str) -> str:
    """Up to two letters: of the first and the last word."""
    words = [word for word in name.split() if word[0].isalnum()]
    if not words:
        return "?"
    letters = words[0][0] + (words[-1][0] if len(words) > 1 else "")
    return letters.upper()
