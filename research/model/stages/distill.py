"""Stage "distill": guided latent consistency distillation (LCM paper, algorithm 1) of the teacher into four steps.

One DDIM step of `skip` training timesteps, guided with a random omega, leads from one point of the teacher's path to
the next; the student must predict the same clean latent from both. Pseudo-Huber loss, target = moving average.
"""

from __future__ import annotations

import copy
from types import SimpleNamespace

import numpy as np
import torch
from torch import Tensor, nn

from .. import captioned, checkpoint, device, networks, warm_start
from ..loop import Run, Stage
from ..nets.unet import guidance_embedding
from ..schedule import STEPS, Schedule


def load_teacher(config: SimpleNamespace, where: torch.device) -> tuple[nn.Module, nn.Module]:
    """The teacher's averaged denoiser and text encoder, frozen."""
    weights = checkpoint.averages(config, "denoiser")
    unet, text = networks.unet(config), networks.text_encoder(config)
    unet.load_state_dict(weights["unet"])
    text.load_state_dict(weights["text_encoder"])
    layout = torch.channels_last if config.device.channels_last_unet else torch.contiguous_format
    unet.to(where, memory_format=layout)
    return unet.eval().requires_grad_(False), text.to(where).eval().requires_grad_(False)


@torch.no_grad()
def follow(then: nn.Module, now: nn.Module, students: list[nn.Module]) -> None:
    """Adds what the teacher has learnt since `then` to its students' weights, so that they need not start again."""
    for student in students:
        for p, old, new in zip(student.parameters(), then.parameters(), now.parameters()):
            p.add_(new - old)
    then.load_state_dict(now.state_dict())


def pseudo_huber(a: Tensor, b: Tensor, c: float) -> Tensor:
    return (((a - b).pow(2) + c * c).sqrt() - c).mean()


def solver_timesteps(random: np.random.Generator, count: int, steps: int, where: torch.device) -> Tensor:
    """Points of the solver's grid (19, 39 … 999 for 50 steps), stratified. int64 [count]."""
    share = (np.arange(count) + random.random(count)) / count
    index = torch.from_numpy((share * steps).astype(np.int64)).clamp(max=steps - 1)
    return ((index + 1) * (STEPS // steps) - 1).to(where)


def run(config: SimpleNamespace, step: dict) -> None:
    """Trains to the plan's number of samples."""
    where = device.setup(config)
    data = captioned.load(config, where)
    settings, schedule, width = config.distill, Schedule(where), config.networks.unet.time_cond_proj_dim
    teacher, text = load_teacher(config, where)
    student = copy.deepcopy(teacher).train().requires_grad_(True)
    if config.start_from:
        warm_start.start_from(config.start_from, "unet", student, only="time_embedding.cond_proj")
    target, then = copy.deepcopy(student).requires_grad_(False), copy.deepcopy(teacher)
    with torch.no_grad():
        empty = text(data.empty[None])

    def guided(x: Tensor, timesteps: Tensor, hidden: Tensor, omega: Tensor) -> Tensor:
        """The teacher's v with classifier-free guidance."""
        both = torch.cat([hidden, empty.expand_as(hidden)])
        v, free = teacher(torch.cat([x, x]), torch.cat([timesteps, timesteps]), both).float().chunk(2)
        return v + omega[:, None, None, None] * (v - free)

    def loss(random: np.random.Generator, batch: int) -> tuple[Tensor, dict[str, Tensor]]:
        latents, ids = data.draw(random, batch)
        timesteps = solver_timesteps(random, batch, settings.solver_steps, where)
        following = (timesteps - settings.skip).clamp(min=0)
        noisy = schedule.add_noise(latents, torch.randn_like(latents), timesteps)
        omega = torch.from_numpy(random.uniform(*settings.omega, batch).astype(np.float32)).to(where)
        embedding = guidance_embedding(omega, width)
        with torch.no_grad(), device.autocast(config):
            hidden = text(ids)
            nearer = schedule.ddim(noisy, guided(noisy, timesteps, hidden, omega), timesteps, following)
            aim = schedule.consistency(nearer, target(nearer, following, hidden, embedding).float(), following)
        with device.autocast(config):
            v = student(noisy, timesteps, hidden, embedding)
        return pseudo_huber(schedule.consistency(noisy, v.float(), timesteps), aim, settings.huber), {}

    @torch.no_grad()
    def move_target() -> None:
        averages, values = list(target.parameters()), [p.detach() for p in student.parameters()]
        torch._foreach_mul_(averages, settings.target_ema)
        torch._foreach_add_(averages, values, alpha=1 - settings.target_ema)

    stage = Stage(
        "distill",
        {"unet": student},
        loss,
        after_step=move_target,
        after_resume=lambda averages: follow(then, teacher, [student, target, averages["unet"]]),
        companions={"target": target, "teacher": then},
    )
    Run(config, stage, settings).train(step["until"], step.get("decay", 0.0))
