"""Sealing as LiveKit's clients do it: known answers, and nothing that is not whole is opened."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st
from livekit.protocol import models

from tui.domain.errors import CallsError
from tui.domain.ids import ParticipantId
from tui.domain.sealing import Sealing, read_keys
from tui.transport.livekit.keys import CannotSeal, Keys, _derived
from tui.transport.livekit.opener import REFUSALS, Opener

KEYS = Keys("correct horse")
# What the worker of livekit-client 2.23.0 answered, given the key "correct horse".
VOICE = (
    "78766f696365",
    "78e17eafab8bbe6eb0ee3333084ee0d289a914c800f900000007000003e8ffffd9350c00",
)
KEY_PICTURE = (
    "1002009d012a40010f00aabbccddeeff",
    "1002009d012a40010f00d5ab47591104659d92b28a7e2cd8a1dfb9f684bfcfbc00000007000003e8ffff5e020c00",
)
OTHER_PICTURE = (
    "110200aabbccddeeff",
    "11020073421fdcdb86fec09e7a6515306376c700de0d54bf0100000007000003e8ffffd2b30c00",
)
SAID, SAID_IV = "06935012fa9b162fc0ae670cceff66ed408f1b8a", "081fdf0b000004de000004de"
ANA = ParticipantId("ana")

pictures = st.binary(min_size=0, max_size=80).map(lambda rest: b"\x10\x02\x00\x9d\x01\x2a" + rest)


def test_livekit_clients_frames_are_opened() -> None:
    assert KEYS.open_voice(bytes.fromhex(VOICE[1])) == bytes.fromhex(VOICE[0])
    for clear, sealed in (KEY_PICTURE, OTHER_PICTURE):
        assert KEYS.open_picture(bytes.fromhex(sealed)) == bytes.fromhex(clear)
    cipher = AESGCM(_derived("correct horse"))
    assert cipher.decrypt(bytes.fromhex(SAID_IV), bytes.fromhex(SAID), None) == b"said"


def test_the_trailer_is_that_of_livekit() -> None:
    sealed = KEYS.seal_voice(b"\x78voice")
    assert sealed[:1] == b"\x78"
    assert sealed[-2:] == bytes((12, 0))
    assert len(sealed) == len(b"\x78voice") + 30
    iv, body = sealed[-14:-2], sealed[1:-14]
    assert AESGCM(_derived("correct horse")).decrypt(iv, body, b"\x78") == b"voice"


@pytest.mark.parametrize(("first", "header"), [(0x10, 10), (0x11, 3)])
def test_headers_of_pictures_stay_readable(first: int, header: int) -> None:
    picture = bytes((first,)) + bytes(range(40))
    sealed = KEYS.seal_picture(picture)
    assert sealed[:header] == picture[:header]
    assert picture[header:] not in sealed
    assert KEYS.open_picture(sealed) == picture


def test_no_iv_comes_twice() -> None:
    ivs = {KEYS.seal_voice(b"\x78same")[-14:-2] for _ in range(2000)}
    assert len(ivs) == 2000


@given(st.binary(min_size=1, max_size=80))
def test_a_voice_is_what_it_was(packet: bytes) -> None:
    assert KEYS.open_voice(KEYS.seal_voice(packet)) == packet


@settings(max_examples=20)
@given(st.binary(min_size=1, max_size=40), pictures)
def test_every_truncation_is_refused(packet: bytes, picture: bytes) -> None:
    voice, shown = KEYS.seal_voice(packet), KEYS.seal_picture(picture)
    assert all(KEYS.open_voice(voice[:end]) is None for end in range(len(voice)))
    assert all(KEYS.open_picture(shown[:end]) is None for end in range(len(shown)))
    assert all(KEYS.open_voice(voice[start:]) is None for start in range(1, len(voice)))


@settings(max_examples=50)
@given(st.binary(min_size=1, max_size=60), st.data())
def test_every_changed_byte_is_refused(packet: bytes, data: st.DataObject) -> None:
    sealed = bytearray(KEYS.seal_voice(packet))
    at = data.draw(st.integers(0, len(sealed) - 1))
    sealed[at] ^= data.draw(st.integers(1, 255))
    assert KEYS.open_voice(bytes(sealed)) is None


@given(st.binary(max_size=200))
def test_anything_may_come(received: bytes) -> None:
    assert KEYS.open_voice(received) is None
    assert KEYS.open_picture(received) is None


def test_a_key_is_replaced_by_adding_one() -> None:
    before, after = Keys("first key"), Keys("first key\nsecond key\n")
    assert after.open_voice(before.seal_voice(b"\x78old")) == b"\x78old"
    sealed = after.seal_voice(b"\x78new")
    assert sealed[-1] == 1
    assert before.open_voice(sealed) is None
    before.take(after)
    assert before.open_voice(sealed) == b"\x78new"


def test_data_packets() -> None:
    said = models.DataPacket(
        participant_identity="ana", chat_message=models.ChatMessage(message="secret")
    )
    sealed = KEYS.seal_packet(said)
    assert b"secret" not in sealed.SerializeToString()
    assert sealed.encrypted_packet.encryption_type == models.Encryption.GCM
    opened = KEYS.open_packet(sealed)
    assert opened is not None
    assert (opened.participant_identity, opened.chat_message.message) == ("ana", "secret")
    value = sealed.encrypted_packet.encrypted_value
    for end in range(len(value)):
        sealed.encrypted_packet.encrypted_value = value[:end]
        assert KEYS.open_packet(sealed) is None
    with pytest.raises(CannotSeal):
        KEYS.seal_packet(models.DataPacket(transcription=models.Transcription()))


@pytest.mark.parametrize(
    "text", ["", "  \n", "short", "x" * 129, "with\x07bell", "long enough\n" * 17]
)
def test_what_is_no_key_is_refused_and_not_shown(text: str) -> None:
    with pytest.raises(CallsError) as refused:
        read_keys(text)
    assert not text.strip() or text.strip() not in refused.value.description


def test_ten_frames_in_a_row_say_that_keys_differ() -> None:
    found: list[Sealing] = []
    opener = Opener(KEYS, lambda who, sealing: found.append(sealing), servers_own=b"SIF")
    theirs, ours = Keys("another key").seal_voice(b"\x78x"), KEYS.seal_voice(b"\x78x")
    for _ in range(REFUSALS - 1):
        assert opener.frame(ANA, "audio", theirs) is None
    assert opener.frame(ANA, "audio", ours) == b"\x78x"
    for _ in range(REFUSALS - 1):
        assert opener.frame(ANA, "audio", theirs) is None
        assert opener.frame(ANA, "audio", b"\xf8\xff\xfeSIF") is None
    assert found == []
    opener.frame(ANA, "audio", theirs)
    assert found == [Sealing.OTHER_KEY]
    opener.frame(ANA, "audio", ours)
    assert found[1:] == [Sealing.SEALED]


def test_one_message_says_it() -> None:
    found: list[Sealing] = []
    judge = lambda who, sealing: found.append(sealing)  # noqa: E731
    clear = models.DataPacket(participant_identity="ana", chat_message=models.ChatMessage())
    assert Opener(None, judge).packet(clear) is clear
    assert Opener(None, judge).packet(KEYS.seal_packet(clear)) is None
    assert Opener(KEYS, judge).packet(clear) is None
    assert Opener(Keys("another key"), judge).packet(KEYS.seal_packet(clear)) is None
    assert found == [Sealing.NO_KEY, Sealing.NOT_SEALED, Sealing.OTHER_KEY]


def test_what_was_sealed_by_somebody_else_is_not_theirs_who_send_it_again() -> None:
    found: list[tuple[str, Sealing]] = []
    opener = Opener(Keys("correct horse"), lambda who, sealing: found.append((who, sealing)))
    said = models.ChatMessage(message="hi")
    sealed = KEYS.seal_packet(models.DataPacket(participant_identity="ana", chat_message=said))
    recorded = models.DataPacket.FromString(sealed.SerializeToString())
    recorded.participant_identity = "eve"
    opened = opener.packet(sealed)
    assert opened is not None and opened.chat_message.message == "hi"
    # The server repeats it, say to one who comes back: not shown twice, and nobody's fault.
    assert opener.packet(sealed) is None
    assert found == []
    # Somebody who has no key, and got it as everybody did.
    assert opener.packet(recorded) is None
    assert found == [("eve", Sealing.OTHER_KEY)]
    assert opener.packet(recorded) is None and opener.packet(sealed) is None
    assert ("ana", Sealing.OTHER_KEY) not in found


def test_packets_known_again_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.transport.livekit.keys._PACKETS_KNOWN", 3)
    keys = Keys("correct horse")
    packets = [
        models.DataPacket(
            participant_identity="ana",
            encrypted_packet=models.EncryptedPacket(iv=bytes([number]) * 12),
        )
        for number in range(5)
    ]
    assert [keys.sent_before(packet) for packet in packets] == [None] * 5
    assert len(keys._senders) == 3
    assert [keys.sent_before(packet) for packet in packets[2:]] == ["ana"] * 3
