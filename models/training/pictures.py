"""The rendered pictures, their captions' raw material and the split into trained and held-out concepts."""

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
MAIN_SET = "fluent-emoji-flat"  # the look that a bare name draws
INTERFACE_SET = "interface"  # what a bare name draws where the main set has nothing


@dataclass(frozen=True)
class Pictures:
    """All rendered pictures.

    pixels: uint8 [n, 64, 64, 4], premultiplied RGBA, memory-mapped.
    entries: one dictionary a picture (set, kind, style, colour, icon, concept, name, aliases, tags).
    held_out: bool [n], true where the picture's concept is never trained on.
    """

    pixels: np.ndarray
    entries: list[dict[str, Any]]
    held_out: np.ndarray

    def batch(self, indices: np.ndarray) -> Tensor:
        """[len(indices), 4, 64, 64] in [-1, 1]."""
        pixels = torch.from_numpy(np.ascontiguousarray(self.pixels[indices]))
        return pixels.permute(0, 3, 1, 2).float().div_(127.5).sub_(1)

    def trained(self) -> np.ndarray:
        """Indices of the pictures that may be trained on."""
        return np.flatnonzero(~self.held_out)


def is_held_out(concept: str, share: float) -> bool:
    """Depends on the concept alone, so that adding sets or icons moves no concept across the split."""
    digest = hashlib.sha256(concept.encode()).digest()
    return int.from_bytes(digest[:4], "big") < share * 2**32


def read(config: SimpleNamespace, name: str) -> tuple[np.ndarray, list[dict[str, Any]]]:
    """(pixels, entries) of one pair of files."""
    entries = json.loads((config.data_folder / f"{name}.json").read_text())
    return np.memmap(config.data_folder / f"{name}.raw", np.uint8, "r").reshape(-1, SIZE, SIZE, 4), entries


def split(config: SimpleNamespace, pixels: np.ndarray, entries: list[dict[str, Any]]) -> Pictures:
    """Marks the pictures of held-out concepts."""
    everyday = {*config.everyday, *config.everyday_aliases}
    kept = {entry["concept"] for entry in entries if everyday & {entry["name"].lower(), *entry["aliases"]}}
    held_out = [is_held_out(e["concept"], config.held_out_share) and e["concept"] not in kept for e in entries]
    return Pictures(pixels, entries, np.array(held_out))


def prepared(config: SimpleNamespace) -> Pictures:
    """Reads what data/prepare.mjs wrote: the icons as their sets have them."""
    return split(config, *read(config, "pictures"))


def load(config: SimpleNamespace) -> Pictures:
    """The icons of the sets and, after them, the copies that recolour.py and interface.py made, if they were run."""
    pixels, entries = read(config, "pictures")
    for name in ("recoloured", INTERFACE_SET):
        if (config.data_folder / f"{name}.json").exists():
            more, copies = read(config, name)
            pixels, entries = np.concatenate([pixels, more]), entries + copies
    return split(config, pixels, entries)


def over(x: Tensor, background: float = 1.0) -> Tensor:
    """Premultiplied RGBA [B, 4, H, W] in [-1, 1] over grey → RGB [B, 3, H, W] in [0, 1]."""
    x = ((x.float() + 1) / 2).clamp(0, 1)
    return (x[:, :3] + (1 - x[:, 3:]) * background).clamp(0, 1)


def weighted_indices(config: SimpleNamespace, pictures: Pictures) -> tuple[np.ndarray, np.ndarray]:
    """(indices of the trained pictures, cumulative probability of each by the configured mix of sets)."""
    trained = pictures.trained()
    sets = np.array([pictures.entries[index]["set"] for index in trained])
    weights = np.zeros(len(trained))
    for name, share in vars(config.mix).items():
        members = sets == name
        weights[members] = share / max(1, members.sum())
    return trained, np.cumsum(weights / weights.sum())


def stratified(cumulative: np.ndarray, count: int, random: np.random.Generator) -> np.ndarray:
    """`count` positions drawn by probability, one from each of `count` equal strata, in random order."""
    points = (np.arange(count) + random.random(count)) / count
    return random.permutation(np.searchsorted(cumulative, points).clip(0, len(cumulative) - 1))
