"""An example project of somebody else's: its snapshot tests run against the built wheel."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from tests.packaging.builds import ROOT, build

EXAMPLE = Path(__file__).parent / "example"


def test_its_snapshots_are_the_same_each_time(tmp_path: Path) -> None:
    site, project, built = (tmp_path / name for name in ("site", "project", "built"))
    built.mkdir()
    with zipfile.ZipFile(build(ROOT, "wheel", built)) as archive:
        archive.extractall(site)
    shutil.copytree(EXAMPLE, project, ignore=shutil.ignore_patterns("__pycache__"))
    (project / "test_where.py").write_text(
        "import cellcall\n\n\n"
        "def test_it_is_the_wheel() -> None:\n"
        f"    assert cellcall.__file__.startswith({str(site)!r})\n"
    )
    # A worker of a shared-out run would make the inner one take itself for a worker, too.
    outside = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    for _ in range(2):
        run = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(project)],
            cwd=project,
            env={**outside, "PYTHONPATH": str(site), "XDG_STATE_HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 0, run.stdout + run.stderr
        assert "3 snapshots passed" in run.stdout
        assert "4 passed" in run.stdout
