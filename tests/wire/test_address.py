"""Join links: made, read back, and told apart from everything else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.domain.errors import CallsError
from tui.wire.address import JoinLink, make_join_link, parse_join_link
from tui.wire.rules import check_session_id

TOKEN = "eyJh.eyJz.a-_9"


@given(st.text(min_size=1, max_size=128), st.text("abcXYZ019-_.", max_size=30))
def test_a_made_link_reads_back(session_id: str, token: str) -> None:
    try:
        session_id = check_session_id(session_id)
    except CallsError:
        return
    link = make_join_link("https://calls.test:7880/", session_id, token)
    assert link.isascii()
    assert " " not in link
    assert "'" not in link
    assert parse_join_link(link) == JoinLink("https://calls.test:7880", session_id, token)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f" <http://h:1/join/daily?token={TOKEN}> ", JoinLink("http://h:1", "daily", TOKEN)),
        (f"'http://[::1]:7/join/a%2Fb/?token={TOKEN}'", JoinLink("http://[::1]:7", "a/b", TOKEN)),
        ("https://h/calls/join/daily", JoinLink("https://h/calls", "daily", "")),
        ("http://h/join/caf%C3%A9?x=1&token=t#frag", JoinLink("http://h", "café", "t")),
    ],
)
def test_links_as_people_paste_them(text: str, expected: JoinLink) -> None:
    assert parse_join_link(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "daily",
        "v1.us.app.1234",
        "join/daily",
        "ws://h:7880",
        "wss://h/join/daily?token=t",
        "http://h",
        "http://h/",
        "http://h/join/",
        "http://h/join/a/b",
        "http://h/joined/daily",
        "http://good.test@evil.test/join/daily?token=t",
        "http://h/join/a%00b",
        "http://h/join/%FF",
        "http://h/join/daily?token=a%20b",
        "http://h/join/daily?token=%1b[2J",
        "http://h:99999/join/daily",
        "http://[::1/join/daily",
        "http://ho st/join/daily",
        "http://h/join/" + "x" * 129,
        "http://h/join/daily?token=" + "x" * 20_000,
        "http://h/join/daily?" + "&".join("a=1" for _ in range(50)),
    ],
)
def test_everything_else_is_no_link(text: str) -> None:
    assert parse_join_link(text) is None


@given(st.text(max_size=300))
def test_nothing_a_person_types_breaks_the_reading(text: str) -> None:
    for prefix in ("", "http://h/join/", "http://h/join/daily?token="):
        found = parse_join_link(prefix + text)
        assert found is None or found.server.startswith("http")
