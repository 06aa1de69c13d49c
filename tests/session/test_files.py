"""Files in the chat: what comes, what is kept and saved, what is sent, what gets lost."""

from __future__ import annotations

import asyncio
import base64
import io
import os
import resource
from pathlib import Path

import pytest
from PIL import Image

from tests.fakes.world import FakeWorld, remote
from tests.session.rig import Heard, joined
from tui.domain.commands.call import ReadChat, SaveFile, SendChat, SendFile
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.files import FILE_MAX_BYTES, KEPT_MAX_BYTES, PER_MINUTE, file_name
from tui.domain.happenings import FileComing, FileMissed, FileSending, FileUnsent
from tui.domain.ids import ParticipantId
from tui.domain.snapshot import ChatMessage
from tui.engine.wire import MAX_FRAME_BYTES, encode_result, pack
from tui.ports.transport_events import ChatReceived, FileReceived, ParticipantUpdated
from tui.session.files import STALLS_S
from tui.session.seat import Seat
from tui.video.sample import sample_of

BO = ParticipantId("bo")


@pytest.fixture
def world() -> FakeWorld:
    world = FakeWorld()
    world.transport.others = (remote("bo", name="Bo Chen"),)
    return world


def whole(name: str, content: bytes, key: str = "1") -> FileReceived:
    size = len(content)
    return FileReceived(BO, key, name, size, done=size, content=content)


def picture(width: int = 64, height: int = 48, kind: str = "PNG") -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (width, height), (200, 30, 40)).save(made, kind)
    return made.getvalue()


def chats(heard: Heard) -> list[ChatMessage]:
    return [one for one in heard.happenings if isinstance(one, ChatMessage)]


@pytest.mark.parametrize(
    ("sent", "here"),
    [
        ("plan.pdf", "plan.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\bo\\plan.pdf", "plan.pdf"),
        ("/", "file"),
        ("..", "file"),
        ("\x1b]0;x\x07\n\u202egpj.exe", "]0;x gpj.exe"),
        (".bashrc", "bashrc"),
        ("-rf", "rf"),
        ("a" * 300 + ".tar.gz", "a" * 97 + ".gz"),
        ("\N{PILE OF POO}" * 200 + ".png", "\N{PILE OF POO}" * 59 + ".png"),
        ('a<b>:"|?*.txt', "a_b______.txt"),
    ],
)
def test_a_name_names_one_file_in_one_folder(sent: str, here: str) -> None:
    assert file_name(sent) == here


async def test_a_file_comes_and_is_saved_beside_what_is_there(
    world: FakeWorld, tmp_path: Path
) -> None:
    async with joined(world) as (calls, heard):
        world.transport.hear(whole("../plan.pdf", b"%PDF some plan"))
        await heard.until(lambda: chats(heard))
        (message,) = chats(heard)
        assert message.text == "sent file 1: plan.pdf, 14 bytes. /save 1 keeps it."
        assert "chat: Bo Chen sent file 1: plan.pdf, 14 bytes. /save 1 keeps it." in heard.texts
        assert calls.outlet.newest.unread_chat == 1
        seat = Seat(calls)
        assert list(tmp_path.iterdir()) == [], "nothing is saved by itself"
        for name in ("plan.pdf", "plan-2.pdf"):
            saved = Path(await seat.do(SaveFile(1, str(tmp_path))))
            assert saved == tmp_path / name
            assert saved.read_bytes() == b"%PDF some plan"
            assert saved.stat().st_mode & 0o777 == 0o600
        for number, folder, why in (
            (1, str(tmp_path / "none"), "No such file or directory"),
            (1, str(tmp_path / "plan.pdf"), "Not a directory"),
            (2, str(tmp_path), "There is no file 2. To save: 1 plan.pdf."),
        ):
            with pytest.raises(CallsError, match=why):
                await seat.do(SaveFile(number, folder))


async def test_a_full_disk_leaves_nothing_half_written(world: FakeWorld, tmp_path: Path) -> None:
    async with joined(world) as (calls, heard):
        world.transport.hear(whole("plan.pdf", b"x" * 200_000))
        await heard.until(lambda: chats(heard))
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
        try:
            with pytest.raises(CallsError, match=r"was not saved .* It can be saved again"):
                await Seat(calls).do(SaveFile(1, str(tmp_path)))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert list(tmp_path.iterdir()) == []
        assert await Seat(calls).do(SaveFile(1, str(tmp_path))) == str(tmp_path / "plan.pdf")


async def test_a_large_file_is_told_at_its_quarters_and_given_up_when_it_stalls(
    world: FakeWorld,
) -> None:
    async with joined(world) as (_, heard):
        size = 10_000_000
        for done in (0, 100_000, 2_500_000, 2_600_000, 5_100_000):
            world.transport.hear(FileReceived(BO, "1", "film.mkv", size, done=done))
        await heard.until(
            lambda: FileComing("Bo Chen", "film.mkv", "10.0 MB", 50) in heard.happenings
        )
        told = [one.percent for one in heard.happenings if isinstance(one, FileComing)]
        assert told == [0, 25, 50]
        world.time.now_s += STALLS_S + 2
        missed = FileMissed("Bo Chen", "film.mkv", "nothing more of it came")
        await heard.until(lambda: missed in heard.happenings)
        world.transport.hear(FileReceived(BO, "2", "a.txt", 3, why="its sender left"))
        await heard.until(
            lambda: "chat: a.txt from Bo Chen did not arrive: its sender left." in heard.texts
        )


async def test_many_files_of_one_person_are_refused_and_old_ones_go(world: FakeWorld) -> None:
    async with joined(world) as (calls, heard):
        for number in range(PER_MINUTE + 5):
            world.transport.hear(whole(f"{number}.txt", b"x", str(number)))
        await heard.until(lambda: len(chats(heard)) == PER_MINUTE)
        refused = [one for one in heard.happenings if isinstance(one, FileMissed)]
        assert [one.why for one in refused] == [f"more than {PER_MINUTE} came within a minute"]
        world.time.now_s += 61
        large = FILE_MAX_BYTES - 1
        for number in range(KEPT_MAX_BYTES // large + 1):
            world.transport.hear(whole("large", bytes(large), f"large{number}"))
        await heard.until(lambda: len(chats(heard)) == PER_MINUTE + 3)
        with pytest.raises(CallsError, match="File 1 is not kept here"):
            await Seat(calls).do(SaveFile(1, "/tmp"))


async def test_whoever_begins_files_all_the_time_is_told_of_some_times(world: FakeWorld) -> None:
    # Each is refused at its beginning, and costs its sender a packet of some bytes.
    why = "too many are on their way at once"
    async with joined(world) as (_, heard):
        for number in range(500):
            world.transport.hear(FileReceived(BO, str(number), "x", 1, done=0, why=why))
        world.transport.hear(ParticipantUpdated(remote("di", name="Di")))
        await heard.until(lambda: "di" in str(heard.texts).lower())
        told = [one.why for one in heard.happenings if isinstance(one, FileMissed)]
        assert told == [why] * PER_MINUTE + [f"more than {PER_MINUTE} came within a minute"]


async def test_a_picture_comes_with_a_sample(world: FakeWorld) -> None:
    async with joined(world) as (_, heard):
        world.transport.hear(whole("cat.png", picture(640, 480)))
        await heard.until(lambda: chats(heard))
        file = chats(heard)[0].file
        assert file is not None
        assert file.sample is not None
        assert (file.width, file.height, file.sample.width, file.sample.height) == (
            640,
            480,
            96,
            72,
        )
        rgb = base64.b64decode(file.sample.rgb)
        assert (len(rgb), tuple(rgb[:3])) == (96 * 72 * 3, (200, 30, 40))
        assert chats(heard)[0].text.startswith("sent picture 1: cat.png, 640 by 480, ")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x89PNG\r\n\x1a\n",
        picture()[:60],
        picture(12_001, 1),
        picture(6000, 4100, "GIF"),
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        picture(kind="TIFF"),
    ],
    ids=["empty", "header", "cut", "wide", "large", "svg", "tiff"],
)
def test_what_is_no_picture_or_too_large_a_one_has_no_sample(content: bytes) -> None:
    assert sample_of(content) is None


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_the_usual_kinds_of_pictures_have_one(kind: str) -> None:
    found = sample_of(picture(kind=kind))
    assert found is not None
    assert found[:2] == (64, 48)


async def test_a_file_of_ours_goes_out(world: FakeWorld, tmp_path: Path) -> None:
    path = tmp_path / "plan.txt"
    path.write_bytes(b"p" * 600_000)
    async with joined(world) as (calls, heard):
        await Seat(calls).do(SendFile(str(path)))
        await heard.until(lambda: chats(heard))
        assert ("file", ("plan.txt", "text/plain", b"p" * 600_000)) in world.transport.said
        assert chats(heard)[0].text == "sent file 1: plan.txt, 600 kB."
        assert chats(heard)[0].is_local
        assert FileSending("plan.txt", "600 kB", 0) in heard.happenings


async def test_what_is_no_file_is_not_sent(world: FakeWorld, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "empty").touch()
    (tmp_path / "large").touch()
    os.truncate(tmp_path / "large", FILE_MAX_BYTES + 1)
    async with joined(world) as (calls, heard):
        for name, why in (
            ("none", "can't be read: No such file"),
            ("", "can't be read: Is a directory"),
            ("pipe", "is not a file that can be sent"),
            ("empty", "is empty"),
            ("large", "has 16.0 MB; at most 16.0 MB"),
        ):
            with pytest.raises(CallsError, match=why) as refused:
                await Seat(calls).do(SendFile(str(tmp_path / name)))
            assert refused.value.code == ErrorCode.VALIDATION

        async def lost(*_: object) -> None:
            raise CallsError(ErrorCode.CONNECTION_FAILED, "Not sent: the line is gone.")

        world.transport.send_file = lost  # type: ignore[method-assign]
        (tmp_path / "plan").write_text("x")
        await Seat(calls).do(SendFile(str(tmp_path / "plan")))
        unsent = FileUnsent("plan", "Not sent: the line is gone.")
        await heard.until(lambda: unsent in heard.happenings)


async def test_a_message_is_answered_by_its_number(world: FakeWorld) -> None:
    async with joined(world) as (calls, heard):
        seat = Seat(calls)
        world.transport.hear(ChatReceived(BO, "Who has the plan?", 0, message="M1"))
        world.transport.hear(ChatReceived(BO, "An old client wrote this", 0))
        await heard.until(lambda: len(chats(heard)) == 2)
        await seat.do(SendChat("I have.", 1))
        await seat.do(SendChat("Did it?", 2))
        assert ("answers", "M1") in world.transport.said
        sent = [text for kind, text in world.transport.said if kind == "chat"]
        assert sent == ["I have.", "\u21aa Bo Chen: An old client wrote this\nDid it?"]
        ours = next(one for one in chats(heard) if one.text == "I have.")
        assert (ours.number, ours.answers) == (3, "Bo Chen: Who has the plan?")
        wire_id = next(
            f"ours-{number}"
            for number, said in enumerate(world.transport.said, 2)
            if said == ("chat", "I have.")
        )
        world.transport.hear(ChatReceived(BO, "Thanks", 0, message="M2", reply_to=wire_id))
        await heard.until(lambda: len(chats(heard)) == 5)
        assert chats(heard)[-1].answers == "Ana Lopez: I have."
        assert 'chat: Bo Chen answers "Ana Lopez: I have.": Thanks' in heard.texts
        with pytest.raises(CallsError, match=r"There is no message 9\. Messages: 1 to 5"):
            await seat.do(SendChat("What?", 9))
        assert [one.number for one in await seat.do(ReadChat())] == [1, 2, 3, 4, 5]


async def test_leaving_while_a_file_waits_ends_at_once(world: FakeWorld, tmp_path: Path) -> None:
    path = tmp_path / "plan"
    path.write_text("x")
    async with joined(world) as (calls, _):

        async def never(*_: object) -> None:
            await asyncio.Event().wait()

        world.transport.send_file = never  # type: ignore[method-assign]
        await Seat(calls).do(SendFile(str(path)))
        await asyncio.wait_for(calls.leave(), 5)


async def test_what_is_read_of_a_long_chat_fits_into_a_frame(world: FakeWorld) -> None:
    async with joined(world) as (calls, heard):
        for number in range(500):
            world.transport.hear(ChatReceived(BO, f"{number} " + "\N{PILE OF POO}" * 3900, 0))
        await heard.until(lambda: len(chats(heard)) == 500)
        command = ReadChat()
        read = await Seat(calls).do(command)
        assert read[-1].number == 500
        frame = pack({"result": encode_result(command, read)})
        assert 300_000 < len(frame) < MAX_FRAME_BYTES
