"""Stages "autoencoder" (both halves) and "decoder" (the encoder stays, so cached latents stay valid)."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .. import checkpoint, device, networks, pictures, warm_start
from ..loop import Run, Stage

REPORT_PICTURES = 300


def gradients(x: Tensor) -> tuple[Tensor, Tensor]:
    """Differences between neighbours, down and across."""
    return x[..., 1:, :] - x[..., :-1, :], x[..., :, 1:] - x[..., :, :-1]


def reconstruction_loss(y: Tensor, x: Tensor) -> Tensor:
    """Distance of pictures [B, 4, H, W]: pixels, edges, blurred colours, and colours as seen over white."""
    loss = F.l1_loss(y, x) + 0.5 * F.mse_loss(y, x)
    for a, b in zip(gradients(y), gradients(x)):
        loss = loss + 0.5 * F.l1_loss(a, b)
    loss = loss + 0.5 * F.l1_loss(F.avg_pool2d(y, 4), F.avg_pool2d(x, 4))
    return loss + 0.3 * F.l1_loss(y[:, :3] - y[:, 3:], x[:, :3] - x[:, 3:])


@torch.no_grad()
def psnr(config: SimpleNamespace, model: nn.Module, data: pictures.Pictures, indices: np.ndarray) -> dict[str, Tensor]:
    """Peak signal to noise ratio in dB of each picture: of the premultiplied RGBA values, and over white."""
    where = next(model.parameters()).device
    rgba, white = [], []
    for part in np.array_split(indices, max(1, len(indices) // 50)):
        x = data.batch(part).to(where)
        with device.autocast(config):
            y = model.decode(model.encode(x)).float()
        rgba.append(((y.clamp(-1, 1) - x) / 2).pow(2).mean((1, 2, 3)))
        white.append((pictures.over(y) - pictures.over(x)).pow(2).mean((1, 2, 3)))
    decibels = lambda errors: -10 * torch.cat(errors).clamp(min=1e-6).log10().cpu()
    return {"rgba": decibels(rgba), "white": decibels(white)}


def held_out_sample(data: pictures.Pictures, count: int) -> np.ndarray:
    """At most `count` pictures of held-out concepts, as their sets have them; always the same ones."""
    original = np.array(["recoloured" not in entry for entry in data.entries])
    held_out = np.flatnonzero(data.held_out & original)
    return np.sort(np.random.default_rng(7).permutation(held_out)[:count])


def run(config: SimpleNamespace, step: dict) -> None:
    """Trains to the plan's number of samples."""
    decoder_only = step["stage"] == "decoder"
    where = device.setup(config)
    data = pictures.load(config)
    torch.manual_seed(config.seed)
    model = networks.autoencoder(config).to(where, memory_format=torch.channels_last)
    if config.start_from:
        warm_start.start_from(config.start_from, "vae", model)
    if decoder_only:
        model.load_state_dict(checkpoint.averages(config, "autoencoder")["vae"])
        model.encoder.requires_grad_(False)
    settings = config.autoencoder
    trained, cumulative = pictures.weighted_indices(config, data)
    even = np.linspace(0, 1, len(cumulative) + 1)[1:]
    # Half by the mix, half evenly: the main look should be sharp, and no set should be unknown.
    cumulative = (cumulative + even) / 2

    def loss(random: np.random.Generator, batch: int) -> tuple[Tensor, dict[str, Tensor]]:
        indices = np.sort(trained[pictures.stratified(cumulative, batch, random)])
        x = data.batch(indices).to(where, memory_format=torch.channels_last)
        with device.autocast(config):
            latents = model.encode(x).float()
            y = model.decode(latents + settings.latent_noise * torch.randn_like(latents))
        error = reconstruction_loss(y.float(), x)
        return error + settings.latent_penalty * latents.pow(2).mean(), {"std": latents.detach().std()}

    sample = held_out_sample(data, REPORT_PICTURES)

    def report(averages: dict[str, nn.Module]) -> dict[str, float]:
        return {f"psnr_{k}": v.mean() for k, v in psnr(config, averages["vae"], data, sample).items()}

    stage = Stage("decoder" if decoder_only else "autoencoder", {"vae": model}, loss, report=report)
    Run(config, stage, settings).train(step["until"], step.get("decay", 0.0))
