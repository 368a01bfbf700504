"""Layers that the text encoder and the denoiser share."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class LayerNorm(nn.LayerNorm):
    """Computed in fp32: PyTorch 1.13 has no bf16 kernel with fp32 weights on CPU."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.float())


class GroupNorm(nn.GroupNorm):
    """Computed in fp32, as LayerNorm."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.float())


def attend(q: Tensor, k: Tensor, v: Tensor, heads: int, causal: bool = False) -> Tensor:
    """Scaled dot-product attention. q [B, N, C], k and v [B, M, C] → [B, N, C]."""
    split = lambda x: x.view(x.shape[0], x.shape[1], heads, -1).transpose(1, 2)
    q, k, v = split(q), split(k), split(v)
    if q.is_cuda:
        out = F.scaled_dot_product_attention(q, k, v, is_causal=causal)
    else:
        scores = torch.matmul(q * q.shape[-1] ** -0.5, k.transpose(-1, -2)).float()
        if causal:
            scores = scores + torch.full(scores.shape[-2:], -1e4, device=q.device).triu(1)
        out = torch.matmul(scores.softmax(-1).to(v.dtype), v)
    return out.transpose(1, 2).flatten(2)
