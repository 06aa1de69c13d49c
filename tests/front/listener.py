"""A server that answers nothing useful and keeps everything it is sent."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Listener:
    """See the module. `heard` is each request: line, headers and body as they came."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.location = ""
        """Send everybody there, while set."""
        outer = self

        class Answer(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"  # websockets takes no older one

            def do_GET(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                outer.heard.append(f"{self.requestline}\n{self.headers}\n{body!r}")
                self.send_response(307 if outer.location else 401)
                if outer.location:
                    self.send_header("Location", outer.location + self.path)
                self.send_header("Content-Length", "0")
                self.send_header("Connection", "close")
                self.end_headers()

            do_POST = do_PUT = do_DELETE = do_HEAD = do_GET

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def text(self) -> str:
        """All that came."""
        return "\n".join(self.heard)

    @contextmanager
    def running(self) -> Iterator[Listener]:
        thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            thread.join()
            self._server.server_close()
