"""The part of the app that asks before it does: leaving, ending, removing, a person's menu."""

from __future__ import annotations

from dataclasses import replace

from textual import on

from tui.commands import DEEDS
from tui.domain.announcements import Category, Priority
from tui.domain.errors import CallsError
from tui.domain.finding import find_participant
from tui.domain.ids import ParticipantId
from tui.domain.quality import QualityChoice, parse_quality
from tui.domain.snapshot import Phase, Role
from tui.domain.wording import participant_words
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

_VOLUME_STEPS = {"plus": 10, "equals_sign": 10, "minus": -10}
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

    def open_command_line(self, text: str = "") -> None:
        """A line at the bottom of the screen shown."""
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
                self._go("call.leave")
            elif answer == "end":
                self.ask_to_end()

        dialog = leave_dialog(
            self.snapshot.title or self.snapshot.session_id,
            len(self.snapshot.remotes),
            moderator=moderator,
        )
        self._leaving = dialog
        self.push_screen(dialog, answered)

    def _go(self, action_id: str) -> None:
        if self.call is not None:
            self.call.show_leaving()
        self.run_deed(action_id, "")

    def ask_to_end(self) -> None:
        """A second question: nobody can undo it."""

        def answered(answer: str | None) -> None:
            if answer == "end":
                self._go("call.end")

        self.push_screen(end_dialog(len(self.snapshot.participants)), answered)

    def ask_to_remove(self, who: str) -> None:
        """`who` is a uid, or a number or name as typed."""
        try:
            participant = self.snapshot.participant(ParticipantId(who)) or find_participant(
                self.snapshot, who, remote_only=True
            )
        except CallsError as error:
            self.tell(Category.ERROR, error.description)
            return

        def answered(answer: str | None) -> None:
            uids = [person.id for person in self.snapshot.participants]
            if answer == "remove" and participant.id in uids:
                self.run_deed("host.remove", str(uids.index(participant.id) + 1))

        self.push_screen(remove_dialog(participant.name), answered)

    def change_volume(self, argument: str) -> None:
        """`plus` or `minus` for whoever is chosen on the screen, or a name and a percentage."""
        if argument not in _VOLUME_STEPS:
            self.run_deed("audio.volume", argument)
            return
        who = self.snapshot.participant(self.call.chosen) if self.call is not None else None
        if who is None or who.is_local:
            self.toast("Whose volume? Choose a tile with Tab and the arrows, or a row of People.")
            return
        wanted = min(200, max(0, who.volume + _VOLUME_STEPS[argument]))
        self.run_deed("audio.volume", f"{self.snapshot.participants.index(who) + 1} {wanted}")

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

    @on(PeoplePanel.Chosen)
    def _person_chosen(self, event: PeoplePanel.Chosen) -> None:
        participant = self.snapshot.participant(event.who)
        if participant is None:
            return
        if not self.snapshot.settings.enable_participant_context_menu:
            self.run_deed("tile.pin", participant.id)
            return
        local = self.snapshot.local

        def answered(action_id: str | None) -> None:
            uids = [person.id for person in self.snapshot.participants]
            if not action_id:
                return
            if action_id == "host.remove":
                self.ask_to_remove(event.who)
            elif action_id == "audio.volume" and event.who in uids:
                self.open_command_line(f"volume {uids.index(event.who) + 1} ")
            elif action_id in DEEDS and event.who in uids:
                # By place in the roster: a uid may look like somebody else's number or name.
                self.run_deed(action_id, str(uids.index(event.who) + 1))

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
