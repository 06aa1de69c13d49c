"""`cellcall serve --ssh` without its extra."""

from __future__ import annotations

import sys

import pytest

from tui.cli.report import CommandError
from tui.cli.serve_ssh import SshEntrance, ssh_entrance
from tui.server.embedded import EmbeddedServer
from tui.server.serve_config import ServeConfig


async def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [one for one in sys.modules if one.startswith("tui.server.ssh")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "asyncssh", None)
    config = ServeConfig()
    with pytest.raises(CommandError) as caught:
        async with ssh_entrance(EmbeddedServer(config), config, 0):
            pass
    assert caught.value.problem == "--ssh needs the package asyncssh."
    assert "pip install 'cellcall[ssh]'" in caught.value.remedy


def test_what_is_typed_stands_at_the_end_of_its_line() -> None:
    entrance = SshEntrance(2222, "SHA256:print")
    command, key = entrance.told("https://call.example.org", "abcdefghjkmn")
    assert command.endswith(": ssh -p 2222 abcd-efgh-jkmn@call.example.org")
    assert key.endswith(" SHA256:print")
    asking, _ = entrance.told("https://call.example.org", "")
    assert asking.endswith(
        "by the code that a link for many has behind invite=: ssh -p 2222 call.example.org"
    )
