"""Stage "denoiser": the teacher. Denoiser, text encoder and style encoder together, v-prediction.

Captions and references are dropped separately, so that each has a guidance of its own. The plain v-loss, not weighted
by min-SNR: in the noisy steps, where the words decide the picture, min-SNR leaves almost no gradient. The text encoder
keeps predicting the shape by itself as a second, small loss.
"""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import torch
from torch import Tensor, nn

from .. import checkpoint, device, examples, networks, warm_start
from ..conditioning import Conditioner
from ..loop import Run, Stage
from ..nets.text_encoder import end_states
from ..nets.unet import guidance_embedding
from ..schedule import STEPS, Schedule

BINS = 5
REPORT_PICTURES = 128
REPORT_REFERENCES = 4


def stratified_timesteps(random: np.random.Generator, count: int, where: torch.device) -> Tensor:
    """One timestep from each of `count` equal parts of the schedule, in order. int64 [count]."""
    share = (np.arange(count) + random.random(count)) / count
    return torch.from_numpy((share * STEPS).astype(np.int64)).clamp(max=STEPS - 1).to(where)


def by_noise(losses: Tensor, timesteps: Tensor) -> dict[str, Tensor]:
    """Mean loss in each fifth of the schedule."""
    fifth = timesteps * BINS // STEPS
    return {f"t{number}": losses[fifth == number].mean() for number in range(BINS)}


def dropped(random: np.random.Generator, batch: int, settings: SimpleNamespace) -> tuple[Tensor, Tensor]:
    """(bool [B] captions dropped, bool [B] references kept)."""
    text, style = random.random(batch) < settings.drop_text, random.random(batch) < settings.drop_references
    both = random.random(batch) < settings.drop_both
    return torch.from_numpy(text | both), torch.from_numpy(~(style | both))


@torch.no_grad()
def fold_guidance(unet: nn.Module) -> None:
    """A student's guidance embedding at w = 0 becomes part of the bias: the teacher is guided by two passes."""
    time = unet.time_embedding
    half = time.cond_proj.in_features // 2
    neutral = guidance_embedding(torch.zeros(1), half)
    time.linear_1.bias += time.linear_1.weight @ (time.cond_proj.weight[:, :half] @ neutral[0])
    time.cond_proj.weight.zero_()


def build(config: SimpleNamespace, where: torch.device) -> dict[str, nn.Module]:
    """Denoiser (perhaps from an earlier model), style encoder, text encoder and its head (both from the stage "text")."""
    torch.manual_seed(config.seed)
    unet, text, style = networks.unet(config), networks.text_encoder(config), networks.style_encoder(config)
    head = networks.shape_head(config)
    if config.start_from:
        warm_start.start_from(config.start_from, "unet", unet)
        fold_guidance(unet)
    warmed = checkpoint.averages(config, "text")
    text.load_state_dict(warmed["text_encoder"])
    head.load_state_dict(warmed["head"])
    layout = torch.channels_last if config.device.channels_last_unet else torch.contiguous_format
    modules = {"unet": unet.to(memory_format=layout), "text_encoder": text, "style_encoder": style, "head": head}
    return {name: module.to(where) for name, module in modules.items()}


def run(config: SimpleNamespace, step: dict) -> None:
    """Trains to the plan's number of samples."""
    where = device.setup(config)
    data = examples.load(config, where)
    modules = build(config, where)
    head = modules["head"]
    unet = torch.compile(modules["unet"]) if config.device.compile else modules["unet"]
    conditioner = Conditioner(modules["text_encoder"], modules["style_encoder"])
    schedule, settings = Schedule(where), config.denoiser

    def loss(random: np.random.Generator, batch: int) -> tuple[Tensor, dict[str, Tensor]]:
        indices, references = data.draw_with_references(random, batch, int(random.choice(settings.references)))
        latents, ids = data.latent(indices), data.captions(indices, random)
        no_text, styled = (mask.to(where) for mask in dropped(random, batch, settings))
        ids = torch.where(no_text[:, None], data.empty, ids)
        timesteps, noise = stratified_timesteps(random, batch, where), torch.randn_like(latents)
        with device.autocast(config):
            given = conditioner(ids, data.latent(references.ravel()).unflatten(0, references.shape), styled)
            v = unet(schedule.add_noise(latents, noise, timesteps), timesteps, given.context, given.condition())
            drawn = head(end_states(given.context.text, ids, data.end))
        losses = (v.float() - schedule.velocity(latents, noise, timesteps)).pow(2).mean((1, 2, 3))
        errors = (drawn.float() - data.shapes[torch.from_numpy(indices)].to(where)).pow(2).mean(1)
        said = (errors * ~no_text).sum() / (~no_text).sum().clamp(min=1)
        numbers = {"v": losses.detach().mean(), **by_noise(losses.detach(), timesteps), "head": said.detach()}
        return losses.mean() + settings.head * said, numbers

    chosen = np.random.default_rng(7).permutation(data.held_out)[:REPORT_PICTURES]
    chosen_references = np.stack([data.references(style, target, REPORT_REFERENCES, np.random.default_rng(7))
                                  for style, target in data.style_of(chosen)])  # fmt: skip
    chosen = np.array([target for _, target in data.style_of(chosen)])

    @torch.no_grad()
    def report(averages: dict[str, nn.Module]) -> dict[str, Tensor]:
        """Loss of the averaged networks on held-out concepts, always with the same noise: with references and without."""
        told = Conditioner(averages["text_encoder"], averages["style_encoder"])
        latents, ids = data.latent(chosen), data.ids[torch.from_numpy(chosen), 0].to(where)
        timesteps = stratified_timesteps(np.random.default_rng(7), len(latents), where)
        noise = torch.randn(latents.shape, generator=torch.Generator().manual_seed(7)).to(where)
        noisy = schedule.add_noise(latents, noise, timesteps)
        references = data.latent(chosen_references.ravel()).unflatten(0, chosen_references.shape)
        result = {}
        for name, kept in {"held_out": True, "held_out_bare": False}.items():
            with device.autocast(config):
                given = told(ids, references, torch.full((len(ids),), kept, device=where))
                v = averages["unet"](noisy, timesteps, given.context, given.condition())
            result[name] = (v.float() - schedule.velocity(latents, noise, timesteps)).pow(2).mean()
        return result

    Run(config, Stage("denoiser", modules, loss, report=report), settings).train(step["until"], step.get("decay", 0.0))
