"""Commands in this process, on a machine where nothing is configured."""

import os
from dataclasses import dataclass

import pytest

from tests.fakes.handle import FakeHandle
from tui.cli.report import guarded
from tui.cli.root import cellcall


@pytest.fixture(autouse=True)
def _fresh_machine(tmp_path, monkeypatch):
    for name in list(os.environ):
        if name.startswith(("CELLCALL_", "XDG_", "SSH_")) or name == "ACCESSIBLE":
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture
def config_file(tmp_path):
    path = tmp_path / "config" / "cellcall" / "config.toml"
    path.parent.mkdir(parents=True)
    return path


@dataclass
class Ran:
    code: int
    out: str
    err: str

    @property
    def told(self):
        """The cause, without `cellcall: `, and what to do."""
        cause, _, remedy = self.err.strip().partition("\n")
        assert cause.startswith("cellcall: ")
        return cause.removeprefix("cellcall: "), remedy.strip()


@pytest.fixture
def run(capsys):
    def run(*arguments):
        code = guarded(cellcall, [str(argument) for argument in arguments])
        printed = capsys.readouterr()
        assert "Traceback" not in printed.err
        return Ran(code, printed.out, printed.err)

    return run


@pytest.fixture
def handle(monkeypatch):
    """What commands get instead of a session; `opened` lists how."""
    import tui.bootstrap

    fake = FakeHandle()

    async def opened(**_options):
        return fake

    monkeypatch.setattr(tui.bootstrap, "open_local_handle", opened)
    monkeypatch.setattr(tui.bootstrap, "open_engine_handle", opened)
    return fake
