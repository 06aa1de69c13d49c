"""Pictures like a camera's, for the benchmarks; always the same ones."""

from __future__ import annotations

import numpy as np


def camera_clip(width: int, height: int, seed: int, count: int = 60) -> list[bytes]:
    """A head that sways before a still background, under sensor noise."""
    noise = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width] / np.array([height, width]).reshape(2, 1, 1)
    background = np.stack([90 + 60 * x, 80 + 50 * y, 110 + 40 * (1 - x)], -1)
    background += 25 * np.sin(x * 21 + seed)[..., None] * np.cos(y * 13)[..., None]
    frames: list[bytes] = []
    for at in range(count):
        turn = 2 * np.pi * at / count
        cx, cy = 0.5 + 0.08 * np.sin(turn), 0.5 + 0.03 * np.cos(2 * turn)
        head = ((x - cx) / 0.16) ** 2 + ((y - cy) / 0.3) ** 2
        skin = np.stack([200 - 60 * head, 150 - 50 * head, 120 - 40 * head], -1)
        body = (((x - cx * 0.5 - 0.25) / 0.34) ** 2 + ((y - 1.1) / 0.35) ** 2)[..., None]
        picture = np.where(body < 1, [60.0, 60.0, 90.0] + 30 * body, background)
        picture = np.where(head[..., None] < 1, skin, picture)
        mouth = ((x - cx) / 0.05) ** 2 + ((y - cy - 0.14) / (0.02 + 0.02 * np.sin(9 * turn))) ** 2
        picture = np.where(mouth[..., None] < 1, [90.0, 30.0, 40.0], picture)
        picture = picture + noise.normal(0, 1.5, picture.shape)
        frames.append(np.clip(picture, 0, 255).astype(np.uint8).tobytes())
    return frames
