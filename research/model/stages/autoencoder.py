"""Stages "autoencoder" (both halves) and "decoder" (the encoder stays, so cached latents stay valid)."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .. import checkpoint, device, networks, pictures, warm_start
from ..loop import Run, Stage

REPORT_PICTURES = 40  # of each kind


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


KINDS = {
    "one_ink": lambda e: not e["colour"] and not is_duotone(e),
    "duotone": lambda e: not e["colour"] and is_duotone(e),
    "colour": lambda e: e["colour"] and not e["neverTrained"],
    "new_one_ink": lambda e: e["set"] in ("tabler", "majesticons", "mdi-light"),
    "new_outlines": lambda e: e["set"] in ("streamline-freehand-color", "streamline-stickies-color"),
}


def is_duotone(entry: dict) -> bool:
    """Whether an icon of one ink has a second, paler tone."""
    return any(word in entry["style"] for word in ("duo", "two", "uim"))


@torch.no_grad()
def psnr(config: SimpleNamespace, model: nn.Module, data: pictures.Pictures, indices: np.ndarray) -> Tensor:
    """Peak signal to noise ratio of each picture over white, in dB."""
    where = next(model.parameters()).device
    errors = []
    for part in np.array_split(indices, max(1, len(indices) // 50)):
        x = data.batch(part).to(where)
        with device.autocast(config):
            y = model.decode(model.encode(x)).float()
        errors.append((pictures.over(y) - pictures.over(x)).pow(2).mean((1, 2, 3)))
    return -10 * torch.cat(errors).clamp(min=1e-6).log10().cpu()


def held_out_samples(data: pictures.Pictures, count: int) -> dict[str, np.ndarray]:
    """At most `count` pictures of each kind that are not trained on; always the same ones."""
    unseen = np.flatnonzero(data.held_out | data.never)
    shuffled = np.random.default_rng(7).permutation(unseen)
    original = [index for index in shuffled if not data.entries[index].get("invented")]
    is_kind = lambda kind, e: KINDS[kind](e) and e["neverTrained"] == kind.startswith("new")
    return {kind: np.sort([i for i in original if is_kind(kind, data.entries[i])][:count]) for kind in KINDS}


def chances(config: SimpleNamespace, data: pictures.Pictures) -> tuple[np.ndarray, np.ndarray]:
    """(indices of the trained pictures, cumulative probability of each): what is hard to encode more often."""
    trained = data.trained()
    entries = [data.entries[index] for index in trained]
    invented = np.array([bool(e.get("invented")) for e in entries])
    hard = np.array([e["colour"] or is_duotone(e) for e in entries])
    weights = np.where(hard, config.autoencoder.hard_weight, 1.0)
    if invented.any():
        share = config.autoencoder.invented_share
        weights[invented] *= share / (1 - share) * weights[~invented].sum() / weights[invented].sum()
    return trained, np.cumsum(weights / weights.sum())


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
    trained, cumulative = chances(config, data)

    def loss(random: np.random.Generator, batch: int) -> tuple[Tensor, dict[str, Tensor]]:
        indices = np.sort(trained[pictures.stratified(cumulative, batch, random)])
        x = data.batch(indices).to(where, memory_format=torch.channels_last)
        with device.autocast(config):
            latents = model.encode(x).float()
            y = model.decode(latents + settings.latent_noise * torch.randn_like(latents))
        error = reconstruction_loss(y.float(), x)
        return error + settings.latent_penalty * latents.pow(2).mean(), {"std": latents.detach().std()}

    samples = held_out_samples(data, REPORT_PICTURES)

    def report(averages: dict[str, nn.Module]) -> dict[str, float]:
        return {kind: psnr(config, averages["vae"], data, indices).mean() for kind, indices in samples.items()}

    stage = Stage("decoder" if decoder_only else "autoencoder", {"vae": model}, loss, report=report)
    Run(config, stage, settings).train(step["until"], step.get("decay", 0.0))
