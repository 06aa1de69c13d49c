"""Which documented events of the Calls SDK v5 a happening is (spec cometchat-calls (c)).

An event about a participant needs `pid`, `name` and `uid`: of somebody whose uid is not known yet
there is none, as in the SDK, and `Identified` makes up for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, assert_never

from tui.domain import happenings as h
from tui.domain.events import SessionEvent
from tui.domain.snapshot import ChatMessage, DeviceKind, EndReason

_CHOSEN: Final[Mapping[DeviceKind, str]] = {
    DeviceKind.MICROPHONE: "onAudioInputDeviceChanged",
    DeviceKind.SPEAKER: "onAudioOutputDeviceChanged",
    DeviceKind.CAMERA: "onVideoInputDeviceChanged",
}
_LISTED: Final[Mapping[DeviceKind, str]] = {
    DeviceKind.MICROPHONE: "onAudioInputDevicesChanged",
    DeviceKind.SPEAKER: "onAudioOutputDevicesChanged",
    DeviceKind.CAMERA: "onVideoInputDevicesChanged",
}


def sdk_events(happening: h.Happening) -> tuple[SessionEvent, ...]:
    """The events to fire, in order; most happenings are one or none."""
    if isinstance(happening, h.OfSession):
        return _of_session(happening)
    if isinstance(happening, h.OfOthers):
        return _of_others(happening)
    if isinstance(happening, h.OfOurselves):
        return _of_ourselves(happening)
    match happening:
        case h.DeviceChosen(kind, name):
            return (SessionEvent(_CHOSEN[kind], {"deviceId": name, "label": name}),)
        case h.DevicesListed(kind, devices):
            listed = [{"deviceId": one.device_id, "label": one.label} for one in devices]
            return (SessionEvent(_LISTED[kind], listed),)
        case _:
            return ()


def _of_session(happening: h.OfSession) -> tuple[SessionEvent, ...]:
    match happening:
        case h.SessionJoined():
            return _plain("onSessionJoined")
        case h.ConnectionLost():
            return _plain("onConnectionLost")
        case h.ConnectionRestored():
            return _plain("onConnectionRestored")
        case h.ConnectionFailed(reason, detail):
            failure = {"name": reason, "message": detail, "recoverable": False}
            return (SessionEvent("onConnectionFailed", failure),)
        case h.SessionLeft():
            return _plain("onSessionLeft", "onConnectionClosed")
        case h.SessionEnded(reason):
            before = ("onSessionTimedOut",) if reason is EndReason.IDLE else ()
            return _plain(*before, "onSessionLeft", "onConnectionClosed")
        case h.RemoteConnectionChanged(lost):
            return _plain("onRemoteConnectionLost" if lost else "onRemoteConnectionRestored")
        case h.FrontEndActed(event):
            return _plain(event)
        case (
            h.MediaFound()
            | h.SettingsIgnored()
            | h.IdlePrompted()
            | h.IdleAnswered()
            | h.StateChanged()
        ):
            return ()
        case _:
            assert_never(happening)


def _of_others(happening: h.OfOthers) -> tuple[SessionEvent, ...]:
    match happening:
        case h.Present(person) | h.Joined(person) | h.Identified(person):
            return _about(person, "onParticipantJoined")
        case h.Left(person):
            return _about(person, "onParticipantLeft")
        case h.PeopleChanged(others):
            # As in the SDK: no list while it would tell of somebody unknown.
            known = all(other.uid for other in others)
            payload = [participant_payload(other) for other in others]
            return (SessionEvent("onParticipantListChanged", payload),) if known else ()
        case h.TheirMicrophoneChanged(person, muted):
            word = "onParticipantAudioMuted" if muted else "onParticipantAudioUnmuted"
            return _about(person, word)
        case h.TheirCameraChanged(person, paused):
            word = "onParticipantVideoPaused" if paused else "onParticipantVideoResumed"
            return _about(person, word)
        case h.HandRaised(person):
            return _about(person, "onParticipantHandRaised")
        case h.HandLowered(person):
            return _about(person, "onParticipantHandLowered")
        case h.SpeakerChanged(person):
            return _about(person, "onDominantSpeakerChanged")
        case h.Sealed() | ChatMessage():
            return ()
        case _:
            assert_never(happening)


def _of_ourselves(happening: h.OfOurselves) -> tuple[SessionEvent, ...]:
    match happening:
        case h.MicrophoneChanged(held_open=True):
            return ()
        case h.MicrophoneChanged(muted):
            return _plain("onAudioMuted" if muted else "onAudioUnMuted")
        case h.TalkChanged(talking):
            return _plain("onAudioUnMuted" if talking else "onAudioMuted")
        case h.MutedByModerator():
            return _plain("onAudioMuted")
        case h.CameraChanged(paused):
            return _plain("onVideoPaused" if paused else "onVideoResumed")
        case h.CameraStopped() | h.CameraStoppedByModerator():
            return _plain("onVideoPaused")
        case h.OwnHandRaised(person):
            return _about(person, "onParticipantHandRaised")
        case h.OwnHandLowered(person):
            return _about(person, "onParticipantHandLowered")
        case h.LayoutChanged(layout):
            return (SessionEvent("onCallLayoutChanged", layout),)
        case (
            h.MicrophoneStarted()
            | h.CameraStarted()
            | h.MicrophoneClosed()
            | h.TalkingWhileMuted()
            | h.CameraStaysOff()
            | h.ModeratorChanged()
            | h.SoundSwitched()
            | h.VolumeChanged()
        ):
            return ()
        case _:
            assert_never(happening)


def participant_payload(person: h.Person) -> dict[str, Any]:
    """The documented participant payload `{pid, name, uid, avatar?}`."""
    payload = {"pid": person.pid, "name": person.name, "uid": person.uid}
    return {**payload, "avatar": person.avatar} if person.avatar else payload


def _plain(*names: str) -> tuple[SessionEvent, ...]:
    return tuple(SessionEvent(name) for name in names)


def _about(person: h.Person, name: str) -> tuple[SessionEvent, ...]:
    return (SessionEvent(name, participant_payload(person)),) if person.uid else ()
