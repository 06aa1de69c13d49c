"""The `cellcall` command.

Importing it is cheap: Textual, aiortc and numpy are imported inside the commands that need them,
so that `--help` answers at once and works where they do not.
"""

from __future__ import annotations

import os
import sys

from tui.cli.process_title import hide_secrets
from tui.domain.loading import uncollected


def _fill_missing_streams() -> None:
    """Give a program started with a closed input or output (`<&-`) an empty one.

    Python has None there, and the number would go to the next socket that is opened.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is not None:
            continue
        opened = os.open(os.devnull, os.O_RDWR)
        if opened == number:
            os.set_inheritable(opened, True)
        setattr(sys, name, os.fdopen(opened, "w" if number else "r", closefd=False))


def main() -> None:
    """Entry point of the `cellcall` script."""
    _fill_missing_streams()
    # Matrices here are small: a pool of threads for each would burn more than it saves.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # Not `argv[1:2] == ...` inside click: the engine starts with every call and needs no parser.
    if sys.argv[1:2] == ["engine"] and len(sys.argv) == 3:
        with uncollected():
            from tui.bootstrap import run_engine

        run_engine(sys.argv[2])
        return
    hide_secrets(sys.argv[1:])
    try:
        with uncollected():
            from tui.cli.report import guarded
            from tui.cli.root import cellcall

        code = guarded(cellcall)
    except KeyboardInterrupt:
        # Control C while the command is still loading.
        code = 130
    sys.exit(code)
