"""What the denoiser is told besides the noisy latents: the caption, the references' style, and the guidance."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from .nets.unet import Context, guidance_embedding


@dataclass(frozen=True)
class Conditioning:
    """context: for cross-attention. style: pooled style [B, D]."""

    context: Context
    style: Tensor

    def condition(self, omega: Tensor | None = None) -> Tensor:
        """diffusers' timestep_cond [B, 2 D]: guidance embedding of omega [B] (zeros for a teacher), then the style."""
        guidance = torch.zeros_like(self.style) if omega is None else guidance_embedding(omega, self.style.shape[1])
        return torch.cat([guidance.to(self.style), self.style], 1)


@dataclass(frozen=True)
class Conditioner:
    """Text encoder and style encoder together."""

    text_encoder: nn.Module
    style_encoder: nn.Module

    def __call__(self, ids: Tensor, references: Tensor, kept: Tensor, scale: float = 1.0) -> Conditioning:
        """ids [B, N]; references [B, K, C, 8, 8]; kept bool [B], false where they are left out."""
        tokens, style = self.style_encoder(references, kept)
        return Conditioning(Context(self.text_encoder(ids), tokens, scale), style)
