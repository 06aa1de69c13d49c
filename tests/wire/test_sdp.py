"""What is no session description, and what is read of one that is."""

from __future__ import annotations

import pytest

from tui.wire.sdp import SdpError, parse_description

SECTION = "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\n"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "v=0\r\nm=video",
        "v=0\r\nm=chess 9 X 1\r\na=mid:0",
        "v=0\r\nm=video nine X 1\r\na=mid:0",
        "v=0\r\nm=video 9 X 1",
        "v=0\r\nm=video 9 X 1\r\na=mid:0\r\nm=video 9 X 1\r\na=mid:0",
        "v=0\r\n" + "m=video 9 X 1\r\n" * 600,
        "v=0\r\n" + "x" * 600_000,
    ],
)
def test_unusable_descriptions(text: str) -> None:
    with pytest.raises(SdpError):
        parse_description(text)


def test_ssrcs_that_are_none_are_passed_over() -> None:
    numbers = ("11 cname:x", "11 msid:y", "12 cname:x", "-1 x", "²", "99999999999 x", "")
    text = "v=0\r\n" + SECTION + "".join(f"a=ssrc:{number}\r\n" for number in numbers)
    (section,) = parse_description(text).sections
    assert section.ssrcs() == (11, 12)
    assert section.media_ssrcs() == (11, None)


def test_the_lines_are_kept_as_written() -> None:
    text = "v=0\r\ns=-\r\n" + SECTION + "a=sendonly\r\n\r\n"
    read = parse_description(text)
    lines = [*read.lines, *(line for one in read.sections for line in one.lines)]
    assert lines == [line for line in text.splitlines() if line]
    assert read.sections[0].sends
    with pytest.raises(SdpError):
        parse_description(text, max_characters=10)
