"""Bit fields of headers of coded pictures, most significant bit first."""

from __future__ import annotations


class Bits:
    """Reads fields one after another; ValueError where the data end within one."""

    def __init__(self, data: bytes):
        self._value = int.from_bytes(data, "big")
        self._left = len(data) * 8

    def fixed(self, count: int) -> int:
        """An unsigned field of `count` bits."""
        self._left -= count
        if self._left < 0:
            raise ValueError("the header ends within a field")
        return self._value >> self._left & ((1 << count) - 1)

    def golomb(self) -> int:
        """An unsigned Exp-Golomb number of at most 32 bits (ITU-T H.264 9.1)."""
        zeros = 0
        while not self.fixed(1):
            zeros += 1
            if zeros > 32:
                raise ValueError("an Exp-Golomb number is longer than 32 bits")
        return (1 << zeros) - 1 + self.fixed(zeros)

    def signed(self) -> int:
        """A signed Exp-Golomb number (ITU-T H.264 9.1.1)."""
        number = self.golomb()
        return (number + 1) // 2 if number & 1 else -(number // 2)
