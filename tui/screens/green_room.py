"""The green room: who you are, what you are heard and seen with, before anybody does (ux 6.3)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Button, Input, Static

from tui.domain.actions import Scope
from tui.domain.device_choice import DeviceInfo
from tui.domain.errors import CallsError
from tui.domain.snapshot import DeviceKind, DeviceState
from tui.domain.text import clean
from tui.front.green_room import NOTHING, GreenRoom
from tui.front.levels import level_word, meter
from tui.panel.bindings import screen_bindings
from tui.panel.dialog import PlainButton
from tui.screens.card_screen import CardScreen
from tui.screens.device_menu import DeviceMenu
from tui.screens.top_toasts import TopToasts
from tui.widgets.act import Act
from tui.widgets.field import Field
from tui.widgets.key_row import KeyHint, KeyRow
from tui.widgets.preview import Preview

_HINTS: Final = (
    KeyHint("Enter", "Press", press="enter"),
    KeyHint("m", "Mic", "mic.toggle"),
    KeyHint("v", "Cam", "cam.toggle"),
    KeyHint("Esc", "Back", press="escape"),
    KeyHint("r", "Check again", "session.refresh"),
    KeyHint("?", "Help", "help"),
)
_DRAW_EVERY_S: Final = 0.5
"""No level changes more often than somebody can read it."""
_SWITCHES: Final = (DeviceKind.MICROPHONE, DeviceKind.CAMERA)
_DEFAULT: Final = "Default"
_PREVIEW_FROM_ROWS: Final = 34
_PREVIEW_FROM_COLUMNS: Final = 40
_NAME_CELLS: Final = 32
"""The level has to fit beside it."""


class _Column(Vertical):
    """Tells the screen when it grew or shrank, so that what has the focus stays in sight."""

    def on_resize(self) -> None:
        """Tell the screen that something became longer or shorter."""
        focused = self.screen.focused
        if focused is not None:
            focused.scroll_visible(animate=False, immediate=True)


class GreenRoomScreen(TopToasts, Screen[None]):
    """Draws the green room, tries out what is chosen, and posts what somebody decides.

    Args:
        room: What is drawn and changed here; entered.
        label: What is to be joined.
        name: Shown to others, as far as known.
        facts: Lines of what is known of terminal, server and sound.
        still: Nothing moves by itself: no meter, no preview.
        preview: Shows our picture while the camera is on, where there is room.
        note: Keeps a sentence that this screen has shown.
    """

    scope = Scope.ANY
    TITLE = "Green room"
    AUTO_FOCUS = "#join-now"
    BINDINGS: ClassVar[list[BindingType]] = [
        *screen_bindings(Scope.ANY),
        Binding("m,ctrl+d", "switch('microphone')", show=False),
        Binding("v,ctrl+e", "switch('camera')", show=False),
        Binding("r", "check_again", show=False),
        Binding("escape", "back", show=False),
    ]

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (64, "-wide")]  # noqa: RUF012

    class Decided(Message):
        """Join like this; `name` is what others are to see."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    class BackWanted(Message):
        """Do not join."""

    def __init__(
        self,
        room: GreenRoom,
        *,
        label: str,
        name: str,
        facts: Sequence[str],
        still: bool,
        preview: Preview,
        note: Callable[[str], None],
    ) -> None:
        super().__init__()
        self._room = room
        self._note = note
        self._preview = preview
        self._camera_works = False
        self._what = label
        self._own_name = name
        self._facts = list(facts)
        self._still = still
        self._level = -127.0
        self._devices: dict[DeviceKind, list[DeviceInfo]] = {}
        self._said = Static(id="tried", markup=False)
        self._missing = Static(id="missing", markup=False)
        self._network = Static(id="network", markup=False)
        self._network.display = False

    def compose(self) -> ComposeResult:
        """Reading order is focus order."""
        with Horizontal(id="lobby-head"):
            yield Static(Content(f"cellcall   Join {self._what}"), id="lobby-title", markup=False)
        with VerticalScroll(id="page", can_focus=False), _Column(classes="column"):
            yield Field("Name", value=self._own_name, placeholder="what others see", max_length=200)
            for kind in self._room.kinds:
                with Horizontal(classes="device-row"):
                    yield Static(Content(kind.capitalize()), classes="label", markup=False)
                    if kind in _SWITCHES:
                        yield PlainButton("off", id=f"toggle-{kind}")
                    yield PlainButton(self._shown_name(kind), id=f"choose-{kind}")
                    if kind is DeviceKind.MICROPHONE:
                        yield Static(id="level", markup=False)
            with Horizontal(classes="buttons"):
                yield PlainButton("Record 3 s and hear yourself", id="record")
                yield PlainButton("Play a tone", id="tone")
            yield self._said
            yield self._missing
            yield self._preview
            with Vertical(id="known"):
                yield Static(Content("\n".join(self._facts)), id="facts", markup=False)
                yield self._network  # last: beside the decision where the screen is small
            with Horizontal(classes="buttons", id="decide"):
                yield PlainButton("Join now", id="join-now", variant="primary")
                yield PlainButton("Join without audio and video", id="join-without")
                yield PlainButton("Back", id="back")
        row = KeyRow()
        row.hints = _HINTS
        yield row

    def on_mount(self) -> None:
        """Try out what is chosen already."""
        for kind in _SWITCHES:
            self._draw_toggle(kind)
        self.set_interval(_DRAW_EVERY_S, self.draw_level)
        self.action_check_again()

    # ---- trying out: the newest of a kind counts, one before it is given up
    def action_check_again(self) -> None:
        """Look again at devices and server: what was plugged in or started meanwhile."""
        self.run_worker(self._look_for_devices(), group="list-devices", exclusive=True)
        self.run_worker(self._check_server(), group="check-server", exclusive=True)
        self.try_out()

    def try_out(self) -> None:
        """Open what is switched on, close what is switched off."""
        self.run_worker(self._check(), group="sound-check", exclusive=True)

    async def open_microphone(self) -> None:
        """Open the microphone for a test of it, though it is off."""
        if not self._room.is_on(DeviceKind.MICROPHONE):
            await self._room.try_out(open_microphone=True)

    def end_test(self) -> None:
        """Close the microphone again if it is off."""
        if not self._room.is_on(DeviceKind.MICROPHONE):
            self.try_out()

    async def _look_for_devices(self) -> None:
        try:
            for kind in DeviceKind:
                self.offer(kind, await self._room.list_devices(kind))
        except CallsError as error:
            self.say(error.description)

    async def _check_server(self) -> None:
        """Show how the server answers; whatever it is, a join is possible."""
        self.show_network("checking")
        try:
            answer = await self._room.ask_server()
        except CallsError as error:
            self.show_network("")
            self.say(clean(error.description))
            return
        if answer is None:
            self.show_network("")
            return
        words = answer.words if answer.is_good else f"{answer.words}. {answer.advice}"
        self.show_network(words, bad=not answer.is_good, answers=answer.failure is None)
        self._note(answer.sentence)

    async def _check(self) -> None:
        try:
            await self._room.try_out()
        except CallsError as error:
            self.say(error.description)
            return
        if self._room.is_on(DeviceKind.CAMERA):
            await self._check_camera()

    async def _check_camera(self) -> None:
        try:
            size = await self._room.try_camera()
        except CallsError as error:
            self.say(error.description)
            size = (0, 0)
        self._show_camera(size)

    # ---- what is shown
    def offer(self, kind: DeviceKind, devices: Sequence[DeviceInfo]) -> None:
        """Offer what this machine has."""
        self._devices[kind] = list(devices)
        name = self._name_of(kind)
        # Chosen in a call it was remembered by its label.
        ids = [one.device_id for one in devices if name in (one.device_id, one.label)]
        if ids:
            self._room.choose(kind, ids[0])
        self._draw_name(kind)

    def show_devices(self, states: Sequence[DeviceState]) -> None:
        """Show the state of the devices under trial, and what mends those that fail."""
        lines = [f"! {words}" for state in states if (words := self._room.trouble_with(state))]
        # What microphone and speaker lack is often one thing.
        self._missing.update(Content("\n".join(dict.fromkeys(lines))))
        self._missing.display = bool(lines)

    def show_network(self, words: str, *, bad: bool = False, answers: bool = True) -> None:
        """Show how the server answers, in words; empty where there is none to ask.

        Args:
            words: Behind `Network`.
            bad: Something is to be done about it.
            answers: A call has a chance. Without one it can be joined, too.
        """
        self._network.update(Content(f"{'! ' if bad else ''}Network   {words}"))
        self._network.set_class(bad, "-bad")
        self._network.display = bool(words)
        for button in self.query("#join-now").results(PlainButton):
            button.relabel("Join now" if answers else "Join anyway")

    def show_level(self, dbov: float) -> None:
        """Take in how loud our microphone is now."""
        self._level = dbov

    def draw_level(self) -> None:
        """Draw the level twice a second: a word, and a bar."""
        if not self.is_mounted or not self.query("#level"):
            return
        text = ""
        if self._room.is_on(DeviceKind.MICROPHONE) and not self._still:
            text = f"level {level_word(self._level):<6} {meter(self._level)}"
        self.query_one("#level", Static).update(Content(text))

    def _show_camera(self, size: tuple[int, int]) -> None:
        """The camera gives pictures of this size [pixels], or is closed (0x0)."""
        self._camera_works = size != (0, 0)
        if self._camera_works:
            self.say(f"The camera works: {size[0]}x{size[1]}.")
        self._place_preview()

    def on_resize(self) -> None:
        """Keep in sight what has to be pressed."""
        self._place_preview()

    def _place_preview(self) -> None:
        room = self.size.height >= _PREVIEW_FROM_ROWS and self.size.width >= _PREVIEW_FROM_COLUMNS
        works = self._camera_works and self._room.is_on(DeviceKind.CAMERA)
        self._preview.display = works and room and not self._still

    def say(self, text: str) -> None:
        """Say what just happened, in one line."""
        self._said.update(Content(text))

    def first(self, action_id: str) -> bool:
        """Whether an action that acts everywhere acts on what is decided here."""
        match action_id:
            case "mic.toggle":
                self.action_switch(DeviceKind.MICROPHONE)
            case "cam.toggle":
                self.action_switch(DeviceKind.CAMERA)
            case "session.refresh":
                self.action_check_again()
            case _:
                return False
        return True

    def handle_action(self, action_id: str, argument: str) -> bool:
        """Choose a device by command."""
        if action_id != "device.choose":
            return False
        kind, _, name = argument.strip().partition(" ")
        if kind.lower() in set(DeviceKind) and name.strip():
            self._choose(DeviceKind(kind.lower()), name.strip())
            return True
        return False

    # ---- what a person does
    def action_switch(self, kind: str) -> None:
        """Switch microphone or camera on or off."""
        device = DeviceKind(kind)
        if device not in self._room.kinds:
            return
        self._room.switch(device, on=not self._room.is_on(device))
        self._draw_toggle(device)
        self.draw_level()
        if device is DeviceKind.MICROPHONE:
            self.try_out()
        else:
            self._place_preview()
            self.run_worker(self._check_camera(), group="camera-check", exclusive=True)

    def action_back(self) -> None:
        """Esc: out of the name first."""
        if isinstance(self.focused, Input):
            self.query_one("#join-now").focus()
        else:
            self.post_message(self.BackWanted())

    def _choose(self, kind: DeviceKind, name: str) -> None:
        self._room.choose(kind, name)
        self._draw_name(kind)
        self.try_out()

    def _draw_toggle(self, kind: DeviceKind) -> None:
        for button in self.query(f"#toggle-{kind}").results(PlainButton):
            on = self._room.is_on(kind)
            button.relabel("on " if on else "off")
            button.set_class(on, "-on")

    def _draw_name(self, kind: DeviceKind) -> None:
        for button in self.query(f"#choose-{kind}").results(PlainButton):
            button.relabel(self._shown_name(kind))

    def _name_of(self, kind: DeviceKind) -> str:
        return str(getattr(self._room.media, kind))

    def _shown_name(self, kind: DeviceKind) -> str:
        name = self._name_of(kind)
        devices = self._devices.get(kind, [])
        if name in NOTHING:
            return "None"
        if name in ("default", ""):
            label = next((one.label for one in devices if one.is_default), "")
            shown = f"{_DEFAULT}: {label}" if label else _DEFAULT
        else:
            shown = next((one.label for one in devices if one.device_id == name), name)
        return clean(shown, _NAME_CELLS)

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        name = event.button.id or ""
        if name.startswith("toggle-"):
            self.action_switch(name.removeprefix("toggle-"))
        elif name.startswith("choose-"):
            self._ask_for(DeviceKind(name.removeprefix("choose-")))
        elif name == "record":
            self.post_message(Act("sound.record"))
        elif name == "tone":
            self.post_message(Act("sound.tone"))
        elif name == "back":
            self.post_message(self.BackWanted())
        else:
            self._decide(without=name == "join-without")

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._decide(without=False)

    def _decide(self, *, without: bool) -> None:
        self._room.decide(without=without)
        self.post_message(self.Decided(self.query_one(Field).value.strip()))

    def _ask_for(self, kind: DeviceKind) -> None:
        menu = DeviceMenu(kind, self._name_of(kind), self._devices.get(kind, []))

        def answered(answer: str | None) -> None:
            if answer:
                self._choose(kind, menu.named(answer))

        self.app.push_screen(CardScreen(menu.card), answered)
