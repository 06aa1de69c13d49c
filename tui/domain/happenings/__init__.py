"""What can happen in a session, one value each: facts with ids and names, never a sentence.

The session says each of these once. How one is told stands with it: category, priority, place,
sound, documented events. Its sentence is in `english`, so that another language is one more module;
voice, bell and quiet time go by category, in `table`.
"""

from __future__ import annotations

from typing import Final, get_args

from tui.domain.happenings.devices import *  # noqa: F403
from tui.domain.happenings.devices import OfDevices
from tui.domain.happenings.fact import Person as Person
from tui.domain.happenings.fact import person_of as person_of
from tui.domain.happenings.others import *  # noqa: F403
from tui.domain.happenings.others import OfOthers
from tui.domain.happenings.our_media import *  # noqa: F403
from tui.domain.happenings.our_media import OfOurMedia
from tui.domain.happenings.our_place import *  # noqa: F403
from tui.domain.happenings.our_place import OfOurPlace
from tui.domain.happenings.session import *  # noqa: F403
from tui.domain.happenings.session import OfSession

Happening = OfSession | OfOthers | OfOurMedia | OfOurPlace | OfDevices

HAPPENINGS: Final[tuple[type[Happening], ...]] = get_args(Happening)
"""Every kind there is."""
