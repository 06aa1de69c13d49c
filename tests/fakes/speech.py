"""Speech programs that only write down how they were called."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

SAY = """#!{python} -S
import json, os, sys, time
with open({record!r}, "a") as file:
    print(json.dumps([os.getpid(), *sys.argv[1:]]), file=file)
if sys.argv[-1].startswith("long"):
    time.sleep(30)
sys.exit(3 if "broken" in sys.argv[-1] else 0)
"""


class Programs:
    """Fake speech programs on the PATH."""

    def __init__(self, folder: Path):
        self.record = folder / "said.jsonl"
        self.folder = folder

    def add(self, name: str) -> None:
        path = self.folder / name
        path.write_text(SAY.format(python=sys.executable, record=str(self.record)))
        path.chmod(0o755)

    @property
    def runs(self) -> list[list[str]]:
        """The arguments of each run."""
        return [run[1:] for run in self._lines()]

    @property
    def pids(self) -> list[int]:
        return [run[0] for run in self._lines()]

    def _lines(self) -> list[Any]:
        text = self.record.read_text() if self.record.exists() else ""
        return [json.loads(line) for line in text.splitlines()]
