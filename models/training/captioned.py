"""Latents with their captions: what text encoder and denoiser are trained on."""

from __future__ import annotations

import json
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import torch
from torch import Tensor

from . import networks, pictures


@dataclass(frozen=True)
class Captioned:
    """All pictures as latents and token ids, on the device.

    latents: [n, C, 8, 8], scaled to a standard deviation of one over the trained pictures.
    ids: int64 [n, captions, tokens].
    empty: int64 [tokens], the empty prompt.
    end: id of the end mark.
    trained, cumulative: indices of the trained pictures and their summed probabilities.
    held_out: indices of the pictures that are never trained on.
    """

    latents: Tensor
    ids: Tensor
    empty: Tensor
    end: int
    trained: np.ndarray
    cumulative: np.ndarray
    held_out: np.ndarray

    def draw(self, random: np.random.Generator, count: int) -> tuple[Tensor, Tensor]:
        """(latents [count, C, 8, 8], ids [count, tokens]) of trained pictures by the mix, a random caption each."""
        chosen = self.trained[pictures.stratified(self.cumulative, count, random)]
        captions = random.integers(0, self.ids.shape[1], count)
        return self.latents[chosen], self.ids[chosen, captions]


def scaling_factor(config: SimpleNamespace) -> float:
    """What an encoded picture is multiplied with to become a latent."""
    return json.loads((config.data_folder / "latents.json").read_text())["scaling_factor"]


def load(config: SimpleNamespace, where: torch.device) -> Captioned:
    """Reads what captions.py and the stage "latents" wrote."""
    data = pictures.load(config)
    trained, cumulative = pictures.weighted_indices(config, data)
    tokenizer = networks.tokenizer(config)
    latents = torch.from_numpy(np.load(config.data_folder / "latents.npy")).float()
    return Captioned(
        latents=latents.to(where),
        ids=torch.from_numpy(np.load(config.data_folder / "ids.npy").astype(np.int64)).to(where),
        empty=torch.tensor(tokenizer(""), device=where),
        end=tokenizer.end,
        trained=trained,
        cumulative=cumulative,
        held_out=np.flatnonzero(data.held_out),
    )
