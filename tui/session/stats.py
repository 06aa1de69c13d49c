"""One participant in the JSON of `--stats`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from tui.domain.ids import StreamId, TrackSource, camera_of
from tui.domain.participant import Participant
from tui.ports.transport import ReceiveStats
from tui.session.streams.received import VideoFigures

SILENT_DBFS: Final = -127.0
_MUTED: Final = {"audio_level_dbfs": SILENT_DBFS, "audio_peak_hz": 0.0}


def participant_stats(
    participant: Participant,
    *,
    video: Mapping[StreamId, VideoFigures],
    sound: Callable[[StreamId], Mapping[str, Any]],
    network: Mapping[StreamId, ReceiveStats],
) -> dict[str, Any]:
    """One participant's figures; what never arrived is 0 (levels: -127), never missing.

    Level and tone are those of the last sound heard; of a muted participant there is none. Of a
    shared screen and its sound the same stand under `screen`, once there was one.
    """
    camera = camera_of(participant.id)
    screen = StreamId(participant.id, TrackSource.SCREEN_SHARE)
    own = [one for stream, one in network.items() if stream.participant == participant.id]
    return {
        "name": participant.name,
        **_seen_and_heard(video.get(camera), sound(camera.sound)),
        **(_MUTED if participant.audio_muted else {}),
        "audio_muted": participant.audio_muted,
        "packets_lost": sum(one.packets_lost for one in own),
        "jitter_ms": round(max((one.jitter_ms for one in own), default=0.0), 2),
        **(
            {"screen": _seen_and_heard(video.get(screen), sound(screen.sound))}
            if screen in video or sound(screen.sound)
            else {}
        ),
    }


def _seen_and_heard(video: VideoFigures | None, sound: Mapping[str, Any]) -> dict[str, Any]:
    seen = video or VideoFigures()
    return {
        "video_frames": seen.frames,
        "video_fps": round(seen.fps, 2),
        "video_width": seen.width,
        "video_height": seen.height,
        "video_mean_rgb": list(seen.mean_rgb),
        **{"audio_peak_hz": 0.0, "audio_gaps": 0, **sound},
        "audio_level_dbfs": _or_silent(sound.get("audio_level_dbfs")),
    }


def _or_silent(level_dbfs: float | None) -> float:
    return SILENT_DBFS if level_dbfs is None else level_dbfs
