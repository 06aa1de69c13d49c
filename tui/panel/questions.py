"""The part of the app that asks before it does: leaving, ending, removing, a person's menu."""

from __future__ import annotations

from dataclasses import replace

from textual import on

from tui.commands import Wish
from tui.domain.actions import BY_ID
from tui.domain.announcements import Category, Priority
from tui.domain.commands.call import EndForAll, Leave, Remove
from tui.domain.commands.local import SetVolume
from tui.domain.errors import CallsError
from tui.domain.quality import QualityChoice, parse_quality
from tui.domain.snapshot import Participant, Phase, Role
from tui.domain.wording import participant_words
from tui.domain.words import Aim
from tui.governor.words import QUALITY_HELP, hint, video_words
from tui.panel.dialog import (
    Dialog,
    end_dialog,
    leave_dialog,
    person_menu,
    quality_menu,
    remove_dialog,
)
from tui.panel.talk import TalkingApp
from tui.widgets.people_panel import PeoplePanel
from tui.widgets.stage import Stage

VOLUME_STEPS = {"plus": 10, "equals_sign": 10, "minus": -10}
"""Percent, by key; `=` is `+` without Shift on many keyboards."""


class AskingApp(TalkingApp):
    """Dialogs and what their answers do (spec ux 6.6)."""

    _leaving: Dialog | None = None
    _throttle_told = False
    quality = QualityChoice()
    """What the person wants of the pictures; kept from call to call."""

    # ---- what the app itself provides
    def cancel_join(self) -> None:
        """Stop connecting."""
        raise NotImplementedError

    def leave_app(self, code: int = 0) -> None:
        """End the app with an exit code."""
        raise NotImplementedError

    def will_quit(self) -> None:
        """Leaving the call now also leaves the app."""
        raise NotImplementedError

    def ask_for_volume(self, who: Participant) -> None:
        """A line at the bottom of the screen shown, for a percentage."""
        raise NotImplementedError

    # ---- questions
    def action_help_quit(self) -> None:
        """Ctrl+C copies a selection; with nothing selected it tells how to leave."""
        if self.snapshot.in_session:
            self.toast("Press l, or Ctrl+G then l, to leave the call. Ctrl+Q quits.")
        else:
            self.toast("Press Ctrl+Q to quit.")

    def ask_to_leave(self, *, quit_after: bool = False) -> None:
        """Leaving asks once; out of a call, quitting does not."""
        if not self.snapshot.in_session:
            if self.call is not None and self.call.snapshot.phase is Phase.CONNECTING:
                self.cancel_join()
            if quit_after:
                self.leave_app()
            return
        if self._leaving is not None and self._leaving.is_attached:
            return
        local = self.snapshot.local
        moderator = local is not None and local.role is Role.MODERATOR

        def answered(answer: str | None) -> None:
            if answer == "leave":
                if quit_after:
                    self.will_quit()
                self.leave_call()
            elif answer == "end":
                self.ask(self.switchboard.meaning(BY_ID["call.end"], EndForAll()))

        dialog = leave_dialog(
            self.snapshot.title or self.snapshot.session_id,
            len(self.snapshot.remotes),
            moderator=moderator,
        )
        self._leaving = dialog
        self.push_screen(dialog, answered)

    def leave_call(self) -> None:
        """Leave, without a question."""
        self._go(self.switchboard.meaning(BY_ID["call.leave"], Leave()))

    def _go(self, wish: Wish) -> None:
        if self.call is not None:
            self.call.show_leaving()
        self.fulfil(wish)

    def ask(self, wish: Wish) -> None:
        """Do it, after the question of its row if it has one; the question keeps the wish."""
        match wish.command:
            case Leave():
                self.ask_to_leave()
            case EndForAll():
                dialog = end_dialog(len(self.snapshot.participants))
                self.push_screen(dialog, lambda answer: self._go(wish) if answer == "end" else None)
            case Remove() if wish.who is not None:
                self.push_screen(
                    remove_dialog(wish.who.name),
                    lambda answer: self.fulfil(wish) if answer == "remove" else None,
                )
            case _:
                self.fulfil(wish)

    def set_volume(self, who: Participant, percent: int) -> None:
        """How loud somebody chosen on the screen is heard."""
        self.fulfil(
            self.switchboard.meaning(BY_ID["audio.volume"], SetVolume(who.id, percent), who)
        )

    def step_volume(self, key: str) -> None:
        """Louder or softer, whoever is chosen on the screen."""
        who = self.switchboard.participant(self.call.chosen) if self.call is not None else None
        if who is None or who.is_local:
            self.toast("Whose volume? Choose a tile with Tab and the arrows, or a row of People.")
            return
        self.set_volume(who, min(200, max(0, who.volume + VOLUME_STEPS[key])))

    def ask_for_quality(self) -> None:
        """The menu of picture qualities."""
        call = self.call
        if call is None:
            return

        def answered(answer: str | None) -> None:
            if answer:
                self.choose_quality(answer)

        state = video_words(call.stage.report())
        self.push_screen(quality_menu(self.quality.quality, state), answered)

    def choose_quality(self, word: str) -> None:
        """Draw pictures this way from now on; `word` as typed."""
        try:
            quality = parse_quality(word)
        except CallsError as error:
            self.tell(Category.ERROR, error.description)
            return
        self.quality = replace(self.quality, quality=quality)
        if self.call is not None:
            self.call.stage.choose_quality(self.quality)
        self.tell(Category.INFO, f"Pictures: {quality}. {QUALITY_HELP[quality]}.", Priority.REPLY)

    @on(Stage.Throttled)
    def _throttled(self, event: Stage.Throttled) -> None:
        if not self._throttle_told:
            self._throttle_told = True
            self.tell(Category.NET, hint(event.report))

    def do_to(self, who: Participant, action_id: str) -> None:
        """Do an action on somebody chosen on the screen."""
        action = BY_ID[action_id]
        if isinstance(action.reads, Aim):
            self.ask(self.switchboard.meaning(action, action.reads.at(who, self.snapshot), who))

    @on(PeoplePanel.Chosen)
    def _person_chosen(self, event: PeoplePanel.Chosen) -> None:
        participant = self.snapshot.participant(event.who)
        if participant is None:
            return
        if not self.snapshot.settings.enable_participant_context_menu:
            self.do_to(participant, "tile.pin")
            return
        local = self.snapshot.local

        def answered(action_id: str | None) -> None:
            if action_id == "audio.volume":
                self.ask_for_volume(participant)
            elif action_id:
                self.do_to(participant, action_id)

        menu = person_menu(
            participant.name,
            participant_words(participant, self.snapshot),
            pinned=self.snapshot.pinned == participant.id,
            may_hear=not participant.is_local,
            may_moderate=local is not None
            and local.role is Role.MODERATOR
            and not participant.is_local,
            muted=participant.audio_muted,
            camera_off=participant.video_paused,
        )
        self.push_screen(menu, answered)
