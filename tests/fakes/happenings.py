"""Happenings for tests: one person, and every happening in every variation."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import fields
from enum import Enum
from typing import Any, get_type_hints

from tui.domain.captions import Caption
from tui.domain.events import FRONT_END_EVENTS
from tui.domain.files import SentFile
from tui.domain.happenings import HAPPENINGS, FrontEndActed, Happening, ListedDevice, Person
from tui.domain.rights import Right


def somebody(name: str, *, id: str = "", uid: str = "") -> Person:
    """A person called so; without a word about it, id and uid are made from the first name."""
    short = name.split()[0].lower()
    return Person(id or f"PA_{short}", uid or short, name, pid=f"PA_{short}")


BO = somebody("Bo Chen", id="id-of-bo", uid="uid-of-bo")


def every_happening() -> Iterator[Happening]:
    """Each kind, with each combination of its booleans and enumerations."""
    for kind in HAPPENINGS:
        hints = get_type_hints(kind)
        choices = [_choices(hints[one.name], one.name) for one in fields(kind)]
        if kind is FrontEndActed:
            choices = [sorted(FRONT_END_EVENTS)]
        for values in itertools.product(*choices):
            yield kind(*values)


def _choices(hint: Any, name: str) -> list[Any]:
    if hint is bool:
        return [False, True]
    if isinstance(hint, type) and issubclass(hint, Enum):
        return list(hint)
    simple: dict[Any, Any] = {
        str: f"<{name}>",
        int: 2,
        float: 2.0,
        Person: BO,
        Caption: Caption("Bo Chen", "good morning", 1, 2, writer="Cap"),
        SentFile | None: None,
        tuple[str, ...]: ("Ana Lopez", "Bo Chen"),
        tuple[Person, ...]: (BO,),
        tuple[Right, ...]: tuple(Right),
        tuple[ListedDevice, ...]: (ListedDevice("usb", "USB Audio"),),
    }
    return [simple[hint]]
