"""A process that loads our libraries once, and forks into those that need them.

The demo's server, engine and robots load the same ones, each for about a second of CPU. Only the
command line makes a nursery, before any thread and any event loop is there: a program that uses the
library never forks. Where it can't be had (other than Linux), everything is spawned as before.

The nursery ends with us: it reads our end of a socket, which the system closes whatever ends us.
"""

from __future__ import annotations

import array
import asyncio
import contextlib
import importlib
import json
import os
import select
import signal
import socket
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NoReturn

from tui.domain.loading import uncollected

_LOADED: Final = (
    "tui.cli.root",
    "tui.cli.serve",
    "tui.server.embedded",
    "tui.cli.join",
    "tui.cli.headless",
    "tui.cli.robot",
    "tui.engine.process",
    "tui.engine.local",
    "tui.engine.shared_pictures",
    "tui.devices.local",
    "tui.service.rest",
    "tui.session.core",
    "tui.transport.livekit.transport",
)
"""In the order in which they are needed; none opens a device or starts a thread."""
_REQUEST_BYTES: Final = 65536
_STREAMS: Final = 3


class Born:
    """A process of the nursery; another process is its parent, so that its code stays unknown."""

    def __init__(self, pid: int):
        self.pid = pid
        self._descriptor = os.pidfd_open(pid)

    def poll(self) -> int | None:
        """None while it runs."""
        return 0 if select.select([self._descriptor], [], [], 0)[0] else None

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it is gone.

        Raises:
            TimeoutError: It is not.
        """
        if not select.select([self._descriptor], [], [], timeout)[0]:
            raise TimeoutError
        return 0

    def kill(self) -> None:
        """End it at once."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._descriptor, signal.SIGKILL)


class Nursery:
    """Our end of it. Make it with `start`."""

    def __init__(self, line: socket.socket):
        self._line = line
        self._one_at_a_time = asyncio.Lock()

    @classmethod
    def start(cls) -> Nursery | None:
        """Fork it off, and let it load; None where that can't be done."""
        if sys.platform != "linux" or threading.active_count() > 1:
            return None
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        if os.fork() == 0:
            ours.close()
            _be_nursery(theirs)
        theirs.close()
        ours.setblocking(False)
        return cls(ours)

    async def bear(
        self, arguments: Sequence[str], streams: Sequence[int], environment: Mapping[str, str]
    ) -> Born:
        """Start `cellcall ARGUMENTS`.

        Args:
            arguments: The command line.
            streams: Descriptors of its standard input, output and error.
            environment: Added variables.

        Raises:
            OSError: The nursery is gone.
        """
        request = json.dumps({"arguments": [*arguments], "environment": {**environment}})
        passed = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", streams))]
        async with self._one_at_a_time:
            self._line.sendmsg([request.encode()], passed)
            answer = await asyncio.get_running_loop().sock_recv(self._line, _REQUEST_BYTES)
        if not answer:
            raise ConnectionResetError("the process that loads libraries is gone")
        return Born(int(answer))

    async def bear_unheard(
        self, arguments: Sequence[str], streams: Sequence[int], environment: Mapping[str, str]
    ) -> Born:
        """The same, with no standard input, whatever `streams` has for it."""
        nothing = os.open(os.devnull, os.O_RDONLY)
        try:
            return await self.bear(arguments, (nothing, *streams[1:]), environment)
        finally:
            os.close(nothing)

    def close(self) -> None:
        """Let it end; what it bore goes on."""
        self._line.close()


def _be_nursery(line: socket.socket) -> NoReturn:
    """Load, then fork for each request, until nobody asks any more."""
    try:
        os.setsid()  # Control C in our terminal is the front end's business
        nothing = os.open(os.devnull, os.O_RDWR)
        for number in range(_STREAMS):
            os.dup2(nothing, number)
        with uncollected():  # what is shared stays shared: no collection writes into it
            for name in _LOADED:
                importlib.import_module(name)
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        while True:
            request, ancillary, _, _ = line.recvmsg(
                _REQUEST_BYTES, socket.CMSG_SPACE(_STREAMS * array.array("i").itemsize)
            )
            if not request:
                os._exit(0)
            streams = array.array("i")
            for _, _, data in ancillary:
                streams.frombytes(data)
            pid = os.fork()
            if pid == 0:
                line.close()
                _become(json.loads(request), streams)
            for descriptor in streams:
                os.close(descriptor)
            line.send(str(pid).encode())
    finally:
        os._exit(1)


def _become(request: dict[str, Any], streams: Sequence[int]) -> NoReturn:
    """Be the program that was asked for."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    for number, descriptor in enumerate(streams):
        os.dup2(descriptor, number)
        os.close(descriptor)
    os.environ.update(request["environment"])
    sys.argv = [sys.argv[0], *request["arguments"]]
    _run(importlib.import_module("tui.cli").main)


def _run(main: Callable[[], object]) -> NoReturn:
    code = 1
    try:
        main()
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
        os._exit(code)
