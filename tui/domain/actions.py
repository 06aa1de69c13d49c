"""The action table: everything a user can do, one row each.

Key bindings, command palette, help screen, linear commands, `cellcall keys` and the README's key
table are generated from it; a test proves that both front ends offer every row. To add an action,
add a row here; a new operation also needs its command in `tui.domain.commands` and a line in
`tui.session.seat`. What takes several steps is in `tui.front.errands`, and what only changes what
one screen shows in both front ends.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any, Final

from tui.domain import host_meaning, meaning
from tui.domain.commands import Command
from tui.domain.commands.call import (
    Detach,
    EndForAll,
    Leave,
    LetUnmute,
    MuteOther,
    Remove,
    Stay,
    StopVideoOf,
)
from tui.domain.commands.local import Unpin
from tui.domain.commands.own import SetMicrophoneClosed, SetMuted
from tui.domain.frozen import dataclass
from tui.domain.meaning import Aim, AimTile, Reader, plainly
from tui.domain.participant import Role
from tui.domain.snapshot import Snapshot


class Scope(StrEnum):
    """Where an action makes sense."""

    CALL = "call"
    LOBBY = "lobby"
    """Logged in, picking a session."""
    ANY = "any"


def _always(_snapshot: Snapshot) -> bool:
    return True


def _for_all(_command: Command[Any]) -> bool:
    return True


def _in_session(snapshot: Snapshot) -> bool:
    return snapshot.in_session


def _moderator(snapshot: Snapshot) -> bool:
    local = snapshot.local
    return snapshot.in_session and local is not None and local.role is Role.MODERATOR


def _has_sound(snapshot: Snapshot) -> bool:
    return snapshot.in_session or bool(snapshot.devices)


def _sealed(snapshot: Snapshot) -> bool:
    return snapshot.in_session and snapshot.sealed


def _idle(snapshot: Snapshot) -> bool:
    return snapshot.idle is not None


class Turn(StrEnum):
    """What an action waits for: only for those before it that have the same turn."""

    AT_ONCE = "at once"
    """For nothing: turning the microphone off is the most urgent thing there is."""
    CHAT = "chat"
    """Waits for as long as the connection is lost."""
    SOUND = "sound"
    """Takes seconds."""
    USUAL = "usual"


@dataclass(frozen=True, slots=True)
class Question:
    """Asked before something is done."""

    text: str
    """`{who}`, `{title}` and `{count}` stand for the person meant, the call, and its people."""
    default: bool
    """What no answer means."""
    when: Callable[[Command[Any]], bool] = _for_all
    """Which commands of the action are asked about."""


@dataclass(frozen=True, slots=True)
class Action:
    """One thing a user can do."""

    id: str
    title: str
    help: str
    """One plain sentence."""

    keys: tuple[str, ...] = ()
    """Textual key names that act when no text field has focus. The first one is advertised."""

    global_keys: tuple[str, ...] = ()
    """Textual key names that act everywhere, in text fields and dialogs too."""

    command: str = ""
    """The linear command without its slash; also works after `:` in the app."""

    argument: str = ""
    """What the command takes, for help: `[on|off]`, `NAME`. Empty: nothing."""

    scope: Scope = Scope.CALL
    enabled: Callable[[Snapshot], bool] = _in_session
    plain: str = ""
    """What the command does in plain mode, where `help` does not say it."""
    visual_only: bool = False
    """Changes only how the app draws; the linear front end answers that it has nothing to draw."""
    reads: Reader | None = None
    """Makes its command; None for what a front end does by itself, or in several steps."""
    done: str = ""
    """Said when it is done, where the session says nothing; `{who}` is whom it was done to."""
    asks: Question | None = None
    """What is asked before it is done in a call."""
    turn: Turn = Turn.USUAL
    button_event: str = ""
    """The event of the Calls SDK that the engine emits when somebody chose it."""

    @property
    def for_moderators(self) -> bool:
        """Whether nobody else may."""
        return self.enabled is _moderator


ACTIONS: Final[tuple[Action, ...]] = (
    Action("mic.toggle", "Mic", "Turn your microphone on or off.", ("m", "ctrl+d"), ("ctrl+t",), "mic", "[on|off|close]", reads=meaning.microphone, turn=Turn.AT_ONCE, button_event="onToggleAudioButtonClicked"),
    Action("mic.talk", "Talk", "Talk while the key is held down; where the terminal does not tell, press to talk and again to stop.", ("space",), ("ctrl+space",), "talk", plain="Talk until you press Enter.", turn=Turn.AT_ONCE),
    Action("mic.mute", "Mute", "Turn your microphone off.", (), (), "mute", reads=plainly(SetMuted(True)), turn=Turn.AT_ONCE),
    Action("mic.unmute", "Unmute", "Turn your microphone on.", (), (), "unmute", reads=plainly(SetMuted(False)), turn=Turn.AT_ONCE),
    Action("mic.close", "Close mic", "Close the microphone device, so that nothing can listen; unmuting opens it again.", (), (), "mic-close", reads=plainly(SetMicrophoneClosed(True)), turn=Turn.AT_ONCE),
    Action("cam.toggle", "Cam", "Turn your camera on or off.", ("v", "ctrl+e"), (), "cam", "[on|off]", reads=meaning.camera, button_event="onToggleVideoButtonClicked"),
    Action("hand.toggle", "Hand", "Raise or lower your hand.", ("r",), (), "hand", "[up|down]", reads=meaning.hand, button_event="onRaiseHandButtonClicked"),
    Action("hand.next", "Next hand", "Say whose hand went up first, and who waits after them.", (), (), "next-hand", reads=meaning.next_hand),
    Action("react", "React", "Show everybody a reaction for some seconds.", ("g",), (), "react", "[yes|no|clap|laugh|heart|wow|1-6]", reads=meaning.react),
    Action("share.toggle", "Share", "Share your screen, a terminal as text, a film or a picture with everybody, or end it; or read a shared terminal.", ("d",), (), "share", "[screen|terminal|%PANE|file:PATH|test:NAME|read [LINES]|off]", reads=meaning.share, asks=Question("Share your screen with everybody?", default=False, when=meaning.shares_screen), button_event="onScreenShareButtonClicked"),
    Action("record.toggle", "Record", "Record the call into a file of yours, or end that; everybody is told.", ("o",), (), "record", "[FILE [small|full|sound]|off]", reads=meaning.record, asks=Question("Record this call? Everybody will be told.", default=False, when=meaning.records), button_event="onRecordingToggleButtonClicked"),
    Action("panel.chat", "Chat", "Open or close the chat.", ("c",), (), "chat", "[N]", plain="Read the last messages, N of them.", button_event="onChatButtonClicked"),
    Action("panel.people", "People", "Show who is in the call.", ("p",), (), "who", "[NAME]", button_event="onParticipantListButtonClicked"),
    Action("layout.cycle", "Layout", "Change the layout: tile, sidebar, spotlight.", ("w",), (), "layout", "[tile|sidebar|spotlight]", reads=meaning.layout, button_event="onChangeLayoutButtonClicked"),
    Action("quality.menu", "Quality", "Choose how pictures are drawn: auto follows the link; audio shows and receives none.", ("a",), (), "quality", "[auto|high|low|stills|audio]", plain="For the app: plain mode receives no pictures."),
    Action("picture.fit", "Fit", "Fill tiles with the middle of a picture (crop), or show all of it (fit).", (), (), "fit", "[crop|fit]", reads=meaning.fit),
    Action("picture.zoom", "Zoom", "Look closely at what is pinned or shared: half size, full size, where something changes, all of it. Arrows move it.", ("j",), (), "zoom", "[fit|half|full|follow|left|right|up|down]", reads=meaning.zoom, plain="For the app: plain mode draws no pictures."),
    Action("call.leave", "Leave", "Leave the call.", ("l", "q"), (), "leave", reads=plainly(Leave()), asks=Question("Leave {title}?", default=True), button_event="onLeaveSessionButtonClicked"),
    Action("call.detach", "Detach", "Let the call go on without this screen, your microphone and camera off; `cellcall attach` shows it again.", (), (), "detach", reads=plainly(Detach())),
    Action("help", "Help", "Show keys and commands.", ("question_mark", "h"), ("f1",), "help", "[TOPIC|COMMAND|all]", Scope.ANY, _always, plain="Say what the commands do, or one of them."),
    Action("audio.deafen", "Deafen", "Silence everybody else on your speaker, or hear them again.", ("x",), (), "deafen", "[on|off]", reads=meaning.deafen),
    Action("audio.volume", "Volume", "Set how loud you hear somebody, 0 to 200 percent; the keys act on the focused tile or row.", ("plus", "minus", "equals_sign"), (), "volume", "NAME [0-200]", plain="Set how loud you hear somebody, 0 to 200 percent; with a name alone, say it.", reads=meaning.volume),
    Action("tile.pin", "Pin", "Pin somebody by number or name, or the screen they share; the same again unpins.", ("1", "2", "3", "4", "5", "6", "7", "8", "9"), (), "pin", "NAME|N [screen]", reads=AimTile(meaning.pinned_or_not)),
    Action("tile.unpin", "Unpin", "Unpin.", ("0",), (), "unpin", reads=plainly(Unpin())),
    Action("page.next", "Next page", "Show the next page of tiles.", ("n", "pagedown"), (), "next", plain="Read the next page of the people list."),
    Action("page.prev", "Previous page", "Show the previous page of tiles.", ("b", "pageup"), (), "prev", plain="Read the previous page of the people list."),
    Action("panel.events", "Events", "Review what was announced.", ("e",), (), "log", "[N]", Scope.ANY, _always),
    Action("panel.stats", "Stats", "Show network and video figures.", ("t",), (), "stats"),
    Action("status.say", "Status", "Say the state of the call.", ("i",), (), "status"),
    Action("speaker.say", "Who speaks", "Say who is speaking.", ("u",), (), "speaking"),
    Action("invite.copy", "Invite", "Copy a link by which somebody joins, in a browser or a terminal.", ("y",), (), "invite", "[qr]", plain="Print what somebody needs to join; qr as a code that a phone reads.", button_event="onShareInviteButtonClicked"),
    Action("seal.key", "Key", "In a sealed call, take up the keys in a file; its last line seals from now on.", (), (), "key", "FILE", enabled=_sealed),
    Action("chat.say", "Say", "Send a chat message.", (), (), "say", "TEXT", reads=meaning.chat, turn=Turn.CHAT),
    Action("chat.reply", "Reply", "Answer a message of the chat by its number: /chat tells it; in the app, Ctrl+R on its line.", (), (), "reply", "N TEXT", reads=meaning.reply, turn=Turn.CHAT),
    Action("file.send", "Send file", "Send a file or picture to everybody, up to 16 MB.", (), (), "send", "FILE", reads=meaning.send_file),
    Action("file.save", "Save file", "Save a file that somebody sent, by its number, into a folder, or right here; nothing is written over.", (), (), "save", "N [FOLDER]"),
    Action("captions.show", "Captions", "Show what people say as text, as far as somebody sends it: below the tiles, then large with all of it, then not; or the last N. own on: a program here writes yours for everybody, who are told.", ("k",), (), "captions", "[on|large|off|N|own on|own off]", plain="Print what people say: on; pull, where Enter gives the next turn; off; or the last N. Alone, say what is chosen, and how many wait. own on: a program writes yours."),
    Action("transcript.read", "Transcript", "Read what was said in captions; find words in it, or save it: .txt, .vtt or .json. Moderator: on has the server keep it, told to all.", (), (), "transcript", "[N|find WORDS|save FILE|on|off]"),
    Action("caption.say", "Caption", "Write down for everybody what you say or somebody says: words, or NAME: words.", (), (), "caption", "TEXT", reads=meaning.caption, turn=Turn.CHAT),
    Action("caption.writer", "Captioner", "What you type is captions from now on, or chat again; everybody sees that you write.", (), (), "captioner", "[on|off]", reads=meaning.captioner),
    Action("voice.say", "Voice", "Say a text to everybody with the speech program of this machine, your microphone on or off; muting cuts it off.", (), (), "voice", "TEXT", reads=meaning.voice, done="Saying it."),
    Action("devices.list", "Devices", "List microphones, speakers and cameras.", ("s",), (), "devices", "", Scope.ANY, _always),
    Action("device.choose", "Use device", "Use another device: a microphone, speaker or camera.", (), (), "use", "KIND NAME", Scope.ANY, _has_sound, reads=meaning.device),
    Action("picture.set", "Picture", "Choose the glyphs or colours pictures are drawn with, or let the terminal decide.", (), (), "picture", "[glyphs NAME|colours NAME|auto]", Scope.ANY, _always, plain="For the app: plain mode draws no pictures."),
    Action("sound.record", "Hear yourself", "Record three seconds of your microphone and play them to you.", (), (), "hear-me", "", Scope.ANY, _has_sound, turn=Turn.SOUND),
    Action("sound.tone", "Test tone", "Play a tone on your speaker.", (), (), "test-tone", "", Scope.ANY, _has_sound, turn=Turn.SOUND),
    Action("sound.processing", "Processing", "Switch the echo canceller, noise suppressor or gain of your microphone. Alone, say which are on.", (), (), "processing", "[echo|noise|gain on|off]", reads=meaning.processing),
    Action("sound.earcons", "Earcons", "Short sounds when your microphone or hand changes; only you hear them.", (), (), "earcons", "[on|off]", Scope.ANY, _always, reads=meaning.earcons),
    Action("host.mute", "Mute for everybody", "Moderator: mute somebody's microphone.", (), (), "host-mute", "NAME", Scope.CALL, _moderator, reads=Aim(lambda who, _: MuteOther(who.id)), done="Muted {who}."),
    Action("host.video", "Stop camera", "Moderator: stop somebody's camera.", (), (), "host-video", "NAME", Scope.CALL, _moderator, reads=Aim(lambda who, _: StopVideoOf(who.id)), done="Stopped the camera of {who}."),
    Action("host.remove", "Remove", "Moderator: remove somebody from the call.", (), (), "host-remove", "NAME", Scope.CALL, _moderator, reads=Aim(lambda who, _: Remove(who.id)), done="Removed {who}.", asks=Question("Remove {who} from the call?", default=False)),
    Action("host.lock", "Lock", "Moderator: lock the call, so that nobody new comes in unless you let them in; or unlock it.", (), (), "lock", "[on|off]", Scope.CALL, _moderator, reads=host_meaning.lock),
    Action("host.admit", "Admit", "Moderator: let somebody in who waits at a locked call; with no, turn them away. Alone, the one who waits.", (), (), "admit", "[NAME] [no]", Scope.CALL, _moderator, reads=host_meaning.admit),
    Action("host.readmit", "Let in again", "Moderator: let somebody join again whom you removed. Alone, say who was.", (), (), "host-readmit", "[NAME]", Scope.CALL, _moderator, reads=host_meaning.readmit),
    Action("host.unmuting", "Unmuting", "Moderator: whether others can turn their microphones and cameras on by themselves; off mutes them.", (), (), "host-unmuting", "on|off", Scope.CALL, _moderator, reads=host_meaning.unmuting),
    Action("host.let", "Let unmute", "Moderator: let somebody turn on microphone and camera.", (), (), "host-let", "NAME", Scope.CALL, _moderator, reads=Aim(lambda who, _: LetUnmute(who.id)), done="{who} can turn on microphone and camera."),
    Action("call.end", "End for all", "Moderator: end the call for everybody.", (), (), "end", "", Scope.CALL, _moderator, reads=plainly(EndForAll()), asks=Question("End the call for all {count} people?", default=False)),
    Action("idle.stay", "Stay", "Stay in the call although you are alone.", (), (), "stay", "", Scope.CALL, _idle, reads=plainly(Stay())),
    Action("announce.set", "Announcements", "Choose which announcements you get: a category on or off; speaking off, summary or all. Alone, say what is chosen.", (), (), "announce", "[CATEGORY on|off]", Scope.ANY, _always),
    Action("announce.quiet", "Quiet", "Announce only what is urgent for some minutes. Alone, say how long still.", (), (), "quiet", "[MINUTES|off]", Scope.ANY, _always),
    Action("speech.set", "Read aloud", "Read announcements aloud with the speech program of this machine, or stop doing so.", (), (), "speak", "[on|off]", Scope.ANY, _always),
    Action("speech.stop", "Hush", "Stop reading aloud at once, and forget what waits to be read.", ("z",), (), "shh", "", Scope.ANY, _always),
    Action("session.new", "New session", "Start a new session.", ("n",), (), "new", "[voice]", Scope.LOBBY, _always),
    Action("session.join", "Join", "Join a session by ID, link or number.", ("j",), (), "join", "ID|LINK|N", Scope.LOBBY, _always),
    Action("session.refresh", "Refresh", "Look again for running sessions; before a call, check devices and server again.", ("r",), (), "refresh", "", Scope.LOBBY, _always),
    Action("session.logout", "Sign out", "Sign out.", ("o",), (), "logout", "", Scope.LOBBY, _always),
    Action("app.quit", "Quit", "Leave the call if you are in one, and quit.", (), ("ctrl+q",), "quit", "", Scope.ANY, _always, asks=Question("Leave {title}?", default=True)),
    Action("self.move", "Own picture", "In spotlight, move your own picture to the next corner; after the last it changes places with the large one.", ("full_stop",), visual_only=True),
    Action("stage.full", "Full stage", "Hide or show everything but the tiles.", ("f",), visual_only=True),
    Action("cmdline", "Command", "Type a command.", ("colon", "slash"), scope=Scope.ANY, enabled=_always, visual_only=True),
    Action("palette", "Palette", "Find a command by typing.", (), ("ctrl+p",), scope=Scope.ANY, enabled=_always, visual_only=True),
    Action("leader", "Keys anywhere", "Then a call key: works in text fields and dialogs.", (), ("ctrl+g",), scope=Scope.ANY, enabled=_always, visual_only=True),
    Action("app.suspend", "Suspend", "Back to the shell, the call goes on; fg brings the screen back. The same in plain mode.", (), ("ctrl+z",), scope=Scope.ANY, enabled=_always, visual_only=True),
    Action("redraw", "Redraw", "Draw the screen again.", (), ("ctrl+l",), scope=Scope.ANY, enabled=_always, visual_only=True),
)  # fmt: skip

BY_ID: Final = {action.id: action for action in ACTIONS}
BY_COMMAND: Final = {action.command: action for action in ACTIONS if action.command}


def match_command(word: str) -> tuple[Action, ...]:
    """Actions whose command is `word`, or else those it is a prefix of; empty when none."""
    word = word.lower()
    if word in BY_COMMAND:
        return (BY_COMMAND[word],)
    return tuple(action for name, action in BY_COMMAND.items() if word and name.startswith(word))


_KEY_NAMES: Final = {
    "question_mark": "?",
    "colon": ":",
    "full_stop": ".",
    "slash": "/",
    "pagedown": "PgDn",
    "pageup": "PgUp",
    "space": "Space",
    "plus": "+",
    "minus": "-",
    "equals_sign": "=",
}


def key_label(key: str) -> str:
    """How a key is written for people: `question_mark` -> `?`, `ctrl+t` -> `^T`."""
    if key.startswith("ctrl+"):
        bare = key.removeprefix("ctrl+")
        return "^" + (bare.upper() if len(bare) == 1 else key_label(bare))
    return _KEY_NAMES.get(key, key if len(key) == 1 else key.upper())
