"""Makes pictures of prompts with a model and a sampler."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace

import torch
from torch import Tensor, nn

from .. import device, sampling
from ..layout import Model

LATENT_SIZE = 8
# (denoiser, text states [B, N, C], empty prompt's states [1, N, C], initial noise) → latents
Sampler = Callable[[nn.Module, Tensor, Tensor, Tensor], Tensor]


def lcm(steps: int, guidance: float) -> Sampler:
    """Consistency sampling with the scale as an input; later noise is drawn from the global generator."""
    return lambda unet, hidden, _, x: sampling.lcm(
        sampling.embedded(unet, hidden, guidance), x, steps, lambda: torch.randn_like(x)
    )


def guided(solver: Callable[..., Tensor], steps: int, guidance: float) -> Sampler:
    """DDIM or DPM-Solver++ with two passes a step."""
    return lambda unet, hidden, empty, x: solver(sampling.guided(unet, hidden, empty, guidance), x, steps)


@dataclass(frozen=True)
class Studio:
    """A model's text encoder and decoder with one denoiser: its own, or its teacher."""

    config: SimpleNamespace
    model: Model
    unet: nn.Module

    def encode(self, texts: list[str]) -> Tensor:
        ids = torch.tensor([self.model.tokenizer(text) for text in texts])
        return self.model.text_encoder(ids).float()

    @torch.no_grad()
    def pictures(self, texts: list[str], sampler: Sampler, seed: int = 0) -> Tensor:
        """[n, 4, 64, 64], premultiplied RGBA in [-1, 1]. The same seed gives every sampler the same initial noise."""
        size, channels, result = self.config.evaluate.batch, self.unet.conv_in.in_channels, []
        for start in range(0, len(texts), size):
            some = texts[start : start + size]
            torch.manual_seed(seed * 1_000_003 + start)
            x = torch.randn(len(some), channels, LATENT_SIZE, LATENT_SIZE)
            with device.autocast(self.config):
                latents = sampler(self.unet, self.encode(some), self.encode([""]), x)
                result.append(self.model.vae.decode(latents / self.model.scaling_factor).float().clamp(-1, 1))
        return torch.cat(result)
