"""Reads the style of reference icons from their latents."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .layers import LayerNorm

GRID = 4  # tokens a side of a reference


class StyleEncoder(nn.Module):
    """References → tokens for the denoiser's attention, and one vector beside its guidance embedding.

    The order of the references does not matter, and their number is free.
    """

    def __init__(self, latent_channels: int, width: int, cross_attention_dim: int, pooled: int) -> None:
        super().__init__()
        self.conv_in = nn.Conv2d(latent_channels, width // 2, 3, padding=1)
        self.conv_down = nn.Conv2d(width // 2, width, 3, stride=2, padding=1)
        self.conv_1 = nn.Conv2d(width, width, 3, padding=1)
        self.conv_2 = nn.Conv2d(width, width, 3, padding=1)
        self.proj_out = nn.Linear(width, cross_attention_dim)
        self.norm = LayerNorm(cross_attention_dim)
        self.position_embedding = nn.Parameter(torch.randn(GRID * GRID, cross_attention_dim) * 0.02)
        self.no_tokens = nn.Parameter(torch.randn(cross_attention_dim) * 0.02)
        self.pool_1 = nn.Linear(width + 2 * latent_channels, pooled)
        self.pool_2 = nn.Linear(pooled, pooled)
        self.no_style = nn.Parameter(torch.zeros(pooled))

    def forward(self, references: Tensor, kept: Tensor) -> tuple[Tensor, Tensor]:
        """references [B, K, C, 8, 8]; kept bool [B], false where they are left out → [B, 16 K, cross], [B, pooled]."""
        batch, count = references.shape[:2]
        x = references.flatten(0, 1)
        h = F.silu(self.conv_down(F.silu(self.conv_in(x))))
        h = h + F.silu(self.conv_2(F.silu(self.conv_1(h))))
        tokens = self.norm(self.proj_out(h.flatten(2).transpose(1, 2))) + self.position_embedding
        tokens = tokens.reshape(batch, count * GRID * GRID, -1)
        # Means say which colours and how much ink; spreads say how evenly.
        features = torch.cat([h.float().mean((2, 3)), x.float().mean((2, 3)), x.float().std((2, 3))], 1)
        pooled = self.pool_2(F.silu(self.pool_1(features.view(batch, count, -1).mean(1)))).float()
        tokens = torch.where(kept[:, None, None], tokens.float(), self.no_tokens.expand_as(tokens))
        return tokens, torch.where(kept[:, None], pooled, self.no_style.expand_as(pooled))
