"""The people: raised hands first, then everybody in the order they came (spec ux 6.5)."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from tui.domain.ids import NOBODY, ParticipantId, StreamId, camera_of
from tui.domain.participant import Participant, Quality, Role
from tui.domain.reactions import shown
from tui.domain.snapshot import Snapshot
from tui.front.call_words import SEALED, SEALING, roles_words, tile_name
from tui.widgets.text_panel import Panel


def tokens(participant: Participant, hand_place: int, *, sealed: bool = False) -> list[str]:
    """The state of one participant in short words.

    Args:
        participant: Of the call.
        hand_place: In the queue of hands; 0 when it is down.
        sealed: The call is.
    """
    said = []
    if participant.is_local:
        said.append("you")
    if participant.role is Role.MODERATOR:
        said.append("moderator")
    if (shows := shown(participant.reaction)) is not None:
        said.append(shows.told)
    if participant.records:
        said.append("records")
    said += roles_words(participant)
    if word := SEALED if participant.is_local and sealed else SEALING[participant.sealing]:
        said.append(word)
    if participant.audio_muted:
        said.append("muted")
    elif participant.speaking:
        said.append("speaking")
    if participant.volume != 100:
        said.append(f"{participant.volume}%")
    if participant.video_paused:
        said.append("cam off")
    if hand_place:
        said.append(f"hand {hand_place}")
    if participant.quality is Quality.WEAK:
        said.append("weak network")
    elif participant.quality is Quality.LOST:
        said.append("network lost")
    return said


_Row = tuple[StreamId | None, str, str]
"""What Enter is about (None: a heading), its name, and its state."""


class PeoplePanel(Panel):
    """Enter on a row asks for its menu."""

    class Chosen(Message):
        """Somebody's row was chosen, or that of their shared screen."""

        def __init__(self, stream: StreamId) -> None:
            super().__init__()
            self.stream = stream

    def __init__(self) -> None:
        super().__init__("People", id="people")
        self.rows = OptionList(markup=False, compact=True)
        self._shown: list[_Row] = []
        self._tiles: list[StreamId | None] = []

    def compose(self) -> ComposeResult:
        """Title and rows."""
        yield from super().compose()
        yield self.rows

    def focus_first(self) -> None:
        """The rows."""
        self.rows.focus()

    @property
    def highlighted(self) -> ParticipantId:
        """Whose row is highlighted; `NOBODY` when none is."""
        index = self.rows.highlighted
        tile = self._tiles[index] if index is not None and index < len(self._tiles) else None
        return tile.participant if tile is not None else NOBODY

    def show(self, snapshot: Snapshot) -> None:
        """Follow the call; the highlighted row stays highlighted."""
        places = {person.id: place for place, person in enumerate(snapshot.hands, 1)}
        rows: list[_Row] = []
        if snapshot.hands:
            rows.append((None, f"Hands ({len(snapshot.hands)})", ""))
            rows += [row for p in snapshot.hands for row in _rows(p, places[p.id], snapshot)]
        rows.append((None, f"In call ({len(snapshot.participants)})", ""))
        rows += [
            row
            for p in snapshot.participants
            if not p.hand_raised_at_ms
            for row in _rows(p, 0, snapshot)
        ]
        if rows == self._shown:
            return
        self._shown = rows
        index = self.rows.highlighted
        chosen = self._tiles[index] if index is not None and index < len(self._tiles) else None
        self._tiles = [tile for tile, _, _ in rows]
        self.rows.clear_options()
        self.rows.add_options([Option(_drawn(*row), disabled=row[0] is None) for row in rows])
        if chosen is not None and chosen in self._tiles:
            self.rows.highlighted = self._tiles.index(chosen)
        else:
            self.rows.highlighted = next((n for n, tile in enumerate(self._tiles) if tile), None)

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        tile = self._tiles[event.option_index]
        if tile is not None:
            self.post_message(self.Chosen(tile))


def _rows(participant: Participant, hand_place: int, snapshot: Snapshot) -> list[_Row]:
    """Theirs, and one for each screen they share."""
    state = ", ".join(tokens(participant, hand_place, sealed=snapshot.sealed))
    own = (camera_of(participant.id), participant.name, state)
    return [own, *((one, tile_name(participant.name, one), "") for one in participant.shares)]


def _drawn(tile: StreamId | None, text: str, state: str) -> Content:
    if tile is None:
        return Content.styled(text, "bold $text-muted")
    return Content.assemble(f"  {text}", (f"  {state}" if state else "", "italic"))
