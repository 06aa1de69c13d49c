"""A handle on a session in this process: `--headless`, library use, and inside the engine."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

from tui.domain.device_choice import DeviceInfo, MediaChoice
from tui.domain.ids import ParticipantId
from tui.domain.preparing import ServerAnswer
from tui.domain.settings import AppSettings, Layout
from tui.domain.snapshot import ChatMessage, LoggedCall, RunningSession, Snapshot, User
from tui.engine.outbox import Outbox, Reply
from tui.engine.panel import FrontEndPanel
from tui.engine.pictures import MemoryPictures
from tui.ports.handle import EngineGone, Picture, Update
from tui.session.calls import Calls, JoinResult


class LocalHandle:
    """The handle's commands as direct calls.

    Args:
        calls: The session core; closed with this handle.
        pictures: The slots `calls` was built with, or None where another side reads them.
    """

    def __init__(self, calls: Calls, pictures: MemoryPictures | None):
        self.calls = calls
        self._pictures = pictures
        self._outboxes: list[Outbox] = []

    async def init(self, settings: AppSettings) -> None:
        """See `Handle`."""
        await self.calls.init(settings)

    async def create_user(self, uid: str, name: str, api_key: str) -> User:
        """See `Handle`."""
        return await self.calls.create_user(uid, name, api_key)

    async def login(self, uid: str, api_key: str = "", server: str = "") -> User:
        """See `Handle`."""
        return await self.calls.login(uid, api_key, server)

    async def login_with_auth_token(self, auth_token: str, server: str = "") -> User:
        """See `Handle`."""
        return await self.calls.login_with_auth_token(auth_token, server)

    async def logout(self) -> None:
        """See `Handle`."""
        await self.calls.logout()

    async def get_user_auth_token(self) -> str | None:
        """See `Handle`."""
        return self.calls.get_user_auth_token()

    async def generate_token(self, session_id: str) -> str:
        """See `Handle`."""
        return (await self.calls.generate_token(session_id)).token

    async def join_session(
        self, call_token: str, settings: Mapping[str, Any], media: MediaChoice, server: str = ""
    ) -> None:
        """See `Handle`."""
        panel = FrontEndPanel()
        _raised(
            await self.calls.join_session(call_token, settings, panel, media=media, server=server)
        )

    async def join_session_by_id(
        self, session_id: str, settings: Mapping[str, Any], media: MediaChoice
    ) -> None:
        """See `Handle`."""
        _raised(
            await self.calls.join_session_by_id(session_id, settings, FrontEndPanel(), media=media)
        )

    async def join_url(
        self, url: str, token: str, settings: Mapping[str, Any], media: MediaChoice
    ) -> None:
        """See `Handle`."""
        _raised(await self.calls.join_url(url, token, settings, FrontEndPanel(), media=media))

    async def leave_session(self) -> None:
        """See `Handle`."""
        await self.calls.leave_session()

    async def end_session_for_all(self) -> None:
        """See `Handle`."""
        await self.calls.end_session_for_all()

    async def set_audio_muted(self, muted: bool) -> None:
        """See `Handle`."""
        await self.calls.mute_audio(muted)

    async def set_talking(self, talking: bool) -> None:
        """See `Handle`."""
        await self.calls.set_talking(talking)

    async def keep_talking(self) -> None:
        """See `Handle`."""
        self.calls.keep_talking()

    async def set_video_paused(self, paused: bool) -> None:
        """See `Handle`."""
        await self.calls.pause_video(paused)

    async def set_deafened(self, deafened: bool) -> None:
        """See `Handle`."""
        self.calls.set_deafened(deafened)

    async def duck(self, seconds: float) -> None:
        """See `Handle`."""
        self.calls.duck(seconds)

    async def say(self, text: str, program: str = "") -> bool:
        """See `Handle`."""
        return await self.calls.say(text, program)

    async def hush(self) -> None:
        """See `Handle`."""
        self.calls.hush()

    async def set_volume(self, who: ParticipantId, percent: int) -> None:
        """See `Handle`."""
        self.calls.set_volume(who, percent)

    async def set_microphone_closed(self, closed: bool) -> None:
        """See `Handle`."""
        await self.calls.set_microphone_closed(closed)

    async def set_earcons(self, on: bool) -> None:
        """See `Handle`."""
        self.calls.set_earcons(on)

    async def set_processing(self, stage: str, on: bool) -> None:
        """See `Handle`."""
        self.calls.set_processing(stage, on)

    async def check_server(self, address: str) -> ServerAnswer | None:
        """See `Handle`."""
        return await self.calls.server_check.run(address)

    async def check_sound(self, media: MediaChoice) -> None:
        """See `Handle`."""
        await self.calls.check_sound(media)

    async def check_camera(self, on: bool) -> tuple[int, int]:
        """See `Handle`."""
        return await self.calls.check_camera(on)

    async def end_sound_check(self) -> None:
        """See `Handle`."""
        await self.calls.end_sound_check()

    async def record_yourself(self) -> float:
        """See `Handle`."""
        return await self.calls.sound_test().record()

    async def play_recording(self) -> None:
        """See `Handle`."""
        await self.calls.sound_test().play_back()

    async def play_test_tone(self) -> None:
        """See `Handle`."""
        await self.calls.sound_test().play_tone()

    async def set_hand_raised(self, raised: bool) -> None:
        """See `Handle`."""
        await (self.calls.raise_hand() if raised else self.calls.lower_hand())

    async def set_layout(self, layout: Layout) -> None:
        """See `Handle`."""
        self.calls.set_layout(layout)

    async def set_fit_pictures(self, fit: bool) -> None:
        """See `Handle`."""
        self.calls.set_fit_pictures(fit)

    async def pin_participant(self, who: ParticipantId) -> None:
        """See `Handle`."""
        self.calls.pin_participant(who)

    async def mute_participant(self, who: ParticipantId) -> None:
        """See `Handle`."""
        await self.calls.mute_participant(who)

    async def pause_participant_video(self, who: ParticipantId) -> None:
        """See `Handle`."""
        await self.calls.pause_participant_video(who)

    async def remove_participant(self, who: ParticipantId) -> None:
        """See `Handle`."""
        await self.calls.remove_participant(who)

    async def send_chat(self, text: str) -> None:
        """See `Handle`."""
        await self.calls.send_chat(text)

    async def mark_chat_read(self) -> None:
        """See `Handle`."""
        self.calls.mark_chat_read()

    async def chat_history(self) -> tuple[ChatMessage, ...]:
        """See `Handle`."""
        return self.calls.chat_history()

    async def stay(self) -> None:
        """See `Handle`."""
        self.calls.stay()

    async def press_button(self, event_name: str) -> None:
        """See `Handle`."""
        self.calls.press_button(event_name)

    async def running_sessions(self) -> tuple[RunningSession, ...]:
        """See `Handle`."""
        return await self.calls.running_sessions()

    async def call_log(self) -> tuple[LoggedCall, ...]:
        """See `Handle`."""
        return await self.calls.call_log()

    async def list_devices(self, kind: str) -> tuple[DeviceInfo, ...]:
        """See `Handle`."""
        return self.calls.list_devices(kind)

    async def set_device(self, kind: str, name: str) -> None:
        """See `Handle`."""
        await self.calls.set_device(kind, name)

    async def stats(self) -> Mapping[str, Any]:
        """See `Handle`."""
        return self.calls.stats()

    # ---- what comes down
    def snapshot(self) -> Snapshot:
        """See `Handle`."""
        return self.calls.outlet.newest

    async def updates(self) -> AsyncIterator[Update]:
        """See `Handle`."""
        outbox = Outbox()
        outbox.put(self.snapshot())
        unsubscribe = self.calls.outlet.subscribe(outbox.put)
        self._outboxes.append(outbox)
        try:
            while True:
                for update in await outbox.take():
                    if isinstance(update, Reply):
                        continue
                    yield update
                    if isinstance(update, EngineGone):
                        return
        finally:
            unsubscribe()
            self._outboxes.remove(outbox)

    def show_picture(self, who: ParticipantId, width: int, height: int, fps: float = 0.0) -> None:
        """See `Handle`."""
        if self._pictures is not None:
            self._pictures.want(who, width, height)
        self.calls.want_picture(who, width, height, fps)

    def picture(self, who: ParticipantId) -> Picture | None:
        """See `Handle`."""
        return self._pictures.newest(who) if self._pictures is not None else None

    async def close(self) -> None:
        """See `Handle`."""
        await self.calls.aclose()
        for outbox in self._outboxes:
            outbox.put(EngineGone("The session was closed."))


def _raised(result: JoinResult) -> None:
    if result.error is not None:
        raise result.error
