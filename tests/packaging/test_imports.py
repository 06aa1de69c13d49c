"""What a fresh interpreter really loads: import contracts see only the static graph."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
HEAVY: Final = frozenset(
    {
        "textual",
        "rich",
        "aiortc",
        "av",
        "numpy",
        "PIL",
        "sounddevice",
        "httpx",
        "starlette",
        "uvicorn",
        "pydantic",
        "livekit",
    }
)
SCREEN: Final = frozenset({"textual"})
"""Not Rich: httpx loads it by itself where it is installed (its own command line)."""

SCREENLESS: Final = (
    "domain",
    "ports",
    "wire",
    "audio",
    "video",
    "session",
    "service",
    "transport",
    "devices",
    "server",
    "engine",
    "linear",
)


def _loaded(modules: list[str], watched: frozenset[str]) -> set[str]:
    """Which of `watched` an interpreter has loaded after importing `modules`."""
    probe = f"import sys, {', '.join(modules)}; print(*({set(watched)!r} & sys.modules.keys()))"
    run = subprocess.run(
        [sys.executable, "-c", probe], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    return set(run.stdout.split())


@pytest.mark.parametrize("module", ["tui", "tui.cli", "tui.domain.settings"])
def test_starting_the_command_loads_nothing_heavy(module: str) -> None:
    assert _loaded([module], HEAVY) == set()


@pytest.mark.parametrize("package", SCREENLESS)
def test_runs_without_the_screen(package: str) -> None:
    modules = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for path in sorted((ROOT / "tui" / package).rglob("*.py"))
        if path.name != "__main__.py"
    ]
    assert modules
    assert _loaded(modules, SCREEN) == set()


def test_a_package_that_a_thread_loads_imports_nothing_itself() -> None:
    """Else two threads, one at the package and one at its module, each see half of the other."""
    package = ROOT / "tui" / "transport" / "livekit" / "__init__.py"
    imports = (ast.Import, ast.ImportFrom)
    assert not [node for node in ast.parse(package.read_text()).body if isinstance(node, imports)]
