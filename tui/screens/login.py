"""The login screen: a server or an app of CometChat, who you are, and the proof (spec ux 6.1).

The trap is a secret that was filled in already: it is for one place, and whoever types another one
must not send it there.
"""

from __future__ import annotations

from collections.abc import Mapping
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
from tui.domain.settings import REGIONS, AppSettings
from tui.domain.text import either
from tui.domain.uid import UID_CODES
from tui.front.start import Credentials, app_of_cloud, app_of_server, is_cloud
from tui.panel.bindings import screen_bindings
from tui.panel.dialog import PlainButton
from tui.screens.top_toasts import TopToasts
from tui.widgets.act import Act
from tui.widgets.field import Field, keep_focus_in_view
from tui.widgets.key_row import KeyHint, KeyRow
from tui.wire.address import complete, read_address, same_origin, whose_words

_FIELD_OF_CODE: Final = {
    **dict.fromkeys(UID_CODES, "uid"),
    ErrorCode.API_KEY_NOT_FOUND: "api-key",
    "AUTH_ERR_API_KEY_NOT_FOUND": "api-key",
    ErrorCode.BLANK_AUTH_TOKEN: "auth-token",
    ErrorCode.AUTH_TOKEN_WITH_SPACE: "auth-token",
    ErrorCode.AUTH_TOKEN_MISSING: "auth-token",
    "AUTH_ERR_AUTH_TOKEN_NOT_FOUND": "auth-token",
}
_FIELD_OF_NAME: Final = {"appId": "app-id", "region": "region", "server": "server"}
_OF_THE_PLACE: Final = (ErrorCode.NETWORK, ErrorCode.BAD_RESPONSE)
_PLACES: Final = {"at-server": "cellcall server", "at-app": "CometChat app"}
"""Where to sign in, by the id of its button."""
_REGIONS: Final = f"{either(REGIONS)}; empty: {AppSettings().region}"
_SHOW: Final = "Show secrets"
_HIDE: Final = "Hide secrets"
_HINTS: Final = (
    KeyHint("Enter", "Sign in", press="enter"),
    KeyHint("Tab", "Next", press="tab"),
    KeyHint("F1", "Help", "help"),
    KeyHint("^Q", "Quit", "app.quit"),
)


class LoginScreen(TopToasts, Screen[None]):
    """Asks for what is missing; the app does the signing in."""

    scope = Scope.ANY
    TITLE = "Sign in"
    BINDINGS: ClassVar[list[BindingType]] = [
        *screen_bindings(Scope.ANY),
        Binding("escape", "cancel", show=False),
    ]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (56, "-wide")]  # noqa: RUF012
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
        self._cloud = is_cloud(known.app)
        self.busy = False
        notice = f"{known.withheld} Sign in there, or quit." if known.withheld else ""
        self._notice = Static(Content(notice), id="notice", markup=False)

    def compose(self) -> ComposeResult:
        """Yield a card: fields in reading order, buttons, keys."""
        known = self._known
        with VerticalScroll(id="page", can_focus=False), Vertical(classes="card"):
            yield Static(Content("cellcall"), classes="card-title", markup=False)
            with Horizontal(classes="buttons", id="places"):
                for name in _PLACES:
                    yield PlainButton("", id=name)
            yield Field(
                "Server", value=known.app.server, placeholder="http://host:7880", id="server"
            )
            with Vertical(id="cloud"):
                app_id = known.app.app_id if self._cloud else ""
                yield Field("App ID", value=app_id, placeholder="of the dashboard", id="app-id")
                region = known.app.region if self._cloud else ""
                yield Field("Region", value=region, placeholder=_REGIONS, id="region")
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
        self._show_place()
        for name in ("app-id" if self._cloud else "server", "uid", "api-key"):
            if not self.field(name).value:
                self.field(name).input.focus()
                return
        self.field("uid").input.focus()

    def field(self, name: str) -> Field:
        """A field by its id."""
        return self.query_one(f"#{name}", Field)

    def refuse(self, error: CallsError) -> None:
        """Say why signing in failed, where it belongs; what was typed stays."""
        self.set_busy(False)
        name = _FIELD_OF_CODE.get(error.code, "") or _FIELD_OF_NAME.get(error.field or "", "")
        if error.code in _OF_THE_PLACE:
            name = "app-id" if self._cloud else "server"
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

    def _show_place(self) -> None:
        """Ask for what the place has, and mark it by a sign, not by a colour alone."""
        for name, words in _PLACES.items():
            mark = "(*)" if (name == "at-app") is self._cloud else "( )"
            self.query_one(f"#{name}", PlainButton).label = Content(f" {mark} {words} ")
        self.query_one("#cloud").display = self._cloud
        self.field("server").display = not self._cloud

    @on(Button.Pressed, "#places Button")
    def _choose_place(self, event: Button.Pressed) -> None:
        self._cloud = event.button.id == "at-app"
        self._show_place()
        self.field("app-id" if self._cloud else "server").input.focus()

    @on(Input.Changed)
    def _edited(self, event: Input.Changed) -> None:
        for field in self.query(Field):
            if field.input is event.input:
                field.refuse("")

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
        app = self._place(value)
        if app is None:
            return
        if not value["uid"] and not value["auth-token"]:
            self._wrong("uid", "Type a user ID, or an auth token below.")
            return
        if not value["auth-token"] and not value["api-key"]:
            self._wrong("api-key", "Type the API key, or an auth token below.")
            return
        for name, before in (
            ("api-key", self._known.api_key or self._known.app.auth_key),
            ("auth-token", self._known.auth_token),
        ):
            if before and value[name] == before and not self._is_known(app):
                words = whose_words(name.replace("-", " "), self._known.app.address, app.address)
                self._wrong(name, f"{words} Type the one for this place.")
                return
        self.set_busy(True)
        credentials = Credentials(
            app=app, uid=value["uid"], api_key=value["api-key"], auth_token=value["auth-token"]
        )
        self.post_message(self.SignIn(credentials))

    def _place(self, value: Mapping[str | None, str]) -> AppSettings | None:
        """Where to sign in; None when that is wrong, which has been said then."""
        if self._cloud:
            if not value["app-id"]:
                self._wrong("app-id", "Type the app's ID, as CometChat's dashboard shows it.")
                return None
            return app_of_cloud(value["app-id"], value["region"], self._known.app)
        server = complete(value["server"])
        try:
            read_address(server)
        except CallsError as error:
            words = error.description if server else "Type the server's address: http://host:7880."
            self._wrong("server", words)
            return None
        return app_of_server(server, self._known.app)

    def _is_known(self, app: AppSettings) -> bool:
        return same_origin(app.address, self._known.app.address)

    @on(Button.Pressed, "#quit")
    def _quit(self) -> None:
        self.post_message(Act("app.quit"))

    def action_cancel(self) -> None:
        """Esc: stop waiting; else leave the field, so that letters are keys."""
        if self.busy:
            self.set_busy(False)
            self._notice.update(Content("Cancelled."))
            self.post_message(self.Cancelled())
        elif isinstance(self.focused, Input):
            self.query_one("#sign-in", Button).focus()
