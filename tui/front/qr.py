"""A QR code in characters: two rows of it in each line, light on dark."""

from __future__ import annotations

_QUIET = 2
"""Modules around it; the standard's four are for paper, and would not fit 24 rows."""
_HALVES = {(False, False): "█", (False, True): "▀", (True, False): "▄", (True, True): " "}
"""By whether the upper and the lower module are dark: what is light is drawn."""


def qr_lines(text: str) -> tuple[str, ...]:
    """The code of `text`; of 106 bytes at most it has 21 lines of 41 characters."""
    import segno  # for few calls, and slow to import

    code = segno.make_qr(text, error="l", boost_error=False)
    rows = [[bool(module) for module in row] for row in code.matrix_iter(border=_QUIET)]
    if len(rows) % 2:
        rows.append([False] * len(rows[0]))
    return tuple(
        "".join(_HALVES[pair] for pair in zip(upper, lower, strict=True))
        for upper, lower in zip(rows[::2], rows[1::2], strict=True)
    )
