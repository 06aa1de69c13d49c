"""The login screen: which service, who you are, and the proof (spec ux 6.1)."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Button, Input, Static

from tui.domain.actions import Scope
from tui.domain.errors import CallsError, ErrorCode
from tui.front.start import Credentials
from tui.panel.dialog import PlainButton
from tui.widgets.act import Act
from tui.widgets.field import Field, keep_focus_in_view
from tui.widgets.key_row import KeyHint, KeyRow
from tui.wire.address import complete, read_address

_FIELD_OF_CODE: Final = {
    ErrorCode.INVALID_UID: "uid",
    ErrorCode.UID_WITH_SPACE: "uid",
    "ERR_UID_NOT_FOUND": "uid",
    "AUTH_ERR_UID_NOT_FOUND": "uid",
    ErrorCode.API_KEY_NOT_FOUND: "api-key",
    "AUTH_ERR_API_KEY_NOT_FOUND": "api-key",
    ErrorCode.BLANK_AUTH_TOKEN: "auth-token",
    ErrorCode.AUTH_TOKEN_WITH_SPACE: "auth-token",
    ErrorCode.AUTH_TOKEN_MISSING: "auth-token",
    "AUTH_ERR_AUTH_TOKEN_NOT_FOUND": "auth-token",
    ErrorCode.NETWORK: "server",
    ErrorCode.BAD_RESPONSE: "server",
}
_SHOW: Final = "Show secrets"
_HIDE: Final = "Hide secrets"
_HINTS: Final = (
    KeyHint("Enter", "Sign in", press="enter"),
    KeyHint("Tab", "Next", press="tab"),
    KeyHint("F1", "Help", "help"),
    KeyHint("^Q", "Quit", "app.quit"),
)


class LoginScreen(Screen[None]):
    """Asks for what is missing; the app does the signing in."""

    scope = Scope.ANY
    TITLE = "Sign in"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", show=False)]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (36, "-wide")]  # noqa: RUF012
    AUTO_FOCUS = ""

    class SignIn(Message):
        """The form is filled in."""

        def __init__(self, credentials: Credentials) -> None:
            super().__init__()
            self.credentials = credentials

    class Cancelled(Message):
        """Esc while signing in."""

    def __init__(self, known: Credentials) -> None:
        super().__init__()
        self._known = known
        self.busy = False
        notice = f"{known.withheld} Sign in there, or quit." if known.withheld else ""
        self._notice = Static(Content(notice), id="notice", markup=False)

    def compose(self) -> ComposeResult:
        """Yield a card: fields in reading order, buttons, keys."""
        known = self._known
        with VerticalScroll(id="page", can_focus=False), Vertical(classes="card"):
            yield Static(Content("cellcall"), classes="card-title", markup=False)
            yield Static(
                Content("User ID and API key, or an auth token."),
                classes="hint",
                markup=False,
            )
            yield Field(
                "Server",
                value=known.app.server,
                placeholder="empty: CometChat cloud",
                id="server",
            )
            yield Field("User ID", value=known.uid, placeholder="required", id="uid")
            yield Field(
                "API key",
                value=known.api_key or known.app.auth_key,
                placeholder="or an auth token below",
                password=True,
                id="api-key",
            )
            yield Field("Auth token", value=known.auth_token, password=True, id="auth-token")
            yield PlainButton(_SHOW, id="reveal")
            with Vertical(id="cloud"):
                yield Field("App ID", value=known.app.app_id, id="app-id")
                yield Field(
                    "Region", value=known.app.region, placeholder="us, eu or in", id="region"
                )
            yield self._notice
            with Horizontal(classes="buttons"):
                yield PlainButton("Sign in", id="sign-in", variant="primary")
                yield PlainButton("Quit", id="quit")
        row = KeyRow()
        row.hints = _HINTS
        yield row

    def on_resize(self) -> None:
        """Keep what has the focus in view, however small the terminal became."""
        keep_focus_in_view(self)

    def on_mount(self) -> None:
        """Give the focus to the first empty field."""
        self._show_cloud()
        for name in ("server", "uid", "api-key"):
            if not self.field(name).value and (name != "server" or not self._known.uid):
                self.field(name).input.focus()
                return
        self.field("uid").input.focus()

    def field(self, name: str) -> Field:
        """A field by its id."""
        return self.query_one(f"#{name}", Field)

    def refuse(self, error: CallsError) -> None:
        """Say why signing in failed, where it belongs; what was typed stays."""
        self.set_busy(False)
        name = _FIELD_OF_CODE.get(error.code, "")
        if name == "api-key" and self.field("auth-token").value:
            name = "auth-token"
        if name:
            self._wrong(name, error.description)
        else:
            self._notice.update(Content(f"Error: {error.description}"))
            self._notice.add_class("-error")

    def set_busy(self, busy: bool) -> None:
        """Let the form wait during signing in, when Esc cancels."""
        self.busy = busy
        self.query_one("#sign-in", Button).disabled = busy
        self._notice.remove_class("-error")
        self._notice.update(Content("Signing in… Esc cancels." if busy else ""))

    def _wrong(self, name: str, text: str) -> None:
        self.field(name).refuse(text)
        self.field(name).input.focus()

    def _show_cloud(self) -> None:
        # App and region choose a place in CometChat's cloud; one's own server has neither.
        self.query_one("#cloud").display = not self.field("server").value.strip()

    @on(Input.Changed)
    def _edited(self, event: Input.Changed) -> None:
        for field in self.query(Field):
            if field.input is event.input:
                field.refuse("")
        self._show_cloud()

    @on(Button.Pressed, "#reveal")
    def _reveal(self, event: Button.Pressed) -> None:
        hidden = self.field("api-key").input.password
        for name in ("api-key", "auth-token"):
            self.field(name).input.password = not hidden
        # A word, not a tick: Textual's check box shows its state by colour alone.
        event.button.label = Content(f" {_HIDE if hidden else _SHOW} ")

    @on(Input.Submitted)
    @on(Button.Pressed, "#sign-in")
    def _sign_in(self) -> None:
        if self.busy:
            return
        value = {field.id: field.value.strip() for field in self.query(Field)}
        for field in self.query(Field):
            field.refuse("")
        server = complete(value["server"])
        try:
            if server:
                read_address(server)
        except CallsError as error:
            self._wrong("server", error.description)
            return
        if not value["uid"] and not value["auth-token"]:
            self._wrong("uid", "Type a user ID, or an auth token below.")
            return
        if not value["auth-token"] and not value["api-key"]:
            self._wrong("api-key", "Type the API key, or an auth token below.")
            return
        known = replace(
            self._known.app,
            server=server,
            app_id=value["app-id"] or self._known.app.app_id,
            region=value["region"] or self._known.app.region,
        )
        self.set_busy(True)
        self.post_message(
            self.SignIn(
                Credentials(
                    app=known,
                    uid=value["uid"],
                    api_key=value["api-key"],
                    auth_token=value["auth-token"],
                )
            )
        )

    @on(Button.Pressed, "#quit")
    def _quit(self) -> None:
        self.post_message(Act("app.quit"))

    def action_cancel(self) -> None:
        """Esc: stop waiting; does nothing else."""
        if self.busy:
            self.set_busy(False)
            self._notice.update(Content("Cancelled."))
            self.post_message(self.Cancelled())
