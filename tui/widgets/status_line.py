"""The status line: the state of the call in words, in a fixed order (spec ux 5.4)."""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import cell_len
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from tui.domain.frozen import dataclass
from tui.domain.participant import Quality
from tui.domain.settings import SessionType
from tui.domain.snapshot import DeviceKind, Phase, Snapshot
from tui.domain.wording import people_words
from tui.widgets.legible import legible

_GAP = "  "


@dataclass(frozen=True, slots=True)
class StatusField:
    """One thing the line says, long where there is room."""

    text: str
    short: str
    style: str = ""
    """A Textual style; never the only carrier of the state."""


def status_fields(
    snapshot: Snapshot,
    now_ms: int,
    *,
    page: int = 1,
    pages: int = 1,
    minutes_only: bool = False,
    latched: bool = False,
    meter: str = "",
) -> list[StatusField]:
    """What to say, most important first.

    Args:
        snapshot: The call.
        now_ms: Unix milliseconds.
        page: The page of tiles shown, from 1.
        pages: How many there are.
        minutes_only: Leave out the seconds, so that nothing changes each second.
        meter: How loud our microphone is, before muting; drawn where there is room.
        latched: The talk key was tapped, and another tap ends it.
    """
    said = [_microphone(snapshot, latched=latched, meter=meter)]

    def say(text: str, short: str = "", style: str = "") -> None:
        said.append(StatusField(text, short or text, style))

    if snapshot.phase is Phase.RECONNECTING:
        say("RECONNECTING", "RECONN", "bold $text-warning")
    said += _of_ourselves(snapshot)
    if snapshot.deafened:
        say("SOUND off", style="bold $text-warning")
    if snapshot.unread_chat:
        unread = snapshot.unread_chat
        say(f"chat {unread}" if unread <= _MOST_TOLD else "chat 99+", style="bold $text-primary")
    speaker = snapshot.participant(snapshot.dominant_speaker)
    if speaker is not None and speaker.speaking:
        say(f"> {speaker.name}", f">{_cut(speaker.name.split()[0], 8)}", "$text-success")
    count = len(snapshot.participants)
    if count:
        say(people_words(count), str(count), "$text-muted")
    if pages > 1:
        say(f"page {page}/{pages}", f"{page}/{pages}", "$text-muted")
    if snapshot.in_session and snapshot.started_at_ms and not snapshot.settings.hide_session_timer:
        say(clock_text(now_ms - snapshot.started_at_ms, minutes_only=minutes_only), style="$text")
    return said


def _microphone(snapshot: Snapshot, *, latched: bool, meter: str) -> StatusField:
    """What becomes of what we say."""
    local = snapshot.local
    muted = local is None or local.audio_muted
    if snapshot.phase is Phase.RECONNECTING:
        return StatusField("MIC off (not sending)", "MIC off", "bold $text-error")
    if not snapshot.rights.speak:
        return StatusField("MIC off (not allowed)", "MIC no", "bold $text-warning")
    if snapshot.voicing and not snapshot.talking:
        return StatusField("MIC text (being said)", "MIC text", "bold $text-success")
    if snapshot.problem_of(DeviceKind.MICROPHONE):
        return StatusField("MIC none", "MIC none", "bold $text-warning")
    if any(d.closed for d in snapshot.devices if d.kind is DeviceKind.MICROPHONE):
        return StatusField("MIC closed", "MIC closed", "$text-muted")
    if not muted and snapshot.is_opening(DeviceKind.MICROPHONE):
        return StatusField("MIC opening", "MIC ...", "bold $text-warning")
    if snapshot.talking:
        text = "TALKING - Space stops" if latched else "TALKING"
        return StatusField(text, "TALKING", "bold $text-success")
    if muted and snapshot.talking_while_muted:
        return StatusField("MIC off (you are talking)", "MIC off!", "bold $text-warning")
    word, style = ("MIC off", "$text-muted") if muted else ("MIC on", "bold $text-success")
    if not meter:
        return StatusField(word, word, style)
    # As long in both states, so that what follows stays where it is.
    return StatusField(f"{word} {meter}".ljust(len(f"MIC off {meter}")), word, style)


def _of_ourselves(snapshot: Snapshot) -> Iterator[StatusField]:
    """Our connection, camera, share and hand."""

    def field(text: str, style: str) -> StatusField:
        return StatusField(text, text, style)

    local = snapshot.local
    if snapshot.phase is Phase.CONNECTING:
        yield field("CONNECTING", "bold $text-warning")
    elif local is not None and local.quality in (Quality.WEAK, Quality.LOST):
        yield field(f"NET {local.quality}", "bold $text-warning")
    if local is None:
        return
    if snapshot.settings.session_type is SessionType.VIDEO:
        if local.video_paused:
            yield field("CAM off", "$text-muted")
        elif snapshot.problem_of(DeviceKind.CAMERA):
            yield field("CAM none", "bold $text-warning")
        else:
            yield field("CAM on", "$text-success")
    if local.shares:
        yield field("SHARING", "bold $text-warning")
    if local.hand_raised_at_ms:
        place = [p.id for p in snapshot.hands].index(local.id) + 1
        yield field(f"HAND {place}", "bold $text-accent")


_MOST_TOLD = 99


def _cut(text: str, cells: int) -> str:
    """`text` in at most `cells` terminal cells."""
    if cell_len(text) <= cells:
        return text
    while text and cell_len(text) > cells - 1:
        text = text[:-1]
    return text + "…"


def clock_text(milliseconds: int, *, minutes_only: bool = False) -> str:
    """`12:34`, `1:02:03`, or `12 min`."""
    seconds = max(0, milliseconds // 1000)
    if minutes_only:
        return f"{seconds // 60} min"
    minutes, hours = seconds // 60 % 60, seconds // 3600
    clock = f"{minutes:02}:{seconds % 60:02}"
    return f"{hours}:{clock}" if hours else clock


def fit(fields: list[StatusField], width: int) -> list[tuple[str, str]]:
    """What goes into `width` cells: short forms first, then dropped from the end."""
    shown = [(field.text, field.style) for field in fields]
    if _width(shown) > width:
        shown = [(field.short, field.style) for field in fields]
    while len(shown) > 1 and _width(shown) > width:
        shown.pop()
    return [(_cut(text, width), style) for text, style in shown]


def _width(shown: list[tuple[str, str]]) -> int:
    return sum(cell_len(text) for text, _ in shown) + len(_GAP) * max(0, len(shown) - 1)


class StatusLine(Widget):
    """Draws `fields`; give it new ones when something changed."""

    DEFAULT_CSS = "StatusLine { height: 1; }"

    fields: reactive[tuple[StatusField, ...]] = reactive(())

    def render(self) -> Content:
        """One line."""
        parts: list[str | tuple[str, str]] = []
        for text, style in fit(list(self.fields), self.content_size.width):
            if parts:
                parts.append(_GAP)
            parts.append((text, legible(self, style)) if style else text)
        return Content.assemble(*parts)
