"""`cellcall figures`: what `--stats FILE` holds."""

from __future__ import annotations

from typing import Final

CALL: Final = (
    ("session_id", "The session's ID."),
    ("uid", "Who we were."),
    ("joined", "Whether the call was joined."),
    ("duration_s", "How long it lasted, in seconds."),
    ("exit", "How it ended: left, lost, …; running while it goes on."),
)
OWN_SOUND: Final = (
    ("packets_sent", "Packets of our voice that went out."),
    ("packets_dropped", "Packets of it that nobody took in time."),
    ("reference_short", "Times the echo canceller did not know yet what was played."),
    ("reference_cut", "Times it lost some of what was played."),
    ("reference_late", "Times it was told late."),
    ("echo_learnt_afresh", "Times an echo had moved, and was learnt anew."),
)
PARTICIPANT: Final = (
    ("name", "As others see it."),
    ("video_frames", "Pictures received."),
    ("video_fps", "Of them a second, lately."),
    ("video_width", "Of the last picture, in pixels."),
    ("video_height", "Of the last picture, in pixels."),
    ("video_mean_rgb", "Mean colour of the last picture: red, green, blue, 0 to 255."),
    ("audio_muted", "Whether the microphone was off at the end."),
    ("audio_level_dbfs", "Loudness of the last 3 seconds of sound; -127: silent, or muted."),
    ("audio_peak_hz", "The loudest frequency of the last half second; 0: silent."),
    ("audio_gaps", "Holes of more than 60 ms."),
    ("audio_delay_ms", "Sound that waited to be played at the end."),
    ("audio_target_ms", "How much of it the network asks for."),
    ("audio_packets", "Packets received."),
    ("audio_ok", "Pieces of 20 ms, as the rest down to audio_drop: played as they came."),
    ("audio_fec", "Rebuilt from the next packet."),
    ("audio_copies", "Played from a copy in a later packet."),
    ("audio_plc", "Lost and concealed."),
    ("audio_dry", "Not there yet, and concealed."),
    ("audio_pause", "Of a pause."),
    ("audio_late", "Too late."),
    ("audio_drop", "Left out, since far too much waited."),
    ("audio_acc", "Pitch periods taken out, to catch up."),
    ("audio_exp", "Pitch periods put in, to wait."),
    ("audio_rebuffer", "Times the sound ran dry and was gathered again."),
    ("audio_damaged", "Packets that are not Opus."),
    ("audio_restart", "Jumps of the sender's clock."),
    ("packets_lost", "Lost on the network, sound and pictures."),
    ("jitter_ms", "How unevenly they came."),
    ("screen", "Once they shared a screen: the video_… and audio_… of it."),
)
_BEFORE: Final = (("", CALL), ("own_sound.", OWN_SOUND), ("participants.ID.", PARTICIPANT))


def figures_text() -> str:
    """Every name in the document, one line each."""
    rows = [(before + name, meaning) for before, part in _BEFORE for name, meaning in part]
    width = max(len(name) for name, _ in rows)
    lines = [f"{name.ljust(width)}  {meaning}" for name, meaning in rows]
    return "\n".join([*lines, "", _ENDING]) + "\n"


_ENDING: Final = "They are written when the call is over: cellcall join SESSION --stats FILE"
