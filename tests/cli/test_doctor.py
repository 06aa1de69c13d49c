"""`cellcall doctor` on machines that have everything, nothing, and a server that is away."""

import asyncio
import json
import socket

import pytest

from tui.cli import doctor
from tui.cli.findings import State
from tui.cli.saved_login import SavedLogin, save_login
from tui.devices.local import LocalDevices
from tui.domain.media import MediaName, SourceKind
from tui.domain.snapshot import DeviceKind
from tui.ports.devices import DeviceInfo, DeviceUnavailable

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
    assert {area: str(finding.state) for area, finding in found.items()} == {
        "microphone": "ok",
        "speaker": "ok",
        "camera": "ok",
        "reading aloud": "ok",
        "terminal": "note",
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
    assert "can't be reached" in found["network"].text


@pytest.mark.parametrize("address", ["ftp://x", "http://", "http://host:99999"])
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
    assert ("All works." in ran.out) == (code == 0)
    report = json.loads(run("doctor", "--json").out)
    assert report["ok"] == (code == 0)
    assert {"area", "state", "text", "remedy"} == set(report["findings"][0])
