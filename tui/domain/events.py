"""The documented event names of the Calls SDK v5 (spec cometchat-calls (c)) and their carrier."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any, Final

from tui.domain.frozen import dataclass

SESSION_EVENTS: Final = (
    "onSessionJoined",
    "onSessionLeft",
    "onConnectionLost",
    "onConnectionRestored",
    "onConnectionClosed",
    "onConnectionFailed",
    "onSessionTimedOut",
    "onRemoteConnectionLost",
    "onRemoteConnectionRestored",
)
MEDIA_EVENTS: Final = (
    "onAudioMuted",
    "onAudioUnMuted",
    "onVideoPaused",
    "onVideoResumed",
    "onRecordingStarted",
    "onRecordingStopped",
    "onStreamingStarted",
    "onStreamingStopped",
    "onScreenShareStarted",
    "onScreenShareStopped",
    "onAudioInputDeviceChanged",
    "onVideoInputDeviceChanged",
    "onAudioOutputDeviceChanged",
    "onAudioInputDevicesChanged",
    "onVideoInputDevicesChanged",
    "onAudioOutputDevicesChanged",
)
PARTICIPANT_EVENTS: Final = (
    "onParticipantJoined",
    "onParticipantLeft",
    "onParticipantListChanged",
    "onParticipantAudioMuted",
    "onParticipantAudioUnmuted",
    "onParticipantVideoPaused",
    "onParticipantVideoResumed",
    "onParticipantHandRaised",
    "onParticipantHandLowered",
    "onParticipantStartedScreenShare",
    "onParticipantStoppedScreenShare",
    "onParticipantStartedRecording",
    "onParticipantStoppedRecording",
    "onParticipantStartedStreaming",
    "onParticipantStoppedStreaming",
    "onDominantSpeakerChanged",
)
BUTTON_EVENTS: Final = (
    "onLeaveSessionButtonClicked",
    "onRaiseHandButtonClicked",
    "onShareInviteButtonClicked",
    "onChangeLayoutButtonClicked",
    "onParticipantListButtonClicked",
    "onToggleAudioButtonClicked",
    "onToggleVideoButtonClicked",
    "onRecordingToggleButtonClicked",
    "onScreenShareButtonClicked",
    "onChatButtonClicked",
)
LAYOUT_EVENTS: Final = (
    "onCallLayoutChanged",
    "onParticipantListVisible",
    "onParticipantListHidden",
)

NEVER_FIRED: Final[Mapping[str, str]] = {
    "onStreamingStarted": "nothing here streams a session to a broadcaster",
    "onStreamingStopped": "nothing here streams a session to a broadcaster",
    "onParticipantStartedStreaming": "no transport tells of a broadcast",
    "onParticipantStoppedStreaming": "no transport tells of a broadcast",
}
"""The documented events that never fire, and why."""

FRONT_END_EVENTS: Final = frozenset(
    (*BUTTON_EVENTS, "onParticipantListVisible", "onParticipantListHidden")
) - frozenset(NEVER_FIRED)
"""What only the front end knows, and tells the session with `press_button`."""

EVENTS: Final = (
    *SESSION_EVENTS,
    *MEDIA_EVENTS,
    *PARTICIPANT_EVENTS,
    *BUTTON_EVENTS,
    *LAYOUT_EVENTS,
)
"""Every documented event, in the order of the documentation."""
EVENT_NAMES: Final = frozenset(EVENTS)


@dataclass(frozen=True, slots=True)
class SessionEvent:
    """One event as `add_event_listener` delivers it."""

    name: str
    """One of `EVENT_NAMES`."""

    payload: Mapping[str, Any] | Sequence[Mapping[str, Any]] | str | None = field(default=None)
    """As documented: a participant `{pid, name, uid, avatar?}`, a list of them, a layout, None."""
