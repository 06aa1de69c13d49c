"""A seat at a session: one front end's commands, done; the one place that matches on them.

Several front ends may have one each at the same session. What belongs to one of them is kept by
seat: its hold on the talk key, and which pictures it shows. Both end with the seat.
"""

from __future__ import annotations

import asyncio
from typing import Any, TypeVar, assert_never, cast

from tui.domain.actions import BY_ID
from tui.domain.commands import AnyCommand, Command
from tui.domain.commands import account as _account
from tui.domain.commands import call as _call
from tui.domain.commands import local as _local
from tui.domain.commands import own as _own
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.ids import StreamId, TrackSource
from tui.domain.text import clean
from tui.session.checks import device_kind
from tui.session.core import SessionCore

R = TypeVar("R")


class Seat:
    """One front end's place at a session.

    Args:
        core: The session core; seats come and go, it stays.
    """

    def __init__(self, core: SessionCore):
        self._core = core

    async def do(self, command: Command[R], *, action: str = "") -> R:
        """Do a command; `action` is the id of the row of the action table it was chosen by.

        Raises:
            CallsError: What was refused.
        """
        if action:
            self._press(action)
        return cast(R, await self._done(cast(AnyCommand, command)))

    def _press(self, action: str) -> None:
        row = BY_ID.get(action)
        if row is None:
            raise CallsError(ErrorCode.VALIDATION, f"{clean(action, 60)} is not an action.")
        if row.button_event:
            self._core.press_button(row.button_event)

    async def _done(self, command: AnyCommand) -> Any:
        if isinstance(command, _account.AccountCommand):
            return await self._account(command)
        if isinstance(command, _call.PresenceCommand):
            return await self._presence(command)
        if isinstance(command, _call.WrittenCommand):
            return await self._written(command)
        if isinstance(command, _call.ModeratorCommand):
            return await self._moderate(command)
        if isinstance(command, _own.OwnCommand):
            return await self._own(command)
        return await self._local(command)

    async def _account(self, command: _account.AccountCommand) -> Any:
        core, account = self._core, self._core.account
        match command:
            case _account.Init(settings):
                await core.init(settings)
            case _account.CreateUser(uid, name, api_key):
                return await account.service.create_user(uid, name, api_key)
            case _account.Login(uid, api_key, server):
                return await core.login(uid, api_key, server)
            case _account.LoginWithToken(auth_token, server):
                return await core.login_with_auth_token(auth_token, server)
            case _account.Logout():
                await core.logout()
            case _account.GetAuthToken():
                return account.auth_token
            case _account.GenerateToken(session_id, auth_token):
                return await core.admission.generate_token(session_id, auth_token)
            case _account.ListRunning():
                return await account.service.running_sessions(account.require_token())
            case _account.ListCalls(query, auth_token):
                return await account.service.call_log(auth_token or account.require_token(), query)
            case _account.ListTranscripts(session_id, page, limit):
                return await account.service.transcripts(
                    account.require_token(), session_id, page=page, limit=limit
                )
            case _account.DeleteTranscript(tid):
                await account.service.delete_transcript(account.require_token(), tid)
            case _account.CheckServer(address):
                return await core.server_check.run(address)
            case _account.MeetServer(address, certificate):
                await asyncio.to_thread(core.meet, address, certificate)
            case _:
                assert_never(command)

    async def _presence(self, command: _call.PresenceCommand) -> Any:
        core, current = self._core, self._core.current
        match command:
            case _call.JoinWithToken(token, settings, media, server, key):
                await core.join_session(token, settings, media, server=server, key=key)
            case _call.JoinById(session_id, settings, media, key):
                await core.join_session_by_id(session_id, settings, media, key=key)
            case _call.JoinAsGuest(session_id, invitation, settings, media, server, key):
                await core.join_as_guest(
                    session_id, invitation, settings, media, server=server, key=key
                )
            case _call.UseKey(key):
                await core.use_key(key)
            case _call.Invite():
                return await core.invite()
            case _call.JoinRoom(url, token, settings, media, key):
                await core.join_url(url, token, settings, media, key=key)
            case _call.JoinJitsi(link, token, password, settings, media):
                await core.join_jitsi(link, token, password, settings, media)
            case _call.Leave():
                await core.leave()
            case _call.Detach(seconds):
                return await core.detach(seconds)
            case _call.Attach():
                if current.going is not None:
                    await current.going.absence.end()
            case _call.KeepWhenLost(keeps):
                core.keeps_when_lost = keeps
            case _call.EndForAll():
                await current.joined().end_for_all()
                await current.leave()
            case _call.Stay():
                if current.newest is not None:
                    current.newest.idleness.stay()
            case _call.PressButton(event_name):
                core.press_button(event_name)
            case _call.GetStats():
                return current.newest.stats() if current.newest is not None else {}
            case _:
                assert_never(command)

    async def _written(self, command: _call.WrittenCommand) -> Any:
        current = self._core.current
        match command:
            case _call.SendChat(text, answers):
                await current.joined().chat.send(text, answers)
            case _call.SendFile(path):
                await current.joined().files.send(path)
            case _call.SaveFile(number, folder):
                return await (current.newest or current.joined()).files.save(number, folder)
            case _call.MarkChatRead():
                if current.newest is not None:
                    current.newest.chat.set_unread(0)
            case _call.SetUnread(count):
                current.joined().chat.set_unread(count)
            case _call.ReadChat():
                return current.newest.chat.messages if current.newest is not None else ()
            case _call.SendCaption(text, speaker):
                await current.joined().captions.send(text, speaker)
            case _call.SetCaptioner(writes):
                await current.joined().captions.set_captioner(writes)
            case _call.ReadCaptions():
                return current.newest.captions.transcript if current.newest is not None else ()
            case _:
                assert_never(command)

    async def _moderate(self, command: _call.ModeratorCommand) -> None:
        moderation = self._core.current.joined().moderation
        match command:
            case _call.MuteOther(participant):
                await moderation.mute(participant, TrackSource.MICROPHONE)
            case _call.StopVideoOf(participant):
                await moderation.mute(participant, TrackSource.CAMERA)
            case _call.Remove(participant):
                await moderation.remove(participant)
            case _call.SetLocked(locked):
                await moderation.lock(on=locked)
            case _call.AnswerKnock(knock, let_in):
                await moderation.answer(knock, let_in=let_in)
            case _call.Readmit(participant):
                await moderation.readmit(participant)
            case _call.LetAllUnmute(on):
                await moderation.let_all(on=on)
            case _call.LetUnmute(participant):
                await moderation.let(participant)
            case _:
                assert_never(command)

    async def _own(self, command: _own.OwnCommand) -> Any:
        current = self._core.current
        match command:
            case _own.SetMuted(muted):
                await current.joined().own.set_audio_muted(muted)
            case _own.SetTalking(talking):
                await current.joined().own.set_talking(talking, self)
            case _own.SpeakText(text):
                await current.joined().voice.say(text)
            case _own.KeepTalking():
                if current.newest is not None:
                    current.newest.own.keep_talking(self)
            case _own.SetMicrophoneClosed(closed):
                await current.joined().own.set_microphone_closed(closed)
            case _own.SetVideoPaused(paused):
                await current.joined().own.set_video_paused(paused)
            case _own.SetHandRaised(raised):
                await current.joined().own.set_hand_raised(raised)
            case _own.StartShare(name):
                await current.joined().share.start(name)
            case _own.StopShare():
                await current.joined().share.stop()
            case _own.StartRecording(path, pictures):
                await current.joined().recording.start(path, pictures)
            case _own.React(reaction):
                await current.joined().reacting.show(reaction)
            case _own.StopRecording():
                await current.joined().recording.stop()
            case _own.KeepTranscript(keeps):
                await current.joined().transcribing.ask(keeps)
            case _own.SetOwnCaptions(on, model):
                await current.joined().own_captions.switch(on=on, model=model)
            case _own.SetProcessing(stage, on):
                current.joined().media.switch_processing(stage, on=on)
            case _own.ListDevices(kind):
                return self._core.devices.list_devices(device_kind(kind))
            case _own.SetDevice(kind, name):
                await current.joined().own.choose_device(device_kind(kind), name)
            case _own.CheckSound(media):
                await current.check_sound(media)
            case _own.CheckCamera(on):
                return await current.check_camera(on)
            case _own.EndSoundCheck():
                await current.end_sound_check()
            case _own.RecordYourself():
                return await current.sound_test().record()
            case _own.PlayRecording():
                await current.sound_test().play_back()
            case _own.PlayTestTone():
                await current.sound_test().play_tone()
            case _:
                assert_never(command)

    async def _local(self, command: _local.LocalCommand) -> Any:
        current = self._core.current
        match command:
            case _local.SetDeafened(deafened):
                current.joined().listening.set_deafened(deafened)
            case _local.SetVolume(participant, percent):
                current.joined().listening.set_volume(participant, percent)
            case _local.SetEarcons(on):
                current.set_earcons(on)
            case _local.Duck(seconds):
                if current.going is not None:
                    current.going.listening.duck(seconds)
            case _local.Say(text, program):
                return await current.say(text, program)
            case _local.Hush():
                current.hush()
            case _local.SetLayout(layout):
                current.joined().viewing.set_layout(layout)
            case _local.SetZoom(participant, source, number, step, follows):
                stream = StreamId(participant, source, number)
                current.joined().viewing.set_zoom(stream, step, follows=follows)
            case _local.MoveZoom(across, down):
                current.joined().viewing.move_zoom(across, down)
            case _local.ReadTerminal(participant, after, lines):
                return await current.joined().terminals.read(participant, after, lines)
            case _local.SetFitPictures(fit):
                current.joined().viewing.set_fit_pictures(fit)
            case _local.Pin():
                current.joined().viewing.pin(command.stream)
            case _local.Unpin():
                current.joined().viewing.pin(None)
            case _:
                assert_never(command)

    def show_picture(self, stream: StreamId, width: int, height: int, fps: float = 0.0) -> None:
        """Advice to the server about a stream's pictures."""
        if (call := self._core.current.going) is not None:
            call.viewing.want_picture(stream, width, height, fps, holder=self)

    async def leave(self) -> None:
        """Give up the seat: whatever it holds ends. Idempotent."""
        if (call := self._core.current.newest) is not None:
            call.viewing.forget(self)
            await call.own.set_talking(False, self)
