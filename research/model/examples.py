"""What text encoder, teacher and student are trained on: latents with captions, and references of the same style."""

from __future__ import annotations

import json
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from . import networks, pictures
from .pictures import Pictures

SHAPE = 16  # side of the coarse shape that a caption alone should predict


@dataclass(frozen=True)
class Examples:
    """All pictures that have a latent, by style.

    latents: float16 [n, C, 8, 8], scaled to a standard deviation of one over the trained pictures; NaN where a picture
        was not encoded.
    ids: int64 [n, captions, tokens].
    shapes: float32 [n, 256], what is covered, in 16×16 cells, normalised.
    concepts: int [n], a number for each concept.
    names: the style of each.
    styles: indices of the trained pictures of each style; in_style: their summed probabilities.
    cumulative: summed probabilities of the styles.
    held_out: indices of trained sets' pictures of held-out concepts.
    """

    latents: Tensor
    ids: Tensor
    shapes: Tensor
    concepts: np.ndarray
    names: list[str]
    styles: list[np.ndarray]
    in_style: list[np.ndarray]
    cumulative: np.ndarray
    held_out: np.ndarray
    empty: Tensor
    end: int
    where: torch.device

    def draw(self, random: np.random.Generator, count: int) -> np.ndarray:
        """Indices [count] of trained pictures by the mix."""
        chosen = pictures.stratified(self.cumulative, count, random)
        return np.array([self.draw_in(style, random) for style in chosen])

    def draw_in(self, style: int, random: np.random.Generator) -> int:
        position = np.searchsorted(self.in_style[style], random.random()).clip(0, len(self.styles[style]) - 1)
        return int(self.styles[style][position])

    def draw_with_references(
        self, random: np.random.Generator, count: int, references: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """(indices [count], indices [count, references] of the same style and of other concepts)."""
        chosen = pictures.stratified(self.cumulative, count, random)
        targets = np.array([self.draw_in(style, random) for style in chosen])
        return targets, np.array([self.references(s, t, references, random) for s, t in zip(chosen, targets)])

    def references(self, style: int, target: int, count: int, random: np.random.Generator) -> np.ndarray:
        members = self.styles[style]
        some = members[random.permutation(len(members))[: count + 8]]
        others = some[self.concepts[some] != self.concepts[target]][:count]
        return np.resize(others if len(others) else some, count)

    def style_of(self, indices: np.ndarray) -> list[tuple[int, int]]:
        """(style, index) of those whose style is trained on."""
        numbers = {self.names[members[0]]: number for number, members in enumerate(self.styles)}
        return [(numbers[self.names[i]], int(i)) for i in indices if self.names[i] in numbers]

    def latent(self, indices: np.ndarray) -> Tensor:
        return self.latents[torch.from_numpy(indices)].float().to(self.where)

    def captions(self, indices: np.ndarray, random: np.random.Generator) -> Tensor:
        """A random caption of each. int64 [n, tokens]."""
        variants = random.integers(0, self.ids.shape[1], len(indices))
        return self.ids[torch.from_numpy(indices), torch.from_numpy(variants)].to(self.where)


def style_weight(config: SimpleNamespace, data: Pictures, members: np.ndarray) -> float:
    """How often a style is drawn: larger ones and colours more often, invented ones by their share of all."""
    first = data.entries[members[0]]
    weight = float(np.sqrt(len(members)))
    return weight * config.mix.colour_weight if first["colour"] else weight


def mix(
    config: SimpleNamespace, data: Pictures, usable: np.ndarray
) -> tuple[list[np.ndarray], list[np.ndarray], np.ndarray]:
    """(styles, in_style, cumulative) as in `Examples`."""
    styles = [m for m in data.by_style(usable).values() if len(m) >= config.mix.fewest]
    weights = np.array([style_weight(config, data, members) for members in styles])
    invented = np.array([bool(data.entries[members[0]].get("invented")) for members in styles])
    if invented.any():
        share = config.mix.invented
        weights[invented] *= share / (1 - share) * weights[~invented].sum() / weights[invented].sum()
    in_style, everyday = [], set(config.everyday)
    for members in styles:
        common = np.array([data.entries[i]["sets"] >= config.mix.common_sets for i in members])
        asked = np.array([data.entries[i]["concept"] in everyday for i in members])
        chance = np.where(common, 1.0, config.mix.rare_weight) * np.where(asked, config.mix.everyday_weight, 1.0)
        in_style.append(np.cumsum(chance / chance.sum()))
    return styles, in_style, np.cumsum(weights / weights.sum())


def coarse_shapes(config: SimpleNamespace, data: Pictures) -> Tensor:
    """Coverage of every picture in 16×16 cells, normalised; computed once and kept in shapes.npy."""
    path = config.data_folder / "shapes.npy"
    if not path.exists() or len(np.load(path, mmap_mode="r")) != len(data.entries):
        parts = []
        for start in range(0, len(data.entries), 2000):
            alpha = data.batch(np.arange(start, min(start + 2000, len(data.entries))))[:, 3:]
            parts.append(F.avg_pool2d((alpha + 1) / 2, pictures.SIZE // SHAPE).flatten(1).half().numpy())
        np.save(path, np.concatenate(parts))
    shapes = torch.from_numpy(np.load(path)).float()
    return (shapes - shapes.mean()) / shapes.std()


def scaling_factor(config: SimpleNamespace) -> float:
    """What an encoded picture is multiplied with to become a latent."""
    return json.loads((config.data_folder / "latents.json").read_text())["scaling_factor"]


def load(config: SimpleNamespace, where: torch.device, with_latents: bool = True) -> Examples:
    """Reads what captions.py and the stage "latents" wrote."""
    data = pictures.load(config)
    tokenizer = networks.tokenizer(config)
    encoded = np.ones(len(data.entries), bool)
    latents = torch.zeros(0)
    if with_latents:
        values = np.load(config.data_folder / "latents.npy")
        encoded, latents = ~np.isnan(values[:, 0, 0, 0]), torch.from_numpy(values)
    trained = data.trained()
    styles, in_style, cumulative = mix(config, data, trained[encoded[trained]])
    numbers = {concept: number for number, concept in enumerate(sorted({e["concept"] for e in data.entries}))}
    return Examples(
        latents=latents,
        ids=torch.from_numpy(np.load(config.data_folder / "ids.npy").astype(np.int64)),
        shapes=coarse_shapes(config, data),
        concepts=np.array([numbers[entry["concept"]] for entry in data.entries]),
        names=[entry["style"] for entry in data.entries],
        styles=styles,
        in_style=in_style,
        cumulative=cumulative,
        held_out=np.flatnonzero(data.held_out & ~data.never & encoded),
        empty=torch.tensor(tokenizer(""), device=where),
        end=tokenizer.end,
        where=where,
    )
