"""A guest of somebody else's machine: what is not theirs is impossible, whatever is offered."""

from __future__ import annotations

import dataclasses
from typing import Any, get_type_hints

import pytest

from tests.fakes.handle import FakeHandle, people
from tui.cli.guest_handle import GuestHandle
from tui.devices.nothing import NoDevices
from tui.domain.actions import ACTIONS, BY_ID, Scope
from tui.domain.commands import KINDS
from tui.domain.commands.account import Init
from tui.domain.commands.call import JoinAsGuest, JoinWithToken
from tui.domain.device_choice import MediaChoice
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.guests import ACTIONS_OF_GUESTS, COMMANDS_OF_GUESTS
from tui.domain.media import parse_media_name
from tui.domain.settings import AppSettings
from tui.domain.snapshot import DeviceKind, Phase
from tui.front.start import JoinTarget
from tui.front.switchboard import why_not
from tui.ports.devices import DeviceUnavailable

SERVER = "http://127.0.0.1:7880"
TARGET = JoinTarget(session_id="standup", invitation="code", server=SERVER)
NEVER = (
    "mic.toggle", "mic.talk", "cam.toggle", "share.toggle", "device.choose", "devices.list",
    "sound.record", "sound.tone", "speech.set", "transcript.read", "seal.key", "invite.copy",
    "app.suspend", "session.join", "session.new", "session.logout", "host.remove",
)  # fmt: skip


def test_every_row_of_the_table_is_allowed_by_name_or_refused() -> None:
    snapshot = GuestHandle(FakeHandle(), TARGET, "link").snapshot()
    assert set(BY_ID) >= ACTIONS_OF_GUESTS
    for action in ACTIONS:
        refused = why_not(action, snapshot, Scope.CALL, action.title)
        if action.id not in ACTIONS_OF_GUESTS:
            assert refused == f"{action.title} is not for guests of this machine."
    assert ACTIONS_OF_GUESTS.isdisjoint(NEVER)


def test_of_shares_a_guest_has_what_is_read() -> None:
    snapshot = GuestHandle(FakeHandle(remotes=people("Bo Chen")), TARGET, "link").snapshot()
    snapshot = dataclasses.replace(snapshot, phase=Phase.LIVE)
    share = BY_ID["share.toggle"]
    for words, allowed in (("read", True), ("READ 20", True), ("", False), ("reader", False)):
        refused = why_not(share, snapshot, Scope.CALL, "/share", words)
        assert refused == ("" if allowed else "/share is not for guests of this machine."), words


def _made(kind: type[Any]) -> Any:
    """A command with some value in each field."""
    made = {}
    for field in dataclasses.fields(kind):
        if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            hint = get_type_hints(kind).get(field.name)
            made[field.name] = MediaChoice() if hint is MediaChoice else {}
    return kind(**made)


@pytest.mark.parametrize("kind", [one for one in KINDS if one not in COMMANDS_OF_GUESTS])
async def test_no_other_command_gets_through(kind: type[Any]) -> None:
    handle = FakeHandle()
    with pytest.raises(CallsError) as refused:
        await GuestHandle(handle, TARGET, "link").do(_made(kind))
    assert refused.value.code == ErrorCode.NOT_PERMITTED
    assert handle.calls == []


async def test_only_their_own_link_is_joined_and_without_devices() -> None:
    handle = FakeHandle()
    guest = GuestHandle(handle, TARGET, "link")
    media = MediaChoice(camera="file:/etc/passwd", microphone="default", share="screen")
    for other in (
        Init(AppSettings(server="http://elsewhere:7880")),
        JoinAsGuest("standup", "another", {}, media, SERVER),
        JoinWithToken("", {}, media, SERVER),
    ):
        with pytest.raises(CallsError):
            await guest.do(other)
    assert handle.calls == []
    await guest.do(JoinAsGuest("standup", "code", {}, media, SERVER))
    (joined,) = handle.calls
    assert joined.media == MediaChoice(camera="null", microphone="null", speaker="null")
    assert joined.settings == {"startAudioMuted": True, "startVideoPaused": True}


@pytest.mark.parametrize("name", ["default", "file:/tmp/x.wav", "test:tone=440", "Some device"])
async def test_the_engine_of_a_guest_opens_nothing(name: str) -> None:
    devices, wanted = NoDevices(), parse_media_name(name, role="microphone")
    for open_one in (devices.open_microphone, devices.open_speaker):
        with pytest.raises(DeviceUnavailable):
            open_one(wanted)
    for open_pictures in (devices.open_camera, devices.open_share):
        with pytest.raises(DeviceUnavailable):
            await open_pictures(wanted)
    assert [devices.list_devices(kind) for kind in DeviceKind] == [(), (), ()]
