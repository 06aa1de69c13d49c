from __future__ import annotations

from typing import Final

from tests.fakes.people import person, screen, voice
from tui.ports.transport import ReceiveStats
from tui.session.stats import SILENT_DBFS, participant_stats
from tui.session.streams.received import VideoFigures

SOUND: Final = {"audio_level_dbfs": -15.0, "audio_peak_hz": 440.0, "audio_gaps": 1}


def figures(*, muted: bool, sound: dict[str, float] = SOUND) -> dict[str, object]:
    ana = person("ana", "Ana", audio_muted=muted)
    network = {voice("ana"): ReceiveStats(packets_lost=3, jitter_ms=1.5)}
    return participant_stats(
        ana, video={}, sound=lambda stream: sound if stream == voice("ana") else {}, network=network
    )


def test_who_is_open_is_heard() -> None:
    heard = figures(muted=False)
    assert heard["audio_muted"] is False
    assert {name: heard[name] for name in SOUND} == SOUND
    assert heard["packets_lost"] == 3


def test_of_who_is_muted_nothing_is_heard_but_what_happened_before_stays() -> None:
    heard = figures(muted=True)
    assert heard["audio_muted"] is True
    assert (heard["audio_level_dbfs"], heard["audio_peak_hz"]) == (SILENT_DBFS, 0.0)
    assert heard["audio_gaps"] == 1


def test_what_never_came_is_zero() -> None:
    heard = figures(muted=False, sound={})
    assert (heard["audio_level_dbfs"], heard["audio_gaps"]) == (SILENT_DBFS, 0)
    assert heard["video_frames"] == 0


def test_a_shared_screen_has_figures_of_its_own() -> None:
    heard = figures(muted=False)
    assert "screen" not in heard
    shown = VideoFigures(frames=7, width=640, height=360)
    heard = participant_stats(
        person("ana", "Ana"), video={screen("ana"): shown}, sound=lambda _: {}, network={}
    )
    assert heard["video_frames"] == 0
    assert (heard["screen"]["video_frames"], heard["screen"]["video_width"]) == (7, 640)
    assert heard["screen"]["audio_level_dbfs"] == SILENT_DBFS
