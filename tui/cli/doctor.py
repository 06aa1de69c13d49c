"""`cellcall doctor`: what works on this machine, and what to do about the rest."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import click

from tui.cli import folders
from tui.cli.announcing import announcer_of, speech_finding
from tui.cli.captions_report import captions_findings
from tui.cli.config import merged, unknown_variables
from tui.cli.findings import Finding, State
from tui.cli.network_report import network_findings
from tui.cli.plan import make_plan
from tui.cli.report import CommandError
from tui.cli.saved_login import load_login
from tui.cli.terminal import look_choice_of, taste_of
from tui.cli.terminal_report import profile_document, terminal_findings
from tui.cli.tmux_report import tmux_finding
from tui.domain.errors import CallsError
from tui.domain.media import MediaName, SourceKind, parse_media_name
from tui.domain.snapshot import DeviceKind
from tui.domain.text import clean
from tui.ports.devices import Devices, DeviceUnavailable
from tui.terminal.detect import detect
from tui.terminal.profile import NO_LOOK_CHOICE, TerminalProfile
from tui.terminal.tty import terminal_files

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
        click.echo(_summary(findings))
    return 0 if healthy else 1


def _summary(findings: Sequence[Finding]) -> str:
    """Names what is wrong once more: the first lines may have left the screen."""
    wrong = dict.fromkeys(one.area for one in findings if one.state is State.PROBLEM)
    return f"To fix, see above: {', '.join(wrong)}." if wrong else "All works."


def _profile(flags: Mapping[str, Any]) -> TerminalProfile | None:
    """Asked here, in the main thread, so that a signal meanwhile leaves the terminal as it was."""
    files = terminal_files()
    if files is None:
        return None
    try:
        look_choice = look_choice_of(merged(flags))
    except CommandError:
        look_choice = NO_LOOK_CHOICE  # told with the rest of the configuration
    return detect(files=files).profile.with_choice(look_choice)


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
    saved = load_login()
    choices, configuration = _configuration(flags)
    server = str(choices.get("server") or (saved.server if saved else ""))
    return [
        await asyncio.to_thread(_sound, devices, DeviceKind.MICROPHONE, choices),
        await asyncio.to_thread(_sound, devices, DeviceKind.SPEAKER, choices),
        await _camera(devices, choices),
        *_reading_aloud(choices),
        *await captions_findings(choices),
        *terminal_findings(profile),
        await asyncio.to_thread(tmux_finding),
        *configuration,
        *await network_findings(server, saved),
        _folder(),
    ]


def _configuration(flags: Mapping[str, Any]) -> tuple[Mapping[str, Any], list[Finding]]:
    """What is chosen, and what of it means nothing."""
    notes = [
        Finding(
            "configuration",
            State.NOTE,
            f"{clean(name, 60)} is not a variable that cellcall reads.",
            f"Did you mean {near}?" if near else "",
        )
        for name, near in unknown_variables().items()
    ]
    try:
        choices = merged(flags)
    except CommandError as error:
        return flags, [Finding("configuration", State.PROBLEM, error.problem, error.remedy), *notes]
    # Addresses are the network's; the rest is checked as joining would.
    elsewhere = {**choices, "server": "", "explicit": frozenset(flags)}
    checks: tuple[Callable[[], object], ...] = (
        lambda: taste_of(choices),
        lambda: announcer_of(choices),
        lambda: make_plan(None, elsewhere, None),
    )
    problems = []
    for check in checks:
        try:
            check()
        except CommandError as error:
            problems.append(Finding("configuration", State.PROBLEM, error.problem, error.remedy))
        except CallsError as error:
            problems.append(
                Finding("configuration", State.PROBLEM, error.description, "Correct it there.")
            )
    return choices, [*problems, *notes]


def _chosen(kind: DeviceKind, choices: Mapping[str, Any]) -> MediaName:
    try:
        return parse_media_name(str(choices.get(str(kind)) or ""), role=str(kind))
    except CallsError:
        return _DEFAULT  # told with the rest of the configuration


def _without_device(kind: DeviceKind, name: MediaName) -> Finding:
    # A file is not opened: a speaker's would be written over.
    return Finding(kind, State.NOTE, f"Calls use no device: {clean(str(name), 80)} is chosen.")


def _sound(devices: Devices, kind: DeviceKind, choices: Mapping[str, Any]) -> Finding:
    name = _chosen(kind, choices)
    if name.kind is not SourceKind.DEVICE:
        return _without_device(kind, name)
    opens = devices.open_microphone if kind is DeviceKind.MICROPHONE else devices.open_speaker
    try:
        device = opens(name)
    except DeviceUnavailable as error:
        return Finding(kind, State.PROBLEM, clean(error.problem), clean(error.remedy))
    label = clean(device.label, 80)
    device.stop()
    count = len(devices.list_devices(kind))
    return Finding(kind, State.OK, f"{label} opens; {count} to choose from.")


async def _camera(devices: Devices, choices: Mapping[str, Any]) -> Finding:
    name = _chosen(DeviceKind.CAMERA, choices)
    if name.kind is not SourceKind.DEVICE:
        return _without_device(DeviceKind.CAMERA, name)
    try:
        async with asyncio.timeout(_CAMERA_S):
            camera = await devices.open_camera(name)
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


def _reading_aloud(choices: Mapping[str, Any]) -> list[Finding]:
    try:
        return [speech_finding(choices)]
    except CommandError:
        return []  # told with the rest of the configuration


def _folder() -> Finding:
    folder = folders.state_folder()
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    if _writable(existing):
        return Finding("folder", State.OK, f"The sign-in and logs are kept in {folder}.")
    return Finding(
        "folder",
        State.PROBLEM,
        f"{existing} can't be written: a sign-in can't be kept.",
        "Make that folder writable, or set XDG_STATE_HOME to one that is.",
    )


def _writable(path: Path) -> bool:
    return path.is_dir() and os.access(path, os.W_OK | os.X_OK)
