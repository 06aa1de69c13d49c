"""Packets that wait for their turn, by unwrapped time stamp, and counts of what became of them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class PlayoutCounts:
    """What happened to one participant's sound, in 20 ms frames unless said otherwise."""

    received: int = 0
    """Packets put."""
    ok: int = 0
    """Decoded in time."""
    fec: int = 0
    """Lost, rebuilt from the next packet."""
    copies: int = 0
    """Lost, replaced by a redundant copy (RFC 2198)."""
    plc: int = 0
    """Lost, concealed."""
    dry: int = 0
    """Nothing there when the output asked; concealed without advancing time."""
    pause: int = 0
    """Comfort noise in a pause of the sender; the last ones may be 10 ms long."""
    late: int = 0
    """Packets that came after their turn."""
    drop: int = 0
    """Packets thrown away because far too much was waiting."""
    acc: int = 0
    """Pitch periods taken out."""
    exp: int = 0
    """Pitch periods put in."""
    rebuffer: int = 0
    """Times the buffer ran empty and waited to fill again."""
    damaged: int = 0
    """Packets that are not Opus."""
    restart: int = 0
    """Jumps of the sender's time stamps."""
    gaps: int = 0
    """Holes of more than 60 ms in sound that went on afterwards."""


@dataclass(frozen=True, slots=True)
class HeldPacket:
    """One packet that waits."""

    data: bytes
    sequence: int
    """Modulo 2**16."""
    samples: int
    """At 48 kHz."""
    is_copy: bool = False
    """It came in a later packet, and the packet itself did not."""


def nearest(timestamp: int, known: int) -> int:
    """The unwrapped time stamp nearest to a known one, of those that are the same modulo 2**32."""
    return known + ((timestamp - known + (1 << 31)) & 0xFFFFFFFF) - (1 << 31)


class PacketStore:
    """Packets in order of time, whatever order they came in."""

    def __init__(self) -> None:
        self._packets: dict[int, HeldPacket] = {}
        self.samples = 0
        """Of all packets together."""

    def __len__(self) -> int:
        return len(self._packets)

    def __contains__(self, timestamp: int) -> bool:
        return timestamp in self._packets

    def fits(self, timestamp: int, samples: int) -> bool:
        """Whether nothing kept is of the time of `samples` from `timestamp` on."""
        end = timestamp + samples
        return not any(
            at < end and timestamp < at + one.samples for at, one in self._packets.items()
        )

    def add(self, timestamp: int, packet: HeldPacket) -> None:
        """Keep a packet; the caller has seen that there is none at this time."""
        self._packets[timestamp] = packet
        self.samples += packet.samples

    def first(self) -> tuple[int, HeldPacket]:
        """The earliest one, left where it is. There must be one."""
        timestamp = min(self._packets)
        return timestamp, self._packets[timestamp]

    def take(self, timestamp: int) -> HeldPacket | None:
        """Remove and give the packet of exactly this time."""
        packet = self._packets.pop(timestamp, None)
        if packet is not None:
            self.samples -= packet.samples
        return packet

    def keep_newest(self, samples: int) -> int:
        """Throw away all but the newest `samples`, at least one packet; says how many went."""
        kept = dropped = 0
        for timestamp in sorted(self._packets, reverse=True):
            if kept and kept >= samples:
                self.take(timestamp)
                dropped += 1
            else:
                kept += self._packets[timestamp].samples
        return dropped

    def clear(self) -> None:
        """Forget all."""
        self._packets.clear()
        self.samples = 0
