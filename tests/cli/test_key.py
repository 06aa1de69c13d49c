"""The key that seals a call: where it may come from, and where it must not go."""

from __future__ import annotations

import pytest

from tui.cli.given_key import KEY_VARIABLE, given_key
from tui.cli.plan import make_plan
from tui.domain.errors import CallsError, ErrorCode
from tui.wire.address import make_join_link, parse_join_link, with_key

KEY = "correct horse"
LINK = make_join_link("http://127.0.0.1:7880", "standup", "token", key=KEY)


def test_it_comes_from_a_file_the_environment_or_the_link(tmp_path, monkeypatch):
    file = tmp_path / "key"
    file.write_text(f"{KEY}\n")
    assert given_key(str(file)).strip() == KEY
    assert given_key(None) == ""
    monkeypatch.setenv(KEY_VARIABLE, "from the environment")
    assert given_key(None) == "from the environment"
    assert make_plan(LINK, {}, None).target.key == KEY
    assert make_plan(LINK, {"key": "another key"}, None).target.key == "another key"
    plan = make_plan("standup", {"key": KEY, "token": "t"}, None)
    assert plan.target.key == KEY
    assert KEY not in repr(plan)


def test_a_link_keeps_every_key_in_their_order():
    both = f"{KEY}\nsecond key"
    link = with_key(make_join_link("https://host", "a", invitation="i"), both)
    assert parse_join_link(link).key == both
    assert with_key("https://host/join/a", KEY) == "https://host/join/a#key=correct+horse"


def test_a_file_without_a_key_is_said(tmp_path):
    empty = tmp_path / "empty"
    empty.write_text("\n")
    for name in (str(empty), str(tmp_path / "missing"), str(tmp_path)):
        with pytest.raises(CallsError):
            given_key(name)


@pytest.mark.parametrize(
    ("target", "key", "code"),
    [
        ("standup", "short", ErrorCode.VALIDATION),
        ("https://meet.example/Room", KEY, ErrorCode.NOT_SUPPORTED),
    ],
)
def test_what_can_not_be_sealed_is_not_joined(target, key, code):
    with pytest.raises(CallsError) as refused:
        make_plan(target, {"key": key, "token": "t"}, None)
    assert refused.value.code == code
    assert key not in refused.value.description
