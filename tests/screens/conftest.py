"""Presses in these tests wait for what they set off (`tests.settled`)."""

from tests.settled import presses_settle as presses_settle
