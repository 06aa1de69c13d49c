"""The header row: title, ID, how many people; never covered, never focused."""

from __future__ import annotations

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from tui.domain.snapshot import Phase, Snapshot
from tui.domain.wording import listed, people_words
from tui.front.call_words import SEALED
from tui.widgets.act import Act
from tui.widgets.legible import legible

_HELP = "? Help"


def recorded_words(snapshot: Snapshot) -> str:
    """`REC Bo Chen`: who records or has what is said kept; empty where the app wants none of it."""
    if snapshot.settings.hide_recording_status_indicator:
        return ""
    names = ["you" if one.is_local else one.name for one in snapshot.recorders]
    if snapshot.recorded and not names:
        names = ["by the server"]
    told = [f"REC {listed(names)}"] if names else []
    if snapshot.transcript:
        told.append(f"TRANSCRIPT {snapshot.transcript}")
    return "  ".join(told)


class CallHeader(Widget):
    """Says which call this is."""

    DEFAULT_CSS = "CallHeader { height: 1; }"

    snapshot: reactive[Snapshot] = reactive(Snapshot, repaint=False)
    _parts: reactive[tuple[tuple[str, str], ...]] = reactive((("Call", "bold $text"),))
    """(text, style) of what the header says; hardly any snapshot changes it."""

    def watch_snapshot(self, snapshot: Snapshot) -> None:
        """Take from it what the header says."""
        parts: list[tuple[str, str]] = [(snapshot.title or "Call", "bold $text")]
        if snapshot.session_id and snapshot.session_id != snapshot.title:
            parts.append((f"id {snapshot.session_id}", "$text-muted"))
        if snapshot.sealed:
            parts.insert(1, (SEALED, "bold $text-success"))
        if recorded := recorded_words(snapshot):
            parts.insert(0, (recorded, "bold $text-error"))
        if snapshot.local is not None and snapshot.local.captioned:
            parts.append(("OWN CAPTIONS", "bold $text-warning"))
        if snapshot.locked:
            waiting = f"locked, {len(snapshot.knocks)} waiting" if snapshot.knocks else "locked"
            parts.append((waiting, "bold $text-warning" if snapshot.knocks else "$text-muted"))
        count = len(snapshot.participants)
        if count:
            parts.append((people_words(count), "$text-muted"))
        if snapshot.hands:
            hands = len(snapshot.hands)
            parts.append(("1 hand up" if hands == 1 else f"{hands} hands up", "bold $text-accent"))
        if snapshot.phase is not Phase.LIVE:
            parts.append((snapshot.phase.value, "bold $text-warning"))
        self._parts = tuple(parts)

    def render(self) -> Content:
        """One line."""
        room = self.content_size.width - cell_len(_HELP) - 2
        parts = list(self._parts)
        while len(parts) > 1 and sum(cell_len(text) + 3 for text, _ in parts) > room:
            parts.pop()
        line = (
            Content("   ")
            .join(Content.assemble((text, legible(self, style))) for text, style in parts)
            .truncate(max(1, room), ellipsis=True)
        )
        gap = max(1, self.content_size.width - line.cell_length - cell_len(_HELP))
        return Content.assemble(
            line, " " * gap, ("?", legible(self, "bold $footer-key-foreground")), " Help"
        )

    def on_click(self, event: events.Click) -> None:
        """Help, where it says so."""
        at = event.get_content_offset(self)
        if at is not None and at.x >= self.content_size.width - cell_len(_HELP):
            self.post_message(Act("help"))
