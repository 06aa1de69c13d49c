"""What the people panel says of one person."""

from __future__ import annotations

from tests.fakes.people import person
from tui.domain.ids import TrackSource
from tui.domain.snapshot import Stream
from tui.widgets.people_panel import tokens


def test_sealed_is_said_first() -> None:
    bo = person("bo", "Bo Chen", streams=(Stream(TrackSource.MICROPHONE, sealed=True),))
    assert tokens(bo, 0) == ["encrypted, you have no key", "cam off"]
