"""Real prosody in its own folder on its own ports: anonymous users, MUC, two components of ours."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import Any

# An XMPP user name as Jitsi's own auth modules make it: a UUID, whose first eight characters
# become the nickname and the endpoint id.
_AUTH_MODULE = """
local uuid = require "util.uuid";
local new_sasl = require "util.sasl".new;
local provider = {};
local function no() return nil, "anonymous users only"; end
provider.test_password, provider.get_password, provider.set_password = no, no, no;
provider.create_user, provider.user_exists = no, no;
function provider.get_sasl_handler(session)
  local handler = new_sasl(module.host, { anonymous = function() return true; end });
  local process = handler.process;
  function handler:process(message)
    local token = session.auth_token or "";
    if token == "refused" or token == "not-a-token" then
      return "failure", "not-allowed", "token " .. token .. " refused: exp is in the past";
    end
    local status, a, b = process(self, message);
    local first = token:match("^moderator") and "ffff" or "0000";
    if status == "success" then self.username = first .. uuid.generate():sub(5); end
    return status, a, b;
  end
  return handler;
end
-- Jitsi's token rides in the query of the WebSocket's or BOSH's address.
local function take_token(event)
  local query = event.request.url.query;
  event.session.auth_token = query and query:match("token=([^&]*)");
end
module:hook_global("bosh-session", take_token);
module:hook_global("websocket-session", take_token);
module:provides("auth", provider);
"""

# Where clients look for the component that ends a conference for everybody.
_IDENTITIES_MODULE = """
module:add_identity("component", "end_conference", module:get_option_string("end_conference"));
module:add_identity("component", "av_moderation", module:get_option_string("av_moderation"));
"""

# As Jitsi's own module does it for tokens that say so: they moderate from the beginning.
_MODERATORS_MODULE = """
module:hook("muc-occupant-pre-join", function (event)
  local jid = require "util.jid".bare(event.stanza.attr.from);
  if jid:match("^ffff") then
    event.room:set_affiliation(true, jid, "owner");
    event.occupant.role = "moderator";
  end
end, 100);
"""

_CONFIG = """
daemonize = false
run_as_root = true
pidfile = "{root}/prosody.pid"
data_path = "{root}/data"
plugin_paths = {{ "{root}/modules" }}
log = {{ {{ levels = {{ min = "{level}" }}, to = "file", filename = "{root}/prosody.log" }} }}
admins = {{ "focus@{focus}" }}
modules_enabled = {{ "roster", "saslauth", "disco", "ping", "websocket", "bosh", "posix" }}
modules_disabled = {{ "s2s", "s2s_bidi", "s2s_auth_certs", "tls", "offline" }}
storage = "memory"
c2s_ports = {{}}
s2s_ports = {{}}
https_ports = {{}}
http_ports = {{ {http} }}
http_interfaces = {{ "{host}" }}
component_ports = {{ {component} }}
component_interfaces = {{ "127.0.0.1" }}
consider_websocket_secure = true
consider_bosh_secure = true
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
websocket_cors_allow_origin = true
http_default_host = "{domain}"
websocket_frame_buffer_limit = 512 * 1024
VirtualHost "{domain}"
  authentication = "cell_anonymous"
  modules_enabled = {{ "cell_identities" }}
  end_conference = "{end}"
  av_moderation = "{held}"
  disco_items = {{ {{ "{muc}", "rooms" }} }}
Component "{muc}" "muc"
  modules_enabled = {{ "cell_moderators" }}
  muc_room_default_public_jids = true
  muc_room_locking = false
  restrict_room_creation = false
Component "{focus}"
  component_secret = "{secret}"
  modules_enabled = {{}}
Component "{end}"
  component_secret = "{secret}"
Component "{held}"
  component_secret = "{secret}"
"""


class Prosody:
    """One prosody process.

    Args:
        root: Folder for its files.
        domain: XMPP domain; `conference.`, `focus.` and `endconference.` go before it.
    """

    def __init__(self, root: Path, domain: str, *, host: str, http: int, component: int) -> None:
        self.root, self.domain = root, domain
        self.host, self.http, self.component = host, http, component
        self.muc, self.focus = f"conference.{domain}", f"focus.{domain}"
        self.end = f"endconference.{domain}"
        self.held = f"avmoderation.{domain}"
        self.secret = "bed"
        self._process: asyncio.subprocess.Process | None = None

    @property
    def websocket(self) -> str:
        return f"ws://{self.host}:{self.http}/xmpp-websocket"

    async def start(self) -> None:
        modules = self.root / "modules"
        modules.mkdir(parents=True, exist_ok=True)
        (self.root / "data").mkdir(exist_ok=True)
        (modules / "mod_auth_cell_anonymous.lua").write_text(_AUTH_MODULE)
        (modules / "mod_cell_moderators.lua").write_text(_MODERATORS_MODULE)
        (modules / "mod_cell_identities.lua").write_text(_IDENTITIES_MODULE)
        values: dict[str, Any] = {
            "root": self.root,
            "domain": self.domain,
            "muc": self.muc,
            "focus": self.focus,
            "end": self.end,
            "held": self.held,
            "http": self.http,
            "component": self.component,
            "secret": self.secret,
            "host": self.host,
            "level": "info",
        }
        config = self.root / "prosody.cfg.lua"
        config.write_text(_CONFIG.format(**values))
        self._process = await asyncio.create_subprocess_exec(
            "prosody",
            "--config",
            str(config),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=(self.root / "stderr").open("wb"),
        )
        for _ in range(100):
            with contextlib.suppress(OSError):
                for port, host in ((self.http, self.host), (self.component, "127.0.0.1")):
                    _, writer = await asyncio.open_connection(host, port)
                    writer.close()
                return
            if self._process.returncode is not None:
                break
            await asyncio.sleep(0.1)
        raise RuntimeError((self.root / "stderr").read_text() or "prosody did not come up")

    def kill(self) -> None:
        """End it without a goodbye to anybody."""
        assert self._process is not None
        self._process.kill()

    async def stop(self) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.terminate()
            await self._process.wait()
