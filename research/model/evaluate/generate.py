"""Makes pictures of prompts with a model and a sampler."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import torch
from torch import Tensor, nn

from .. import device, sampling
from ..conditioning import Conditioner, Conditioning
from ..layout import LATENT_SIZE, Model
from ..pictures import Pictures
from .prompts import Prompt

# (denoiser, caption and references, references only, initial noise) → latents
Sampler = Callable[[nn.Module, Conditioning, Conditioning, Tensor], Tensor]


def lcm(steps: int, guidance: float) -> Sampler:
    """Consistency sampling with the scale as an input; later noise is drawn from the global generator."""
    return lambda unet, told, _, x: sampling.lcm(
        sampling.embedded(unet, told, guidance), x, steps, lambda: torch.randn_like(x)
    )


def guided(solver: Callable[..., Tensor], steps: int, guidance: float) -> Sampler:
    """DDIM or DPM-Solver++ with two passes a step."""
    return lambda unet, told, untold, x: solver(sampling.guided(unet, told, untold, None, guidance), x, steps)


@dataclass(frozen=True)
class Studio:
    """A model's encoders and decoder with one denoiser: its own, or its teacher."""

    config: SimpleNamespace
    model: Model
    unet: nn.Module
    data: Pictures

    def told(self, texts: Sequence[str], references: Tensor) -> Conditioning:
        """references [B, K, C, 8, 8], K may be 0."""
        ids = torch.tensor([self.model.tokenizer(text) for text in texts])
        styled = references.shape[1] > 0
        shown = references if styled else references.new_zeros(len(texts), 1, *references.shape[2:])
        conditioner = Conditioner(self.model.text_encoder, self.model.style_encoder)
        return conditioner(ids, shown, torch.full((len(texts),), styled))

    def references(self, prompts: Sequence[Prompt]) -> Tensor:
        """Latents [B, K, C, 8, 8]."""
        channels = self.unet.conv_in.in_channels
        indices = np.array([prompt.references for prompt in prompts], int).reshape(len(prompts), -1)
        if not indices.size:
            return torch.zeros(len(prompts), 0, channels, LATENT_SIZE, LATENT_SIZE)
        latents = self.model.vae.encode(self.data.batch(indices.ravel())) * self.model.scaling_factor
        return latents.float().unflatten(0, indices.shape)

    @torch.no_grad()
    def pictures(self, prompts: Sequence[Prompt], sampler: Sampler, seed: int = 0) -> Tensor:
        """[n, 4, 64, 64], premultiplied RGBA in [-1, 1]. The same seed gives every sampler the same initial noise."""
        size, channels, result = self.config.evaluate.batch, self.unet.conv_in.in_channels, []
        for start in range(0, len(prompts), size):
            some = prompts[start : start + size]
            torch.manual_seed(seed * 1_000_003 + start)
            x = torch.randn(len(some), channels, LATENT_SIZE, LATENT_SIZE)
            with device.autocast(self.config):
                shown = self.references(some)
                told, untold = self.told([prompt.text for prompt in some], shown), self.told([""] * len(some), shown)
                latents = sampler(self.unet, told, untold, x)
                result.append(self.model.vae.decode(latents / self.model.scaling_factor).float().clamp(-1, 1))
        return torch.cat(result)
