"""Whatever is drawn over the tiles, what they believe of the terminal is what it shows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pyte.graphics import BG_AIXTERM, BG_ANSI, FG_AIXTERM, FG_ANSI, FG_BG_256

from tests.stage.terminal import Terminal
from tui.domain.look import ColourDepth


def expected(code: list[int], depth: str) -> tuple[str, str]:
    """Foreground and background that the emulator should have for a cell with this code."""
    above, below = code[0], code[3]
    match ColourDepth(depth):
        case ColourDepth.TRUECOLOR:
            return bytes(code[:3]).hex(), bytes(code[3:6]).hex()
        case ColourDepth.INDEXED:
            return FG_BG_256[above], FG_BG_256[below]
        case ColourDepth.ANSI:
            codes = [30 + n if n < 8 else 82 + n for n in range(16)]
            names = FG_ANSI | FG_AIXTERM
            return names[codes[above]], (BG_ANSI | BG_AIXTERM)[codes[below] + 10]
        case ColourDepth.MONO:
            return "default", "default"


class Checker:
    """Compares the emulator with what the subject saved at each mark."""

    def __init__(self, terminal: Terminal, folder: Path, tolerance: int) -> None:
        self.terminal, self.folder, self.tolerance = terminal, folder, tolerance
        self.checked = self.texts = 0
        self.final: dict[str, int] = {}
        self.faults: list[str] = []
        self.history: list[str] = []

    def on_mark(self, words: list[str]) -> None:
        if words[0] == "resize":
            self.terminal.resize(int(words[1]), int(words[2]))
            self.history.append("->".join(words))
            return
        self.history.append(words[2])
        saved = np.load(self.folder / f"{words[1]}.npz")
        for name in saved.files:
            if name.endswith("/known"):
                self.check(name[:-6], saved, final=words[2] == "final")
        if words[2] == "final":
            self.check_text(saved)

    def check_text(self, saved: np.lib.npyio.NpzFile) -> None:
        """Everything that is no picture stands there, too, written lately or not."""
        wanted = [str(row) for row in saved["screen/text"]]
        shown = ["".join(self.terminal.cell(x, y)[0] for x in range(80)) for y in range(24)]
        pictures = np.zeros((24, 80), bool)
        for name in saved.files:
            if name.endswith("/place"):
                left, top = saved[name].tolist()
                rows, columns = saved[name.replace("/place", "/known")].shape
                pictures[top : top + rows, left : left + columns] = True
        assert len(wanted) == 24
        for y, row in enumerate(wanted):
            if not pictures[y].any():
                self.texts += 1
                if shown[y] != row:
                    self.faults.append(f"row {y} is {shown[y]!r}, not {row!r}")

    def check(self, uid: str, saved: np.lib.npyio.NpzFile, *, final: bool) -> None:
        left, top = saved[f"{uid}/place"].tolist()
        known, codes = saved[f"{uid}/known"], saved[f"{uid}/codes"]
        wrong = 0
        characters, depth = saved[f"{uid}/characters"], str(saved[f"{uid}/depth"])
        for y, x in np.argwhere(known).tolist():
            text, above, below = self.terminal.cell(left + x, top + y)
            wanted_above, wanted_below = expected(codes[y, x].tolist(), depth)
            wrong += text != characters[y, x] or below != wanted_below
            # A space shows no foreground, so it keeps whichever was on.
            wrong += text != " " and above != wanted_above
        self.checked += int(known.sum())
        if wrong:
            self.faults.append(f"{uid}: {wrong} of {known.sum()} after {self.history[-6:]}")
        if final:
            seen = self.uncovered(uid, saved)
            off = saved[f"{uid}/off"][seen].max()
            if off > self.tolerance or not known[seen].all():
                self.faults.append(f"{uid}: off by {off}, known {known[seen].mean():.3f}")
            self.final[uid] = known.size

    @staticmethod
    def uncovered(uid: str, saved: np.lib.npyio.NpzFile) -> np.ndarray:
        """Cells not under a smaller tile (our own picture lies over the large one in SPOTLIGHT)."""
        rows, columns = saved[f"{uid}/known"].shape
        left, top = saved[f"{uid}/place"].tolist()
        seen = np.ones((rows, columns), bool)
        for name in saved.files:
            other = name.removesuffix("/known")
            if other not in (name, uid) and saved[name].size < rows * columns:
                x, y = (saved[f"{other}/place"] - [left, top]).tolist()
                height, width = saved[name].shape
                if x >= 0 and y >= 0:
                    seen[y : y + height + 1, x : x + width] = False
        return seen


def run(folder: Path, seed: int, steps: int, tolerance: int, glyphs: str, **env: str) -> Checker:
    arguments = [str(seed), str(steps), str(tolerance), glyphs, str(folder)]
    terminal = Terminal(["-m", "tests.stage.subject", *arguments], **env)
    checker = Checker(terminal, folder, tolerance)
    try:
        terminal.run(checker.on_mark, timeout_s=150)
    finally:
        terminal.close()
    return checker


@pytest.mark.parametrize(
    ("seed", "tolerance", "glyphs"),
    [(0, 0, "half"), (1, 6, "all"), (2, 0, "block"), (3, 6, "mixed"), (4, 0, "mixed")],
)
def test_terminal_shows_what_tiles_believe(
    seed: int, tolerance: int, glyphs: str, tmp_path: Path
) -> None:
    """Toasts, dialogs, other screens, panels, looks, themes, resizes, suspends: all random."""
    checker = run(tmp_path, seed, 25, tolerance, glyphs)
    assert checker.faults == []
    assert checker.checked > 1000
    assert checker.texts >= 3
    assert sum(checker.final.values()) > 500


@pytest.mark.parametrize(
    "env",
    [
        {"COLORTERM": "", "TERM": "xterm-256color"},
        {"COLORTERM": "", "TERM": "xterm"},
        {"NO_COLOR": "1"},
    ],
    ids=["256", "16", "mono"],
)
def test_fewer_colours_agree_too(env: dict[str, str], tmp_path: Path) -> None:
    checker = run(tmp_path, 7, 12, 6, "half", **env)
    assert checker.faults == []
    assert sum(checker.final.values()) > 500
