"""Takes the README's pictures: runs the real program, presses keys, draws what it shows.

    python screenshots/make.py                 # every scene, into screenshots/
    python screenshots/make.py chat help       # some

Needs tmux, and Pillow (a dependency of the program). Nothing is faked: the cells come from the
terminal (`tmux capture-pane -e`), each drawn as a rectangle or a letter.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from html import escape
from itertools import groupby
from pathlib import Path
from typing import Final

from PIL import Image, ImageColor, ImageDraw, ImageFont

from tui.domain.look import GlyphSet
from tui.video.geometry import PARTS_ACROSS, PARTS_DOWN
from tui.video.glyphs import glyph_table

HERE: Final = Path(__file__).resolve().parent
SOCKET: Final = "cellcall-screenshots"
CELL_WIDTH, CELL_HEIGHT, FONT_SIZE = 12, 24, 20
FOREGROUND, BACKGROUND = "#f2f4f8", "#101418"
FONTS: Final = (
    "/usr/share/fonts/truetype/dejavu/DejaVuSansMono{}.ttf",
    "/Library/Fonts/DejaVuSansMono{}.ttf",
)
MASKS: Final = {
    # What each block glyph covers, as the program itself knows it; letters come from the font.
    character: mask.reshape(PARTS_DOWN, PARTS_ACROSS)
    for character, mask in zip(
        glyph_table(GlyphSet.ALL).characters, glyph_table(GlyphSet.ALL).masks, strict=True
    )
    if "\u2580" <= character <= "\u259f" or character >= "\U0001cd00"
}


_MEDIA: Final = (
    *("--camera", "test:bars"),
    *("--microphone", "test:silence", "--speaker", "null"),
)


@dataclass(frozen=True, slots=True)
class Scene:
    """One picture."""

    name: str
    columns: int
    rows: int
    keys: tuple[str, ...] = ()
    """tmux key names or text, pressed one after another."""

    command: tuple[str, ...] = (
        *("demo", "--people", "3", *_MEDIA),
        *("--glyphs", "sextant", "--quality", "high"),
    )
    wait_for: str = "page|people"
    """Text on screen that says the call is on (a regular expression)."""


SCENES: Final = (
    Scene("call", 120, 36),
    Scene("chat", 120, 36, ("c", "notes are at example.org/n", "Enter")),
    Scene("people", 120, 36, ("r", "p")),
    Scene("small", 80, 24),
    Scene("help", 80, 24, ("?",)),
    Scene("leave", 80, 24, ("l",)),
    Scene(
        "plain",
        80,
        24,
        ("/who", "Enter", "good morning", "Enter", "/mic", "Enter", "/status", "Enter"),
        ("demo", "--people", "3", *_MEDIA, "--plain"),
        "joined|Joined",
    ),
)


@dataclass(frozen=True, slots=True)
class Look:
    """How one cell is drawn."""

    fore: str = FOREGROUND
    back: str = BACKGROUND
    bold: bool = False
    italic: bool = False
    underline: bool = False
    reverse: bool = False

    @property
    def colours(self) -> tuple[str, str]:
        """What ends up in front and behind."""
        return (self.back, self.fore) if self.reverse else (self.fore, self.back)


Row = list[tuple[str, Look]]


def tmux(*arguments: str) -> str:
    """Run tmux on our own socket."""
    done = subprocess.run(
        ["tmux", "-L", SOCKET, "-f", "/dev/null", *arguments],
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout


def take(scene: Scene) -> list[Row]:
    """Run the program, press the scene's keys and read the screen's cells.

    Raises:
        TimeoutError: The call did not begin within a minute.
    """
    program = ["env", "COLORTERM=truecolor", "TERM=xterm-256color", sys.executable, "-m", "tui"]
    size = ["-x", str(scene.columns), "-y", str(scene.rows)]
    tmux("new-session", "-d", *size, *program, *scene.command)
    try:
        deadline = time.monotonic() + 60
        while not re.search(scene.wait_for, tmux("capture-pane", "-p")):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{scene.name}: the call did not begin")
            time.sleep(0.2)
        time.sleep(12)  # toasts go, pictures come
        for key in scene.keys:
            named = key in ("Enter", "Escape", "Tab", "Down", "Up")
            tmux("send-keys", *(() if named else ("-l",)), key)
            time.sleep(1.5)
        lines = tmux("capture-pane", "-e", "-N", "-p").split("\n")
        return cells(lines[: scene.rows])
    finally:
        subprocess.run(["tmux", "-L", SOCKET, "kill-server"], check=False, capture_output=True)


def cells(lines: list[str]) -> list[Row]:
    """The cells of `capture-pane -e`: text with SGR sequences, which hold on to the next line."""
    rows: list[Row] = []
    look = Look()
    for line in lines:
        row: Row = []
        for text, codes in re.findall(r"([^\x1b]+)|\x1b\[([0-9;:]*)m", line):
            if text:
                row += [(character, look) for character in text]
            else:
                look = dressed(look, [int(code or 0) for code in re.split("[;:]", codes)])
        rows.append(row)
    return rows


def dressed(look: Look, codes: list[int]) -> Look:
    """`look` after one SGR sequence."""
    marks = {1: ("bold", True), 3: ("italic", True), 4: ("underline", True), 7: ("reverse", True)}
    marks |= {22: ("bold", False), 23: ("italic", False), 24: ("underline", False)}
    marks |= {27: ("reverse", False)}
    while codes:
        code = codes.pop(0)
        if code == 0:
            look = Look()
        elif code in marks:
            name, on = marks[code]
            look = replace(look, **{name: on})
        elif code in (38, 48) and codes:
            kind = codes.pop(0)
            if kind == 2:
                colour = "#{:02x}{:02x}{:02x}".format(*codes[:3])
                del codes[:3]
            else:
                colour = indexed(codes.pop(0))
            look = replace(look, **{"fore" if code == 38 else "back": colour})
        elif code == 39:
            look = replace(look, fore=FOREGROUND)
        elif code == 49:
            look = replace(look, back=BACKGROUND)
        elif 30 <= code <= 37 or 90 <= code <= 97:
            look = replace(look, fore=indexed(code - 30 if code < 90 else code - 82))
        elif 40 <= code <= 47 or 100 <= code <= 107:
            look = replace(look, back=indexed(code - 40 if code < 100 else code - 92))
    return look


def indexed(number: int) -> str:
    """A colour of the 256-colour palette."""
    if number < 16:
        level = 255 if number >= 8 else 170
        return "#{:02x}{:02x}{:02x}".format(
            *(level if number >> bit & 1 else 0 for bit in range(3))
        )
    if number >= 232:
        return "#" + f"{8 + 10 * (number - 232):02x}" * 3
    steps = (0, 95, 135, 175, 215, 255)
    number -= 16
    return f"#{steps[number // 36]:02x}{steps[number // 6 % 6]:02x}{steps[number % 6]:02x}"


def font(*, bold: bool) -> ImageFont.FreeTypeFont:
    """A monospaced font."""
    for pattern in FONTS:
        path = Path(pattern.format("-Bold" if bold else ""))
        if path.is_file():
            return ImageFont.truetype(str(path), FONT_SIZE)
    raise FileNotFoundError("DejaVu Sans Mono is needed: sudo apt install fonts-dejavu-core")


def draw_png(rows: list[Row], scene: Scene) -> Image.Image:
    """The screen as pixels."""
    size = (scene.columns * CELL_WIDTH, scene.rows * CELL_HEIGHT)
    picture = Image.new("RGB", size, BACKGROUND)
    draw = ImageDraw.Draw(picture)
    plain, bold = font(bold=False), font(bold=True)
    for y, row in enumerate(rows):
        for x, (character, look) in enumerate(row):
            fore, back = look.colours
            left, top = x * CELL_WIDTH, y * CELL_HEIGHT
            draw.rectangle((left, top, left + CELL_WIDTH - 1, top + CELL_HEIGHT - 1), fill=back)
            for dx, dy, width, height, share in parts(character):
                box = (left + dx, top + dy, left + dx + width - 1, top + dy + height - 1)
                draw.rectangle(box, fill=mixed(fore, back, share))
            if character not in MASKS and character != " ":
                draw.text((left, top), character, font=bold if look.bold else plain, fill=fore)
            if look.underline:
                base = top + CELL_HEIGHT - 2
                draw.line((left, base, left + CELL_WIDTH, base), fill=fore)
    return picture


def parts(character: str) -> list[tuple[int, int, int, int, float]]:
    """Rectangles (x, y, width, height, covered share) of a block glyph; none of a letter."""
    mask = MASKS.get(character)
    if mask is None:
        return []
    wide, high = CELL_WIDTH // PARTS_ACROSS, CELL_HEIGHT // PARTS_DOWN
    found: list[tuple[int, int, int, int, float]] = []
    above: dict[tuple[int, int, float], int] = {}
    for row in range(PARTS_DOWN):
        here: dict[tuple[int, int, float], int] = {}
        column = 0
        for share, run in groupby(mask[row].tolist()):
            key = (column * wide, len(list(run)) * wide, share)
            column += key[1] // wide
            if not share:
                continue
            x, width, _ = key
            if key in above:  # one rectangle with the row above
                here[key] = above[key]
                _, y, _, height, _ = found[here[key]]
                found[here[key]] = (x, y, width, height + high, share)
            else:
                here[key] = len(found)
                found.append((x, row * high, width, high, share))
        above = here
    return found


def mixed(fore: str, back: str, share: float) -> str:
    """`share` of one colour over another."""
    if share >= 1:
        return fore
    pairs = zip(ImageColor.getrgb(fore), ImageColor.getrgb(back), strict=True)
    return "#{:02x}{:02x}{:02x}".format(*(round(f * share + b * (1 - share)) for f, b in pairs))


def draw_svg(rows: list[Row], scene: Scene) -> str:
    """The screen as an SVG."""
    width, height = scene.columns * CELL_WIDTH, scene.rows * CELL_HEIGHT
    said = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        'shape-rendering="crispEdges" font-family="DejaVu Sans Mono, Menlo, monospace" '
        f'font-size="{FONT_SIZE}">',
        f"<title>cellcall: {escape(scene.name)}</title>",
        f'<rect width="{width}" height="{height}" fill="{BACKGROUND}"/>',
    ]
    said += [
        f'<path fill="{colour}" d="{"".join(f"M{x} {y}h{w}v{h}h-{w}z" for x, y, w, h in found)}"/>'
        for colour, found in areas(rows).items()
        if colour != BACKGROUND
    ]
    for y, row in enumerate(rows):
        kinds = [(character in MASKS, look) for character, look in row]
        x = 0
        for (masked, look), run in groupby(kinds):
            start, x = x, x + len(list(run))
            text = "".join(character for character, _ in row[start:x])
            if masked or not text.strip():
                continue
            left, wide = start * CELL_WIDTH, (x - start) * CELL_WIDTH
            weight = ' font-weight="bold"' if look.bold else ""
            said.append(
                f'<text x="{left}" y="{y * CELL_HEIGHT + 18}" fill="{look.colours[0]}"{weight} '
                f'textLength="{wide}" xml:space="preserve">{escape(text)}</text>'
            )
    return "\n".join([*said, "</svg>\n"])


def areas(rows: list[Row]) -> dict[str, list[tuple[int, int, int, int]]]:
    """Rectangles (x, y, width, height) by colour: what is behind letters, and all block glyphs."""
    wide, high = CELL_WIDTH // PARTS_ACROSS, CELL_HEIGHT // PARTS_DOWN
    found: dict[str, list[tuple[int, int, int, int]]] = {}
    above: dict[tuple[int, int, str], int] = {}
    for y in range(len(rows) * PARTS_DOWN):
        colours: list[str] = []
        for character, look in rows[y // PARTS_DOWN]:
            fore, back = look.colours
            mask = MASKS.get(character)
            shares = [0.0] * PARTS_ACROSS if mask is None else mask[y % PARTS_DOWN].tolist()
            colours += [mixed(fore, back, share) if share else back for share in shares]
        here: dict[tuple[int, int, str], int] = {}
        column = 0
        for colour, run in groupby(colours):
            key = (column * wide, len(list(run)) * wide, colour)
            column += key[1] // wide
            if key in above:  # one rectangle with the row above
                number = above[key]
                left, top, width, height = found[colour][number]
                found[colour][number] = (left, top, width, height + high)
            else:
                found.setdefault(colour, []).append((key[0], y * high, key[1], high))
                number = len(found[colour]) - 1
            here[key] = number
        above = here
    return found


def main(names: list[str]) -> None:
    """Take the scenes named, or all."""
    for scene in SCENES:
        if names and scene.name not in names:
            continue
        rows = take(scene)
        draw_png(rows, scene).save(HERE / f"{scene.name}.png", optimize=True)
        (HERE / f"{scene.name}.svg").write_text(draw_svg(rows, scene), encoding="utf-8")
        print(f"{scene.name}: {scene.columns}x{scene.rows}")


if __name__ == "__main__":
    main(sys.argv[1:])
