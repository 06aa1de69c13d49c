"""A host of our own: a network namespace with one address, made and removed by the tests.

Real peers skip the loopback device when they gather addresses, and a namespace also keeps them
from reaching for the outside world. Needs root and `ip` (Debian: iproute2).
"""

from __future__ import annotations

import contextlib
import copy
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Callable
from typing import Final

PREFIX: Final = "cellcall-t-"
ADDRESS: Final = "10.77.0.1"
"""The only address inside; it exists in no other namespace."""

_WAIT_FOR_PORT: Final = """
import socket, sys, time
deadline = time.monotonic() + float(sys.argv[3])
while time.monotonic() < deadline:
    try:
        socket.create_connection((sys.argv[1], int(sys.argv[2])), 1).close()
        sys.exit(0)
    except OSError:
        time.sleep(0.05)
sys.exit(1)
"""


class NamespaceUnavailable(Exception):
    """This machine can't make a network namespace; the text says why."""


class NetworkNamespace:
    """One namespace with `lo` and a pair of virtual Ethernet devices, both ends inside."""

    def __init__(self) -> None:
        self.name = PREFIX + secrets.token_hex(3)
        self._before: tuple[str, ...] = ()

    def __enter__(self) -> NetworkNamespace:
        if os.geteuid() != 0:
            raise NamespaceUnavailable("a network namespace needs root")
        if shutil.which("ip") is None:
            raise NamespaceUnavailable("a network namespace needs ip (Debian: iproute2)")
        self._ip("netns", "add", self.name)
        try:
            inside = ("-n", self.name)
            self._ip(*inside, "link", "set", "lo", "up")
            self._ip(*inside, "link", "add", "veth0", "type", "veth", "peer", "name", "veth1")
            self._ip(*inside, "addr", "add", f"{ADDRESS}/24", "dev", "veth0")
            self._ip(*inside, "link", "set", "veth0", "up")
            self._ip(*inside, "link", "set", "veth1", "up")
        except NamespaceUnavailable:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_exc: object) -> None:
        subprocess.run(["ip", "netns", "delete", self.name], check=False, capture_output=True)

    def command(self, *words: str) -> list[str]:
        """The command line that runs `words` inside."""
        return [*self._before, "ip", "netns", "exec", self.name, *words]

    def first(self) -> NetworkNamespace:
        """The same one, where commands run before other people's programs (SCHED_RR).

        For what is measured in milliseconds: a neighbour must not decide. Without `chrt` (Debian:
        util-linux) they run like any other.
        """
        view = copy.copy(self)
        view._before = ("chrt", "--rr", "1") if shutil.which("chrt") else ()
        return view

    def wait_for_port(self, port: int, timeout_s: float, *, running: Callable[[], bool]) -> None:
        """Until something accepts TCP connections on `port`.

        Args:
            port: TCP port on `ADDRESS`.
            timeout_s: How long at most.
            running: Whether the server still is; waiting for a dead one is no use.

        Raises:
            TimeoutError: If nothing did within `timeout_s`, or the server has ended.
        """
        words = [sys.executable, "-c", _WAIT_FOR_PORT, ADDRESS, str(port), str(timeout_s)]
        with subprocess.Popen(self.command(*words)) as probe:
            while probe.poll() is None and running():
                with contextlib.suppress(subprocess.TimeoutExpired):
                    probe.wait(0.2)
            probe.kill()
        if probe.returncode:
            raise TimeoutError(f"nothing listens on {ADDRESS}:{port}")

    @staticmethod
    def _ip(*words: str) -> None:
        run = subprocess.run(["ip", *words], check=False, capture_output=True, text=True)
        if run.returncode:
            raise NamespaceUnavailable(f"ip {' '.join(words)}: {run.stderr.strip()}")
