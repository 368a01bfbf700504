"""The rendered pictures: which style and concept each shows, and which are never trained on."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from torch import Tensor

SIZE = 64
FILES = ("pictures", "invented")  # the sets' own pictures, and those in invented styles


class Pixels:
    """Pictures of several memory-mapped files, one after the other. uint8 [n, 64, 64, 4], premultiplied RGBA."""

    def __init__(self, parts: list[np.ndarray]) -> None:
        self.parts = parts
        self.starts = np.cumsum([0, *map(len, parts)])

    def __len__(self) -> int:
        return int(self.starts[-1])

    def __getitem__(self, indices: np.ndarray) -> np.ndarray:
        result = np.empty((len(indices), SIZE, SIZE, 4), np.uint8)
        for part, start, end in zip(self.parts, self.starts, self.starts[1:]):
            mine = np.flatnonzero((indices >= start) & (indices < end))
            result[mine] = part[indices[mine] - start]
        return result


@dataclass(frozen=True)
class Pictures:
    """All pictures.

    pixels: uint8 [n, 64, 64, 4], premultiplied RGBA.
    entries: one dictionary a picture: set, style, colour (false: one ink, drawn in black), icon, concept, name,
        aliases, tags, sets (how many sets draw the concept), neverTrained; `invented` where the style is.
    held_out: bool [n], true where the picture's concept is never trained on.
    never: bool [n], true where the picture's set is never trained on.
    """

    pixels: Pixels
    entries: list[dict[str, Any]]
    held_out: np.ndarray
    never: np.ndarray

    def batch(self, indices: np.ndarray) -> Tensor:
        """[len(indices), 4, 64, 64] in [-1, 1]."""
        pixels = torch.from_numpy(self.pixels[indices])
        return pixels.permute(0, 3, 1, 2).float().div_(127.5).sub_(1)

    def trained(self) -> np.ndarray:
        """Indices of the pictures that may be trained on."""
        return np.flatnonzero(~self.held_out & ~self.never)

    def by_style(self, indices: np.ndarray) -> dict[str, np.ndarray]:
        """The given indices by style, styles in alphabetical order."""
        styles: dict[str, list[int]] = {}
        for index in indices:
            styles.setdefault(self.entries[index]["style"], []).append(int(index))
        return {style: np.array(styles[style]) for style in sorted(styles)}


def is_held_out(concept: str, share: float) -> bool:
    """Depends on the concept alone, so that adding sets or icons moves no concept across the split."""
    digest = hashlib.sha256(f"concept:{concept}".encode()).digest()
    return int.from_bytes(digest[:4], "big") < share * 2**32


def load(config: SimpleNamespace, only: str = "") -> Pictures:
    """What data/prepare.mjs wrote and, after it, what invented.py made, if it was run; or only one of them."""
    parts, entries = [], []
    for name in [only] if only else FILES:
        path = config.data_folder / f"{name}.json"
        if path.exists():
            entries += json.loads(path.read_text())
            parts.append(np.memmap(path.with_suffix(".raw"), np.uint8, "r").reshape(-1, SIZE, SIZE, 4))
    everyday = set(config.everyday)
    concepts = {entry["concept"] for entry in entries}
    kept_out = {c for c in concepts if c not in everyday and is_held_out(c, config.held_out_share)}
    held_out = np.array([entry["concept"] in kept_out for entry in entries])
    return Pictures(Pixels(parts), entries, held_out, np.array([entry["neverTrained"] for entry in entries]))


def over(x: Tensor, background: float = 1.0) -> Tensor:
    """Premultiplied RGBA [B, 4, H, W] in [-1, 1] over grey → RGB [B, 3, H, W] in [0, 1]."""
    x = ((x.float() + 1) / 2).clamp(0, 1)
    return (x[:, :3] + (1 - x[:, 3:]) * background).clamp(0, 1)


def stratified(cumulative: np.ndarray, count: int, random: np.random.Generator) -> np.ndarray:
    """`count` positions drawn by probability, one from each of `count` equal strata, in random order."""
    points = (np.arange(count) + random.random(count)) / count
    return random.permutation(np.searchsorted(cumulative, points).clip(0, len(cumulative) - 1))
