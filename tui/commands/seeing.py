"""How pictures are shown: layout, pin, cropped or whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tui.commands.request import Deed, Line, Request, info, usage
from tui.domain.finding import find_participant
from tui.domain.ids import NOBODY
from tui.domain.settings import Layout
from tui.domain.text import clean


async def _layout(request: Request) -> list[Line]:
    order = list(Layout)
    word = request.argument.strip().upper()
    if word and word not in order:
        raise usage(f"Came as {clean(word, 20)}; allowed: tile, sidebar or spotlight.")
    current = request.snapshot.layout
    wish = Layout(word) if word else order[(order.index(current) + 1) % len(order)]
    await request.handle.press_button("onChangeLayoutButtonClicked")
    await request.handle.set_layout(wish)
    return info(f"The layout is {wish.lower()} already.") if wish is current else []


async def _pin(request: Request) -> list[Line]:
    participant = find_participant(request.snapshot, request.argument)
    again = request.snapshot.pinned == participant.id
    await request.handle.pin_participant(NOBODY if again else participant.id)
    return info("Unpinned." if again else f"Pinned {participant.name}.")


async def _unpin(request: Request) -> list[Line]:
    pinned = request.snapshot.pinned
    await request.handle.pin_participant(NOBODY)
    return info("Unpinned." if pinned else "Nobody is pinned.")


async def _fit(request: Request) -> list[Line]:
    word = request.argument.strip().lower()
    if word not in ("", "crop", "fit"):
        raise usage(f"Came as {clean(word, 20)}; allowed: crop or fit, or nothing to change it.")
    fit = word == "fit" if word else not request.snapshot.fit_pictures
    await request.handle.set_fit_pictures(fit)
    return info("Pictures are shown whole." if fit else "Pictures fill their tiles, cropped.")


DEEDS: Final[Mapping[str, Deed]] = {
    "layout.cycle": _layout,
    "tile.pin": _pin,
    "tile.unpin": _unpin,
    "picture.fit": _fit,
}
"""Deeds by action id."""
