"""What we say of ourselves in a room: the whole set, each time anew (XEP-0045 7.7)."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from typing import Final

from tui.domain.ids import TrackSource
from tui.domain.join import JitsiJoin
from tui.domain.settings import SessionType
from tui.transport.jitsi.members import ATTRIBUTE, HAND
from tui.transport.jitsi.sources import DESKTOP, source_name
from tui.transport.jitsi.xml import CLIENT, MUC, MUTE_AUDIO, MUTE_VIDEO, NICK, Element, element

_XML_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}")


class OwnPresence:
    """Our presence in one room.

    Args:
        room: The room's JID.
        endpoint: Our nickname there.
        caps: What we can do (`disco.caps`).
        name: What we are called; empty: not said.
    """

    def __init__(self, room: str, endpoint: str, caps: Element, name: str) -> None:
        self.name = name
        self._to = f"{room}/{endpoint}"
        self._endpoint = endpoint
        self._caps = caps
        self._muted: dict[TrackSource, bool] = {}
        self._attributes: dict[str, str] = {}
        self._more: tuple[Element, ...] = ()

    def set_muted(self, source: TrackSource, *, muted: bool) -> None:
        """What we publish, and whether it is muted."""
        self._muted[source] = muted

    def end(self, source: TrackSource) -> None:
        """We publish it no longer."""
        self._muted.pop(source, None)

    def publishes(self, source: TrackSource) -> bool:
        """Whether the others know of it."""
        return source in self._muted

    def is_muted(self, source: TrackSource) -> bool:
        """Whether the others are told that it is muted."""
        return self._muted.get(source, True)

    def set_attributes(self, attributes: Mapping[str, str]) -> None:
        """Change some; one with an empty value goes. Names that XML has no form for are left."""
        for name, value in attributes.items():
            if value and _XML_NAME.fullmatch(name):
                self._attributes[name] = value
            else:
                self._attributes.pop(name, None)

    def tell_user(self, document: JitsiJoin, meeting_id: str) -> None:
        """Say whose client this is, as clients of CometChat read it (spec cometchat-calls (h)).

        SDK 5 reads `user-info`; 4 reads `uid` and `user_object`, and says of nobody without them
        that they joined.
        """
        user, settings = document.user, document.settings
        info = {
            "name": self.name or user.name,
            "pid": self._endpoint,
            "ruid": f"{self._endpoint}-human",
            "role": "none",
            "isLocal": True,
            "sources": {},
            "type": "human",
            "uid": user.uid,
            "avatar": user.avatar,
        }
        now_ms = int(time.time() * 1000)
        described = {"uid": user.uid, "name": user.name, "avatar": user.avatar, "joinnedAt": now_ms}
        config = {
            "session_id": document.room,
            "uid": user.uid,
            "is_audio_only": _said(settings.session_type is SessionType.VOICE),
            "is_audio_muted": _said(settings.start_audio_muted),
            "is_video_muted": _said(settings.start_video_paused),
            "is_peer_call": _said(settings.is_peer_call),
            "start_recording_on_call_start": _said(settings.auto_start_recording),
            "platform": "python",
            "meeting_id": meeting_id,
            "mode": settings.layout,
        }
        self._more = (
            element(CLIENT, "user-info", None, json.dumps(info)),
            element(CLIENT, "uid", None, user.uid),
            element(CLIENT, "user_object", described),
            element(CLIENT, "initial_config", config),
        )

    def joining(self, password: str) -> Element:
        """The presence that asks to come in."""
        history = element(MUC, "history", {"maxstanzas": 50})
        words = [element(MUC, "password", None, password)] if password else []
        made = self.now()
        made.insert(0, element(MUC, "x", None, *words, history))
        return made

    def now(self) -> Element:
        """The presence as it stands."""
        made = element(CLIENT, "presence", {"to": self._to}, self._caps)
        if self.name:
            made.append(element(NICK, "nick", None, self.name))
        made.append(element(CLIENT, "stats-id", None, f"cellcall-{self._endpoint[:3]}"))
        # Others send only what everybody can decode; who says nothing is not asked.
        made.append(element(CLIENT, f"{ATTRIBUTE}codecList", None, "vp8"))
        info = {
            source_name(self._endpoint, source): {"muted": muted}
            | ({"videoType": DESKTOP} if source is TrackSource.SCREEN_SHARE else {})
            for source, muted in self._muted.items()
        }
        made.append(element(CLIENT, "SourceInfo", None, json.dumps(info)))
        # What clients before 2022 read instead; those after them do not look at it.
        for namespace, name, source in (
            (MUTE_AUDIO, "audiomuted", TrackSource.MICROPHONE),
            (MUTE_VIDEO, "videomuted", TrackSource.CAMERA),
        ):
            made.append(element(namespace, name, None, str(self.is_muted(source)).lower()))
        for name, value in self._attributes.items():
            known = HAND if name == "hand" else name
            made.append(element(CLIENT, f"{ATTRIBUTE}{known}", None, value))
        made.extend(self._more)
        return made

    def leaving(self) -> Element:
        """The presence that says goodbye."""
        return element(CLIENT, "presence", {"to": self._to, "type": "unavailable"})


def _said(value: bool) -> str:
    return str(value).lower()
