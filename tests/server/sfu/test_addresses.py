"""Where clients are told to send media: always where their signalling came in, too."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator

import pytest
from aioice import ice

from tests.server.conftest import Connect, Running
from tui.server.sfu import mux as mux_module
from tui.server.sfu.counters import Counters
from tui.server.sfu.mux import UdpMux


@pytest.fixture
async def mux() -> AsyncIterator[UdpMux]:
    one = UdpMux(Counters())
    yield one
    one.close()


@pytest.fixture
def no_gateway(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two interfaces, and no default route: a hotspot, a crossover cable, an air-gapped room."""

    def addresses(use_ipv4: bool, use_ipv6: bool) -> list[str]:
        return ["10.88.0.10", "192.168.7.1"] * use_ipv4 + ["2001:db8::10"] * use_ipv6

    monkeypatch.setattr(ice, "get_host_addresses", addresses)
    monkeypatch.setattr(mux_module, "_way_out", lambda family, outside: [])


@pytest.mark.usefixtures("no_gateway")
async def test_without_a_gateway_all_addresses_are_offered(mux: UdpMux) -> None:
    await mux.listen("0.0.0.0")
    assert mux.addresses == ("10.88.0.10", "192.168.7.1", "127.0.0.1")


@pytest.mark.usefixtures("no_gateway")
@pytest.mark.parametrize(
    ("local", "first"),
    [
        ("192.168.7.1", "192.168.7.1"),
        ("::ffff:192.168.7.1", "192.168.7.1"),
        ("10.88.0.10", "10.88.0.10"),
        ("172.30.0.1", "172.30.0.1"),  # of an interface that came up only now
        ("127.0.0.1", "10.88.0.10"),  # a proxy on this machine says nothing about its clients
        ("fe80::1%eth0", "10.88.0.10"),  # no candidate carries a zone
        ("", "10.88.0.10"),
    ],
)
async def test_the_address_of_the_signalling_comes_first(
    mux: UdpMux, local: str, first: str
) -> None:
    await mux.listen("0.0.0.0")
    offered = mux.addresses_for(local)
    assert offered[0] == first
    assert set(offered) >= set(mux.addresses)
    assert len(set(offered)) == len(offered)


@pytest.mark.usefixtures("no_gateway")
async def test_an_advertised_address_comes_before_and_the_others_stay(mux: UdpMux) -> None:
    await mux.listen("0.0.0.0", advertise="203.0.113.5")
    assert mux.addresses == ("203.0.113.5", "10.88.0.10", "192.168.7.1", "127.0.0.1")
    assert mux.addresses_for("192.168.7.1")[:2] == ("203.0.113.5", "192.168.7.1")


async def test_a_server_on_one_address_offers_that_alone(mux: UdpMux) -> None:
    await mux.listen("127.0.0.1")
    assert mux.addresses_for("192.168.7.1") == ("127.0.0.1",)


@pytest.mark.usefixtures("no_gateway")
async def test_both_kinds_of_addresses_are_offered(mux: UdpMux) -> None:
    try:
        await mux.listen("::")
    except OSError:
        pytest.skip("this machine has no IPv6")
    dual = not mux._socket.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY)  # type: ignore[union-attr]
    ipv4 = ["10.88.0.10", "192.168.7.1"] * dual
    assert mux.addresses == (*ipv4, "2001:db8::10", *["127.0.0.1"] * dual, "::1")
    assert mux.addresses_for("2001:db8::99")[0] == "2001:db8::99"


async def test_a_client_is_offered_where_its_signalling_came_in(
    server: Running, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def addresses_for(local: str) -> tuple[str, ...]:
        asked.append(local)
        return ("127.0.0.1", "198.51.100.7")

    monkeypatch.setattr(server.media._mux, "addresses_for", addresses_for)
    ann = await connect(server, "ann")
    await ann.active()
    assert asked == ["127.0.0.1"] * 2  # both directions
    (offer,) = (one.offer for one in ann.responses if one.WhichOneof("message") == "offer")
    assert "127.0.0.1 " in offer.sdp
    assert " 198.51.100.7 " in offer.sdp
