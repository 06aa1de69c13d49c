"""What the repository may hold."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

from tests.bench.__main__ import benchmarks

ROOT: Final = Path(__file__).parents[2]
FOLDERS: Final = {"tui", "styles", "tests", "screenshots"}
FILES: Final = {"pyproject.toml", "README.md", "LICENSE", "ARCHITECTURE.md", "CHANGELOG.md"}
LOCK_FILE: Final = re.compile(
    r"(^|/)(package-lock\.json|npm-shrinkwrap\.json|.*\.lock|go\.sum|requirements.*\.txt)$"
)
# Written in two halves so that this file does not contain what it forbids.
_HOSTS: Final = (
    r"pypi" r"\.org",
    r"python" r"hosted\.org",
    r"npm" r"js\.org",
    r"proxy" r"\.golang\.org",
    r"deb" r"\.debian\.org",
    r"crates" r"\.io",
    r"index" r"-url",
)
DOWNLOAD_HOST: Final = re.compile("|".join(_HOSTS))
MACHINE_PATH: Final = re.compile("/" r"(home|Users|root|work)/[\w.-]+/|/" r"tmp/w/")
ALLOWED_PATHS: Final = ("/home/you/",)


@pytest.fixture(scope="module")
def tracked() -> list[str]:
    """Every file of the repository, tracked or about to be."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def test_the_top_level_is_the_agreed_one(tracked: list[str]) -> None:
    tops = {name.split("/")[0] for name in tracked}
    assert {top for top in tops if not top.startswith(".")} <= FOLDERS | FILES
    assert tops >= FOLDERS | FILES


def test_no_lock_file_is_kept(tracked: list[str]) -> None:
    assert [name for name in tracked if LOCK_FILE.search(name)] == []


def _texts(tracked: list[str]) -> dict[str, str]:
    binary = {".png", ".svg", ".ogg", ".wav", ".mp4", ".bin", ".raw"}
    return {
        name: (ROOT / name).read_text(encoding="utf-8")
        for name in tracked
        if Path(name).suffix not in binary
    }


def test_no_download_address_is_written_down(tracked: list[str]) -> None:
    assert [n for n, text in _texts(tracked).items() if DOWNLOAD_HOST.search(text)] == []


def test_no_path_of_a_machine_is_written_down(tracked: list[str]) -> None:
    found = {
        f"{name}: {match.group()}"
        for name, text in _texts(tracked).items()
        for match in MACHINE_PATH.finditer(text)
        if not match.group().startswith(ALLOWED_PATHS)
    }
    assert found == set()


def test_styles_hold_only_stylesheets(tracked: list[str]) -> None:
    styles = [name for name in tracked if name.startswith("styles/")]
    assert styles
    assert [name for name in styles if not name.endswith(".tcss")] == []


def test_every_benchmark_says_what_it_measures(tracked: list[str]) -> None:
    told = benchmarks()
    runnable = {
        f"tests.bench.{Path(name).stem}"
        for name, text in _texts(tracked).items()
        if name.startswith("tests/bench/") and "ArgumentParser(" in text
    }
    assert runnable - told.keys() == set()
    assert all(len(words) > 20 for words in told.values())
