"""How the encoder answers loss: stronger FEC, and fewer bits on a full path (spec audio 4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

FULL_BPS: Final = 40_000
"""PESQ 4.03 clean; 3.81 at 5 % loss."""
REDUCED_BPS: Final = 24_000
"""The least that still carries FEC."""
_LEAST_PERCENT: Final = 5
"""At 0 libopus leaves FEC out, and the first lost packet of a good network would be a hole."""
_MOST_PERCENT: Final = 20
_MARGIN: Final = 1.5
_RISE: Final = 0.5
_FALL: Final = 0.1
_FULL_PATH: Final = 0.15
_FREE_PATH: Final = 0.05


@dataclass(slots=True)
class EncoderRate:
    """What to tell the encoder, from receiver reports.

    Until the first report 10 % is assumed: joining is when a network is known least.
    """

    loss: float = 0.10 / _MARGIN
    """Smoothed share lost, 0 to 1: rises fast, falls slowly, as bursts come again."""
    bitrate_bps: int = FULL_BPS

    def take(self, fraction: float) -> None:
        """One report."""
        fraction = min(max(fraction, 0.0), 1.0)
        self.loss += (fraction - self.loss) * (_RISE if fraction > self.loss else _FALL)
        if self.loss > _FULL_PATH:
            self.bitrate_bps = REDUCED_BPS
        elif self.loss < _FREE_PATH:
            self.bitrate_bps = FULL_BPS

    @property
    def loss_percent(self) -> int:
        """For the encoder."""
        percent = round(self.loss * _MARGIN * 100)
        return min(max(percent, _LEAST_PERCENT), _MOST_PERCENT)
