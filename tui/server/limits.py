"""How much one client may ask of the embedded server.

Every limit has a refusal that names it (`exceeded`), so that nobody meets a silent drop.
"""

from __future__ import annotations

from collections.abc import Mapping

from tui.domain.frozen import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds on what the server takes, keeps and passes on."""

    may_record: bool = True
    """Whether clients are told that sessions may be recorded."""
    keeps_transcripts: bool = True
    """Whether a moderator may have what is said in captions kept."""
    message_bytes: int = 65_536
    """One data packet (`DataPacket`, serialised), the data channel's maximum message size too."""
    signal_bytes: int = 1 << 18
    """One websocket message; a longer one closes the connection with 1009."""
    signal_messages_per_second: int = 200
    """Signalling messages of one participant, averaged over a burst of as many."""
    signal_bytes_per_second: int = 1 << 20
    """Of one participant, averaged over a burst of as many; JSON counts fourfold."""
    data_packets_per_second: int = 500
    """Data packets of one participant, averaged over a burst of as many."""
    connections: int = 4096
    """TCP connections at once; fewer where the process may not open as many files."""
    connections_per_address: int = 256
    """Of them, from one IPv4 address or one IPv6 network of 64 bits: a team behind one router."""
    request_s: float = 10.0
    """Seconds within which a request must be complete, from connecting or from its first byte."""
    participants_per_session: int = 64
    sessions: int = 1000
    metadata_bytes: int = 8_192
    """A participant's or a session's metadata, UTF-8."""
    attributes_bytes: int = 8_192
    """A participant's attributes, keys and values together, UTF-8."""
    name_characters: int = 256
    identity_characters: int = 256
    chat_bytes: int = 262_144
    """One text stream, UTF-8. cellcall sends at most 16 kB, other clients send transcripts."""
    open_streams: int = 32
    """Data streams one participant may have begun and not ended; more, and the oldest is cut."""
    tracks_per_participant: int = 8
    media_sections: int = 64
    """Media sections of one offer: those of ended tracks stay."""
    description_characters: int = 1 << 17
    """One offer; reading one of this length takes some 50 ms of everybody's time."""
    offers_per_second: int = 10
    """Offers of one participant, averaged over a burst of as many."""
    login_attempts_per_minute: int = 30
    """For one user ID from one address."""
    guests_per_minute: int = 30
    """From one address, by links for many; wrong codes count."""
    ssh_guests: int = 16
    """People by ssh at once: each is a process of some 150 MB."""
    ssh_connections: int = 64
    ssh_connections_per_address: int = 16
    ssh_login_s: float = 60.0
    """Seconds within which a code must have come."""
    ssh_codes_per_minute: int = 10
    """Codes tried from one address, right ones included."""
    ssh_bytes_per_second: int = 8_192
    """Read from one connection by ssh, on average: 120 movements of a mouse, or 250 of the smallest
    messages, which cost some 7 % of a core. What is more waits."""
    ssh_bytes_at_once: int = 65_536
    """After a pause: a key exchange, and a paste."""
    queued_signals: int = 1_000
    """Signalling messages waiting for one slow client; one more and it is told to reconnect."""
    buffered_data_bytes: int = 4 << 20
    """Reliable data waiting for one slow client; more and it is told to reconnect."""
    bulk_packet_bytes: int = 8_192
    """From here on a data packet is a piece of something long, as files and transcripts are."""
    buffered_bulk_bytes: int = 1 << 20
    """Reliable data waiting for one slow client, beyond which no such pieces join it: a file is
    lost for them, and not the call."""
    buffered_lossy_bytes: int = 65_536
    """Lossy data waiting for one slow client; more is dropped."""


def exceeded(what: str, came: int, allowed: int, unit: str) -> str | None:
    """The refusal when `came` is more than `allowed`, None when it is not.

    >>> exceeded("name", 300, 256, "characters")
    'name is 300 characters, at most 256 are allowed'
    """
    if came <= allowed:
        return None
    return f"{what} is {came} {unit}, at most {allowed} are allowed"


def attributes_size(attributes: dict[str, str]) -> int:
    """Bytes that count against `Limits.attributes_bytes`."""
    return sum(len(key.encode()) + len(value.encode()) for key, value in attributes.items())


def refuse_texts(
    limits: Limits, name: str, metadata: str, attributes: Mapping[str, str]
) -> str | None:
    """Why these texts are too long, None when they are not."""
    return (
        exceeded("name", len(name), limits.name_characters, "characters")
        or exceeded("metadata", len(metadata.encode()), limits.metadata_bytes, "bytes")
        or exceeded(
            "attributes", attributes_size(dict(attributes)), limits.attributes_bytes, "bytes"
        )
    )
