"""LiveKit's end-to-end encryption: frames and data packets, sealed with AES-128-GCM.

A sealed frame is `header | ciphertext | tag (16) | IV (12) | 12 | key index`. The header stays
readable, because depacketisers and servers need it, and is authenticated: 1 byte of an Opus packet,
10 of a VP8 key picture, 3 of any other (livekit-client `FrameCryptor`). The key is derived with
PBKDF2, as LiveKit's clients do for a key that is text.

The trap is the IV: with one key, the same one twice gives the key away. Everybody shares the key,
and a counter would begin anew with each connection, so IVs are random: at 600 frames a second, 83
days until 2^32, which is where NIST SP 800-38D (8.3) ends that.
"""

from __future__ import annotations

import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from livekit.protocol import models

from tui.domain.sealing import read_keys

_SALT: Final = b"LKFrameEncryptionKey"
_ROUNDS: Final = 100_000
_KEY_BYTES: Final = 16
_IV_BYTES: Final = 12
_TRAILER_BYTES: Final = _IV_BYTES + 2
_TAG_BYTES: Final = 16
_VOICE_HEADER: Final = 1
"""The table-of-contents byte (RFC 6716 3.1)."""
_PACKETS_KNOWN: Final = 32_768
"""Some 5 MB; a call with captions sends fewer in an hour."""
_CAN_BE_SEALED: Final = frozenset(
    one.name for one in models.EncryptedPacketPayload.DESCRIPTOR.oneofs_by_name["value"].fields
)


class CannotSeal(ValueError):
    """LiveKit has no sealed form of this data packet. A fault of ours, never shown to a person."""


class Keys:
    """Seals with the newest key, and opens with any. Deriving takes 16 ms of CPU for each key.

    Args:
        text: As `read_keys` takes it.

    Raises:
        CallsError: `VALIDATION_ERROR`.
    """

    def __init__(self, text: str) -> None:
        self._ciphers = [AESGCM(_derived(key)) for key in read_keys(text)]
        self._senders: dict[bytes, str] = {}
        """Who sent each data packet that we opened, by its IV, which no two share."""

    @property
    def _index(self) -> int:
        return len(self._ciphers) - 1

    def take(self, other: Keys) -> None:
        """Use those from now on, in place of these."""
        self._ciphers = other._ciphers

    def seal_voice(self, packet: bytes) -> bytes:
        """An Opus packet, sealed."""
        return self._sealed(packet, _VOICE_HEADER)

    def seal_picture(self, picture: bytes) -> bytes:
        """A whole VP8 picture, sealed; it is packetised afterwards."""
        return self._sealed(picture, _picture_header(picture))

    def open_voice(self, sealed: bytes) -> bytes | None:
        """What is in a sealed Opus packet; None when none of our keys opens it."""
        return self._opened(sealed, _VOICE_HEADER)

    def open_picture(self, sealed: bytes) -> bytes | None:
        """What is in a sealed VP8 picture; None when none of our keys opens it."""
        return self._opened(sealed, _picture_header(sealed))

    def seal_packet(self, packet: models.DataPacket) -> models.DataPacket:
        """A data packet, with what is in it sealed.

        Raises:
            CannotSeal: It must not be sent as it is.
        """
        kind = packet.WhichOneof("value")
        if kind not in _CAN_BE_SEALED:
            raise CannotSeal(f"a {kind} packet has no sealed form")
        inside = models.EncryptedPacketPayload()
        getattr(inside, kind).CopyFrom(getattr(packet, kind))
        iv = os.urandom(_IV_BYTES)
        value = self._ciphers[self._index].encrypt(iv, inside.SerializeToString(), None)
        return models.DataPacket(
            kind=packet.kind,
            participant_identity=packet.participant_identity,
            destination_identities=packet.destination_identities,
            encrypted_packet=models.EncryptedPacket(
                encryption_type=models.Encryption.GCM,
                iv=iv,
                key_index=self._index,
                encrypted_value=value,
            ),
        )

    def open_packet(self, packet: models.DataPacket) -> models.DataPacket | None:
        """What is in a sealed data packet; None when none of our keys opens it."""
        sealed = packet.encrypted_packet
        clear = self._decrypted(sealed.key_index, sealed.iv, sealed.encrypted_value, None)
        if clear is None:
            return None
        try:
            inside = models.EncryptedPacketPayload.FromString(clear)
        except Exception:  # protobuf's DecodeError has another home in each implementation of it
            return None
        opened = models.DataPacket(
            participant_identity=packet.participant_identity,
            participant_sid=packet.participant_sid,
            sequence=packet.sequence,
        )
        if kind := inside.WhichOneof("value"):
            getattr(opened, kind).CopyFrom(getattr(inside, kind))
        return opened

    def sent_before(self, packet: models.DataPacket) -> str | None:
        """Who sent a packet that we opened before, by whomever it comes now; None: it is new.

        A new one is known from now on, `_PACKETS_KNOWN` of them at most.

        Nothing in a sealed packet says whose it is, so whoever gets it can send it again, without
        our key and as theirs.
        """
        iv = packet.encrypted_packet.iv
        before = self._senders.get(iv)
        if before is None:
            self._senders[iv] = packet.participant_identity
            if len(self._senders) > _PACKETS_KNOWN:
                del self._senders[next(iter(self._senders))]
        return before

    def _sealed(self, frame: bytes, header: int) -> bytes:
        head, iv = frame[:header], os.urandom(_IV_BYTES)
        body = self._ciphers[self._index].encrypt(iv, frame[header:], head)
        return head + body + iv + bytes((_IV_BYTES, self._index))

    def _opened(self, frame: bytes, header: int) -> bytes | None:
        if len(frame) < header + _TAG_BYTES + _TRAILER_BYTES or frame[-2] != _IV_BYTES:
            return None
        head, iv = frame[:header], frame[-_TRAILER_BYTES:-2]
        clear = self._decrypted(frame[-1], iv, frame[header:-_TRAILER_BYTES], head)
        return None if clear is None else head + clear

    def _decrypted(self, index: int, iv: bytes, body: bytes, head: bytes | None) -> bytes | None:
        if index >= len(self._ciphers) or len(iv) != _IV_BYTES:
            return None
        try:
            return self._ciphers[index].decrypt(iv, body, head)
        except InvalidTag:
            return None


def _derived(key: str) -> bytes:
    return PBKDF2HMAC(hashes.SHA256(), _KEY_BYTES, _SALT, _ROUNDS).derive(key.encode())


def _picture_header(picture: bytes) -> int:
    """The frame tag, and of a key picture start code and size, too (RFC 6386 9.1)."""
    return 10 if picture and not picture[0] & 1 else 3
