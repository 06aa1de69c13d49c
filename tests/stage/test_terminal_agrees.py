"""Whatever is drawn over the tiles, what they believe of the terminal is what it shows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.stage.terminal import Terminal


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
            if left + x >= self.terminal.screen.columns or top + y >= self.terminal.screen.lines:
                continue  # the app does not know of this resize yet
            cell = codes[y, x].tobytes().hex()
            wanted = ("▀", cell[:6], cell[6:])
            wrong += self.terminal.cell(left + x, top + y) != wanted
        self.checked += int(known.sum())
        if wrong and not self.resizing(final=final):
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

    def resizing(self, *, final: bool) -> bool:
        """Just after a resize the terminal has moved cells and the app cannot know it yet."""
        return not final and any("resize" in word for word in self.history[-4:])


@pytest.mark.parametrize("tolerance", [0, 6])
@pytest.mark.parametrize("seed", range(4))
def test_terminal_shows_what_tiles_believe(seed: int, tolerance: int, tmp_path: Path) -> None:
    arguments = ["-m", "tests.stage.subject", str(seed), "25", str(tolerance), str(tmp_path)]
    terminal = Terminal(arguments)
    checker = Checker(terminal, tmp_path, tolerance)
    try:
        terminal.run(checker.on_mark, timeout_s=60)
    finally:
        terminal.close()
    assert checker.faults == []
    assert checker.checked > 1000
    assert sum(checker.final.values()) > 500
