"""The noise schedule (scaled linear, v-prediction), the consistency parametrization and solver arithmetic."""

from __future__ import annotations

import torch
from torch import Tensor

STEPS = 1000
BETA_START, BETA_END = 0.00085, 0.012
SIGMA_DATA, TIMESTEP_SCALING = 0.5, 10.0


def alphas_cumprod() -> Tensor:
    """Cumulative product of 1 - beta, fp32 [1000], as diffusers' "scaled_linear"."""
    betas = torch.linspace(BETA_START**0.5, BETA_END**0.5, STEPS, dtype=torch.float64) ** 2
    return torch.cumprod(1 - betas, 0).float()


class Schedule:
    """Arithmetic on latents [B, C, h, w] at timesteps [B]. Timestep -1 is the clean picture."""

    def __init__(self, device: torch.device | str = "cpu") -> None:
        # One more entry at the end, so that index -1 is the clean end of the schedule.
        self.alphas = torch.cat([alphas_cumprod(), torch.ones(1)]).to(device)

    def rates(self, timesteps: Tensor) -> tuple[Tensor, Tensor]:
        """Shares of signal and noise, [B, 1, 1, 1] each."""
        alpha = self.alphas[timesteps][:, None, None, None]
        return alpha.sqrt(), (1 - alpha).sqrt()

    def add_noise(self, clean: Tensor, noise: Tensor, timesteps: Tensor) -> Tensor:
        signal, sigma = self.rates(timesteps)
        return signal * clean + sigma * noise

    def velocity(self, clean: Tensor, noise: Tensor, timesteps: Tensor) -> Tensor:
        """The target of v-prediction (Salimans & Ho 2022)."""
        signal, sigma = self.rates(timesteps)
        return signal * noise - sigma * clean

    def clean_and_noise(self, x: Tensor, v: Tensor, timesteps: Tensor) -> tuple[Tensor, Tensor]:
        signal, sigma = self.rates(timesteps)
        return signal * x - sigma * v, sigma * x + signal * v

    def ddim(self, x: Tensor, v: Tensor, timesteps: Tensor, following: Tensor) -> Tensor:
        """One deterministic step from `timesteps` to `following` (DDIM, eta 0)."""
        clean, noise = self.clean_and_noise(x, v, timesteps)
        return self.add_noise(clean, noise, following)

    def consistency(self, x: Tensor, v: Tensor, timesteps: Tensor) -> Tensor:
        """f(x, t) = c_skip x + c_out x0 (LCM paper, section 3; scalings as in LCMScheduler)."""
        scaled = timesteps.float()[:, None, None, None] * TIMESTEP_SCALING
        skip = SIGMA_DATA**2 / (scaled**2 + SIGMA_DATA**2)
        out = scaled / (scaled**2 + SIGMA_DATA**2).sqrt()
        return skip * x + out * self.clean_and_noise(x, v, timesteps)[0]
