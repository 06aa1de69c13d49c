"""A child process that speaks JSON lines (or plain ones): a thread reads, tests wait."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any


class ChildFailed(AssertionError):
    """A child ended too early or did not do in time what the test waits for."""


class Child:
    """One process in its own process group, so that whatever it starts ends with it."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        log: Path,
        environment: Mapping[str, str] | None = None,
    ):
        """Start `command`; `log` takes its standard error and what it says on standard output."""
        self.log = log
        self._lines: list[Any] = []
        self._changed = threading.Condition()
        self._stderr = log.open("ab")
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            env={**os.environ, **(environment or {})},
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True, name=f"read {log.name}")
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for raw in self.process.stdout:
            text = raw.decode(errors="replace").rstrip()
            try:
                line = json.loads(text)
            except ValueError:
                line = text
            with self._changed:
                if self._stderr and not self._stderr.closed:
                    self._stderr.write(raw)
                    self._stderr.flush()
                self._lines.append(line)
                self._changed.notify_all()
        with self._changed:
            self._changed.notify_all()

    @property
    def running(self) -> bool:
        """It has not ended."""
        return self.process.poll() is None

    @property
    def lines(self) -> list[Any]:
        """Everything said so far."""
        with self._changed:
            return list(self._lines)

    def wait_for(
        self, wanted: Callable[[Any], bool], what: str, timeout_s: float = 30, *, since: int = 0
    ) -> Any:
        """The first line from index `since` on that is `wanted`; waits for it.

        Raises:
            ChildFailed: When it did not come in time, or the child ended first.
        """
        deadline = time.monotonic() + timeout_s
        seen = since
        with self._changed:
            while True:
                for line in self._lines[seen:]:
                    if wanted(line):
                        return line
                seen = len(self._lines)
                rest = deadline - time.monotonic()
                ended = not self._reader.is_alive()
                if rest <= 0 or ended:
                    reason = "ended" if ended else f"not within {timeout_s} s"
                    raise ChildFailed(f"{self.log.stem}: no {what} ({reason})\n{self.tail()}")
                self._changed.wait(min(rest, 0.5))

    def send(self, line: str) -> None:
        """Write one line to its standard input."""
        assert self.process.stdin is not None
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def tail(self, characters: int = 3000) -> str:
        """The end of the log, for a failure's text."""
        return self.log.read_text(errors="replace")[-characters:]

    def finish(self, timeout_s: float) -> int:
        """Wait for its own end and answer its exit code.

        Raises:
            ChildFailed: When it goes on.
        """
        try:
            code = self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            raise ChildFailed(f"{self.log.stem}: still runs\n{self.tail()}") from None
        self.stop()
        return code

    def interrupt(self) -> None:
        """What ctrl+c does."""
        os.killpg(self.process.pid, signal.SIGINT)

    def stop(self, timeout_s: float = 5) -> None:
        """End the whole process group, politely first. Idempotent."""
        self._end((signal.SIGTERM, signal.SIGKILL), timeout_s)

    def kill(self) -> None:
        """End the whole process group as a crash would. Idempotent."""
        self._end((signal.SIGKILL,), 5)

    def _end(self, numbers: Sequence[signal.Signals], timeout_s: float) -> None:
        for number in numbers:
            try:
                os.killpg(self.process.pid, number)
            except ProcessLookupError:
                break
            try:
                self.process.wait(timeout_s)
            except subprocess.TimeoutExpired:
                continue
        self.process.wait()
        self._reader.join(timeout_s)
        for pipe in (self.process.stdin, self.process.stdout, self._stderr):
            if pipe is not None:
                try:
                    pipe.close()
                except BrokenPipeError:
                    continue
