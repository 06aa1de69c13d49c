"""`cellcall accessibility`: which way of using it suits whom, what cannot work, how to tell us."""

from __future__ import annotations

from typing import Final

_PAGE: Final = """\
Accessibility of cellcall

Screen reader, braille terminal, Emacs
  cellcall --plain, or ACCESSIBLE=1 in the environment for good.
  One event, one line, read once; nothing is drawn over. While you type, other lines wait.
  /help explains by topic, /log says again what was missed, /status and /speaking answer always.
  --speak auto reads aloud, and the others in the call do not hear it; /shh is silence at once.
  --log FILE copies every line into another pane or a braille device.

Braille display or magnifier, full screen
  cellcall --a11y
  The terminal's cursor stands where the focus is. Only rows whose words change are written. One
  column of people, dialogs over the whole screen, urgent words until Esc, no pictures until a.

Low vision
  --theme call-hc-dark or call-hc-light: 7 to 1 at least. All other text has 4.5 to 1 at least.
  The terminal's own zoom works down to 40 columns and 12 rows without loss.

Hands: no mouse, switches, dictation, other keyboards
  Everything has a key and a command. Tab, arrows and Enter alone reach everything.
  In the config file, [keys] mode = "leader-only" switches single letters off, and [keys.map]
  gives actions other keys. cellcall keys lists the keys you have then.
  --large-targets: what a pointer presses, the key row and buttons, is three rows high.
  No key has to be held or pressed in time; the one thing that expires says what keeps it.

Motion and flashing
  --reduced-motion: nothing moves by itself, a picture a second at most. --quality audio: none.

Deaf or hard of hearing
  Chat is in both front ends; /captions shows what others' captioners and agents publish.
  Your own words: /captions own on has a program of your machine write what you say, for everybody
  (pip install 'cellcall[captions]', and captions_model in the config file names a Whisper model's
  folder). Everybody is told that a program writes, for it makes mistakes.

What cannot work
  Sign language: pictures of a terminal are too coarse and too slow to carry it. The same link,
  opened in a browser, shows the call as it is.

Nobody who lives with a screen reader has tested this release yet: what is said here was measured
with tdsr and with an emulated terminal. Please tell what does not work, with the output of
cellcall doctor, where you got cellcall from.
"""


def accessibility_text() -> str:
    """The page, in plain sentences for an ear."""
    return _PAGE
