"""A QR code in characters is the code it should be, and fits a terminal of 80 by 24."""

from __future__ import annotations

from secrets import token_urlsafe

import segno

from tui.cli.session_keys import _RANDOM_BYTES
from tui.front.qr import qr_lines
from tui.wire.known_servers import short_fingerprint

LINK = "https://192.168.100.200:7880/join/standup#invite=k3v9x2m7q4tw&key="
UPPER, LOWER = "█▀", "█▄"


def test_it_has_every_module_of_the_code() -> None:
    quiet = 2
    lines = qr_lines(LINK)
    light = [[half in both for half in line] for line in lines for both in (UPPER, LOWER)]
    modules = [row[quiet:-quiet] for row in light[quiet:]][: len(light[0]) - 2 * quiet]
    wanted = segno.make_qr(LINK, error="l", boost_error=False).matrix
    assert [[not one for one in row] for row in modules] == [list(map(bool, row)) for row in wanted]


def test_a_link_with_its_key_fits_below_the_header_of_80_by_24() -> None:
    key = token_urlsafe(_RANDOM_BYTES)
    certificate = short_fingerprint(b"any")
    longest = LINK.replace("&key=", f"&cert={certificate}&key={key}")
    assert len(longest) == 106
    lines = qr_lines(longest)
    assert (len(lines), {len(line) for line in lines}) == (21, {41})
