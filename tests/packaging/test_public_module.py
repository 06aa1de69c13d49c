"""`import cellcall`: from every form it is installed in, typed, documented and light."""

from __future__ import annotations

import importlib
import inspect
import subprocess
import sys
import zipfile
from pathlib import Path

import cellcall
import pytest

from tests.packaging.builds import ROOT, build, build_editable, unpacked_sdist

IMPORT_CPU_S = 0.15


@pytest.fixture(params=["editable", "wheel", "sdist"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A folder of installed packages that holds this distribution and nothing else."""
    folder = tmp_path / "build"
    folder.mkdir()
    if request.param == "editable":
        wheel = build_editable(ROOT, folder)
    elif request.param == "wheel":
        wheel = build(ROOT, "wheel", folder)
    else:
        wheel = build(unpacked_sdist(ROOT, folder), "wheel", folder)
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    return site


def _probe(site: Path, program: str) -> str:
    """What `program` prints where only `site` and the dependencies are installed."""
    dependencies = [path for path in sys.path if path.endswith("site-packages")]
    lines = [
        "import site, sys",
        # As in a virtual environment: an editable install is a .pth file in it.
        f"site.addsitedir({str(site)!r})",
        "sys.path.remove(" + repr(str(site)) + "); sys.path.insert(0, " + repr(str(site)) + ")",
        # What these bring is only the libraries: ours is found first.
        f"sys.path += {dependencies!r}",
        program,
    ]
    run = subprocess.run(
        [sys.executable, "-I", "-S", "-c", "\n".join(lines)],
        cwd=site,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout.strip()


def test_every_form_of_installing_gives_the_module(site: Path) -> None:
    program = "\n".join(
        [
            "import cellcall",
            "print(cellcall.__file__)",
            "from cellcall import *",
            "print(all(name in globals() for name in cellcall.__all__))",
        ]
    )
    assert _probe(site, program).splitlines() == [str(site / "cellcall" / "__init__.py"), "True"]
    assert (site / "cellcall" / "py.typed").is_file()


def test_importing_costs_nearly_nothing(site: Path) -> None:
    program = "import time; before = time.process_time(); import cellcall"
    spent_s = float(_probe(site, f"{program}; print(time.process_time() - before)"))
    assert spent_s <= IMPORT_CPU_S


def test_every_public_name_is_there_and_says_what_it_is() -> None:
    missing = [name for name in cellcall.__all__ if not hasattr(cellcall, name)]
    assert missing == []
    bare = [
        name
        for name in cellcall.__all__
        if (inspect.isclass(thing := getattr(cellcall, name)) or inspect.isfunction(thing))
        and not (inspect.getdoc(thing) or "").strip()
    ]
    assert bare == []


def test_every_public_method_says_what_it_does() -> None:
    bare = [
        f"{name}.{attribute}"
        for name in cellcall.__all__
        if inspect.isclass(thing := getattr(cellcall, name)) and thing.__module__.startswith("tui.")
        for attribute, member in vars(thing).items()
        if not attribute.startswith(("_", "on_", "action_"))
        and (inspect.isfunction(member) or isinstance(member, property))
        and not inspect.getdoc(member)
    ]
    assert bare == []


def test_the_list_of_names_is_the_list_of_homes() -> None:
    sdk = importlib.import_module("tui.sdk")
    assert sorted(sdk.__all__) == sorted(sdk._HOME_OF)
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = cellcall.nothing  # type: ignore[attr-defined]


def test_a_strictly_typed_program_checks(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        "from cellcall import CallsError, ErrorCode, Layout, SessionSettings\n"
        "\n"
        "\n"
        "def layout_of(settings: SessionSettings) -> Layout:\n"
        "    if settings.title:\n"
        "        raise CallsError(ErrorCode.VALIDATION, 'No title, please.')\n"
        "    return settings.layout\n"
        "\n"
        "\n"
        "reveal_type(layout_of(SessionSettings()))\n"
    )
    run = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent", str(program)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout
    assert 'Revealed type is "tui.domain.settings.Layout"' in run.stdout
