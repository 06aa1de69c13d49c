"""What users install: the wheel made from the source distribution, built without a network."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.packaging.builds import ROOT, build, unpacked_sdist


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The way a release goes: checkout to source distribution to wheel."""
    folder = tmp_path_factory.mktemp("build")
    return build(unpacked_sdist(ROOT, folder), "wheel", folder)


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
    assert {name.split("/")[0] for name in packed} == {
        "tui",
        "cellcall",
        "cellcall-0.1.0.dist-info",
    }


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
