"""Every row of the action table can be typed, and what can't be done is said."""

import pytest

from tests.fakes.handle import NOW_MS, FakeHandle, people
from tests.fakes.happenings import somebody
from tests.fakes.people import changed, screen
from tests.linear.rig import in_call
from tui.domain.actions import ACTIONS, Scope
from tui.domain.commands.call import EndForAll, Invite, Leave, MuteOther, Remove, SendChat
from tui.domain.commands.own import SetHandRaised, SetMuted, StartShare
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.happenings import HandRaised
from tui.domain.ids import NO_STREAM, TrackSource, camera_of
from tui.domain.participant import Participant, Role, Stream
from tui.domain.rights import Rights
from tui.domain.sealing import Sealing
from tui.domain.snapshot import ChatMessage, DeviceKind, DeviceState, IdlePrompt
from tui.domain.terminal_text import TerminalScreen
from tui.domain.wording import time_of_day
from tui.front.errands import ERRANDS
from tui.front.typed import offered, parse
from tui.linear.help import TOPICS, help_lines

ARGUMENTS = {
    "pin": "Bo",
    "say": "hello",
    "use": "speaker Headset",
    "host-mute": "Bo",
    "host-video": "Bo",
    "host-remove": "Bo",
    "host-unmuting": "off",
    "host-let": "Bo",
    "announce": "chat off",
    "react": "yes",
    "volume": "Bo 80",
    "join": "standup",
    "reply": "1 hello",
    "send": "plan.pdf",
    "save": "1",
}
FRONT_ENDS_OWN = {
    "help",
    "mic.talk",
    "panel.events",
    "page.next",
    "page.prev",
    "announce.set",
    "announce.quiet",
    "speech.set",
    "speech.stop",
    "picture.set",
    "quality.menu",
    "session.new",
    "session.join",
    "session.refresh",
    "session.logout",
    "app.quit",
}
"""Rows that each front end does by itself (besides the `visual_only` ones)."""
CALL_ROWS = [a for a in ACTIONS if a.command and a.scope in (Scope.CALL, Scope.ANY)]
LOBBY_ROWS = [a for a in ACTIONS if a.command and a.scope is Scope.LOBBY]


def test_arc_t1_every_row_is_offered_here_or_is_only_visual():
    rows = {*offered(Scope.CALL), *offered(Scope.LOBBY)}
    assert {action.id for action in ACTIONS if not action.visual_only} == {a.id for a in rows}
    assert all(a.reads or a.id in ERRANDS or a.id in FRONT_ENDS_OWN for a in rows)


@pytest.mark.parametrize("scope", [Scope.CALL, Scope.LOBBY])
def test_arc_t1_every_row_is_in_the_help(scope):
    told = "\n".join(help_lines(scope, "all"))
    by_topic = [line for topic in (*TOPICS, "other") for line in help_lines(scope, topic)]
    assert {*by_topic} == {*help_lines(scope, "all")}
    assert len(help_lines(scope)) <= 4
    for action in offered(scope):
        assert f"/{action.command}" in told
        assert (action.plain or action.help) in told


@pytest.mark.parametrize("action", CALL_ROWS, ids=lambda action: action.id)
async def test_pln_t1_every_row_does_something_in_a_call(action, tmp_path, monkeypatch):
    if action.id == "seal.key":
        (tmp_path / "keys").write_text("a passphrase of some words\n")
        monkeypatch.setitem(ARGUMENTS, "key", str(tmp_path / "keys"))
    handle = FakeHandle(remotes=people("Bo Chen", "Chi Okafor"))
    async with in_call(handle) as rig:
        if action.id == "idle.stay":
            handle.change(idle=IdlePrompt(NOW_MS))
        pinned = camera_of(handle.snapshot().remotes[0].id) if action.id == "picture.zoom" else None
        handle.change(sealed=action.id == "seal.key", pinned=pinned)
        await rig.settle()
        printed, called = len(rig.lines), len(handle.calls)
        rig.type(f"/{action.command} {ARGUMENTS.get(action.command, '')}".strip(), "yes")
        await rig.settle()
        await rig.settle()
        if action.id == "seal.key":  # a file is read
            await rig.until("Sealed with")
        assert "no command" not in rig.text
        assert "error:" not in rig.text
        assert len(rig.lines) > printed or len(handle.calls) > called


@pytest.mark.parametrize("action", LOBBY_ROWS, ids=lambda action: action.id)
async def test_rows_of_the_lobby_say_so_in_a_call(action):
    async with in_call(FakeHandle()) as rig:
        rig.type(f"/{action.command} {ARGUMENTS.get(action.command, '')}".strip())
        await rig.until(f"error: /{action.command} is for choosing a session.")


async def test_an_unknown_command_is_not_sent_as_chat():
    handle = FakeHandle()
    async with in_call(handle) as rig:
        rig.type("/fly away")
        await rig.until("error: There is no command /fly. It was not sent.")
        assert handle.called(SendChat) == []


async def test_two_slashes_send_one():
    handle = FakeHandle()
    async with in_call(handle) as rig:
        rig.type("//etc/hosts is it")
        await rig.until("you: /etc/hosts is it")
        assert handle.called(SendChat) == [SendChat("/etc/hosts is it")]


async def test_a_prefix_is_enough_when_it_is_unique():
    handle = FakeHandle()
    async with in_call(handle) as rig:
        rig.type("/lay sidebar", "/stat")
        await rig.until("info: Layout sidebar.")
        await rig.until("menu: 1. /stats")
        assert parse("/pre", offered(Scope.CALL)).actions[0].id == "page.prev"


async def test_stats_say_of_silence_that_it_is():
    handle = FakeHandle()
    heard = {"name": "Bo", "packets_lost": 0, "jitter_ms": 1.5, "audio_level_dbfs": -30.5}
    handle.figures = {
        "duration_s": 5,
        "participants": {
            "bo": heard,
            "cy": {**heard, "name": "Cy", "audio_level_dbfs": -107.4},
        },
    }
    async with in_call(handle) as rig:
        rig.type("/stats")
        told = "no video received, {}, 0 packets lost, jitter 1.5 milliseconds."
        await rig.until("info: Bo: " + told.format("sound -30.5 decibels"))
        await rig.until("info: Cy: " + told.format("silent"))


async def test_an_ambiguous_prefix_asks_which():
    handle = FakeHandle()
    async with in_call(handle) as rig:
        rig.type("/un")
        await rig.until("ask: Choose 1 to 2.")
        assert "menu: 1. /unmute, Turn your microphone on." in rig.lines
        rig.type("2")
        await rig.until("info: Nobody is pinned.")
        rig.type("/un", "b", "/who")
        await rig.until("who: 1. Ana Lopez")
        assert handle.called(SetMuted) == []


async def test_a_refusal_is_one_line_and_the_call_goes_on():
    handle = FakeHandle(remotes=people("Bo Chen"))

    async def refuse(*_):
        raise CallsError(ErrorCode.NOT_PERMITTED, "Only moderators may do that.")

    handle.instead[MuteOther] = refuse
    async with in_call(handle) as rig:
        rig.type("/host-mute Bo", "/host-mute Zed", "/mic maybe")
        await rig.until("error: Only moderators may do that.")
        await rig.until("error: Nobody here is called Zed. /who lists them.")
        await rig.until("error: Came as maybe; allowed: on or off")
        rig.type("/status")
        await rig.until("info: standup")


async def test_moderator_commands_say_that_one_is_none():
    handle = FakeHandle(remotes=people("Bo Chen"))
    async with in_call(handle) as rig:
        handle.change_participant("ana", role=Role.NONE)
        rig.type("/end")
        await rig.until("error: /end is for moderators, and you are not one.")
        assert handle.called(EndForAll) == []


async def test_the_screen_is_shared_after_a_question_and_a_file_at_once():
    handle = FakeHandle(remotes=people("Bo Chen"))
    async with in_call(handle) as rig:
        rig.type("/share", "no")
        await rig.until("ask: Share your screen with everybody? yes or no. Default no.")
        rig.type("/share file:slides.mp4")
        await rig.until("share: You share the file:slides.mp4.")
        assert handle.called(StartShare) == [StartShare("file:slides.mp4")]
        rig.type("/share", "/share off")  # what is shared is ended, without a question
        await rig.until("share: You no longer share anything.")
        await rig.until("share: You share nothing.")
        rig.type("/share", "yes")
        await rig.until("share: You share your screen.")
        rig.type("/share desk")
        await rig.until("error: What to share came as 'desk'; allowed: screen, terminal, %PANE of")


async def test_a_shared_terminal_is_read_line_by_line():
    handle = FakeHandle(remotes=people("Bo Chen"))
    async with in_call(handle) as rig:
        rig.type("/share read")
        await rig.until("error: Nobody shares a terminal.")
        rows = ("\x1b[0;32m$\x1b[0m make", "", "  3 passed", "")
        handle.shows_terminal(handle.snapshot().remotes[0].id, TerminalScreen(80, rows, (0, 3)))
        rig.type("/share read")
        await rig.until("info: Terminal of Bo Chen: 80 by 4, cursor in row 4.")
        await rig.until("share: $ make")
        await rig.until("share: 3 passed")
        handle.past[handle.snapshot().remotes[0].id] = ("one", "two", "three")
        rig.type("/share read 3")
        await rig.until("info: Terminal of Bo Chen: 80 by 4, cursor in row 4. Its last 3 lines:")
        await rig.until("share: three")
        rig.type("/share read 9")
        await rig.until("cursor in row 4. Its last 5 lines that are kept:")
        rig.type("/share read 501", "/share read more")
        await rig.until("error: How many lines came as '501'; allowed: 1 to 500")
        await rig.until("error: How many lines came as 'more'; allowed: 1 to 500")


async def test_a_pane_is_shared_only_from_within_tmux(monkeypatch):
    monkeypatch.delenv("TMUX", raising=False)
    handle = FakeHandle(remotes=people("Bo Chen"))
    async with in_call(handle) as rig:
        rig.type("/share %3", "/share terminal")
        await rig.until(
            "error: This terminal is not in tmux, so there is no pane to share.", times=2
        )
        monkeypatch.setenv("TMUX", "/tmp/tmux-0/default,12,0")
        monkeypatch.setenv("TMUX_PANE", "%1")
        rig.type("/share %1")
        await rig.until("error: %1 is this pane, in which cellcall runs")
        rig.type("/share %3", "/share terminal")
        await rig.until("share: You share", times=2)
        socket = "pane:/tmp/tmux-0/default"
        assert handle.called(StartShare) == [
            StartShare(f"{socket}:%3"),
            StartShare(f"{socket}:-%1"),
        ]


async def test_what_cannot_be_undone_is_asked_first():
    handle = FakeHandle(remotes=people("Bo Chen"))
    async with in_call(handle) as rig:
        rig.type("/end", "", "/host-remove bo", "perhaps", "no")
        await rig.until("ask: End the call for all 2 people? yes or no. Default no.")
        await rig.until("ask: Remove Bo Chen from the call? yes or no. Default no.", times=2)
        rig.type("/who")
        await rig.until("who: 2 people")
        assert handle.called(EndForAll) == []
        assert handle.called(Remove) == []


async def test_the_roster_has_pages():
    handle = FakeHandle(remotes=people(*(f"P{number} X" for number in range(45))))
    async with in_call(handle) as rig:
        rig.type("/who")
        await rig.until("who: 26 more; /next shows them.")
        rig.type("/next")
        await rig.until("who: 40. P38 X")
        rig.type("/next")
        await rig.until("who: 46. P44 X")
        rig.type("/next")
        await rig.until("info: No more people.")
        rig.type("/prev")
        await rig.until("who: 40. P38 X", times=2)
        rig.type("/prev", "/prev")
        await rig.until("info: This is the first page.")
        rig.type("/who p44")
        await rig.until("who: 46. P44 X", times=2)


async def test_who_is_sealed_is_said():
    handle = FakeHandle(remotes=people("Bo Chen"))
    async with in_call(handle) as rig:
        sealed = (
            Stream(TrackSource.MICROPHONE, sealing=Sealing.NO_KEY),
            Stream(TrackSource.CAMERA),
        )
        handle.change_participant("bo", streams=sealed, sealing=Sealing.NO_KEY)
        rig.type("/who")
        await rig.until("2. Bo Chen, encrypted, you have no key, microphone on, camera on.")


async def test_pictures_that_can_not_be_shown_are_said():
    handle = FakeHandle(remotes=people("Bo Chen"))
    async with in_call(handle) as rig:
        handle.change_participant("bo", streams=(Stream(TrackSource.CAMERA, refused=True),))
        rig.type("/who")
        await rig.until("camera on, too large to be shown.")


async def test_a_shared_screen_is_listed_and_can_be_pinned():
    handle = FakeHandle(remotes=people("Bo Chen", "Chi Okafor"))
    async with in_call(handle) as rig:
        bo = handle.snapshot().remotes[0]
        shared = (*bo.streams, Stream(TrackSource.SCREEN_SHARE))
        handle.change_participant("bo", streams=shared)
        rig.type("/who bo")
        await rig.until("2. Bo Chen, microphone on, camera on, shares a screen.")
        rig.type("/pin Chi screen")
        await rig.until("error: Chi Okafor shares no screen.")
        rig.type("/pin Bo, screen")
        await rig.until("info: Pinned Bo Chen, screen.")
        assert handle.snapshot().pinned == screen("bo")
        rig.type("/pin 2")
        await rig.until("info: Pinned Bo Chen.")
        rig.type("/pin bo")
        await rig.until("info: Unpinned.")


async def test_the_log_repeats_what_was_told():
    handle = FakeHandle()
    async with in_call(handle) as rig:
        handle.push(HandRaised(somebody("Bo"), 1))
        handle.push(ChatMessage("bo", "Bo", "hello", NOW_MS))
        await rig.settle()
        await rig.pass_time(1)
        rig.type("/log 2")
        at = time_of_day(NOW_MS)
        await rig.until(f"chat: {at} Bo: hello")
        assert rig.lines[-2:] == [f"hand: {at} Bo raised a hand.", f"chat: {at} Bo: hello"]
        rig.type("/log many")
        await rig.until("error: Came as many; /log N takes a number of lines.")


async def test_announcements_can_be_chosen():
    handle = FakeHandle()
    async with in_call(handle) as rig:
        rig.type("/announce hand off", "/announce speaking all", "/announce")
        await rig.until("hand off,")
        assert rig.lines[-1].endswith("speaking all.")
        handle.push(HandRaised(somebody("Bo"), 1))
        await rig.settle()
        await rig.pass_time(1)
        assert "hand: Bo" not in rig.text
        for wrong in ("/announce net off", "/announce fish on", "/announce speaking loud"):
            rig.type(wrong)
        await rig.until("error: net can't be switched off: it is urgent.")
        await rig.until("error: /announce takes a category")
        await rig.until("error: /announce speaking takes off, summary or all.")


async def test_commands_on_a_name_that_several_have_list_them():
    twins = (
        Participant("a1", "Bo Chen", joined_at_ms=1),
        Participant("a2", "Bo Diaz", joined_at_ms=2),
    )
    async with in_call(FakeHandle(remotes=twins)) as rig:
        rig.type("/pin bo")
        await rig.until("error: Several match: 2 Bo Chen, 3 Bo Diaz. Use the number.")
        rig.type("/pin 3")
        await rig.until("info: Pinned Bo Diaz.")


async def test_picture_says_that_there_is_none_here():
    async with in_call(FakeHandle()) as rig:
        rig.type("/picture glyphs half")
        await rig.settle()
        assert "Plain mode draws no pictures" in rig.text


async def test_quality_is_kept_and_nobody_s_picture_is_received():
    handle = FakeHandle(remotes=people("Bo Chen"))
    async with in_call(handle) as rig:
        rig.type("/quality stills")
        await rig.settle()
        assert "Quality of pictures: stills. Plain mode draws no pictures" in rig.text
        assert handle.shown == {NO_STREAM: (0, 0)}
        rig.type("/quality best")
        await rig.settle()
        assert "allowed: auto, high, low, stills, audio" in rig.text


async def test_another_command_answers_a_question():
    handle = FakeHandle(remotes=people("Bo Chen"))
    async with in_call(handle) as rig:
        rig.type("/m")
        await rig.until("ask: Choose 1 to")
        rig.type("nonsense", "/who")
        await rig.until("error: Nothing here is called that. Type a number, or b to go back.")
        await rig.until("who: 2 people in the call.")
        rig.type("/leave")
        await rig.until("ask: Leave standup?")
        rig.type("/hand")
        await rig.settle()
        assert handle.called(SetHandRaised) == [SetHandRaised(True)]
        assert handle.called(Leave) == []
        rig.type("/leave", "/quit")
        await rig.until("ask: Leave standup?", times=3)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("/unmute", "mic: Your microphone is on already."),
        ("/mic on", "mic: Your microphone is on already."),
        ("/cam on", "cam: Your camera is on already."),
        ("/hand down", "hand: Your hand is down already."),
        ("/deafen off", "info: Sound is on already."),
        ("/layout tile", "info: The layout is tile already."),
        ("/volume bo chen", "info: Bo Chen: volume 100 percent."),
        ("/volume 80", "error: Say who and how loud: /volume NAME 80."),
    ],
)
async def test_what_is_so_already_is_answered(line, told):
    handle = FakeHandle(remotes=people("Bo Chen"))
    async with in_call(handle) as rig:
        local = changed(handle.snapshot().local, audio_muted=False, video_paused=False)
        handle.change(participants=(local, *handle.snapshot().remotes))
        rig.type(line)
        await rig.until(told)


async def test_a_microphone_that_does_not_work_is_not_called_on():
    handle = FakeHandle(remotes=people("Bo Chen"))
    async with in_call(handle) as rig:
        local = changed(handle.snapshot().local, audio_muted=False)
        broken = DeviceState(DeviceKind.MICROPHONE, "none", "No microphone found.")
        handle.change(participants=(local, *handle.snapshot().remotes), devices=(broken,))
        rig.type("/status", "/unmute")
        await rig.until("Microphone on, but nobody hears you.")
        await rig.until("mic: Your microphone is on already, but it does not work: No microphone")


async def test_a_microphone_that_is_not_open_yet_is_not_called_on():
    handle = FakeHandle(remotes=people("Bo Chen"))
    async with in_call(handle) as rig:
        local = changed(handle.snapshot().local, audio_muted=False)
        opening = DeviceState(DeviceKind.MICROPHONE, "USB Audio", opening=True)
        handle.change(participants=(local, *handle.snapshot().remotes), devices=(opening,))
        rig.type("/status", "/who", "/devices", "/unmute")
        await rig.until("Microphone opening.")
        await rig.until("moderator, microphone opening")
        await rig.until("Microphone: opening USB Audio.")
        await rig.until("mic: Your microphone is opening.")


async def test_what_we_may_not_do_is_in_the_status():
    handle = FakeHandle(remotes=people("Bo Chen"))
    async with in_call(handle) as rig:
        handle.change(rights=Rights(speak=False, show=False, write=False))
        rig.type("/status")
        await rig.until("Microphone off, you may not speak. Camera off, you may not show it.")
        await rig.until("You may not write in the chat.")


async def test_an_invitation_is_a_link_and_a_code_for_a_phone():
    async with in_call(FakeHandle()) as rig:
        link = await FakeHandle().do(Invite())
        rig.type("/invite")
        await rig.until("info: To join: http://127.0.0.1:7880/join/")
        rig.type("/invite qr")
        await rig.until("▄▄▄▄▄")
        code = [line for line in rig.lines if line.startswith("█")]
        assert len({len(line) for line in code}) == 1
        rig.type("/invite somebody")
        await rig.until("error: /invite takes nothing, or qr for a code that a phone reads.")
        assert link.startswith("http://127.0.0.1:7880/join/")
