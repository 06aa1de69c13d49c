"""Private names of aiortc that the server uses; a release without one fails here."""

from __future__ import annotations

import inspect

import pytest
from aiortc import RTCCertificate, RTCDtlsTransport, RTCSctpTransport

ADVICE = "aiortc changed: adapt tui/server/sfu/dtls.py and sctp.py, then move the version range"


class _Ice:
    role, state = "controlled", "completed"


@pytest.fixture
def dtls() -> RTCDtlsTransport:
    return RTCDtlsTransport(_Ice(), [RTCCertificate.generateCertificate()])  # type: ignore[arg-type]


async def test_dtls_names(dtls: RTCDtlsTransport) -> None:
    for name in ("_set_role", "_rx_srtp", "_tx_srtp", "_send_data"):
        assert hasattr(dtls, name), f"RTCDtlsTransport.{name}: {ADVICE}"
    dtls._set_role("server")
    assert dtls._role == "server", ADVICE
    source = inspect.getsource(RTCDtlsTransport)
    for used in ("self.transport._recv()", "self.transport._send("):
        assert used in source, f"{used}: {ADVICE}"
    assert dtls.state == "new", ADVICE


async def test_sctp_names(dtls: RTCDtlsTransport) -> None:
    sctp = RTCSctpTransport(dtls)
    assert sctp._advertised_rwnd == 1 << 20, ADVICE
    assert sctp._inbound_streams == {}, ADVICE
    for name in ("_data_channel_queue", "_outbound_queue", "_sent_queue"):
        assert not getattr(sctp, name), f"{name}: {ADVICE}"
    assert list(inspect.signature(sctp._receive).parameters) == ["stream_id", "pp_id", "data"]
    for name in ("_handle_data", "_send_chunk"):
        assert inspect.iscoroutinefunction(getattr(sctp, name)), f"{name}: {ADVICE}"
    source = inspect.getsource(RTCDtlsTransport._recv_next)
    assert "_data_receiver._handle_data" in source, ADVICE
    assert "await self._send_chunk(" in inspect.getsource(RTCSctpTransport), ADVICE
