"""Words and rates as people type them."""

import pytest

from tui.cli.plan import make_plan
from tui.domain.errors import CallsError
from tui.domain.quality import (
    PictureQuality,
    QualityChoice,
    bitrate_words,
    parse_bitrate,
    parse_quality,
)


@pytest.mark.parametrize(
    ("text", "rate"),
    [("500k", 500_000), ("2M", 2_000_000), (" 1.5m ", 1_500_000), ("64000", 64_000),
     ("800kbit/s", 800_000), ("3Mbps", 3_000_000)],
)  # fmt: skip
def test_rates(text, rate):
    assert parse_bitrate(text) == rate


@pytest.mark.parametrize("text", ["", "fast", "-5k", "10k", "2G", "1e6", "k"])
def test_what_is_no_rate_is_explained(text):
    with pytest.raises(CallsError, match="bits a second such as 500k or 2M"):
        parse_bitrate(text)


def test_qualities():
    assert parse_quality(" STILLS ") is PictureQuality.STILLS
    with pytest.raises(CallsError, match="allowed: auto, high, low, stills, audio"):
        parse_quality("best")


def test_words():
    assert bitrate_words(840_000) == "840 kbit/s"
    assert bitrate_words(2_440_000) == "2.4 Mbit/s"


def test_the_command_line_makes_a_choice():
    plan = make_plan("standup", {"quality": "low", "max_bitrate": "500k", "user": "a"}, None)
    assert plan.quality == QualityChoice(PictureQuality.LOW, 500_000)
    assert make_plan("standup", {"user": "a"}, None).quality == QualityChoice()
    with pytest.raises(CallsError, match="max-bitrate came as 'lots'"):
        make_plan("standup", {"max_bitrate": "lots", "user": "a"}, None)
