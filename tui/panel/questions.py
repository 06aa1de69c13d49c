"""What is asked before it is done: leaving, ending, removing; menus; whether anybody is there.

Spec ux 6.6.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tui.domain.actions import BY_ID
from tui.domain.announcements import Category, Priority
from tui.domain.commands.call import EndForAll, Leave, Remove, Stay
from tui.domain.commands.local import SetVolume
from tui.domain.commands.own import React, StartRecording, StartShare
from tui.domain.errors import CallsError
from tui.domain.ids import StreamId
from tui.domain.meaning import Aim, pin_or_unpin
from tui.domain.participant import Participant, Role
from tui.domain.quality import parse_quality
from tui.domain.reactions import reaction
from tui.domain.snapshot import Snapshot
from tui.domain.text import clean
from tui.front.call_words import participant_words, tile_name
from tui.front.switchboard import Wish
from tui.governor.report_words import QUALITY_HELP, video_words
from tui.panel.deeds import Deeds
from tui.panel.dialog import (
    Dialog,
    IdleDialog,
    end_dialog,
    leave_dialog,
    person_menu,
    quality_menu,
    react_menu,
    record_dialog,
    remove_dialog,
    share_dialog,
)
from tui.panel.ui import Ui
from tui.panel.view import CallView

VOLUME_STEPS: Final = {"plus": 10, "equals_sign": 10, "minus": -10}
"""Percent, by key; `=` is `+` without Shift on many keyboards."""


class Questions:
    """Dialogs of a call, and what their answers do.

    Args:
        ui: Who shows them.
        deeds: Does what was answered.
        view: The call they are about.
        ask_volume: Opens a line for how loud somebody is to be heard.
        detach: Lets the call go on without this app; None: it can't.
    """

    def __init__(
        self,
        ui: Ui,
        deeds: Deeds,
        view: CallView,
        ask_volume: Callable[[Participant], object],
        detach: Callable[[str], object] | None = None,
    ) -> None:
        self._ui = ui
        self._deeds = deeds
        self._view = view
        self._board = deeds.switchboard
        self._ask_volume = ask_volume
        self._detach = detach
        self._leaving: Dialog | None = None
        self._idle: IdleDialog | None = None

    def leave(self, *, before: Callable[[], object] = lambda: None) -> None:
        """Ask whether to leave, once; `before` is called when it is decided."""
        if self._leaving is not None and self._leaving.is_attached:
            return
        snapshot = self._ui.snapshot
        local = snapshot.local

        def answered(answer: str) -> None:
            if answer == "leave":
                before()
                self._leave_now()
            elif answer == "detach" and self._detach is not None:
                self._detach("")
            elif answer == "end":
                self.ask(self._board.meaning(BY_ID["call.end"], EndForAll()))

        self._leaving = leave_dialog(
            snapshot.title or snapshot.session_id,
            len(snapshot.remotes),
            moderator=local is not None and local.role is Role.MODERATOR,
            detaches=self._detach is not None and not snapshot.guest,
        )
        self._ui.ask(self._leaving, answered)

    def _leave_now(self) -> None:
        self._go(self._board.meaning(BY_ID["call.leave"], Leave()))

    def _go(self, wish: Wish) -> None:
        self._view.show_leaving()
        self._deeds.fulfil(wish)

    def ask(self, wish: Wish) -> None:
        """Fulfil a wish, after the question of its row if there is one; it keeps the wish."""
        match wish.command:
            case Leave():
                self.leave()
            case EndForAll():
                dialog = end_dialog(len(self._ui.snapshot.participants))
                self._ui.ask(dialog, lambda answer: self._go(wish) if answer == "end" else None)
            case Remove() if wish.who is not None:
                self._ui.ask(
                    remove_dialog(wish.who.name),
                    lambda answer: self._deeds.fulfil(wish) if answer == "remove" else None,
                )
            case StartShare() if wish.question(self._ui.snapshot):
                self._ui.ask(
                    share_dialog(),
                    lambda answer: self._deeds.fulfil(wish) if answer == "share" else None,
                )
            case StartRecording():
                self._ui.ask(
                    record_dialog(),
                    lambda answer: self._deeds.fulfil(wish) if answer == "record" else None,
                )
            case _:
                self._deeds.fulfil(wish)

    def react(self, word: str) -> None:
        """Show everybody a reaction, as typed; without a word there is a menu."""

        def answered(answer: str) -> None:
            if answer:
                self.react(answer)

        if not word:
            self._ui.ask(react_menu(), answered)
            return
        row = BY_ID["react"]
        try:
            self._deeds.fulfil(self._board.meaning(row, React(reaction(word))))
        except CallsError as error:
            self._ui.tell(Category.ERROR, error.description)

    def do_to(self, who: Participant, action_id: str) -> None:
        """Do an action on somebody chosen on the screen."""
        action = BY_ID[action_id]
        if isinstance(action.reads, Aim):
            self.ask(self._board.meaning(action, action.reads.at(who, self._ui.snapshot), who))

    def set_volume(self, who: Participant, percent: int) -> None:
        """Ask how loud somebody chosen on the screen is to be heard."""
        self._deeds.fulfil(
            self._board.meaning(BY_ID["audio.volume"], SetVolume(who.id, percent), who)
        )

    def step_volume(self, key: str) -> None:
        """Make whoever is chosen on the screen louder or softer."""
        who = self._board.participant(self._view.chosen)
        if who is None or who.is_local:
            words = "Whose volume? Choose a tile with Tab and the arrows, or a row of People."
            self._ui.toast(words)
            return
        self.set_volume(who, min(200, max(0, who.volume + VOLUME_STEPS[key])))

    def volume_typed(self, who: Participant, text: str) -> None:
        """Set the volume of somebody, a percentage as it was typed."""
        percent = text.strip().removesuffix("%")
        if percent.isdecimal():
            self.set_volume(who, int(percent))
        else:
            told = f"Came as {clean(text, 20)}; allowed: 0 to 200. 100 is as sent."
            self._ui.tell(Category.ERROR, told)

    def quality(self, word: str) -> None:
        """Choose how pictures are drawn, as typed; without a word there is a menu."""
        if word:
            self._choose_quality(word)
            return

        def answered(answer: str) -> None:
            if answer:
                self._choose_quality(answer)

        state = video_words(self._view.stage.report())
        now = self._view.stage.governor.choice.quality
        self._ui.ask(quality_menu(now, state), answered)

    def _choose_quality(self, word: str) -> None:
        try:
            quality = parse_quality(word)
        except CallsError as error:
            self._ui.tell(Category.ERROR, error.description)
            return
        self._view.choose_quality(quality)
        words = f"Pictures: {quality}. {QUALITY_HELP[quality]}."
        self._ui.tell(Category.INFO, words, Priority.REPLY)

    def pin(self, stream: StreamId) -> None:
        """Pin this tile, or unpin it."""
        snapshot = self._ui.snapshot
        who = snapshot.participant(stream.participant)
        if who is not None:
            command = pin_or_unpin(stream, snapshot)
            self.ask(self._board.meaning(BY_ID["tile.pin"], command, who))

    def tile(self, stream: StreamId) -> None:
        """Offer what can be done with a tile, or a row of People, and with whose it is."""
        snapshot = self._ui.snapshot
        participant = snapshot.participant(stream.participant)
        if participant is None:
            return
        if not snapshot.settings.enable_participant_context_menu:
            self.pin(stream)
            return
        local = snapshot.local

        def answered(action_id: str) -> None:
            if action_id == "audio.volume":
                self._ask_volume(participant)
            elif action_id == "tile.pin":
                self.pin(stream)
            elif action_id:
                self.do_to(participant, action_id)

        menu = person_menu(
            tile_name(participant.name, stream),
            participant_words(participant, snapshot),
            pinned=snapshot.pinned == stream,
            may_hear=not participant.is_local,
            may_moderate=local is not None
            and local.role is Role.MODERATOR
            and not participant.is_local,
            muted=participant.audio_muted,
            camera_off=participant.video_paused,
        )
        self._ui.ask(menu, answered)

    # ---- the idle prompt
    def follow_idle(self, snapshot: Snapshot) -> None:
        """Ask while the session asks whether anybody is there."""
        prompt = snapshot.idle
        if prompt is None:
            if self._idle is not None:
                self._idle.close("gone")
        elif self._idle is None:

            def answered(answer: str) -> None:
                self._idle = None
                if answer == "stay":
                    self._deeds.fulfil(self._board.meaning(BY_ID["idle.stay"], Stay()))
                elif answer == "leave":
                    self._leave_now()

            self._idle = IdleDialog(prompt.ends_at_ms - self._ui.clock())
            self._ui.ask(self._idle, answered)

    def each_second(self) -> None:
        """Count down in the idle prompt."""
        prompt = self._ui.snapshot.idle
        if self._idle is not None and prompt is not None:
            self._idle.change_text(IdleDialog.words(prompt.ends_at_ms - self._ui.clock()))
