"""The people: raised hands first, then everybody in the order they came (spec ux 6.5)."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from tui.domain.ids import NOBODY, ParticipantId, StreamId, camera_of
from tui.domain.snapshot import Participant, Quality, Role, Snapshot
from tui.domain.wording import SEALED
from tui.widgets.text_panel import Panel


def tokens(participant: Participant, hand_place: int) -> list[str]:
    """The state of one participant in short words; `hand_place` is 0 when the hand is down."""
    said = []
    if participant.is_local:
        said.append("you")
    if participant.role is Role.MODERATOR:
        said.append("host")
    if participant.sealed:
        said.append(SEALED)
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
        self._shown: list[tuple[ParticipantId, str, str]] = []
        self._ids: list[ParticipantId] = []

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
        return self._ids[index] if index is not None and index < len(self._ids) else NOBODY

    def show(self, snapshot: Snapshot) -> None:
        """Follow the call; the highlighted person stays highlighted."""
        places = {person.id: place for place, person in enumerate(snapshot.hands, 1)}
        rows: list[tuple[ParticipantId, str, str]] = []  # `NOBODY` for a heading, text, tokens
        if snapshot.hands:
            rows.append((NOBODY, f"Hands ({len(snapshot.hands)})", ""))
            rows += [(p.id, p.name, ", ".join(tokens(p, places[p.id]))) for p in snapshot.hands]
        rows.append((NOBODY, f"In call ({len(snapshot.participants)})", ""))
        rows += [
            (p.id, p.name, ", ".join(tokens(p, 0)))
            for p in snapshot.participants
            if not p.hand_raised_at_ms
        ]
        if rows == self._shown:
            return
        self._shown = rows
        chosen = self.highlighted
        self._ids = [who for who, _, _ in rows]
        self.rows.clear_options()
        self.rows.add_options([Option(_row(*row), disabled=not row[0]) for row in rows])
        if chosen in self._ids and chosen:
            self.rows.highlighted = self._ids.index(chosen)
        else:
            self.rows.highlighted = next((n for n, who in enumerate(self._ids) if who), None)

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.post_message(self.Chosen(camera_of(self._ids[event.option_index])))


def _row(who: ParticipantId, text: str, state: str) -> Content:
    if not who:
        return Content.styled(text, "bold $text-muted")
    return Content.assemble(f"  {text}", (f"  {state}" if state else "", "italic"))
