"""The testing kit, importable as `cellcall.testing`: a call without server, devices or clock.

    from cellcall.testing import Talks, scripted_calls

    calls = scripted_calls(user="ana", people=["Bo Chen", "Cy Young"], pictures="bars")

What comes of it is a `Calls` like any other; everybody else in the call follows a script. It is the
same on every machine: time stands still until the script moves it.
"""

from __future__ import annotations

from tui.sdk.testing.scripted import ScriptedCalls, scripted_calls
from tui.sdk.testing.steps import (
    Captions,
    ConnectionLost,
    ConnectionRestored,
    EndsForAll,
    FallsSilent,
    GivesUp,
    HasQuality,
    Joins,
    Leaves,
    Mutes,
    MutesUs,
    PlugsIn,
    RaisesHand,
    Records,
    Removed,
    Shares,
    Step,
    StopsVideo,
    Talks,
    Writes,
)

__all__ = [
    "Captions",
    "ConnectionLost",
    "ConnectionRestored",
    "EndsForAll",
    "FallsSilent",
    "GivesUp",
    "HasQuality",
    "Joins",
    "Leaves",
    "Mutes",
    "MutesUs",
    "PlugsIn",
    "RaisesHand",
    "Records",
    "Removed",
    "ScriptedCalls",
    "Shares",
    "Step",
    "StopsVideo",
    "Talks",
    "Writes",
    "scripted_calls",
]
