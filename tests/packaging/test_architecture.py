"""ARCHITECTURE.md stays short, and what it names is there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
MOST_LINES: Final = 130
_PATH: Final = re.compile(r"`([a-z_]+(?:/[\w.-]*)+)`")


def _is_there(path: str) -> bool:
    here = (ROOT / "tui" / path, ROOT / path)
    return any(one.exists() or one.with_name(f"{one.name}.py").exists() for one in here)


def test_it_fits_into_the_head() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= MOST_LINES


def test_each_path_in_it_exists() -> None:
    paths = set(_PATH.findall((ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")))
    assert len(paths) > 50
    assert {one for one in paths if not _is_there(one)} == set()
