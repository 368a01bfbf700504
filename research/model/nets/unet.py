"""UNet2DConditionModel with the module names of diffusers (the parts that a small text-to-image LCM needs)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .layers import GroupNorm, LayerNorm, attend


class Context(NamedTuple):
    """What cross-attention listens to: text [B, N, cross], perhaps image tokens [B, M, cross] and their weight."""

    text: Tensor
    image: Tensor | None = None
    scale: float = 1.0


class TimestepEmbedding(nn.Module):
    """Sinusoid of the timestep (plus the projected guidance embedding) through two layers."""

    def __init__(self, channels: int, width: int, condition: int) -> None:
        super().__init__()
        self.linear_1 = nn.Linear(channels, width)
        self.cond_proj = nn.Linear(condition, channels, bias=False)
        self.linear_2 = nn.Linear(width, width)
        nn.init.zeros_(self.cond_proj.weight)

    def forward(self, sinusoid: Tensor, condition: Tensor | None) -> Tensor:
        if condition is not None:
            sinusoid = sinusoid + self.cond_proj(condition)
        return self.linear_2(F.silu(self.linear_1(sinusoid)))


class ResnetBlock2D(nn.Module):
    """[B, in, H, W] and time embedding [B, T] → [B, out, H, W]."""

    def __init__(self, in_channels: int, out_channels: int, time: int, groups: int) -> None:
        super().__init__()
        self.norm1 = GroupNorm(groups, in_channels, eps=1e-5)
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, padding=1)
        self.time_emb_proj = nn.Linear(time, out_channels)
        self.norm2 = GroupNorm(groups, out_channels, eps=1e-5)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1)
        nn.init.zeros_(self.conv2.weight)
        nn.init.zeros_(self.conv2.bias)
        self.conv_shortcut = nn.Conv2d(in_channels, out_channels, 1) if in_channels != out_channels else None

    def forward(self, x: Tensor, time: Tensor) -> Tensor:
        h = self.conv1(F.silu(self.norm1(x))) + self.time_emb_proj(F.silu(time))[:, :, None, None]
        h = self.conv2(F.silu(self.norm2(h)))
        return h + (x if self.conv_shortcut is None else self.conv_shortcut(x))


class ImageKeys(nn.Module):
    """Keys and values of image tokens, named as diffusers' IPAdapterAttnProcessor2_0 names them."""

    def __init__(self, width: int, cross: int) -> None:
        super().__init__()
        self.to_k_ip = nn.ModuleList([nn.Linear(cross, width, bias=False)])
        self.to_v_ip = nn.ModuleList([nn.Linear(cross, width, bias=False)])


class Attention(nn.Module):
    """Self-attention, or cross-attention to `context` [B, M, cross]. [B, N, C] → [B, N, C].

    With `image` it attends to image tokens as well, by keys and values of their own (IP-Adapter, Ye et al. 2023): the
    two answers are added, the second one times `scale`.
    """

    def __init__(self, width: int, heads: int, cross: int | None = None, image: bool = False) -> None:
        super().__init__()
        self.heads = heads
        if image:
            self.processor = ImageKeys(width, cross)
        self.to_q = nn.Linear(width, width, bias=False)
        self.to_k = nn.Linear(cross or width, width, bias=False)
        self.to_v = nn.Linear(cross or width, width, bias=False)
        self.to_out = nn.ModuleList([nn.Linear(width, width), nn.Identity()])

    def forward(
        self, x: Tensor, context: Tensor | None = None, image: Tensor | None = None, scale: float = 1.0
    ) -> Tensor:
        context = x if context is None else context
        queries = self.to_q(x)
        answer = attend(queries, self.to_k(context), self.to_v(context), self.heads)
        if image is not None:
            keys = self.processor
            answer = answer + scale * attend(queries, keys.to_k_ip[0](image), keys.to_v_ip[0](image), self.heads)
        return self.to_out[0](answer)


class GEGLU(nn.Module):
    """Gated GELU."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.proj = nn.Linear(width, 2 * hidden)

    def forward(self, x: Tensor) -> Tensor:
        value, gate = self.proj(x).chunk(2, -1)
        return value * F.gelu(gate)


class FeedForward(nn.Module):
    """GEGLU and back to the width."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.net = nn.ModuleList([GEGLU(width, 4 * width), nn.Identity(), nn.Linear(4 * width, width)])

    def forward(self, x: Tensor) -> Tensor:
        return self.net[2](self.net[0](x))


class BasicTransformerBlock(nn.Module):
    """Self-attention, cross-attention, feed-forward, each with a norm before and a skip around."""

    def __init__(self, width: int, heads: int, cross: int, image: bool) -> None:
        super().__init__()
        self.norm1, self.attn1 = LayerNorm(width), Attention(width, heads)
        self.norm2, self.attn2 = LayerNorm(width), Attention(width, heads, cross, image)
        self.norm3, self.ff = LayerNorm(width), FeedForward(width)

    def forward(self, x: Tensor, context: Context) -> Tensor:
        x = x + self.attn1(self.norm1(x))
        x = x + self.attn2(self.norm2(x), context.text, context.image, context.scale)
        return x + self.ff(self.norm3(x))


class Transformer2DModel(nn.Module):
    """Attention over pixels with linear projections. [B, C, H, W] → [B, C, H, W]."""

    def __init__(self, channels: int, heads: int, cross: int, groups: int, image: bool) -> None:
        super().__init__()
        self.norm = GroupNorm(groups, channels, eps=1e-6)
        self.proj_in = nn.Linear(channels, channels)
        self.transformer_blocks = nn.ModuleList([BasicTransformerBlock(channels, heads, cross, image)])
        self.proj_out = nn.Linear(channels, channels)
        nn.init.zeros_(self.proj_out.weight)
        nn.init.zeros_(self.proj_out.bias)

    def forward(self, x: Tensor, context: Context) -> Tensor:
        b, c, h, w = x.shape
        y = self.proj_in(self.norm(x).permute(0, 2, 3, 1).reshape(b, h * w, c))
        for block in self.transformer_blocks:
            y = block(y, context)
        return x + self.proj_out(y).view(b, h, w, c).permute(0, 3, 1, 2)


class Sampler(nn.Module):
    """Downsample2D (stride 2) and Upsample2D (doubled first): one convolution named `conv`."""

    def __init__(self, channels: int, down: bool) -> None:
        super().__init__()
        self.down = down
        self.conv = nn.Conv2d(channels, channels, 3, stride=2 if down else 1, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x if self.down else F.interpolate(x.float(), scale_factor=2.0, mode="nearest"))


class Level(nn.Module):
    """Down, middle or up block: residual blocks with optional attention after each, then a sampler."""

    def __init__(self, resnets: list[nn.Module], attentions: list[nn.Module]) -> None:
        super().__init__()
        self.resnets = nn.ModuleList(resnets)
        if attentions:
            self.attentions = nn.ModuleList(attentions)

    def step(self, index: int, x: Tensor, time: Tensor, context: Context) -> Tensor:
        x = self.resnets[index](x, time)
        attentions = getattr(self, "attentions", None)
        return x if attentions is None else attentions[index](x, context)


class UNet2DConditionModel(nn.Module):
    """Latents [B, in, h, w], timesteps [B], context, condition [B, D] → [B, in, h, w]."""

    def __init__(
        self,
        in_channels: int,
        cross_attention_dim: int,
        block_out_channels: Sequence[int],
        attention_head_dim: Sequence[int],
        attention_levels: Sequence[bool],
        layers_per_block: int,
        norm_num_groups: int,
        time_cond_proj_dim: int,
        image_attention: bool = False,
    ) -> None:
        super().__init__()
        widths, groups, time = list(block_out_channels), norm_num_groups, 4 * block_out_channels[0]
        attention = lambda level: Transformer2DModel(
            widths[level], attention_head_dim[level], cross_attention_dim, groups, image_attention
        )
        attentions = lambda level, count: [attention(level) for _ in range(count * attention_levels[level])]
        last = len(widths) - 1
        self.conv_in = nn.Conv2d(in_channels, widths[0], 3, padding=1)
        self.time_embedding = TimestepEmbedding(widths[0], time, time_cond_proj_dim)

        skips, width = [widths[0]], widths[0]
        self.down_blocks = nn.ModuleList()
        for level, out in enumerate(widths):
            inputs = [width] + [out] * (layers_per_block - 1)
            resnets = [ResnetBlock2D(size, out, time, groups) for size in inputs]
            block = Level(resnets, attentions(level, layers_per_block))
            skips += [out] * layers_per_block
            if level < last:
                block.downsamplers = nn.ModuleList([Sampler(out, down=True)])
                skips.append(out)
            self.down_blocks.append(block)
            width = out

        middle = [ResnetBlock2D(width, width, time, groups) for _ in range(2)]
        self.mid_block = Level(middle, [attention(last)])

        self.up_blocks = nn.ModuleList()
        for level in reversed(range(len(widths))):
            out, resnets = widths[level], []
            for _ in range(layers_per_block + 1):
                resnets.append(ResnetBlock2D(width + skips.pop(), out, time, groups))
                width = out
            block = Level(resnets, attentions(level, layers_per_block + 1))
            if level > 0:
                block.upsamplers = nn.ModuleList([Sampler(out, down=False)])
            self.up_blocks.append(block)

        self.conv_norm_out = GroupNorm(groups, widths[0], eps=1e-5)
        self.conv_out = nn.Conv2d(widths[0], in_channels, 3, padding=1)
        nn.init.zeros_(self.conv_out.weight)
        nn.init.zeros_(self.conv_out.bias)

    def forward(self, x: Tensor, timesteps: Tensor, context: Context, condition: Tensor | None = None) -> Tensor:
        """condition: diffusers' timestep_cond [B, time_cond_proj_dim]."""
        time = self.time_embedding(timestep_sinusoid(timesteps, self.conv_in.out_channels), condition)
        x = self.conv_in(x)
        skips = [x]
        for block in self.down_blocks:
            for index in range(len(block.resnets)):
                x = block.step(index, x, time, context)
                skips.append(x)
            if hasattr(block, "downsamplers"):
                x = block.downsamplers[0](x)
                skips.append(x)
        x = self.mid_block.step(0, x, time, context)
        x = self.mid_block.resnets[1](x, time)
        for block in self.up_blocks:
            for index in range(len(block.resnets)):
                x = block.step(index, torch.cat([x, skips.pop()], 1), time, context)
            if hasattr(block, "upsamplers"):
                x = block.upsamplers[0](x)
        return self.conv_out(F.silu(self.conv_norm_out(x)))


def timestep_sinusoid(timesteps: Tensor, width: int) -> Tensor:
    """diffusers' Timesteps(flip_sin_to_cos=True, freq_shift=0). [B] → [B, width], cosines first."""
    half = width // 2
    frequencies = torch.exp(-math.log(10000) * torch.arange(half, device=timesteps.device).float() / half)
    angles = timesteps.float()[:, None] * frequencies
    return torch.cat([angles.cos(), angles.sin()], 1)


def guidance_embedding(omega: Tensor, width: int) -> Tensor:
    """LatentConsistencyModelPipeline.get_guidance_scale_embedding. omega = guidance scale - 1, [B] → [B, width]."""
    half = width // 2
    frequencies = torch.exp(torch.arange(half, device=omega.device).float() * -(math.log(10000.0) / (half - 1)))
    angles = omega.float()[:, None] * 1000.0 * frequencies
    return torch.cat([angles.sin(), angles.cos()], 1)
