"""What a front end holds: it hands over what it shows, and asks what to keep to itself."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from typing import Final

from tui.domain.announcements import Priority
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.happenings.table import manner_of
from tui.domain.text import clean
from tui.front.announcer.policy import rings, silenced, urgency_of
from tui.front.announcer.programs import NoProgram, SpeakingProgram, find_program
from tui.front.announcer.voice import Voice
from tui.front.announcer.waiting import Utterance
from tui.front.speech_words import AUTO, OFF, BellChoice
from tui.ports.handle import Handle

RING_GAP_S: Final = 2.0
"""Two bells are never closer than this."""
_QUIET_MOST_MIN: Final = 600
_MINUTE_S: Final = 60.0
_IN_CALL: Final = "In a call it is part of the call's sound, which the echo canceller knows."
_OTHERS_HEAR: Final = (
    "The echo canceller does not know it: with open loudspeakers your microphone may pick it up; "
    "headphones prevent that."
)


class Announcer:
    """Speech, bell and quiet time of one front end.

    Args:
        speak: One of `SPEAK_WORDS`.
        bell: What may ring.
        far_host: The machine whose loudspeaker would speak, when the person sits elsewhere.
        clock: Monotonic seconds.
        which: Finds programs.
    """

    def __init__(
        self,
        *,
        speak: str = OFF,
        bell: BellChoice = BellChoice.IMPORTANT,
        far_host: str = "",
        clock: Callable[[], float] = time.monotonic,
        which: Callable[[str], str | None] = shutil.which,
    ):
        self._wish = speak
        self._bell = bell
        self._far_host = far_host
        self._clock = clock
        self._which = which
        self._rung_s = float("-inf")
        self._quiet_until_s = float("-inf")
        self._voice = Voice()
        self.ring: Callable[[], None] = lambda: None
        """Rings the terminal's bell; a front end that has one sets it."""

    def open(self, tell: Callable[[str], None]) -> None:
        """Begin as wished, and say what is in the way of it.

        Args:
            tell: Says one line, now and when speaking fails later.
        """
        self._voice.failed = tell
        if self._wish == OFF:
            return
        if self._wish == AUTO and self._far_host:
            tell(
                f"Reading aloud is off: it would speak on {self._far_host}, not where you are. "
                "/speak on does it anyway."
            )
            return
        try:
            self._voice.use(find_program(self._wish, self._which))
        except NoProgram as missing:
            tell(f"Reading aloud is off: {missing}")

    # ---- what happens
    def shown(self, kind: str, text: str, priority: Priority) -> None:
        """Something is shown or printed now: say it and ring, as far as wished."""
        now_s = self._clock()
        if rings(kind, priority, self._bell) and now_s >= self._rung_s + RING_GAP_S:
            self._rung_s = now_s
            self.ring()
        urgency = urgency_of(kind, priority)
        if urgency is not None:
            words = f"{manner_of(kind, priority).said_before}{text}"
            self._voice.say(Utterance(kind, words, urgency))

    def silences(self, kind: str, priority: Priority) -> bool:
        """Whether something is only kept in the log now, because of `/quiet`."""
        return self._clock() < self._quiet_until_s and silenced(kind, priority)

    async def run(self, call: Callable[[], Handle]) -> None:
        """Speak until cancelled, with the call (or lack of one) that `call` gives."""
        await self._voice.run(call)

    # ---- what the person asks for; each answers with a sentence
    def hush(self) -> str:
        """`/shh`: silent at once, and what waits is forgotten."""
        busy = self._voice.busy
        self._voice.stop()
        return "Stopped reading aloud." if busy else "Nothing was being read aloud."

    def speak(self, argument: str) -> str:
        """`/speak [on|off]`.

        Raises:
            CallsError: `VALIDATION_ERROR` for another word, or nothing to speak with.
        """
        word = argument.strip().lower()
        if word == "off":
            self._voice.use(None)
        elif word == "on":
            self._turn_on()
        elif word:
            raise _usage(f"Came as {clean(word, 20)}; allowed: on or off, or nothing to hear it.")
        program = self._voice.program
        if program is None:
            return "Reading announcements aloud is off."
        where = f" on {self._far_host}" if self._far_host else ""
        return f"Reading announcements aloud with {program.name}{where}. {others_hear(program)}"

    def _turn_on(self) -> None:
        wish = AUTO if self._wish == OFF else self._wish
        try:
            self._voice.use(find_program(wish, self._which))
        except NoProgram as missing:
            raise _usage(str(missing)) from missing

    def quiet(self, argument: str) -> str:
        """`/quiet [MINUTES|off]`: announcements that are not urgent only go into the log.

        Raises:
            CallsError: `VALIDATION_ERROR` for another word.
        """
        word = argument.strip().lower()
        if word in ("off", "0"):
            self._quiet_until_s = float("-inf")
        elif word:
            if not word.isdecimal() or int(word) > _QUIET_MOST_MIN:
                raise _usage(
                    f"Came as {clean(word, 20)}; allowed: 1 to {_QUIET_MOST_MIN} minutes, or off."
                )
            self._quiet_until_s = self._clock() + int(word) * _MINUTE_S
        left_s = self._quiet_until_s - self._clock()
        if left_s <= 0:
            return "Announcements are not silenced. /quiet 5 does so for 5 minutes."
        minutes = max(1, round(left_s / _MINUTE_S))
        return (
            f"Quiet for {minutes} {'minute' if minutes == 1 else 'minutes'}: only what is urgent "
            "is announced. /log has the rest, /quiet off ends it."
        )


def others_hear(program: SpeakingProgram) -> str:
    """Whether open loudspeakers read it to the whole call, in a sentence."""
    return _IN_CALL if program.in_call else _OTHERS_HEAR


def _usage(text: str) -> CallsError:
    return CallsError(ErrorCode.VALIDATION, text)
