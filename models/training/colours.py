"""Everyday names of colours, and the colours of a picture."""

from __future__ import annotations

import collections
import colorsys

import numpy as np

HUES = [(0.04, "red"), (0.11, "orange"), (0.19, "yellow"), (0.45, "green"), (0.52, "teal"), (0.7, "blue"),
        (0.8, "purple"), (0.94, "pink"), (1.01, "red")]  # fmt: skip
NAMES = frozenset([*(name for _, name in HUES), "white", "black", "gray", "grey", "brown"])


def colour_name(r: float, g: float, b: float) -> str:
    """Everyday name of an RGB colour in [0, 1]."""
    hue, light, saturation = colorsys.rgb_to_hls(r, g, b)
    if light > 0.92:
        return "white"
    if light < 0.16:
        return "black"
    if saturation < 0.16:
        return "gray"
    name = next(name for limit, name in HUES if hue < limit)
    return "brown" if name in ("red", "orange") and light < 0.42 and saturation < 0.75 else name


def visible(pixels: np.ndarray) -> np.ndarray:
    """Colours [n, 3] in [0, 1] of the visible 4×4 blocks. pixels: uint8 [64, 64, 4], premultiplied."""
    small = pixels.reshape(16, 4, 16, 4, 4).mean((1, 3)).reshape(-1, 4) / 255
    shown = small[small[:, 3] > 0.5]
    return (shown[:, :3] / shown[:, 3:]).clip(0, 1)


def main_colours(pixels: np.ndarray) -> list[str]:
    """Names of the colours that cover at least a quarter of the visible part, at most two, largest first.

    pixels: uint8 [64, 64, 4], premultiplied.
    """
    shown = visible(pixels)
    counts = collections.Counter(colour_name(*rgb) for rgb in shown)
    return [name for name, count in counts.most_common(2) if count >= 0.25 * len(shown)]


def without_colours(text: str) -> str:
    """The text without its colour words; as it is where nothing else would be left."""
    return " ".join(word for word in text.split() if word not in NAMES) or text


def to_hsv(rgb: np.ndarray) -> np.ndarray:
    """[..., 3] in [0, 1] → hue, saturation, value, each in [0, 1]."""
    value, low = rgb.max(-1), rgb.min(-1)
    chroma = value - low
    safe = np.where(chroma > 0, chroma, 1)
    r, g, b = np.moveaxis(rgb, -1, 0)
    sixths = np.select([value == r, value == g], [((g - b) / safe) % 6, (b - r) / safe + 2], (r - g) / safe + 4)
    return np.stack([sixths / 6 % 1, chroma / np.where(value > 0, value, 1), value], -1)


def to_rgb(hsv: np.ndarray) -> np.ndarray:
    """Inverse of `to_hsv`."""
    hue, saturation, value = (hsv[..., channel, None] for channel in range(3))
    sector = (np.array([5.0, 3.0, 1.0]) + hue * 6) % 6
    return value * (1 - saturation * np.minimum(sector, 4 - sector).clip(0, 1))


def mean_hue(rgb: np.ndarray) -> float:
    """Circular mean of the hues of the colours [n, 3]."""
    angles = to_hsv(rgb)[:, 0] * 2 * np.pi
    return float(np.arctan2(np.sin(angles).mean(), np.cos(angles).mean()) / (2 * np.pi) % 1)
