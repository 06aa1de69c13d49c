"""The sentence for each happening, in English; another language is one more module like this.

A sentence says who did what, by name and never by uid, so that it can stand alone: in a log, in a
toast, read aloud. An empty one means that nobody is told.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, assert_never

from tui.domain import happenings as h
from tui.domain.happenings.english_phrases import (
    alone_sentence,
    chat_sentence,
    ending_sentence,
    gone_sentence,
    joined_sentence,
    left_sentence,
    speaking_sentence,
)
from tui.domain.ids import TrackSource
from tui.domain.rights import Right, rights_words
from tui.domain.sealing import Sealing
from tui.domain.snapshot import ChatMessage
from tui.domain.wording import (
    away_sentence,
    counted,
    duration_words,
    people_words,
    with_remedy,
)

_NAMED_ON_JOINING: Final = 8
_ZOOMED: Final[Mapping[str, str]] = {
    "fit": "All of the picture.",
    "half": "Half size. Arrows move it.",
    "full": "Full size. Arrows move it.",
    "follow": "Full size, where something changes. Arrows move it.",
}


def sentence(happening: h.Happening) -> str:
    """One line, in plain words; empty when nobody is told of it."""
    if isinstance(happening, h.OfSession):
        return _of_session(happening)
    if isinstance(happening, h.OfWhatIsWritten):
        return _of_what_is_written(happening)
    if isinstance(happening, h.OfPeople):
        return _of_people(happening)
    if isinstance(happening, h.OfOurMedia):
        return _of_our_media(happening)
    if isinstance(happening, h.OfOurPlace):
        return _of_our_place(happening)
    return _of_devices(happening)


def _of_session(happening: h.OfSession) -> str:
    match happening:
        case h.LockChanged(locked):
            return (
                "The call is locked: nobody new comes in unless a moderator lets them in."
                if locked
                else "The call is no longer locked."
            )
        case h.Knocked(name):
            return f"{name} wants to come in. /admit lets them in, /admit {name} no does not."
        case h.GuestWelcomed(link):
            return f"You are a guest here: you see, read and write. For sound, open {link}"
        case h.SessionJoined():
            return _joined(happening)
        case h.SessionRecorded():
            return "This call is recorded by the server."
        case h.SessionRecordedNoMore():
            return "The server no longer records this call."
        case h.TranscriptKept(by, ours):
            who = "You have" if ours else f"{by} has"
            return f"{who} the server keep what is said in captions, for whoever is in this call."
        case h.TranscriptRefused(problem):
            return f"No transcript is kept: {problem}"
        case h.TranscriptKeptNoMore():
            return "The server no longer keeps what is said."
        case h.InLobby(not_begun):
            if not_begun:
                return "You wait until somebody with an account begins the call."
            return "You wait in the lobby until a moderator lets you in."
        case h.MediaFound(muted):
            return f"Sound and pictures get through now. You are {'muted' if muted else 'heard'}."
        case h.SettingsIgnored(names):
            known = "`cellcall settings` lists what works."
            return f"Without effect here: {', '.join(names)}. {known}"
        case h.ConnectionLost():
            return "Connection lost. Trying again. Nobody hears you now."
        case h.ConnectionRestored(gap_s, muted, chat_missing):
            gap = counted(max(1, round(gap_s)), "second")
            told = f"Connected again after {gap}. You are {'muted' if muted else 'heard'}."
            return told + " Messages and captions of that time may be missing." * chat_missing
        case h.SessionLeft(title, lasted_s):
            return left_sentence(title, lasted_s)
        case h.SessionEnded(reason, detail):
            return ending_sentence(reason, detail)
        case h.IdlePrompted(seconds_left):
            return f"{alone_sentence(seconds_left)} Stay or leave?"
        case h.IdleAnswered(asked_again_s):
            again = duration_words(asked_again_s)
            return f"Staying. You will be asked again if you are alone for {again}."
        case (
            h.ConnectionFailed()
            | h.RemoteConnectionChanged()
            | h.FrontEndActed()
            | h.StateChanged()
        ):
            return ""
        case _:
            assert_never(happening)


def _of_what_is_written(happening: h.OfWhatIsWritten) -> str:
    match happening:
        case h.Captioned(caption):
            return f"{caption.label}: {caption.text}"
        case h.CaptionsBegan():
            return "What is said comes as captions, too. k shows them; in plain mode, /captions on."
        case h.CaptionCut(sender):
            return f"A caption from {sender} was too long: only its beginning is shown."
        case h.FileComing(sender, name, size, percent):
            if not percent:
                return f"{sender} sends {name}, {size}."
            return f"{percent} percent of {name} has arrived." if percent < 100 else ""
        case h.FileMissed(sender, name, why):
            return f"{name} from {sender} did not arrive: {why}."
        case h.CaptionerChanged(person, writes):
            return f"{person.name} {'writes' if writes else 'no longer writes'} captions."
        case h.CaptionedByProgram(person, on):
            more = "" if on else "no more "
            return f"A program writes {more}captions of what {person.name} says."
        case h.WritingCaptions(on):
            if not on:
                return "What you type is chat again."
            return "What you type is captions now: WORDS, or NAME: WORDS. /say TEXT chats."
        case ChatMessage(history=True):
            return ""  # it is shown where chat is
        case ChatMessage():
            return chat_sentence(happening)
        case _:
            assert_never(happening)


def _of_people(happening: h.OfPeople) -> str:
    match happening:
        case h.Joined(peer_call=True) | h.Left(peer_call=True):
            return ""  # each of the two sees and hears it
        case h.Joined(person, people):
            return joined_sentence([person.name], people)
        case h.Left(person, people):
            return gone_sentence([person.name], people)
        case h.ScreenShared(person):
            return f"{person.name} shares a screen."
        case h.TerminalShared(person):
            return f"{person.name} shares a terminal. /share read reads it."
        case h.ScreenShareEnded(person):
            return f"{person.name} stopped sharing the screen."
        case h.TheyRecord(person):
            return f"{person.name} records this call."
        case h.TheyRecordNoMore(person):
            return f"{person.name} no longer records this call."
        case h.PicturesUnfit(person, source, codec):
            what = "screen" if source is TrackSource.SCREEN_SHARE else "camera"
            why = (
                f"is sent as {codec}, which can't be shown" if codec else "is too large to be shown"
            )
            return f"The {what} of {person.name} {why} here."
        case h.NotOpened(person, sealing):
            return _NOT_OPENED.get(sealing, "").format(name=person.name)
        case h.HandRaised(person):
            return f"{person.name} raised a hand."
        case h.Reacted(person, reaction):
            return f"{person.name}: {reaction.told}."
        case h.HandLowered(person):
            return f"{person.name} lowered their hand."
        case h.SpeakerChanged(person):
            return speaking_sentence([person.name])
        case h.AwayChanged(person, away):
            return f"{person.name} is {'away' if away else 'back'}."
        case (
            h.Present()
            | h.Identified()
            | h.PeopleChanged()
            | h.TheirMicrophoneChanged()
            | h.TheirCameraChanged()
        ):
            return ""
        case _:
            assert_never(happening)


def _of_our_media(happening: h.OfOurMedia) -> str:
    match happening:
        case h.MicrophoneStarted():
            return "Your microphone is on."
        case h.CameraStarted():
            return "Your camera is on."
        case h.MicrophoneChanged():
            return _microphone(happening)
        case h.MicrophoneClosed(closed=True):
            return "Microphone closed: the device is off. Unmuting opens it again."
        case h.MicrophoneClosed(muted=muted):
            return "Microphone open, and muted." if muted else "Microphone open."
        case h.TalkChanged(lost=lost):
            return "Microphone off: the talk key was lost." if lost else ""
        case h.TalkingWhileMuted():
            return "You are talking while muted."
        case h.CameraChanged(paused):
            return "Camera off." if paused else "Camera on."
        case h.CameraStaysOff(problem, none_chosen):
            why = "this call has none. /use camera NAME takes one." if none_chosen else problem
            return f"The camera stays off: {why}"
        case h.MutedByModerator(by):
            who = by or "A moderator"
            return f"{who} muted you. Turn the microphone on when you want to speak."
        case h.CameraStoppedByModerator(by):
            return f"{by or 'A moderator'} stopped your camera."
        case h.RecordingStarted(path, pictures):
            what = "sound and pictures" if pictures else "sound"
            return f"You record this call, {what}, to {path}. Everybody is told."
        case h.RecordingEnded():
            return _recording_ended(happening)
        case h.RecordingFailed(problem):
            return f"Nothing is recorded: {problem}"
        case h.ShareStarted(what):
            return f"You share {_shared(what)}. Everybody in the call sees it."
        case h.ShareFailed(problem):
            return f"Nothing is shared: {problem}"
        case h.TerminalAsPictures(problem):
            return f"The others see your terminal as pictures, not as text. {problem}"
        case h.ShareEnded(problem):
            return f"You no longer share anything. {problem}".rstrip()
        case h.ShareEndedByModerator(by):
            return f"{by or 'A moderator'} ended what you shared."
        case h.FileSending(name, size, percent):
            return f"{percent} percent of {name} sent." if percent else f"Sending {name}, {size}."
        case h.FileUnsent(name, problem):
            return f"{name} was not sent. {problem}"
        case h.OwnCaptions(on, problem):
            if on:
                return "A program here writes captions of what you say. Everybody is told."
            return f"No program writes captions of what you say. {problem}".rstrip()
        case h.OwnCaptionsBehind(seconds):
            left = counted(max(1, round(seconds)), "second")
            return f"This machine is too slow for captions: {left} of what you said are missing."
        case h.CameraStopped():
            return ""
        case _:
            assert_never(happening)


def _of_our_place(happening: h.OfOurPlace) -> str:
    match happening:
        case h.CameBack(title, away_s, unread):
            read = f" {counted(unread, 'unread message')}: /chat {unread}." if unread else ""
            gone = f"You are back in {title} after {duration_words(away_s)}."
            return f"{gone} Microphone and camera are off.{read}"
        case h.ModeratorChanged(moderator):
            return "You are a moderator now." if moderator else "You are no longer a moderator."
        case h.RightsChanged(taken, given):
            less = f"You may not {rights_words(taken)} in this call." if taken else ""
            more = f"You may {rights_words(given)} again." if given else ""
            speak = "Turn the microphone on when you want to." if Right.SPEAK in given else ""
            return " ".join(filter(None, (less, more, speak)))
        case h.OwnHandRaised(place=place):
            return f"Your hand is up. You are number {place}."
        case h.OwnHandLowered():
            return "Your hand is down."
        case h.OwnReaction(reaction):
            return f"You showed {reaction.told}."
        case h.ZoomChanged(step, follows):
            return _ZOOMED["follow" if follows else step]
        case h.LayoutChanged(layout, asked):
            return f"Layout {layout.lower()}." if asked else ""
        case h.SoundSwitched(off, still_heard):
            told = "Sound off: you hear nobody" if off else "Sound on"
            return told + (", and they hear you still." if still_heard else ".")
        case h.VolumeChanged(person, percent):
            return f"{person.name}: volume {percent} percent."
        case _:
            assert_never(happening)


def _recording_ended(ended: h.RecordingEnded) -> str:
    begin = f"The recording ended: {ended.why}." if ended.why else "You no longer record."
    kept = f"{duration_words(ended.seconds)} are in {ended.path}." if ended.seconds else ""
    return " ".join(filter(None, (begin, kept, ended.problem)))


def _shared(what: str) -> str:
    return f"your {what}" if what in ("screen", "terminal") else f"the {what}"


def _of_devices(happening: h.OfDevices) -> str:
    match happening:
        case h.DeviceFailed(problem=problem, remedy=remedy):
            return with_remedy(problem, remedy)
        case h.DeviceWorks(kind, label):
            return f"{kind.capitalize()} works again: {label}."
        case h.DeviceAway(kind, chosen, label):
            return away_sentence(kind, chosen, label)
        case h.DeviceCame(kind, label):
            return f"New {kind}: {label}."
        case h.DeviceGone(kind, label):
            return f"{kind.capitalize()} gone: {label}."
        case h.DefaultDeviceChanged(kind, label):
            return f"The {kind} is now {label}."
        case h.SoundProcessingMissing(problem, remedy):
            return with_remedy(problem, remedy)
        case h.SpeakerBehind():
            return "The speaker does not keep up. It is opened again with more delay."
        case h.DeviceChosen() | h.DevicesListed():
            return ""
        case _:
            assert_never(happening)


_NOT_OPENED: Final = {
    Sealing.NO_KEY: "What {name} sends is encrypted, and you have no key.",
    Sealing.NOT_SEALED: "{name} is not sealed: nothing of {name} is played or shown, "
    "and {name} can't open what you send.",
    Sealing.OTHER_KEY: "You and {name} have different keys: you neither hear nor see each other.",
}
_SEALED: Final = " The call is sealed: only those who have its key can hear, see and read you."


def _joined(joined: h.SessionJoined) -> str:
    """How many there are, who, and what they do not hear and see of us.

    Devices are not open yet; that they are is said when it is so.
    """
    ours, *others = joined.names[:_NAMED_ON_JOINING]
    names = ", ".join([f"{ours} (you)", *others])
    rest = len(joined.names) - _NAMED_ON_JOINING
    more = f" and {rest} more" if rest > 0 else ""
    microphone = " You are muted." if joined.muted else ""
    camera = " Camera off." if joined.camera_off else ""
    count = people_words(len(joined.names))
    if joined.missing:
        return (
            f"You are in {joined.title}, but nobody hears you and you hear nobody:"
            f" {joined.missing}. Still trying. {count}: {names}{more}."
        )
    sealed = _SEALED if joined.sealed else ""
    return f"Joined {joined.title}. {count}: {names}{more}.{microphone}{camera}{sealed}"


def _microphone(changed: h.MicrophoneChanged) -> str:
    if changed.muted:
        return "Microphone off."
    why = changed.problem
    if changed.none_chosen:
        why = "none is chosen. /use microphone NAME takes one."
    if changed.opening and not why:
        return "Microphone opening."
    return f"Microphone on, but it does not work: {why}" if why else "Microphone on."
