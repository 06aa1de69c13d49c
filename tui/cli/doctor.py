"""`cellcall doctor`: what works on this machine, and what to do about the rest."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import click

from tui.cli import folders
from tui.cli.announcing import announcer_of, speech_finding
from tui.cli.config import merged
from tui.cli.findings import Finding, State
from tui.cli.report import CommandError
from tui.cli.saved_login import load_login
from tui.cli.terminal import wishes_of
from tui.cli.terminal_report import profile_document, terminal_findings
from tui.domain.errors import CallsError
from tui.domain.media import MediaName, SourceKind
from tui.domain.snapshot import DeviceKind
from tui.domain.text import clean
from tui.ports.devices import Devices, DeviceUnavailable
from tui.terminal.detect import detect
from tui.terminal.profile import NO_WISHES, TerminalProfile
from tui.terminal.tty import terminal_files

_CONNECT_S: Final = 3.0
_CAMERA_S: Final = 5.0
_DEFAULT: Final = MediaName(SourceKind.DEVICE, "")


def run_doctor(flags: Mapping[str, Any], *, as_json: bool) -> int:
    """Test everything, print it. 0 when there is no problem, else 1."""
    profile = _profile(flags)
    findings = asyncio.run(examine(flags, profile=profile))
    healthy = all(finding.state is not State.PROBLEM for finding in findings)
    if as_json:
        report = {
            "ok": healthy,
            "findings": [asdict(finding) for finding in findings],
            "terminal": profile_document(profile),
        }
        click.echo(json.dumps(report, indent=2))
    else:
        for finding in findings:
            click.echo(f"{finding.area}: {finding.state}: {finding.text}")
            if finding.remedy:
                click.echo(f"  {finding.remedy}")
        click.echo("All works." if healthy else "Something does not work; see above.")
    return 0 if healthy else 1


def _profile(flags: Mapping[str, Any]) -> TerminalProfile | None:
    """Asked here, in the main thread, so that a signal meanwhile leaves the terminal as it was."""
    files = terminal_files()
    if files is None:
        return None
    try:
        wishes = wishes_of(merged(flags))
    except CommandError:
        wishes = NO_WISHES  # told with the network, which needs the configuration too
    return detect(files=files).profile.with_wishes(wishes)


async def examine(
    flags: Mapping[str, Any],
    devices: Devices | None = None,
    *,
    profile: TerminalProfile | None = None,
) -> list[Finding]:
    """Every finding, in the order a call needs things.

    Args:
        flags: Command-line options.
        devices: Instead of this machine's.
        profile: The terminal; None where there is none.
    """
    if devices is None:
        from tui.devices.local import LocalDevices

        devices = LocalDevices()
    return [
        await asyncio.to_thread(_sound, devices, DeviceKind.MICROPHONE),
        await asyncio.to_thread(_sound, devices, DeviceKind.SPEAKER),
        await _camera(devices),
        *_reading_aloud(flags),
        *terminal_findings(profile),
        *await _network(flags),
        _folder(),
    ]


def _sound(devices: Devices, kind: DeviceKind) -> Finding:
    opens = devices.open_microphone if kind is DeviceKind.MICROPHONE else devices.open_speaker
    try:
        device = opens(_DEFAULT)
    except DeviceUnavailable as error:
        return Finding(kind, State.PROBLEM, clean(error.problem), clean(error.remedy))
    label = clean(device.label, 80)
    device.stop()
    count = len(devices.list_devices(kind))
    return Finding(kind, State.OK, f"{label} opens; {count} to choose from.")


async def _camera(devices: Devices) -> Finding:
    try:
        async with asyncio.timeout(_CAMERA_S):
            camera = await devices.open_camera(_DEFAULT)
            try:
                await camera.next_frame()
            finally:
                await camera.close()
    except DeviceUnavailable as error:
        return Finding("camera", State.PROBLEM, clean(error.problem), clean(error.remedy))
    except TimeoutError:
        return Finding(
            "camera",
            State.PROBLEM,
            f"The camera gave no picture in {_CAMERA_S:.0f} seconds.",
            "Close other programs that use it, or join with --no-video.",
        )
    told = f"{clean(camera.label, 80)}, {camera.width} by {camera.height} at {camera.fps:.0f} fps."
    return Finding("camera", State.OK, told)


def _reading_aloud(flags: Mapping[str, Any]) -> list[Finding]:
    try:
        return [speech_finding(merged(flags))]
    except CommandError:
        return []  # told with the network, which needs the configuration too


async def _network(flags: Mapping[str, Any]) -> list[Finding]:
    saved = load_login()
    try:
        choices = merged(flags)
        wishes_of(choices)
        announcer_of(choices)
        server = str(choices.get("server") or (saved.server if saved else ""))
    except CommandError as error:
        return [Finding("configuration", State.PROBLEM, error.problem, error.remedy)]
    if not server:
        return [Finding("network", State.NOTE, "No server was named; --server URL tests one.")]
    address = server if "://" in server else f"http://{server}"
    findings = [await _reach(address)]
    if findings[0].state is State.OK and saved is not None and saved.server == address:
        findings.append(await _login(address, saved.auth_token))
    return findings


async def _reach(address: str) -> Finding:
    parts = urlsplit(address)
    try:
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    secure = parts.scheme in ("https", "wss")
    if not host or parts.scheme not in ("http", "https", "ws", "wss"):
        return Finding(
            "network",
            State.PROBLEM,
            f"{clean(address, 80)} is no server's address.",
            "Give one like http://HOST:7880 with --server.",
        )
    began_s = time.monotonic()
    try:
        async with asyncio.timeout(_CONNECT_S):
            _, writer = await asyncio.open_connection(
                host, port or (443 if secure else 80), ssl=secure or None
            )
    except TimeoutError:
        told = f"no answer in {_CONNECT_S:.0f} seconds"
    except OSError as error:
        told = error.strerror or str(error)
    else:
        took_ms = (time.monotonic() - began_s) * 1000
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
        return Finding("network", State.OK, f"{clean(address, 80)} answers in {took_ms:.0f} ms.")
    return Finding(
        "network",
        State.PROBLEM,
        f"{clean(address, 80)} can't be reached: {clean(told)}.",
        "Check the address, and that the server runs: cellcall serve",
    )


async def _login(server: str, auth_token: str) -> Finding:
    from tui.ports.service import AppSettings
    from tui.service.rest import RestService

    service = RestService(AppSettings(server=server))
    try:
        user = await service.me(auth_token)
    except CallsError as error:
        return Finding("login", State.PROBLEM, error.description, "Sign in again: cellcall")
    finally:
        await service.aclose()
    return Finding("login", State.OK, f"Signed in as {user.name}.")


def _folder() -> Finding:
    folder = folders.state_folder()
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    if _writable(existing):
        return Finding("folder", State.OK, f"The login and logs are kept in {folder}.")
    return Finding(
        "folder",
        State.PROBLEM,
        f"{existing} can't be written: a login can't be kept.",
        "Make that folder writable, or set XDG_STATE_HOME to one that is.",
    )


def _writable(path: Path) -> bool:
    return path.is_dir() and os.access(path, os.W_OK | os.X_OK)
