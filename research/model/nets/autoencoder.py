"""AutoencoderTiny with the module names of diffusers, for premultiplied RGBA pictures.

No norms: convolutions only, which is what CPUs with bf16 units do fastest (channels_last).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class AutoencoderTinyBlock(nn.Module):
    """Three convolutions with a skip. [B, C, H, W] → the same shape."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        layers = [nn.Conv2d(channels, channels, 3, padding=1) for _ in range(3)]
        self.conv = nn.Sequential(layers[0], nn.ReLU(), layers[1], nn.ReLU(), layers[2])
        self.skip = nn.Identity()
        self.fuse = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        return self.fuse(self.conv(x) + self.skip(x))


class EncoderTiny(nn.Module):
    """[B, in, H, W] in [-1, 1] → [B, latent, H/8, W/8]."""

    def __init__(self, in_channels: int, latent_channels: int, blocks: Sequence[int], width: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for stage, count in enumerate(blocks):
            first = nn.Conv2d(in_channels, width, 3, padding=1)
            layers.append(first if stage == 0 else nn.Conv2d(width, width, 3, padding=1, stride=2, bias=False))
            layers += [AutoencoderTinyBlock(width) for _ in range(count)]
        layers.append(nn.Conv2d(width, latent_channels, 3, padding=1))
        self.layers = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x.add(1).div(2))


class DecoderTiny(nn.Module):
    """[B, latent, h, w] → [B, out, 8h, 8w] about [-1, 1]."""

    def __init__(self, latent_channels: int, out_channels: int, blocks: Sequence[int], width: int) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.Conv2d(latent_channels, width, 3, padding=1), nn.ReLU()]
        for stage, count in enumerate(blocks):
            last = stage == len(blocks) - 1
            layers += [AutoencoderTinyBlock(width) for _ in range(count)]
            if not last:
                layers.append(nn.Upsample(scale_factor=2))
            layers.append(nn.Conv2d(width, out_channels if last else width, 3, padding=1, bias=last))
        self.layers = nn.Sequential(*layers)

    def forward(self, z: Tensor) -> Tensor:
        return self.layers(torch.tanh(z / 3) * 3).mul(2).sub(1)


class AutoencoderTiny(nn.Module):
    """Encoder and decoder; `scaling_factor` belongs to the latents, not to the network."""

    def __init__(
        self, width: int, latent_channels: int, num_encoder_blocks: Sequence[int], num_decoder_blocks: Sequence[int]
    ) -> None:
        super().__init__()
        self.encoder = EncoderTiny(4, latent_channels, num_encoder_blocks, width)
        self.decoder = DecoderTiny(latent_channels, 4, num_decoder_blocks, width)

    def encode(self, x: Tensor) -> Tensor:
        return self.encoder(x)

    def decode(self, z: Tensor) -> Tensor:
        return self.decoder(z)
