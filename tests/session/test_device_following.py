"""The loudspeaker in use is one that is there, whatever is plugged in, pulled out or chosen."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Coroutine
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.fakes.world import FakeDevices, FakeSpeaker, FakeWorld
from tui.domain.device_choice import DeviceInfo, MediaChoice
from tui.domain.happenings import DeviceAway, DeviceFailed, DeviceWorks, Happening
from tui.domain.media import MediaName, SourceKind
from tui.domain.settings import SessionSettings
from tui.domain.snapshot import DeviceKind
from tui.ports.devices import DeviceUnavailable, Speaker
from tui.session.call_devices import CallDevices

SPEAKER = DeviceKind.SPEAKER
NAMES = st.sampled_from(["desk", "headset"])


class Rack(FakeDevices):
    """Loudspeakers that are plugged in by name; the first one is the system's default."""

    def __init__(self) -> None:
        super().__init__()
        self.plugged = ["desk"]
        self.playing: dict[str, FakeSpeaker] = {}

    def open_speaker(self, name: MediaName) -> Speaker:
        if name.kind is SourceKind.NULL:
            return FakeSpeaker()
        wanted = name.value or (self.plugged[0] if self.plugged else "")
        if wanted not in self.plugged:
            raise DeviceUnavailable(f"There is no speaker {wanted!r}.", "Plug one in.")
        speaker = self.playing[wanted] = FakeSpeaker()
        speaker.label = wanted
        return speaker

    def list_devices(self, kind: DeviceKind) -> tuple[DeviceInfo, ...]:
        if kind is not SPEAKER:
            return ()
        first = self.plugged[:1]
        return tuple(DeviceInfo(kind, name, name, [name] == first) for name in self.plugged)


class Following(RuleBasedStateMachine):
    """A person who plugs, pulls and chooses, and a call that goes on."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.rack, self.world = Rack(), FakeWorld()
        self.wanted = ""
        self.told: list[Happening] = []

    def run(self, work: Coroutine[Any, Any, Any]) -> None:
        self.loop.run_until_complete(work)

    @initialize()
    def join(self) -> None:
        self.media = CallDevices(
            self.rack,
            MediaChoice("null", "null", "default"),
            SessionSettings(),
            self_view=lambda _frame: None,
            happened=self.told.append,
            camera_stopped=lambda: None,
            clock=self.world.time.clock(),
        )
        self.run(self.media.open_sound())
        self.run(self.media.watch())

    def look(self) -> None:
        """What a second brings: the system's word of a change, and two looks."""
        assert self.rack.sound_changed is not None
        self.rack.sound_changed()
        for _ in range(2):
            self.world.time.now_s += 6
            self.run(self.media.watch())

    @rule(name=NAMES, first=st.booleans())
    def plug(self, name: str, first: bool) -> None:
        if name not in self.rack.plugged:
            self.rack.plugged.insert(0 if first else len(self.rack.plugged), name)
        self.look()

    @rule(name=NAMES)
    def pull(self, name: str) -> None:
        if name in self.rack.plugged:
            self.rack.plugged.remove(name)
            if name in self.rack.playing:
                self.rack.playing[name].failed = True
        self.look()

    @rule(name=NAMES)
    @precondition(lambda self: self.rack.plugged)
    def choose(self, name: str) -> None:
        if name in self.rack.plugged:
            self.wanted = name
            self.run(self.media.choose(SPEAKER, name))
        self.look()

    @invariant()
    def what_plays_is_there(self) -> None:
        if not hasattr(self, "media"):
            return
        state = self.media.states[1]
        assert state.kind is SPEAKER
        if not self.rack.plugged:
            assert state.problem
            return
        assert not state.problem
        playing = [name for name, one in self.rack.playing.items() if one.pull is not None]
        assert playing == [state.label], "one, and the one that is shown"
        assert state.label in self.rack.plugged
        if not self.wanted or self.wanted in self.rack.plugged:
            assert not state.instead_of
            assert state.label == (self.wanted or self.rack.plugged[0])
        else:
            assert state.instead_of == self.wanted

    @invariant()
    def each_thing_is_told_once(self) -> None:
        away = Counter(one.chosen for one in self.told if isinstance(one, DeviceAway))
        assert all(count == 1 for count in away.values())
        turns = [type(one) for one in self.told if isinstance(one, DeviceFailed | DeviceWorks)]
        assert turns == [DeviceFailed, DeviceWorks] * (len(turns) // 2) + turns[len(turns) & ~1 :]

    def teardown(self) -> None:
        if hasattr(self, "media"):
            self.run(self.media.close())
        self.run(self.loop.shutdown_default_executor())
        self.loop.close()


Following.TestCase.settings = settings(max_examples=80, stateful_step_count=25, deadline=None)
TestFollowing = Following.TestCase
