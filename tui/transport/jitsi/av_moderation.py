"""Who may turn a microphone, camera or share on by themselves (Jitsi's `av_moderation`).

A component of the server keeps it for each kind. It tells everybody who is not a moderator when a
kind is held, and whoever is let; moderators always may. Only that component is believed.
"""

from __future__ import annotations

from typing import Final

from tui.domain.ids import TrackSource
from tui.domain.rights import Rights
from tui.transport.jitsi.xml import CLIENT, JITMEET, Element, element, text_of
from tui.wire.json_object import json_object

_KIND: Final = {
    TrackSource.MICROPHONE: "audio",
    TrackSource.CAMERA: "video",
    TrackSource.SCREEN_SHARE: "desktop",
}
_MAX_CHARACTERS: Final = 65_536
"""Of one message: to moderators it lists everybody who is let."""


class AvModeration:
    """What of our own is held in one room, and the words to the component.

    Args:
        room: The room's JID.
    """

    def __init__(self, room: str) -> None:
        self.component = ""
        """The component's address; empty: the server has none."""
        self._room = room
        self._held: set[str] = set()
        self._let: set[str] = set()

    def take(self, message: Element) -> bool:
        """A message came; whether it changed what we may do."""
        if not self.component or message.get("from") != self.component:
            return False
        text = text_of(message, JITMEET, "json-message")
        told = json_object(text, most_characters=_MAX_CHARACTERS)
        kind = str(told.get("mediaType"))
        if told.get("type") != "av_moderation" or kind not in _KIND.values():
            return False
        before = self.rights(moderates=False)
        if isinstance(told.get("enabled"), bool):
            self._let.discard(kind)
            (self._held.add if told["enabled"] else self._held.discard)(kind)
        elif "whitelists" not in told and told.get("removed") is True:
            self._let.discard(kind)
        elif "whitelists" not in told and told.get("approved") is True:
            self._let.add(kind)
        return self.rights(moderates=False) != before

    def rights(self, *, moderates: bool) -> Rights:
        """What we may do."""

        def may(source: TrackSource) -> bool:
            kind = _KIND[source]
            return moderates or kind not in self._held or kind in self._let

        return Rights(
            speak=may(TrackSource.MICROPHONE),
            show=may(TrackSource.CAMERA),
            share=may(TrackSource.SCREEN_SHARE),
        )

    def hold(self, source: TrackSource, *, held: bool) -> Element:
        """The message that holds a kind for everybody, or holds it no more."""
        return self._message(source, {"enable": str(held).lower()})

    def let(self, who: str, source: TrackSource) -> Element:
        """The message that lets one participant (a nickname)."""
        return self._message(source, {"jidToWhitelist": f"{self._room}/{who}"})

    def _message(self, source: TrackSource, order: dict[str, str]) -> Element:
        words = element(CLIENT, "av_moderation", {**order, "mediaType": _KIND[source]})
        return element(CLIENT, "message", {"to": self.component}, words)
