"""The server's counters for a monitoring program: OpenMetrics text at `/metrics`.

They are served on a loopback port of their own, never on the public one: behind a reverse proxy on
this machine every client of the public port comes from loopback.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tui.server.sfu.counters import Metric

CONTENT_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8"


def metrics_app(read: Callable[[], Iterable[Metric]]) -> Starlette:
    """An application that answers `/metrics` with what `read` says at that moment."""

    async def answer(request: Request) -> Response:
        return Response(metrics_text(read()), headers={"Content-Type": CONTENT_TYPE})

    return Starlette(routes=[Route("/metrics", answer, methods=["GET"])])


def metrics_text(metrics: Iterable[Metric]) -> str:
    """`metrics` in the text format (OpenMetrics 1.0), in the order they come.

    >>> print(metrics_text([Metric("joins", "Who joined.", 3)]), end="")
    # TYPE cellcall_joins counter
    # HELP cellcall_joins Who joined.
    cellcall_joins_total 3
    # EOF
    """
    lines: list[str] = []
    for metric in metrics:
        name = f"cellcall_{metric.name}"
        lines += [
            f"# TYPE {name} {'counter' if metric.only_grows else 'gauge'}",
            f"# HELP {name} {metric.help}",
            f"{name}{'_total' if metric.only_grows else ''} {metric.value}",
        ]
    return "\n".join([*lines, "# EOF", ""])
