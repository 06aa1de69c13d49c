"""Brings each event of the transport to the part of the call that it is about."""

from __future__ import annotations

from typing import Protocol

from tui.domain.happenings import InLobby
from tui.domain.ids import TrackSource
from tui.ports.transport_events import (
    CaptionReceived,
    ChatReceived,
    Disconnected,
    FileReceived,
    LockTold,
    MediaConnected,
    MediaMissing,
    MutedByServer,
    OwnRightsChanged,
    OwnRoleChanged,
    ParticipantLeft,
    ParticipantUpdated,
    QualityChanged,
    Reconnected,
    Reconnecting,
    RecordingTold,
    RowsReceived,
    SpeakersChanged,
    TranscriptTold,
    TransportEvent,
    WaitingToBeLetIn,
)
from tui.session.autostart import Autostart
from tui.session.captions import Captions
from tui.session.chat import Chat
from tui.session.clock import Clock
from tui.session.entry import Entry
from tui.session.files import Files
from tui.session.lifetime import Lifetime
from tui.session.moderation import Moderation
from tui.session.outlet import Happened
from tui.session.own_share import OwnShare
from tui.session.own_state import OwnState
from tui.session.people import People
from tui.session.recording import Recording
from tui.session.roster import Roster
from tui.session.speaking import SpeakingMarks
from tui.session.terminals import Terminals
from tui.session.transcribing import Transcribing


class Parts(Protocol):
    """A call, as far as events reach into it."""

    roster: Roster
    people: People
    speaking: SpeakingMarks
    chat: Chat
    files: Files
    captions: Captions
    own: OwnState
    share: OwnShare
    recording: Recording
    transcribing: Transcribing
    autostart: Autostart
    terminals: Terminals
    moderation: Moderation
    entry: Entry
    life: Lifetime

    @property
    def happened(self) -> Happened:
        """Delivers what happened."""


class Incoming:
    """See the module.

    Args:
        parts: The call.
        clock: When.
    """

    def __init__(self, parts: Parts, clock: Clock):
        self._parts = parts
        self._clock = clock

    async def take(self, event: TransportEvent) -> None:
        """Act on one event."""
        parts = self._parts
        match event:
            case ParticipantUpdated(participant):
                parts.people.updated(participant)
                await parts.recording.people_changed()
                await parts.terminals.people_changed()
            case ParticipantLeft(identity):
                parts.people.left(identity)
                await parts.terminals.people_changed()
            case SpeakersChanged(identities):
                parts.speaking.heard(identities, self._clock.monotonic_s())
            case QualityChanged(quality):
                parts.roster.quality(quality)
            case ChatReceived():
                parts.chat.arrived(event)
            case FileReceived():
                parts.files.heard(event)
            case CaptionReceived():
                parts.captions.heard(event)
            case RowsReceived(identity, message):
                await parts.terminals.heard(identity, message)
            case MutedByServer(source, by):
                moderator = parts.roster.get(by)
                name = moderator.name if moderator else ""
                if source is TrackSource.SCREEN_SHARE:
                    await parts.share.stopped_by_moderator(name)
                else:
                    await parts.own.muted_by_moderator(source, name)
            case OwnRoleChanged(role):
                parts.own.role_changed(role)
                parts.autostart.begin()
            case WaitingToBeLetIn(not_begun):
                parts.happened(InLobby(not_begun))
            case OwnRightsChanged(rights):
                await parts.own.rights_changed(rights)
                if not rights.share:
                    await parts.share.stop()
            case LockTold():
                parts.moderation.lock_told(event)
            case MediaConnected():
                parts.entry.media_flow()
            case RecordingTold():
                parts.recording.told(event)
            case TranscriptTold(by):
                parts.transcribing.told(by)
            case MediaMissing(why):
                parts.entry.media_missing(why)
            case Reconnecting(attempt, _, silent_s):
                parts.life.reconnecting(attempt, silent_s)
                await parts.own.stop_talking()
            case Reconnected(joined, chat_missing):
                parts.people.reconnected(joined)
                muted = parts.roster.ourselves().audio_muted
                parts.captions.returned()
                parts.life.reconnected(muted=muted, chat_missing=chat_missing)
                parts.entry.joined_again()
            case Disconnected(reason, detail):
                parts.life.disconnected(reason, detail)
