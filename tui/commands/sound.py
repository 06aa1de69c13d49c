"""What is heard, and the devices of the call.

`_record` and `_tone` take seconds: they say what they are at before they answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tui.commands.request import Deed, Line, Request, info, usage, wanted
from tui.domain.announcements import Category
from tui.domain.finding import find_participant
from tui.domain.levels import level_word
from tui.domain.snapshot import DeviceKind
from tui.domain.text import clean
from tui.domain.wording import away_words


async def _deafen(request: Request) -> list[Line]:
    deafened = request.snapshot.deafened
    wish = wanted(request.argument, deafened, "on", "off")
    await request.handle.set_deafened(wish)
    return info(f"Sound is {'off' if wish else 'on'} already.") if wish == deafened else []


async def _volume(request: Request) -> list[Line]:
    who, _, wish = request.argument.strip().rpartition(" ")
    percent = wish.removesuffix("%")
    if not percent.isdecimal() and request.argument.strip():
        participant = find_participant(request.snapshot, request.argument, remote_only=True)
        return info(f"{participant.name}: volume {participant.volume} percent.")
    if not who:
        raise usage("Say who and how loud: /volume NAME 80. 100 is as sent, 200 the loudest.")
    participant = find_participant(request.snapshot, who, remote_only=True)
    await request.handle.set_volume(participant.id, int(percent))
    return []


async def _earcons(request: Request) -> list[Line]:
    on = wanted(request.argument, request.snapshot.earcons, "on", "off")
    await request.handle.set_earcons(on)
    return info(f"Short sounds for microphone and hand are {'on' if on else 'off'}.")


async def _processing(request: Request) -> list[Line]:
    stage, _, wish = request.argument.strip().lower().partition(" ")
    if stage:
        on = wanted(wish, bool(getattr(request.snapshot.processing, stage, False)), "on", "off")
        await request.handle.set_processing(stage, on)
    told = ", ".join(
        f"{name} {'on' if getattr(request.snapshot.processing, name) else 'off'}"
        for name in ("echo", "noise", "gain")
    )
    return info(f"Processing of your microphone: {told}.")


async def _record(request: Request) -> list[Line]:
    request.say(Line(Category.INFO, "Say something. Listening for 3 seconds."))
    word = level_word(await request.handle.record_yourself())
    if word == "silent":
        return info("Nothing was heard. Choose another microphone, or see whether it is muted.")
    request.say(Line(Category.INFO, f"Microphone level {word}. Playing it to you."))
    await request.handle.play_recording()
    return info(f"Microphone level {word}. That is how others hear you.")


async def _tone(request: Request) -> list[Line]:
    request.say(Line(Category.INFO, "Playing a tone for one second."))
    await request.handle.play_test_tone()
    return info("Nothing heard? Choose another speaker.")


async def _devices(request: Request) -> list[Line]:
    lines: list[Line] = []
    in_use = {device.kind: device for device in request.snapshot.devices}
    for kind in DeviceKind:
        state = in_use.get(kind)
        if state is not None:
            told = (state.problem or away_words(state) or f"using {state.label}").rstrip(".")
            mend = f" To mend it: {state.remedy}" if state.remedy else ""
            lines += info(f"{kind.capitalize()}: {told}.{mend}")
        lines += [
            Line(Category.INFO, f"{kind.capitalize()} to choose: {device.label}.")
            for device in await request.handle.list_devices(kind)
        ]
    return lines or info("No devices found.")


async def _use_device(request: Request) -> list[Line]:
    kind, _, name = request.argument.strip().partition(" ")
    if kind.lower() not in set(DeviceKind) or not name.strip():
        raise usage("Say what and which: microphone, speaker or camera, then a name of /devices.")
    await request.handle.set_device(kind.lower(), name.strip())
    return info(f"{kind.capitalize()} is now {clean(name, 60)}.")


DEEDS: Final[Mapping[str, Deed]] = {
    "audio.deafen": _deafen,
    "audio.volume": _volume,
    "sound.earcons": _earcons,
    "sound.processing": _processing,
    "sound.record": _record,
    "sound.tone": _tone,
    "devices.list": _devices,
    "device.choose": _use_device,
}
"""Deeds by action id."""
