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

from .. import checkpoint, device, examples, networks, safetensors
from ..conditioning import Conditioner
from ..loop import Run, Stage
from ..nets.unet import Context
from ..schedule import STEPS, Schedule


def load_teacher(config: SimpleNamespace, where: torch.device) -> tuple[nn.Module, Conditioner]:
    """The teacher's averaged denoiser and its two encoders, frozen."""
    weights = checkpoint.averages(config, "denoiser")
    built = {"unet": networks.unet(config), "text_encoder": networks.text_encoder(config)}
    built["style_encoder"] = networks.style_encoder(config)
    for name, network in built.items():
        network.load_state_dict(weights[name])
        network.to(where).eval().requires_grad_(False)
    if config.device.channels_last_unet:
        built["unet"].to(memory_format=torch.channels_last)
    return built["unet"], Conditioner(built["text_encoder"], built["style_encoder"])


@torch.no_grad()
def teach_guidance(config: SimpleNamespace, student: nn.Module) -> None:
    """Starts the student's use of the guidance embedding from an earlier model's; the style's half stays the teacher's."""
    earlier = safetensors.read(next((config.start_from / "unet").glob("*.safetensors")))
    weight = earlier["time_embedding.cond_proj.weight"]
    student.time_embedding.cond_proj.weight[:, : weight.shape[1]] = weight


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
    data = examples.load(config, where)
    settings, schedule = config.distill, Schedule(where)
    teacher, conditioner = load_teacher(config, where)
    student = copy.deepcopy(teacher).train().requires_grad_(True)
    if config.start_from:
        teach_guidance(config, student)
    target, then = copy.deepcopy(student).requires_grad_(False), copy.deepcopy(teacher)

    def loss(random: np.random.Generator, batch: int) -> tuple[Tensor, dict[str, Tensor]]:
        indices, references = data.draw_with_references(random, batch, int(random.choice(settings.references)))
        latents, ids = data.latent(indices), data.captions(indices, random)
        styled = torch.from_numpy(random.random(batch) >= settings.drop_references).to(where)
        timesteps = solver_timesteps(random, batch, settings.solver_steps, where)
        following = (timesteps - settings.skip).clamp(min=0)
        noisy = schedule.add_noise(latents, torch.randn_like(latents), timesteps)
        omega = torch.from_numpy(random.uniform(*settings.omega, batch).astype(np.float32)).to(where)
        with torch.no_grad(), device.autocast(config):
            shown = data.latent(references.ravel()).unflatten(0, references.shape)
            given = conditioner(ids, shown, styled)
            # Guidance is the caption's alone: without it the teacher still sees the references.
            free = given.context._replace(text=conditioner.text_encoder(data.empty[None]).expand_as(given.context.text))
            both = Context(torch.cat([given.context.text, free.text]), torch.cat([free.image, free.image]))
            passes = teacher(
                torch.cat([noisy] * 2), torch.cat([timesteps] * 2), both, torch.cat([given.condition()] * 2)
            )
            v, unguided = passes.float().chunk(2)
            nearer = schedule.ddim(noisy, v + omega[:, None, None, None] * (v - unguided), timesteps, following)
            told = given.condition(omega)
            aim = schedule.consistency(nearer, target(nearer, following, given.context, told).float(), following)
        with device.autocast(config):
            v = student(noisy, timesteps, given.context, told)
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
