"""`cellcall doctor` on machines that have everything, nothing, and a server that is away."""

import asyncio
import json
import socket
import tempfile
from pathlib import Path

import pytest

from tui.cli import doctor
from tui.cli.findings import State
from tui.cli.saved_login import SavedLogin, save_login
from tui.cli.terminal_report import terminal_findings
from tui.devices.local import LocalDevices
from tui.domain.device_choice import DeviceInfo
from tui.domain.media import MediaName, SourceKind
from tui.domain.snapshot import DeviceKind
from tui.ports.devices import DeviceUnavailable
from tui.terminal.detect import detect

TONE = MediaName(SourceKind.TEST, "silence")
BARS = MediaName(SourceKind.TEST, "bars")
NULL = MediaName(SourceKind.NULL, "")


class Everything:
    real = LocalDevices()

    def open_microphone(self, _name):
        return self.real.open_microphone(TONE)

    def open_speaker(self, _name):
        return self.real.open_speaker(NULL)

    async def open_camera(self, _name):
        return await self.real.open_camera(BARS)

    def list_devices(self, kind):
        return (DeviceInfo(DeviceKind(kind), "one", "One", True),)


class Nothing(Everything):
    def open_microphone(self, _name):
        raise DeviceUnavailable("No microphone found.", "Plug one in.")

    def open_speaker(self, _name):
        raise DeviceUnavailable("PortAudio is missing.", "sudo apt install libportaudio2")

    async def open_camera(self, _name):
        raise DeviceUnavailable("No camera found.", "Plug one in.")


class Stuck(Everything):
    async def open_camera(self, _name):
        await asyncio.Event().wait()


def by_area(findings):
    return {finding.area: finding for finding in findings}


@pytest.fixture(autouse=True)
def speech(tmp_path, monkeypatch):
    """Programs that speak."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))

    def add(name):
        (folder / name).touch(mode=0o755)

    return add


async def test_a_machine_with_everything(speech):
    speech("espeak-ng")
    found = by_area(await doctor.examine({}, Everything()))
    found.pop("own captions", None)  # told where the extra is installed
    assert {area: str(finding.state) for area, finding in found.items()} == {
        "microphone": "ok",
        "speaker": "ok",
        "camera": "ok",
        "reading aloud": "ok",
        "terminal": "note",
        "tmux": "note",  # `speech` leaves no other program
        "network": "note",
        "folder": "ok",
    }
    assert "fps" in found["camera"].text


async def test_a_machine_with_nothing_says_what_to_do():
    found = by_area(await doctor.examine({}, Nothing()))
    for area in ("microphone", "speaker", "camera"):
        assert found[area].state is State.PROBLEM
        assert found[area].remedy


async def test_reading_aloud_says_with_what_and_who_hears_it(speech, monkeypatch):
    async def found():
        return by_area(await doctor.examine({}, Everything()))["reading aloud"]

    assert (await found()).state is State.NOTE
    assert "sudo apt install espeak-ng" in (await found()).text
    speech("spd-say")
    assert "uses spd-say. The echo canceller does not know it" in (await found()).text
    monkeypatch.setenv("CELLCALL_SPEAK", "auto")
    speech("espeak-ng")
    assert (await found()).text.startswith("It uses espeak-ng. In a call it is part of the call")
    monkeypatch.setenv("CELLCALL_SPEAK", "spd")
    assert (await found()).text.startswith("It uses spd-say. The echo canceller does not")
    monkeypatch.setenv("CELLCALL_SPEAK", "say")
    assert (await found()).state is State.PROBLEM
    monkeypatch.setenv("CELLCALL_SPEAK", "loudly")
    findings = by_area(await doctor.examine({}, Everything()))
    assert "reading aloud" not in findings
    assert "speak came as loudly" in findings["configuration"].text


async def test_a_camera_that_gives_nothing(monkeypatch):
    monkeypatch.setattr(doctor, "_CAMERA_S", 0.05)
    found = by_area(await doctor.examine({}, Stuck()))
    assert "gave no picture" in found["camera"].text


async def test_a_server_that_answers_and_one_that_does_not():
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        found = by_area(await doctor.examine({"server": f"127.0.0.1:{port}"}, Everything()))
        assert found["network"].state is State.OK
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        away = f"http://127.0.0.1:{free.getsockname()[1]}"
        found = by_area(await doctor.examine({"server": away}, Everything()))
    assert found["network"].state is State.PROBLEM
    assert "connection refused" in found["network"].text


async def test_a_refused_connection_is_told_in_words_whatever_the_name():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        for host in ("127.0.0.1", "localhost"):
            found = by_area(await doctor.examine({"server": f"{host}:{port}"}, Everything()))
            assert found["network"].text == (
                f"Nothing answers at http://{host}:{port}: connection refused. See whether the "
                "server runs, and whether its address and port are right."
            )


@pytest.mark.parametrize("address", ["ftp://x", "http://", "http://host:99999", "http://[::1"])
async def test_an_address_that_is_none(address):
    found = by_area(await doctor.examine({"server": address}, Everything()))
    assert found["network"].state is State.PROBLEM


async def test_a_state_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "state").write_text("")
    found = by_area(await doctor.examine({}, Everything()))
    assert found["folder"].state is State.PROBLEM
    assert "XDG_STATE_HOME" in found["folder"].remedy


async def test_a_damaged_config_file_is_a_finding(config_file):
    config_file.write_text("server = ")
    found = by_area(await doctor.examine({}, Everything()))
    assert found["configuration"].state is State.PROBLEM


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('quality = "best"', "quality came as 'best'; allowed: auto, high"),
        ('max_bitrate = "fast"', "max-bitrate came as 'fast'"),
        ('theme = "pink"', "theme came as pink; allowed: call-dark"),
        ('glyphs = "round"', "glyphs came as round"),
        ('camera = "test:cat"', "tests are test:bars"),
    ],
)
async def test_every_mistake_of_the_config_file_is_found(config_file, line, told):
    config_file.write_text(line)
    found = by_area(await doctor.examine({}, Everything()))
    assert found["configuration"].state is State.PROBLEM
    assert told in found["configuration"].text
    assert "config file" in found["configuration"].text + found["configuration"].remedy


async def test_a_variable_that_nobody_reads_is_noted(monkeypatch):
    monkeypatch.setenv("CELLCALL_SEVER", "http://host")
    found = by_area(await doctor.examine({}, Everything()))["configuration"]
    assert (found.state, found.remedy) == (State.NOTE, "Did you mean CELLCALL_SERVER?")
    assert "CELLCALL_SEVER" in found.text


@pytest.mark.parametrize("server", ["", "tcp:127.0.0.1:24713"])
def test_over_ssh_it_says_whose_sound_it_is(monkeypatch, server):
    monkeypatch.setenv("SSH_CONNECTION", "1 2 3 4")
    monkeypatch.setenv("PULSE_SERVER", server)
    profile = detect(files=None, environment={"TERM": "xterm-256color"}).profile
    told = " ".join(finding.text for finding in terminal_findings(profile))
    assert "You are connected by SSH." in told
    assert (f"sound server at {server}" in told) == bool(server)


@pytest.fixture
def short_path():
    with tempfile.TemporaryDirectory(prefix="cc") as folder:
        yield Path(folder)


async def test_the_devices_that_are_chosen_are_those_tested(config_file, short_path):
    class Known(Everything):
        def open_microphone(self, name):
            assert str(name) == "Yeti"
            raise DeviceUnavailable("There is no microphone Yeti.", "Choose another.")

    kept = short_path / "mine.wav"  # told whole: a long one is cut
    kept.write_bytes(b"sound")
    config_file.write_text(f'microphone = "Yeti"\nspeaker = "file:{kept}"\ncamera = "none"\n')
    found = by_area(await doctor.examine({}, Known()))
    assert found["microphone"].text == "There is no microphone Yeti."
    assert found["speaker"].text == f"Calls use no device: file:{kept} is chosen."
    assert kept.read_bytes() == b"sound"
    assert found["camera"].text == "Calls use no device: null is chosen."


async def test_a_saved_login_is_tried_at_its_server():
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    save_login(SavedLogin(server=address, uid="ana", auth_token="tok"))
    async with server:
        found = by_area(await doctor.examine({}, Everything()))
    assert found["network"].state is State.OK
    assert found["login"].state is State.PROBLEM


@pytest.mark.parametrize(("devices", "code"), [(Everything(), 0), (Nothing(), 1)])
def test_the_exit_code_says_whether_all_works(run, monkeypatch, devices, code):
    monkeypatch.setattr("tui.devices.local.LocalDevices", lambda: devices)
    ran = run("doctor")
    assert ran.code == code
    last = ran.out.splitlines()[-1]
    assert last == (
        "All works." if code == 0 else "To fix, see above: microphone, speaker, camera."
    )
    report = json.loads(run("doctor", "--json").out)
    assert report["ok"] == (code == 0)
    assert {"area", "state", "text", "remedy"} == set(report["findings"][0])
