"""The same screen comes out the same, whatever the order and the environment (TST-T1)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

from tests.screens.drawn_often import PANELS

ROUNDS = 5
NOISE = (
    # Each of these runs five rounds, in a process of its own.
    {"PYTHONHASHSEED": "1", "LANG": "C", "LC_ALL": "C", "TERM": "vt100", "COLUMNS": "40"},
    {"PYTHONHASHSEED": "77", "LANG": "tr_TR.UTF-8", "TZ": "Asia/Kathmandu", "LINES": "7"},
    {"PYTHONHASHSEED": "4242", "TERM": "xterm-kitty", "COLORTERM": "truecolor", "TMUX": "/x,1,0"},
    {"PYTHONHASHSEED": "random", "TERM": "linux", "SSH_CONNECTION": "1 2 3 4", "CI": "1"},
)


def test_tst_t1_each_screen_drawn_20_times_in_random_order_and_noise_is_one(tmp_path: Path) -> None:
    running = []
    for seed, noise in enumerate(NOISE):
        home = tmp_path / str(seed)
        home.mkdir()
        command = [sys.executable, "-m", "tests.screens.drawn_often", str(seed), str(ROUNDS)]
        told = open(tmp_path / f"{seed}.err", "w+")  # noqa: SIM115 - read below
        env = {**os.environ, "HOME": str(home), "XDG_CONFIG_HOME": str(home), **noise}
        running.append(
            (
                subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=told, text=True),
                told,
            )
        )
    drawn: dict[str, list[str]] = defaultdict(list)
    for process, told in running:
        said, _ = process.communicate()
        told.seek(0)
        assert process.returncode == 0, told.read()
        told.close()
        for name, hashes in json.loads(said.splitlines()[-1]).items():
            drawn[name] += hashes
    assert {name: len(set(hashes)) for name, hashes in drawn.items()} == dict.fromkeys(drawn, 1)
    whole = {name: len(hashes) for name, hashes in drawn.items() if "pictures" not in name}
    assert set(whole) == {*PANELS, "sign-in", "lobby", "green room"}
    assert set(whole.values()) == {ROUNDS * len(NOISE)}
    assert sum(len(hashes) for name, hashes in drawn.items() if "pictures" in name) == 20
