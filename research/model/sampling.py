"""Samplers for the evaluation: LCM, DDIM and DPM-Solver++(2M), on latents [B, C, 8, 8] with v-prediction.

A `Velocity` is called with latents and timesteps [B]; `guided` and `embedded` make one from a denoiser.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable

import torch
from torch import Tensor, nn

from .conditioning import Conditioning
from .nets.unet import Context
from .schedule import STEPS, Schedule

Velocity = Callable[[Tensor, Tensor], Tensor]
ORIGINAL_STEPS = 50


def guided(
    unet: nn.Module,
    told: Conditioning,
    untold: Conditioning,
    unstyled: Conditioning | None,
    text: float,
    style: float = 1.0,
) -> Velocity:
    """Two or three passes with separate guidance of captions and references.

    told: caption and references; untold: references only; unstyled: neither (needed where `style` is not 1).
    """
    givens = [told, untold] if unstyled is None or style == 1.0 else [told, untold, unstyled]
    context = Context(torch.cat([g.context.text for g in givens]), torch.cat([g.context.image for g in givens]))
    condition = torch.cat([g.condition() for g in givens])

    def velocity(x: Tensor, timesteps: Tensor) -> Tensor:
        n = len(givens)
        parts = unet(torch.cat([x] * n), torch.cat([timesteps] * n), context, condition).float().chunk(n)
        v = parts[1] + text * (parts[0] - parts[1])
        return v if n == 2 else v + (style - 1.0) * (parts[1] - parts[2])

    return velocity


def embedded(unet: nn.Module, told: Conditioning, guidance: float) -> Velocity:
    """One pass, with the guidance scale as an input of the denoiser."""
    omega = torch.full((len(told.style),), guidance - 1.0, device=told.style.device)
    condition = told.condition(omega)
    return lambda x, timesteps: unet(x, timesteps, told.context, condition).float()


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
    for timestep, following in itertools.pairwise(timesteps):
        now = filled(x, timestep)
        x = schedule.ddim(x, velocity(x, now), now, filled(x, following))
    return x


@torch.no_grad()
def dpm_solver(velocity: Velocity, x: Tensor, steps: int) -> Tensor:
    """DPM-Solver++(2M) (Lu et al. 2022), with a first-order last step."""
    schedule, timesteps = Schedule(x.device), trailing_timesteps(steps)
    half_log_snr = lambda timestep: 0.5 * torch.log(schedule.alphas[timestep] / (1 - schedule.alphas[timestep]))
    before: tuple[Tensor, Tensor] | None = None  # previous prediction and its step in half log SNR
    for timestep, following in itertools.pairwise(timesteps):
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
