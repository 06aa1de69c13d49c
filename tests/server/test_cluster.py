"""What is read of a cluster that carries the calls."""

from __future__ import annotations

import pytest

from tui.domain.errors import CallsError
from tui.server.cluster import read_cluster

SECRET = "a-secret-of-a-cluster-with-32-characters"


def test_a_key_file_is_that_of_livekit_server(tmp_path):
    file = tmp_path / "key"
    file.write_text(f"\nteam: {SECRET}\n")
    cluster = read_cluster("wss://calls.example.org/", str(file))
    assert (cluster.url, cluster.key, cluster.secret) == ("wss://calls.example.org", "team", SECRET)
    assert SECRET not in repr(cluster)


@pytest.mark.parametrize("text", ["", "team", f"team {SECRET}", "team: short", f"a b: {SECRET}"])
def test_what_is_no_key_is_refused_and_not_shown(tmp_path, text):
    file = tmp_path / "key"
    file.write_text(text)
    with pytest.raises(CallsError) as refused:
        read_cluster("wss://calls.example.org", str(file))
    assert refused.value.field == "livekit_key"
    assert SECRET not in refused.value.description


@pytest.mark.parametrize("url", ["https://calls.example.org", "wss://", "wss://a?b=c", "calls"])
def test_what_is_no_address_is_refused(tmp_path, url):
    with pytest.raises(CallsError):
        read_cluster(url, str(tmp_path / "missing"))
    with pytest.raises(CallsError):
        read_cluster("wss://calls.example.org", str(tmp_path / "missing"))
