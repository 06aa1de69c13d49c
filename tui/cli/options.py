"""Options that several commands share, and what their help says."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final, TypeVar

import click

from tui.domain.look import ColourDepth, GlyphSet
from tui.domain.media import Pictures
from tui.domain.quality import PictureQuality
from tui.front.speech_words import SPEAK_WORDS, BellChoice

CONTEXT: Final = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
"""How every command takes and shows its help."""
THEMES: Final = (
    "call-dark",
    "call-light",
    "call-hc-dark",
    "call-hc-light",
    "call-ansi",
    "call-mono",
)
"""As in `tui.screens.themes`, which would load Textual."""


class _Seconds(click.FloatRange):
    """More than nothing; `nan`, which fits every range, is no time."""

    def __init__(self) -> None:
        super().__init__(min=0, min_open=True)

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        seconds = float(super().convert(value, param, ctx))
        if math.isnan(seconds):
            self.fail(f"{value} is not a number of seconds.", param, ctx)
        return seconds


# As text: click takes the name of an enum's member, not its value.
_GLYPHS: Final = [*(str(one) for one in GlyphSet), "auto"]
_COLOURS: Final = [*(str(one) for one in ColourDepth), "auto"]
CAPTION_WORDS: Final = ("on", "pull", "off")
BELL_WORDS: Final = tuple(str(choice) for choice in BellChoice)
QUALITIES: Final = tuple(str(quality) for quality in PictureQuality)

_Command = TypeVar("_Command", bound=Callable[..., Any])


def together(*options: Callable[[Any], Any]) -> Callable[[_Command], _Command]:
    """One decorator of several options, in this order."""

    def decorate(command: _Command) -> _Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


front_end_options = together(
    click.option(
        "--plain/--tui",
        "plain",
        default=None,
        help="Line by line, for screen readers and scripts; or the full-screen app. "
        "[env: CELLCALL_PLAIN, ACCESSIBLE]",
    ),
    click.option(
        "--speak", type=click.Choice(SPEAK_WORDS), metavar="PROGRAM",
        help="Read announcements aloud: auto (not over SSH), espeak-ng, spd (past the echo "
        "canceller), say or off. "
        "[env: CELLCALL_SPEAK]",
    ),
    click.option(
        "--bell", type=click.Choice(BELL_WORDS),
        help="What rings the terminal's bell; all: chat and hands, too. [env: CELLCALL_BELL]",
    ),
    click.option(
        "--log", metavar="FILE",
        help="Plain mode: a copy of every event line, into a file or a FIFO.",
    ),
    click.option(
        "--captions", type=click.Choice(CAPTION_WORDS),
        help="Show what people say as text, where somebody sends it; pull, in plain mode: a turn "
        "for each Enter. [env: CELLCALL_CAPTIONS]",
    ),
    click.option(
        "--captions-log", metavar="FILE",
        help="Plain mode: the captions alone, into a file or a FIFO.",
    ),
    click.option(
        "--json", is_flag=True, default=None,
        help="Plain mode for programs: one JSON object for each event instead of a line.",
    ),
    click.option(
        "--accessible", "--screen-reader", "--linear", "plain", flag_value=True, type=bool,
        default=None, hidden=True,
    ),
)  # fmt: skip

picture_options = together(
    click.option(
        "--glyphs", type=click.Choice(_GLYPHS, case_sensitive=False),
        help="What pictures are made of; auto: what the terminal surely draws. "
        "[env: CELLCALL_GLYPHS]",
    ),
    click.option(
        "--colours", "--colors", type=click.Choice(_COLOURS, case_sensitive=False),
        help="How many colours; auto: what the terminal shows. [env: CELLCALL_COLOURS]",
    ),
)  # fmt: skip

look_options = together(
    picture_options,
    click.option(
        "--a11y", is_flag=True, default=None,
        help="The app with a cursor that follows the focus, for braille and screen readers.",
    ),
    click.option(
        "--reduced-motion", is_flag=True, default=None,
        help="No animation, one picture a second at most.",
    ),
    click.option(
        "--large-targets", is_flag=True, default=None,
        help="Keys of the row and buttons three rows high, for pointers.",
    ),
    click.option(
        "--theme", type=click.Choice(THEMES), help="Colours of the app."
    ),
    click.option(
        "--fps", type=click.FloatRange(0, 60, min_open=True), help="Most pictures a second."
    ),
    click.option(
        "--quality", type=click.Choice(QUALITIES),
        help="Of the pictures: auto follows the link to your terminal; audio shows and receives "
        "none. [env: CELLCALL_QUALITY]",
    ),
    click.option(
        "--max-bitrate", metavar="RATE",
        help="Most bits a second that pictures may send to your terminal, such as 500k or 2M. "
        "[env: CELLCALL_MAX_BITRATE]",
    ),
    click.option("--no-mouse", is_flag=True, default=None, help="Leave the mouse to the terminal."),
)  # fmt: skip

login_options = together(
    click.option(
        "--server", metavar="URL",
        help="Address of the server, http://HOST:7880; or of any LiveKit server, wss://HOST, "
        "with --token. [env: CELLCALL_SERVER]",
    ),
    click.option(
        "--app-id", metavar="ID",
        help="An app of CometChat's cloud instead of a server. [env: CELLCALL_APP_ID]",
    ),
    click.option(
        "--region", metavar="REGION",
        help="Of that app: us, eu, in or in-private. [env: CELLCALL_REGION]",
    ),
    click.option("--user", metavar="UID", help="Who you are on the server. [env: CELLCALL_USER]"),
    click.option("--name", metavar="NAME", help="The name others see in this call."),
    click.option(
        "--api-key", metavar="KEY",
        help="The server's API key. Others on this machine can read it here; the environment is "
        "safer. [env: CELLCALL_API_KEY]",
    ),
    click.option(
        "--auth-token", metavar="TOKEN",
        help="Log in with a token instead of an API key; safer in the environment. "
        "[env: CELLCALL_AUTH_TOKEN]",
    ),
)  # fmt: skip

media_options = together(
    click.option(
        "--camera", metavar="SOURCE",
        help="A camera's name, file:CLIP.mp4, test:bars, test:colour=RRGGBB, test:noise or none.",
    ),
    click.option(
        "--microphone", metavar="SOURCE",
        help="A microphone's name, file:CLIP.wav, test:tone=440, test:voice, test:silence or none.",
    ),
    click.option(
        "--speaker", metavar="SINK", help="A speaker's name, file:OUT.wav or null."
    ),
    click.option(
        "--record", metavar="FILE",
        help="Record the call into FILE.mkv from the beginning; everybody is told.",
    ),
    click.option(
        "--record-video", type=click.Choice([str(one) for one in Pictures]),
        help="Which pictures --record keeps: cameras small (640x360), full, or off for sound only.",
    ),
    click.option(
        "--cast", metavar="FILE",
        help="The app: keep its screen in FILE.cast (asciicast) while the call is recorded.",
    ),
    click.option(
        "--share", metavar="SOURCE",
        help="Share from the beginning: screen, file:CLIP.mp4 or test:bars.",
    ),
)  # fmt: skip

call_options = together(
    click.option("--settings", "settings_file", metavar="FILE", help="Session settings as JSON."),
    click.option("--title", metavar="TEXT", help="Header of the call instead of the session ID."),
    click.option("--muted", is_flag=True, default=None, help="Join with the microphone off."),
    click.option("--now", is_flag=True, default=None, help="Join at once, without the green room."),
    click.option(
        "--earcons",
        is_flag=True,
        default=None,
        help="Short sounds, for you alone, when your microphone or hand changes.",
    ),
    click.option(
        "--keep/--no-keep",
        default=None,
        help="A terminal that goes away leaves the call running, your microphone and camera off: "
        "cellcall attach. By itself over SSH.",
    ),
    click.option(
        "--captioner",
        is_flag=True,
        default=None,
        help="What you type is captions of what the others say: WORDS, or NAME: WORDS.",
    ),
    click.option(
        "--own-captions",
        is_flag=True,
        default=None,
        help="A program here writes captions of what you say, for everybody; needs a model.",
    ),
    click.option(
        "--captions-model",
        metavar="FOLDER",
        help="Whisper model for own captions, in CTranslate2's format. "
        "[env: CELLCALL_CAPTIONS_MODEL]",
    ),
    click.option("--no-video", is_flag=True, default=None, help="Join with the camera off."),
)

ending_options = together(
    click.option(
        "--headless", is_flag=True, help="No screen: announcements on standard error, no keys."
    ),
    click.option("--quiet", is_flag=True, help="With --headless: no announcements."),
    click.option(
        "--duration", type=_Seconds(), metavar="SECONDS",
        help="Leave after this long.",
    ),
    click.option(
        "--stats", metavar="FILE", help="Write figures of the call as JSON at its end; - to print."
    ),
)  # fmt: skip
