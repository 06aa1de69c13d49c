"""Pictures between two processes: whole ones or none, however the two meet."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tui.engine.slots import SlotReader, SlotWriter

_WRITER = """
import sys
from pathlib import Path
from tui.engine.slots import SlotWriter
writer = SlotWriter(Path(sys.argv[1]), 64, 36)
print("ready", flush=True)
for number in range(1, 200_000):
    writer.put(bytes([number % 251]) * (64 * 36 * 3))
    if number % 7 == 0:
        writer.clear()
    for _ in range(1000):
        pass  # a thousand times faster than a camera, but not so fast that no reader finds time
"""


def test_a_reader_sees_whole_pictures_only_while_another_process_writes(tmp_path: Path) -> None:
    path = tmp_path / "slot"
    writing = subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(path)], stdout=subprocess.PIPE, text=True
    )
    assert writing.stdout is not None
    try:
        assert writing.stdout.readline() == "ready\n"
        reader = SlotReader(path)
        serials = set()
        while len(serials) < 100 and writing.poll() is None:
            picture = reader.newest()
            if picture is not None and picture.serial not in serials:
                serials.add(picture.serial)
                assert (picture.width, picture.height) == (64, 36)
                assert picture.rgb == bytes([picture.serial % 251]) * (64 * 36 * 3)
        reader.close()
    finally:
        writing.kill()
        writing.wait()
        writing.stdout.close()
    assert serials, "the two never met"


def test_closing_twice_is_harmless(tmp_path: Path) -> None:
    writer = SlotWriter(tmp_path / "slot", 4, 2)
    reader = SlotReader(writer.path)
    for slot in (reader, writer, reader, writer):
        slot.close()
    assert not writer.path.exists()
