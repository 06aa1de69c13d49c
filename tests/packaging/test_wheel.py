"""What users install: the wheel made from the source distribution, built without a network."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]


def _build(source: Path, target: str, folder: Path) -> Path:
    build = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(folder)]
    run = subprocess.run(build, cwd=source, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    (built,) = folder.glob("*.tar.gz" if target == "sdist" else "*.whl")
    return built


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The way a release goes: checkout to source distribution to wheel."""
    folder = tmp_path_factory.mktemp("build")
    with tarfile.open(_build(ROOT, "sdist", folder)) as archive:
        archive.extractall(folder, filter="data")
    (source,) = (path for path in folder.iterdir() if path.is_dir())
    return _build(source, "wheel", folder)


def _packed(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_the_wheel_carries_every_stylesheet(wheel: Path) -> None:
    sheets = {f"tui/{path.relative_to(ROOT).as_posix()}" for path in ROOT.glob("styles/**/*.tcss")}
    assert sheets
    assert sheets == {name for name in _packed(wheel) if name.endswith(".tcss")}


def test_the_wheel_carries_the_package_and_nothing_beside_it(wheel: Path) -> None:
    package = {
        path.relative_to(ROOT).as_posix()
        for path in ROOT.glob("tui/**/*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    packed = _packed(wheel)
    assert package <= packed
    assert {name.split("/")[0] for name in packed} == {"tui", "cellcall-0.1.0.dist-info"}


def test_an_installed_wheel_finds_its_stylesheets(wheel: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    probe = "from tui.stylesheets import stylesheet; print(stylesheet('app.tcss'))"
    run = subprocess.run(
        [sys.executable, "-P", "-c", probe],
        cwd=tmp_path,
        env={"PYTHONPATH": str(site), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.stdout.strip() == str(site / "tui" / "styles" / "app.tcss"), run.stderr


def test_the_wheel_installs_one_command(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("entry_points.txt"))
        text = archive.read(name).decode()
    assert text.split() == ["[console_scripts]", "cellcall", "=", "tui.cli:main"]
