"""Whatever is drawn over the tiles, what they believe of the terminal is what it shows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pyte.graphics import BG_AIXTERM, BG_ANSI, FG_AIXTERM, FG_ANSI, FG_BG_256

from tests.stage.terminal import Terminal
from tui.video.half_block import RAMP


def expected(code: list[int]) -> tuple[str, str, str]:
    """What the emulator says of a cell with this code; the code's length tells the depth."""
    if len(code) == 6:
        return "▀", bytes(code[:3]).hex(), bytes(code[3:]).hex()
    if len(code) == 1:
        return RAMP[code[0]], "default", "default"
    above, below = code
    if max(code) < 16:  # the 256-colour cells use 16 and up
        codes = [30 + n if n < 8 else 82 + n for n in range(16)]
        names = FG_ANSI | FG_AIXTERM
        return "▀", names[codes[above]], (BG_ANSI | BG_AIXTERM)[codes[below] + 10]
    return "▀", FG_BG_256[above], FG_BG_256[below]


class Checker:
    """Compares the emulator with what the subject saved at each mark."""

    def __init__(self, terminal: Terminal, folder: Path, tolerance: int) -> None:
        self.terminal, self.folder, self.tolerance = terminal, folder, tolerance
        self.checked = 0
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

    def check(self, uid: str, saved: np.lib.npyio.NpzFile, *, final: bool) -> None:
        left, top = saved[f"{uid}/place"].tolist()
        known, codes = saved[f"{uid}/known"], saved[f"{uid}/codes"]
        wrong = 0
        for y, x in np.argwhere(known).tolist():
            wrong += self.terminal.cell(left + x, top + y) != expected(codes[y, x].tolist())
        self.checked += int(known.sum())
        if wrong:
            self.faults.append(f"{uid}: {wrong} of {known.sum()} after {self.history[-6:]}")
        if final:
            seen = self.uncovered(uid, saved)
            off = np.abs(saved[f"{uid}/picture"].astype(int) - codes)[seen].max()
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


def run(folder: Path, seed: int, steps: int, tolerance: int, **env: str) -> Checker:
    terminal = Terminal(
        ["-m", "tests.stage.subject", str(seed), str(steps), str(tolerance), str(folder)], **env
    )
    checker = Checker(terminal, folder, tolerance)
    try:
        terminal.run(checker.on_mark, timeout_s=150)
    finally:
        terminal.close()
    return checker


@pytest.mark.parametrize(("seed", "tolerance"), [(0, 0), (1, 6), (2, 0), (3, 6)])
def test_terminal_shows_what_tiles_believe(seed: int, tolerance: int, tmp_path: Path) -> None:
    """Toasts, dialogs, other screens, panels, pages, themes, resizes, suspends: all random."""
    checker = run(tmp_path, seed, 25, tolerance)
    assert checker.faults == []
    assert checker.checked > 1000
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
    checker = run(tmp_path, 7, 12, 6, **env)
    assert checker.faults == []
    assert sum(checker.final.values()) > 500
