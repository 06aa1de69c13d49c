from __future__ import annotations

import pytest
from cellcall.testing import Leaves, RaisesHand, Shares, scripted_calls
from desk import Desk

PEOPLE = ["Bo Chen", "Cy Young"]


@pytest.mark.parametrize("size", [(100, 30), (60, 20)], ids=["large", "small"])
def test_a_call_beside_the_tickets(snap_compare, size):
    calls = scripted_calls(user="ana", people=PEOPLE, pictures="bars")
    assert snap_compare(Desk(calls, "standup"), terminal_size=size, run_before=calls.drawn)


def test_what_happens_in_it(snap_compare):
    script = [RaisesHand("Bo Chen", at_s=5), Shares("Bo Chen", at_s=8), Leaves("Cy Young", at_s=90)]
    calls = scripted_calls(user="ana", people=PEOPLE, pictures="colour=206040", script=script)
    assert snap_compare(Desk(calls, "standup"), terminal_size=(100, 30), run_before=calls.played)
