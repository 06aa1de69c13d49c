"""`cellcall serve` and `cellcall demo` as processes: what they print, how they stop."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import jwt
import pytest

from tui.wire.address import parse_join_link

CELLCALL = [sys.executable, "-m", "tui"]
PATIENCE_S = 60


class Running:
    """A command that runs; read its lines, signal it, wait for its end."""

    def __init__(self, *arguments, **options):
        self.process = subprocess.Popen(
            [*CELLCALL, *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )

    def line(self):
        return self.process.stdout.readline()

    def lines_until(self, beginning):
        lines = []
        while not lines or not lines[-1].startswith(beginning):
            lines.append(self.line())
            assert lines[-1], (lines, self.process.communicate())
        return lines

    def end(self, number):
        self.process.send_signal(number)
        return self.process.communicate(timeout=PATIENCE_S)


@pytest.fixture
def start():
    running = []

    def start(*arguments, **options):
        running.append(Running(*arguments, **options))
        return running[-1]

    yield start
    for one in running:
        one.process.kill()
        one.process.wait()
        for stream in (one.process.stdin, one.process.stdout, one.process.stderr):
            if stream is not None:
                stream.close()


def answers(url):
    try:
        urllib.request.urlopen(url, timeout=5).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def alive(pid):
    try:
        os.kill(pid, 0)
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return False


def gone(pids, within_s=10.0):
    end_s = time.monotonic() + within_s
    while time.monotonic() < end_s:
        if not any(alive(pid) for pid in pids):
            return True
        time.sleep(0.05)
    return False


def test_serve_says_all_and_stops_cleanly(start, tmp_path):
    server = start(
        "serve", "--port", 0, "--state", tmp_path / "s", "--session", "standup",
        "--invite", "Bo Chen", "--invite", "Chi:moderator",
        "--add-user", "ana:Ana Lopez", "--add-user", "ana",
    )  # fmt: skip
    lines = server.lines_until("Control C")
    url = lines[0].split()[2].rstrip(",")
    assert url.startswith("http://127.0.0.1:")
    assert f"API key: in {tmp_path}/s/server-keys.json (keep it from others).\n" in lines
    assert any(f"cellcall join {url}/join/standup --user UID" in line for line in lines)
    assert any("They let in whoever has them, for 6 hours" in line for line in lines)
    assert any(line.startswith(f"For Bo Chen: {url}/join/standup#token=") for line in lines)
    assert any(line.startswith("For Chi, a moderator: ") for line in lines)
    assert answers(url)
    _, err = server.end(signal.SIGTERM)
    assert (server.process.returncode, err) == (0, "")
    assert not answers(url)


def test_names_in_any_script_are_people_of_their_own(start, tmp_path):
    server = start(
        *("serve", "--port", 0, "--state", tmp_path, "--session", "standup"),
        *("--invite", "李", "--invite", "王", "--invite", "Ana"),
    )
    lines = server.lines_until("Control C")
    links = [parse_join_link(line.split()[-1]) for line in lines if "#token=" in line]
    uids = [jwt.decode(one.token, options={"verify_signature": False})["sub"] for one in links]
    assert len(set(uids)) == 3
    assert uids[2] == "guest-ana"


@pytest.mark.parametrize("names", [("Ana", "bo", "ana"), ("李", "李"), ("Ana", "Ana:moderator")])
def test_two_who_would_be_one_person_are_not_invited(run, tmp_path, names):
    words = [word for name in names for word in ("--invite", name)]
    refused = run("serve", "--port", 0, "--state", tmp_path, "--session", "standup", *words)
    assert refused.code == 2
    told = f"--invite {names[0]} and --invite {names[-1].removesuffix(':moderator')} would be one"
    assert told in refused.err
    assert "Give each a name of their own" in refused.err


def test_links_are_listed_and_revoked_while_serving_and_after(start, run, tmp_path):
    state = tmp_path / "s"
    server = start(
        *("serve", "--port", 0, "--state", state, "--session", "standup"),
        *("--invite", "Bo Chen", "--guests"),
    )
    printed = server.lines_until("Control C")
    many = next(line.split()[-1] for line in printed if line.startswith("For anybody"))
    made = run("links", "--state", state, "make", "standup").out.strip()
    assert made == many, "an open link for many is given again"
    rows = run("links", "--state", state, "list").out.splitlines()
    assert sorted(row.split("  ")[2] for row in rows) == ["Bo Chen", "for many, 0 came"]
    (link_id,) = (row.split()[0] for row in rows if "for many" in row)
    assert run("links", "--state", state, "revoke", link_id).code == 0
    ran = run("join", many, "--headless", "--quiet")
    assert ran.code == 4
    assert "This link was revoked." in ran.told[0]
    server.end(signal.SIGTERM)
    rows = run("links", "--state", state, "list").out.splitlines()
    assert [row.split("  ")[-1] for row in rows if row.startswith(link_id)] == ["revoked"]
    assert run("links", "--state", state, "revoke", "nothing").code != 0
    assert run("links", "--state", state, "make", "standup").told == (
        "The server does not run, so nobody could join.",
        "Start it with: cellcall serve",
    )


def test_a_certificate_of_its_own_is_known_by_the_link(start, run, tmp_path):
    server = start(
        *("serve", "--port", 0, "--state", tmp_path / "s", "--session", "standup"),
        *("--guests", "--tls", "self-signed"),
    )
    lines = server.lines_until("Control C")
    assert lines[0].startswith("Serving at https://127.0.0.1:")
    assert any(line.startswith("Certificate of its own making, SHA-256 ") for line in lines)
    link = next(line.split()[-1] for line in lines if line.startswith("For anybody"))
    silent = ("--camera", "none", "--microphone", "none", "--speaker", "null")
    ran = run("join", link, "--headless", "--duration", "1", *silent)
    assert ran.code == 0, ran.err
    wrong = f"{link.partition('&cert=')[0]}&cert={'A' * 22}"
    ran = run("join", wrong, "--headless", "--duration", "1", *silent)
    assert ran.code == 4
    assert "another certificate than the link says" in ran.told[0]
    made = run("links", "--state", tmp_path / "s", "make", "standup").out.strip()
    assert made == link


def test_links_of_a_sealed_session_have_its_key_and_the_server_has_not(start, run, tmp_path):
    state = tmp_path / "s"
    serve = ("serve", "--port", 0, "--state", state, "--session", "standup", "--guests")
    server = start(*serve, "--sealed")
    lines = server.lines_until("Control C")
    assert any(line.startswith("The call is sealed: the links hold its key") for line in lines)
    many = next(line.split()[-1] for line in lines if line.startswith("For anybody"))
    key = parse_join_link(many).key
    assert len(key) == 12
    assert run("links", "--state", state, "make", "standup").out.strip() == many
    silent = ("--camera", "none", "--microphone", "none", "--speaker", "null")
    ran = run("join", many, "--headless", "--duration", "1", *silent)
    assert ran.code == 0, ran.err
    assert "The call is sealed" in ran.err
    server.end(signal.SIGTERM)
    kept = [path for path in state.iterdir() if key.encode() in path.read_bytes()]
    assert [path.name for path in kept] == ["session-keys.json"]
    assert kept[0].stat().st_mode & 0o077 == 0


def test_one_port_number_is_enough_for_a_firewall(start, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = start("serve", "--host", "0.0.0.0", "--port", port, "--state", tmp_path)
    lines = server.lines_until("Control C")
    assert lines[0].endswith(f"sound and pictures on UDP port {port}.\n")
    assert f"A firewall must let TCP port {port} and UDP port {port} in.\n" in lines


def test_a_port_in_use_is_two_lines(run, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ran = run("serve", "--port", port, "--state", tmp_path)
    assert ran.code == 2
    assert ran.out == ""
    assert str(port) in ran.told[0]
    assert "--port" in ran.told[1]


def test_a_state_folder_that_is_a_file_is_two_lines(run, tmp_path):
    (tmp_path / "s").write_text("")
    ran = run("serve", "--port", 0, "--state", tmp_path / "s" / "t")
    assert ran.code == 2
    assert all(ran.told)


def test_an_address_of_another_machine_is_two_lines(run, tmp_path):
    ran = run("serve", "--host", "192.0.2.1", "--port", 0, "--state", tmp_path)
    assert ran.code == 2
    assert "192.0.2.1" in ran.told[0]


def test_a_certificate_that_is_none_is_two_lines(run, tmp_path):
    (tmp_path / "cert.pem").write_text("no")
    ran = run("serve", "--port", 0, "--state", tmp_path, "--cert", tmp_path / "cert.pem")
    assert ran.code == 2
    assert "cert.pem" in ran.told[0]


def test_an_invitation_needs_a_session(run):
    ran = run("serve", "--invite", "Bo")
    assert ran.code == 2
    assert ran.told == ("A link needs a session.", "Name it with --session NAME.")


def test_a_server_for_a_program_ends_with_it(start):
    server = start(
        *("serve", "--port", 0, "--machine", "--with-parent", "--session", "x"),
        *("--invite", "You", "--invite", "Bo Chen"),
        stdin=subprocess.PIPE,
    )
    ready = json.loads(server.line())
    assert set(ready) == {"url", "ws_url", "api_key", "tokens"}
    assert set(ready["tokens"]) == {"You", "Bo Chen"}
    assert answers(ready["url"])
    server.process.stdin.close()
    assert server.process.wait(timeout=PATIENCE_S) == 0


DEMO = (
    "demo", "--camera", "test:colour=ff0000", "--microphone", "test:tone=440",
    "--speaker", "null",
)  # fmt: skip


def children_of(pid):
    """And theirs: what loads the libraries is the parent of server, engine and robots."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[1]) == pid:
                found += [int(entry.name), *children_of(int(entry.name))]
    return found


def test_a_demo_is_a_call_with_a_robot_that_is_seen_and_heard(start, tmp_path):
    stats = tmp_path / "stats.json"
    demo = start(*DEMO, "--headless", "--duration", 4, "--stats", stats)
    _, err = demo.process.communicate(timeout=PATIENCE_S)
    assert demo.process.returncode == 0, err
    assert "call: Joined Demo." in err
    (robot,) = json.loads(stats.read_text())["participants"].values()
    assert robot["name"] == "Robot"
    assert robot["video_frames"] > 5
    assert robot["audio_level_dbfs"] > -60


def test_a_demo_in_plain_mode_with_more_robots(start):
    demo = start(*DEMO, "--plain", "--people", 2, stdin=subprocess.PIPE)
    assert demo.line() == "info: Plain mode on (flag). Type /help for commands.\n"
    demo.lines_until("call: Joined Demo.")
    demo.process.stdin.write("/who\n")
    demo.process.stdin.flush()
    demo.lines_until("who: 1. You, you, moderator")
    pids = children_of(demo.process.pid)
    out, err = demo.process.communicate(timeout=PATIENCE_S)
    assert demo.process.returncode == 0, err
    assert "call: Left Demo after" in out
    assert len(pids) >= 4
    assert gone(pids)


def test_a_demo_that_is_killed_leaves_nothing_behind(start):
    demo = start(*DEMO, "--plain", stdin=subprocess.PIPE)
    demo.lines_until("call: Joined Demo.")
    pids = children_of(demo.process.pid)
    assert len(pids) >= 3
    demo.process.kill()
    demo.process.wait()
    # The engine waits some seconds for a front end to come back.
    assert gone(pids, within_s=30)


def test_a_bad_option_of_a_demo_starts_nothing(run):
    ran = run("demo", "--camera", "test:fish", "--headless")
    assert ran.code == 2
    assert "tests are test:bars" in ran.told[0]
