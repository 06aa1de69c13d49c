"""The whole surface of the Calls SDK v5, and what of it is here: one table.

`cellcall sdk` prints it. Settings, events and codes come from where they are defined; only what the
web SDK calls a method, a builder, a request or a part of its screen is written down here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from tui.domain.errors import ErrorCode
from tui.domain.events import EVENTS, NEVER_FIRED
from tui.domain.frozen import dataclass
from tui.domain.settings import settings_table, works_here
from tui.sdk.unsupported import UNSUPPORTED


@dataclass(frozen=True, slots=True)
class Row:
    """One name of the SDK."""

    kind: str
    """`method`, `request`, `setting`, `event`, `error`, `screen` or `beyond`."""
    name: str
    """As documented."""
    here: str
    """What it is called here; empty: it is not here."""
    note: str = ""
    """What is different, or why it is not here."""


def _snake(name: str) -> str:
    return "".join(f"_{one.lower()}" if one.isupper() else one for one in name).lstrip("_")


_METHODS: Final = [
    "init",
    "initFromSettings",
    "login",
    "loginWithAuthToken",
    "logout",
    "getLoggedInUser",
    "getUserAuthToken",
    "isUserLoggedIn",
    "addLoginListener",
    "removeLoginListener",
    "generateToken",
    "joinSession",
    "addEventListener",
    "muteAudio",
    "unmuteAudio",
    "toggleAudio",
    "pauseVideo",
    "resumeVideo",
    "toggleVideo",
    "leaveSession",
    "endSessionForAll",
    "raiseHand",
    "lowerHand",
    "toggleHand",
    "switchCamera",
    "setLayout",
    "startRecording",
    "stopRecording",
    "toggleRecording",
    "startStreaming",
    "stopStreaming",
    "startTranscription",
    "stopTranscription",
    "pinParticipant",
    "unpinParticipant",
    "muteParticipant",
    "pauseParticipantVideo",
    "setChatButtonUnreadCount",
    "toggleParticipantList",
    "showParticipantList",
    "hideParticipantList",
    "startScreenSharing",
    "stopScreenSharing",
    "showSettingsDialog",
    "hideSettingsDialog",
    "showVirtualBackgroundDialog",
    "hideVirtualBackgroundDialog",
    "clearVirtualBackground",
    "setVirtualBackgroundBlurLevel",
    "setVirtualBackgroundImage",
    "getAudioInputDevices",
    "getAudioOutputDevices",
    "getVideoInputDevices",
    "getCurrentAudioInputDevice",
    "getCurrentAudioOutputDevice",
    "getCurrentVideoInputDevice",
    "setAudioInputDevice",
    "setAudioOutputDevice",
    "setVideoInputDevice",
]

_NOTES: Final[Mapping[str, str]] = {
    "init": "raises `VALIDATION_ERROR`; a mapping, keywords or `AppSettings`",
    "initFromSettings": "no telemetry is sent",
    "joinSession": "the container is a `CallPanel`, or None; the result tells what went wrong",
    "addEventListener": "no `signal`: call what it returns",
    "pinParticipant": "by pid, id or uid; `human` or `screen-share`",
    "muteParticipant": "by pid, id or uid",
    "pauseParticipantVideo": "by pid, id or uid",
    "showSettingsDialog": "the panel of devices",
    "hideSettingsDialog": "the panel of devices",
    "startScreenSharing": "the screen of X11 or macOS, `file:PATH` or `test:NAME`",
    "startRecording": "a file on this machine; the others are told",
    "startTranscription": "captions, kept by `cellcall serve`; the others are told",
    "switchCamera": "the next camera of the machine",
    "setAudioInputDevice": "an id, or a source name such as `file:voice.wav`",
    "setVideoInputDevice": "an id, or a source name such as `test:bars`",
}

_LEFT_OUT: Final[Mapping[str, str]] = {
    "startSession": "v4; `join_session`",
    "startScreenShare": "v4; `start_screen_sharing`",
    "stopScreenShare": "v4; `stop_screen_sharing`",
    "setMode": "v4; `set_layout`",
    "openVirtualBackground": "v4; `show_virtual_background_dialog`",
    "closeVirtualBackground": "v4; `hide_virtual_background_dialog`",
    "setBackgroundBlur": "v4; `set_virtual_background_blur_level`",
    "setBackgroundImage": "v4; `set_virtual_background_image`",
    "endSession": "v4; `leave_session`",
    "switchToVideoCall": "v4; there it does nothing",
    "getCallDetails": "v4; `call_log_request`",
}

_REQUESTS: Final[Mapping[str, str]] = {
    "CallLogRequestBuilder": "call_log_request",
    "CallLogRequestBuilder.setLimit": "call_log_request(limit=)",
    "CallLogRequestBuilder.setCallType": "call_log_request(call_type=)",
    "CallLogRequestBuilder.setCallStatus": "call_log_request(status=)",
    "CallLogRequestBuilder.setHasRecording": "call_log_request(has_recording=)",
    "CallLogRequestBuilder.setHasTranscriptions": "call_log_request(has_transcriptions=)",
    "CallLogRequestBuilder.setCallCategory": "call_log_request(category=)",
    "CallLogRequestBuilder.setCallDirection": "call_log_request(direction=)",
    "CallLogRequestBuilder.setUid": "call_log_request(uid=)",
    "CallLogRequestBuilder.setGuid": "call_log_request(guid=)",
    "CallLogRequestBuilder.setAuthToken": "call_log_request(auth_token=)",
    "CallLogRequestBuilder.build": "call_log_request",
    "CallLogRequest.fetchNext": "CallLogRequest.fetch_next",
    "CallLogRequest.fetchPrevious": "CallLogRequest.fetch_previous",
    "CallLogRequest.getCurrentPage": "CallLogRequest.get_current_page",
    "CallLogRequest.getTotalPages": "CallLogRequest.get_total_pages",
    "TranscriptRequestBuilder.setSessionId": "transcript_request(session_id)",
    "TranscriptRequestBuilder.setLimit": "transcript_request(limit=)",
    "TranscriptRequestBuilder.build": "transcript_request",
    "TranscriptRequest.fetchNext": "TranscriptRequest.fetch_next",
    "TranscriptRequest.fetchPrevious": "TranscriptRequest.fetch_previous",
}

_OTHER_CODES: Final[Mapping[str, tuple[str, str]]] = {
    "UNKNOWN_ERROR": ("", "`BAD_RESPONSE` says what was wrong with the answer"),
    "UNKNOWN ERROR": ("", "of the call log; `BAD_RESPONSE` says what was wrong with the answer"),
    "CALL_ALREADY_INITIATED": ("", "v4, never given; `CALL_IN_PROGRESS`"),
    "CALL_SETTINGS_REQUIRED": ("", "v4, never given; settings may be left out"),
    "JWT_NOT_FOUND": ("", "v4, never given; `ERROR_AUTH_TOKEN_MISSING`"),
    "AUTH_ERR_AUTH_TOKEN_NOT_FOUND": ("CallsError.code", "the server's own, passed on as it is"),
    "AUTH_ERR_EMPTY_APPID": ("CallsError.code", "the server's own, passed on as it is"),
}
"""Codes the SDK documents and nothing here makes by itself."""

_SCREEN: Final[Mapping[str, tuple[str, str]]] = {
    "tile layout": ("TILE", ""),
    "sidebar layout": ("SIDEBAR", ""),
    "spotlight layout": ("SPOTLIGHT", "nothing is dragged in a terminal"),
    "participant tile": ("a tile", ""),
    "tile menu": ("m on a tile, or a right click", ""),
    "ordered participants": ("as documented, shared screens included", ""),
    "main participant": ("as documented", ""),
    "dominant speaker": ("marked", ""),
    "shared screen": ("a tile, pinned while it lasts", "our own is a tile beside the others"),
    "header": ("the header", ""),
    "session timer": ("the status line", ""),
    "control bar": ("the key row", ""),
    "participant list": ("the people panel", ""),
    "chat button": ("the chat panel, which chats", "the web SDK has the button alone"),
    "share invite": ("y", ""),
    "settings dialog": ("the devices panel", ""),
    "idle prompt": ("a dialog", ""),
    "reconnect overlay": ("a banner", ""),
    "end screen": ("a sentence in the panel", ""),
    "toasts": ("toasts in the panel", ""),
    "network indicator": ("a sign on the tile", ""),
    "recording indicator": ("REC and who, in the header", ""),
    "captions": (
        "a strip under the tiles",
        "others', and ours by `start_own_captions`",
    ),
    "virtual background dialog": ("", "pictures are sent as the camera gives them"),
    "more menu": ("", "the key row and ^P have everything"),
}


_BEYOND: Final[Mapping[str, str]] = {
    "create_user": "registers a user; needs the API key",
    "send_chat": "a message to everybody",
    "chat_history": "the last 500 messages",
    "send_caption": "what somebody says, written down for everybody",
    "delete_transcript": "what `cellcall serve` kept at our wish, by its `tid`",
    "start_own_captions": "a program here writes down what we say, for everybody",
    "stop_own_captions": "it does no longer",
    "caption_history": "the last 2000 captions that are final",
    "use_key": "other keys of a sealed session",
    "set_deafened": "silences everybody else here",
    "set_volume": "how loud somebody is heard here",
    "remove_participant": "moderator: takes somebody out",
    "lock_session": "moderator: guests of a link for many wait to be let in",
    "unlock_session": "moderator: nobody waits any more",
    "admit": "moderator: lets somebody in, by id or name of `snapshot.knocks`",
    "refuse": "moderator: turns somebody away who waits",
}


def surface() -> Iterator[Row]:
    """Every row, in the order of the documentation."""
    for name in _METHODS:
        snake = _snake(name)
        # It is there under its name, and says that it can't and what would.
        note = f"`ERROR_NOT_SUPPORTED`: {UNSUPPORTED[snake][0]}" if snake in UNSUPPORTED else ""
        yield Row("method", name, snake, note or _NOTES.get(name, ""))
    for name, instead in _LEFT_OUT.items():
        yield Row("method", name, "", instead)
    for name, here in _REQUESTS.items():
        yield Row("request", name, here)
    for name, camel, _, _, help_text in settings_table():
        yield Row("setting", camel, name, help_text if works_here(name) else "without effect")
    for event in EVENTS:
        yield Row("event", event, "" if event in NEVER_FIRED else event, NEVER_FIRED.get(event, ""))
    for own in ErrorCode:
        yield Row("error", own.value, f"ErrorCode.{own.name}")
    for code, (here, note) in _OTHER_CODES.items():
        yield Row("error", code, here, note)
    for part, (here, note) in _SCREEN.items():
        yield Row("screen", part, here, note)
    for method, note in _BEYOND.items():
        yield Row("beyond", "beyond the SDK", method, note)


def surface_text() -> str:
    """In columns."""
    rows = [(one.name, one.here or "not here", one.note) for one in surface()]
    widths = [max(len(row[column]) for row in rows) for column in range(2)]
    return "".join(
        f"{name.ljust(widths[0])}  {here.ljust(widths[1])}  {note}".rstrip() + "\n"
        for name, here, note in rows
    )


def surface_markdown() -> str:
    """The same as a Markdown table, for documentation."""
    lines = ["| Calls SDK v5 | here | |", "|---|---|---|"]
    for one in surface():
        here = f"`{one.here}`" if one.here else "not here"
        lines.append(f"| `{one.name}` | {here} | {one.note} |")
    return "\n".join(lines) + "\n"
