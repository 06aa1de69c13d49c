"""The component that keeps who may unmute by themselves, as prosody's `av_moderation_component`."""

from __future__ import annotations

import json
from collections.abc import Callable

from tests.fakes.jitsi.wire import Asking, Handler
from tui.transport.jitsi.xml import CLIENT, DISCO_INFO, JITMEET, Element, element, find, name_of


class AvModerationComponent:
    """Answers at `avmoderation.<domain>`.

    Args:
        occupants: (room, nickname, real JID, whether a moderator) of everybody.
    """

    def __init__(
        self,
        domain: str,
        make_wire: Callable[[str, Handler], Asking],
        occupants: Callable[[], list[tuple[str, str, str, bool]]],
    ) -> None:
        self._occupants = occupants
        self.wire = make_wire(f"avmoderation.{domain}", self._stanza)

    async def _stanza(self, stanza: Element) -> None:
        if name_of(stanza) == "iq" and stanza.get("type") == "get":
            self.wire.reply(stanza, element(DISCO_INFO, "query"))
            return
        order = find(stanza, CLIENT, "av_moderation")
        everybody = self._occupants()
        sender = next((one for one in everybody if one[2] == stanza.get("from")), None)
        if order is None or sender is None or not sender[3]:
            return
        room, nick = sender[:2]
        told = {"type": "av_moderation", "room": room, "mediaType": order.get("mediaType")}
        if order.get("enable"):
            held = order.get("enable") == "true"
            for one in everybody:
                if one[0] == room:
                    self._tell(one[2], {**told, "enabled": held, "actor": f"{room}/{nick}"})
        for _, other, jid, _ in everybody:
            if f"{room}/{other}" == order.get("jidToWhitelist"):
                self._tell(jid, {**told, "approved": True})

    def _tell(self, jid: str, told: dict[str, object]) -> None:
        words = element(JITMEET, "json-message", None, json.dumps(told))
        self.wire.send(element(CLIENT, "message", {"from": self.wire.domain, "to": jid}, words))
