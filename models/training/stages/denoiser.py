"""Stage "denoiser": the teacher. Denoiser and text encoder together, v-prediction, captions dropped for guidance.

The plain v-loss, not weighted by min-SNR: in the noisy steps, where the words decide the picture, min-SNR leaves almost
no gradient. The text encoder keeps predicting the picture by itself as a second, small loss.
"""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import torch
from torch import Tensor, nn

from .. import captioned, checkpoint, device, networks, warm_start
from ..loop import Run, Stage
from ..nets.text_encoder import end_states
from ..schedule import STEPS, Schedule

BINS = 5
REPORT_PICTURES = 256


def stratified_timesteps(random: np.random.Generator, count: int, where: torch.device) -> Tensor:
    """One timestep from each of `count` equal parts of the schedule, in order. int64 [count]."""
    share = (np.arange(count) + random.random(count)) / count
    return torch.from_numpy((share * STEPS).astype(np.int64)).clamp(max=STEPS - 1).to(where)


def by_noise(losses: Tensor, timesteps: Tensor) -> dict[str, Tensor]:
    """Mean loss in each fifth of the schedule."""
    fifth = timesteps * BINS // STEPS
    return {f"t{number}": losses[fifth == number].mean() for number in range(BINS)}


def build(config: SimpleNamespace, data: captioned.Captioned, where: torch.device) -> dict[str, nn.Module]:
    """Denoiser (perhaps from an earlier model), text encoder and its picture head (both from the stage "text")."""
    torch.manual_seed(config.seed)
    unet, text = networks.unet(config), networks.text_encoder(config)
    head = nn.Linear(config.networks.text_encoder.hidden_size, data.latents[0].numel())
    if config.start_from:
        warm_start.start_from(config.start_from, "unet", unet)
    # The teacher is guided by two passes; only the student has the guidance scale as an input.
    nn.init.zeros_(unet.time_embedding.cond_proj.weight).requires_grad_(False)
    warmed = checkpoint.averages(config, "text")
    text.load_state_dict(warmed["text_encoder"])
    head.load_state_dict(warmed["head"])
    layout = torch.channels_last if config.device.channels_last_unet else torch.contiguous_format
    return {"unet": unet.to(where, memory_format=layout), "text_encoder": text.to(where), "head": head.to(where)}


def run(config: SimpleNamespace, step: dict) -> None:
    """Trains to the plan's number of samples."""
    where = device.setup(config)
    data = captioned.load(config, where)
    modules = build(config, data, where)
    text, head = modules["text_encoder"], modules["head"]
    unet = torch.compile(modules["unet"]) if config.device.compile else modules["unet"]
    schedule, settings = Schedule(where), config.denoiser

    def loss(random: np.random.Generator, batch: int) -> tuple[Tensor, dict[str, Tensor]]:
        latents, ids = data.draw(random, batch)
        dropped = torch.from_numpy(random.random(batch) < settings.drop_text).to(where)
        ids = torch.where(dropped[:, None], data.empty, ids)
        timesteps, noise = stratified_timesteps(random, batch, where), torch.randn_like(latents)
        with device.autocast(config):
            hidden = text(ids)
            v = unet(schedule.add_noise(latents, noise, timesteps), timesteps, hidden)
            drawn = head(end_states(hidden, ids, data.end))
        losses = (v.float() - schedule.velocity(latents, noise, timesteps)).pow(2).mean((1, 2, 3))
        errors = (drawn.float() - latents.flatten(1)).pow(2).mean(1)
        said = (errors * ~dropped).sum() / (~dropped).sum().clamp(min=1)
        numbers = {"v": losses.detach().mean(), **by_noise(losses.detach(), timesteps), "head": said.detach()}
        return losses.mean() + settings.head * said, numbers

    held_out = data.held_out[np.random.default_rng(7).permutation(len(data.held_out))[:REPORT_PICTURES]]

    @torch.no_grad()
    def report(averages: dict[str, nn.Module]) -> dict[str, Tensor]:
        """Loss of the averaged networks on pictures of held-out concepts, always with the same noise."""
        latents, ids = data.latents[held_out], data.ids[held_out, 0]
        timesteps = stratified_timesteps(np.random.default_rng(7), len(latents), where)
        noise = torch.randn(latents.shape, generator=torch.Generator().manual_seed(7)).to(where)
        with device.autocast(config):
            noisy = schedule.add_noise(latents, noise, timesteps)
            v = averages["unet"](noisy, timesteps, averages["text_encoder"](ids))
        return {"held_out": (v.float() - schedule.velocity(latents, noise, timesteps)).pow(2).mean()}

    Run(config, Stage("denoiser", modules, loss, report=report), settings).train(step["until"], step.get("decay", 0.0))
