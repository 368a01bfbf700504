"""Samplers for the evaluation: LCM, DDIM and DPM-Solver++(2M), on latents [B, C, 8, 8] with v-prediction.

A `Velocity` is called with latents and timesteps [B]; `guided` and `embedded` make one from a denoiser.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from .nets.unet import guidance_embedding
from .schedule import STEPS, Schedule

Velocity = Callable[[Tensor, Tensor], Tensor]
ORIGINAL_STEPS = 50


def guided(unet: nn.Module, hidden: Tensor, empty: Tensor, guidance: float) -> Velocity:
    """Two passes, with and without the prompt. hidden [B, N, C], empty [1, N, C]."""

    def velocity(x: Tensor, timesteps: Tensor) -> Tensor:
        both = torch.cat([hidden, empty.expand_as(hidden)])
        v, free = unet(torch.cat([x, x]), torch.cat([timesteps, timesteps]), both).float().chunk(2)
        return free + guidance * (v - free)

    return velocity


def embedded(unet: nn.Module, hidden: Tensor, guidance: float) -> Velocity:
    """One pass, with the guidance scale as an input of the denoiser."""
    width = unet.time_embedding.cond_proj.in_features
    embedding = guidance_embedding(torch.full((len(hidden),), guidance - 1.0, device=hidden.device), width)
    return lambda x, timesteps: unet(x, timesteps, hidden, embedding).float()


def lcm_timesteps(steps: int) -> list[int]:
    """Timesteps of LCMScheduler with 50 original steps, e.g. 999, 759, 499, 259."""
    grid = [(index + 1) * (STEPS // ORIGINAL_STEPS) - 1 for index in range(ORIGINAL_STEPS)][::-1]
    return [grid[index * ORIGINAL_STEPS // steps] for index in range(steps)]


def trailing_timesteps(steps: int) -> list[int]:
    """`steps` timesteps from 999 downwards, evenly spaced, then -1 for the clean end."""
    return [STEPS - 1 - round(index * STEPS / steps) for index in range(steps)] + [-1]


def filled(x: Tensor, timestep: int) -> Tensor:
    return torch.full((len(x),), timestep, device=x.device)


@torch.no_grad()
def lcm(velocity: Velocity, x: Tensor, steps: int, noise: Callable[[], Tensor]) -> Tensor:
    """Multistep consistency sampling (LCM paper, algorithm 3)."""
    schedule, timesteps = Schedule(x.device), lcm_timesteps(steps)
    for timestep, following in zip(timesteps, [*timesteps[1:], None]):
        now = filled(x, timestep)
        clean = schedule.consistency(x, velocity(x, now), now)
        x = clean if following is None else schedule.add_noise(clean, noise(), filled(x, following))
    return x


@torch.no_grad()
def ddim(velocity: Velocity, x: Tensor, steps: int) -> Tensor:
    """DDIM with eta 0."""
    schedule, timesteps = Schedule(x.device), trailing_timesteps(steps)
    for timestep, following in zip(timesteps, timesteps[1:]):
        now = filled(x, timestep)
        x = schedule.ddim(x, velocity(x, now), now, filled(x, following))
    return x


@torch.no_grad()
def dpm_solver(velocity: Velocity, x: Tensor, steps: int) -> Tensor:
    """DPM-Solver++(2M) (Lu et al. 2022), with a first-order last step."""
    schedule, timesteps = Schedule(x.device), trailing_timesteps(steps)
    half_log_snr = lambda timestep: 0.5 * torch.log(schedule.alphas[timestep] / (1 - schedule.alphas[timestep]))
    before: tuple[Tensor, Tensor] | None = None  # previous prediction and its step in half log SNR
    for timestep, following in zip(timesteps, timesteps[1:]):
        now = filled(x, timestep)
        clean = schedule.clean_and_noise(x, velocity(x, now), now)[0]
        if following < 0:
            return clean
        span = half_log_snr(following) - half_log_snr(timestep)
        drift = clean if before is None else clean + (clean - before[0]) * span / (2 * before[1])
        signal, sigma = schedule.rates(filled(x, following))
        x = sigma / schedule.rates(now)[1] * x - signal * torch.expm1(-span) * drift
        before = (clean, span)
    return x
