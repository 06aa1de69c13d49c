"""Building the distribution, offline, in every form people install it from."""

from __future__ import annotations

import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]


def build(source: Path, target: str, folder: Path) -> Path:
    """An `sdist` or a `wheel` of the tree at `source`, in `folder`."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(folder)]
    _run(command, source)
    (built,) = folder.glob("*.tar.gz" if target == "sdist" else "*.whl")
    return built


def build_editable(source: Path, folder: Path) -> Path:
    """The wheel that `pip install -e` makes and installs (PEP 660)."""
    hook = f"from hatchling.build import build_editable; build_editable({str(folder)!r})"
    _run([sys.executable, "-c", hook], source)
    (built,) = folder.glob("*.whl")
    return built


def unpacked_sdist(source: Path, folder: Path) -> Path:
    """The tree of the source distribution of `source`."""
    with tarfile.open(build(source, "sdist", folder)) as archive:
        archive.extractall(folder, filter="data")
    (tree,) = (path for path in folder.iterdir() if path.is_dir())
    return tree


def _run(command: list[str], folder: Path) -> None:
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
