"""What a session needs from the world, handed in by the composition root."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tui.domain.frozen import dataclass
from tui.domain.join import TransportDocument
from tui.domain.settings import AppSettings
from tui.ports.devices import Devices
from tui.ports.recogniser import Recognisers
from tui.ports.recorder import Recordings
from tui.ports.service import JitsiSites, ServerProbe, Service
from tui.ports.slots import PictureSlots
from tui.ports.speech import Synthesizer
from tui.ports.transport import Transport
from tui.session.clock import Clock

_CLOCK: Final = Clock()


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything a session needs from outside."""

    make_service: Callable[[AppSettings], Service]
    make_transport: Callable[[TransportDocument], Transport]
    """The one that joins with such a document; `CallsError` for a kind nobody here speaks."""
    probe: ServerProbe
    devices: Devices
    synthesizer: Synthesizer
    slots: PictureSlots
    recognisers: Recognisers | None = None
    """None: nothing here recognises speech."""
    recordings: Recordings | None = None
    """None: nothing here records."""
    jitsi_sites: JitsiSites | None = None
    """None: nothing here joins Jitsi links."""
    meet: Callable[[str, str], None] = lambda _address, _certificate: None
    """Trusts the server there, if it shows the certificate that a link told of. Blocks."""
    clock: Clock = _CLOCK
