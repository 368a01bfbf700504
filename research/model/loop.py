"""The training loop every stage shares: budget in samples, learning rate, averaged weights, log, checkpoints.

Randomness is drawn from (seed, step) anew in every step, so a resumed run continues as if never stopped.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import torch
from torch import Tensor, nn

from . import checkpoint
from .team import Team


@dataclass
class Stage:
    """What a stage trains.

    modules: trained networks by name; frozen parameters have requires_grad False.
    loss: (random generator, batch size) → (loss, numbers for the log). Called for a part of a step's batch.
    after_step: called after each optimizer step.
    after_resume: called once with the averaged networks, after a checkpoint was read.
    report: numbers measured now and then (at checkpoints), from the averaged networks.
    companions: networks that are saved and continued too, but trained by `after_step` or not at all.
    """

    name: str
    modules: dict[str, nn.Module]
    loss: Callable[[np.random.Generator, int], tuple[Tensor, dict[str, float]]]
    after_step: Callable[[], None] = lambda: None
    after_resume: Callable[[dict[str, nn.Module]], None] = lambda _: None
    report: Callable[[dict[str, nn.Module]], dict[str, float]] = lambda _: {}
    companions: dict[str, nn.Module] = field(default_factory=dict)


class Averages:
    """Exponential moving averages of the trained parameters, started from the first ones."""

    def __init__(self, modules: dict[str, nn.Module], decay: float) -> None:
        self.modules = {name: copy.deepcopy(module).eval().requires_grad_(False) for name, module in modules.items()}
        self.decay = decay
        pairs = [pair for name in modules for pair in zip(modules[name].parameters(), self.modules[name].parameters())]
        self.pairs = [(p, q) for p, q in pairs if p.requires_grad]

    @torch.no_grad()
    def update(self, step: int) -> None:
        decay = min(self.decay, (1 + step) / (10 + step))
        averages = [q for _, q in self.pairs]
        torch._foreach_mul_(averages, decay)
        torch._foreach_add_(averages, [p.detach() for p, _ in self.pairs], alpha=1 - decay)


def learning_rate(settings: SimpleNamespace, step: int, seen: int, span: tuple[int, int, float]) -> float:
    """Linear warm-up, constant, and linear decay over the last share of this step of the plan.

    span: (samples at the start, samples at the end, share that decays).
    """
    start, until, decay = span
    warm = min(1.0, (step + 1) / settings.warmup)
    left = (until - seen) / max(1.0, (until - start) * decay) if decay else 1.0
    return settings.lr * warm * max(0.01, min(1.0, left))


class Run:
    """One stage's training from its checkpoint, or from nothing, to a number of samples."""

    def __init__(self, config: SimpleNamespace, stage: Stage, settings: SimpleNamespace) -> None:
        self.config, self.stage, self.settings = config, stage, settings
        self.path: Path = config.checkpoints / f"{stage.name}.pt"
        self.parameters = [p for m in stage.modules.values() for p in m.parameters() if p.requires_grad]
        self.optimizer = torch.optim.AdamW(
            self.parameters, lr=settings.lr, betas=(0.9, 0.99), weight_decay=settings.weight_decay
        )
        self.averages = Averages(stage.modules, settings.ema)
        self.step = self.seen = self.span_start = 0
        self.span_until = 0

    def resume(self) -> None:
        """Continues from the stage's checkpoint, or from what the repository keeps of it, when there is one."""
        state = checkpoint.find(self.config, self.stage.name)
        if state is None:
            return
        for name, module in self.stage.modules.items():
            module.load_state_dict(state["modules"][name])
            self.averages.modules[name].load_state_dict(state["averages"][name])
        for name, module in self.stage.companions.items():
            module.load_state_dict(state.get("companions", {}).get(name, module.state_dict()))
        if "optimizer" in state:  # kept weights are without
            self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.seen = state["step"], state["seen"]
        self.span_start, self.span_until = state["span"]
        self.stage.after_resume(self.averages.modules)

    def save(self, done: bool = False) -> None:
        modules, averages = self.stage.modules, self.averages.modules
        state = {
            "modules": {name: module.state_dict() for name, module in modules.items()},
            "averages": {name: module.state_dict() for name, module in averages.items()},
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "seen": self.seen,
            "span": (self.span_start, self.span_until),
            "done": done,
            "companions": {name: module.state_dict() for name, module in self.stage.companions.items()},
        }
        checkpoint.save(self.path, state)

    def train(self, until: int, decay: float = 0.0) -> None:
        """Trains until `until` samples were seen in all. `decay`: last share with a falling learning rate."""
        self.resume()
        if self.span_until != until:
            self.span_start, self.span_until = self.seen, until
        log = Log(self.config.logs / f"{self.stage.name}.log", self.config.device.log_seconds)
        log.write(f"from {self.seen} to {until} samples, {sum(p.numel() for p in self.parameters)} parameters")
        saved = time.monotonic()
        everything = [*self.stage.modules.values(), *self.stage.companions.values()]
        team = Team(self.config.device.processes, everything, self.parameters, self.part_loss)
        while self.seen < until:
            numbers = self.one_step(team, until, decay)
            log.add(self.step, self.seen, self.settings.batch, numbers)
            if time.monotonic() - saved > self.config.device.checkpoint_seconds:
                self.save()
                log.write_numbers("measured", self.seen, self.stage.report(self.averages.modules))
                saved = time.monotonic()
        team.end()
        self.save(done=True)
        log.write_numbers("done", self.seen, self.stage.report(self.averages.modules))

    def part_loss(self, step: int, part: int) -> tuple[Tensor, dict[str, Tensor]]:
        """Loss of one part of a step's batch, the same whoever computes it."""
        seed = (self.config.seed * 1_000_003 + step) * 64 + part
        torch.manual_seed(seed)
        return self.stage.loss(np.random.default_rng(seed), self.settings.batch // self.settings.parts)

    def one_step(self, team: Team, until: int, decay: float) -> dict[str, Tensor | float]:
        """One optimizer step. Returns numbers for the log, tensors still on the device."""
        rate = learning_rate(self.settings, self.step, self.seen, (self.span_start, until, decay))
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        loss, numbers = team.compute(self.step, self.settings.parts)
        norm = torch.nn.utils.clip_grad_norm_(self.parameters, 1.0)
        self.optimizer.step()
        self.averages.update(self.step)
        self.stage.after_step()
        self.step += 1
        self.seen += self.settings.batch
        return {"loss": loss, **numbers, "norm": norm, "lr": rate}


class Log:
    """Appends the mean of the numbers and the speed to a file every few seconds."""

    def __init__(self, path: Path, seconds: float) -> None:
        self.path, self.seconds = path, seconds
        self.reset()

    def reset(self) -> None:
        self.sums: dict[str, Tensor | float] = {}
        self.count = self.samples = 0
        self.started = time.monotonic()

    def write(self, line: str) -> None:
        with self.path.open("a") as file:
            file.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {line}\n")

    def write_numbers(self, title: str, seen: int, numbers: dict[str, Tensor | float]) -> None:
        values = " ".join(f"{name} {float(value):.4g}" for name, value in numbers.items())
        self.write(f"{title} seen {seen} {values}")

    def add(self, step: int, seen: int, batch: int, numbers: dict[str, Tensor | float]) -> None:
        for name, value in numbers.items():
            self.sums[name] = self.sums.get(name, 0.0) + value
        self.count += 1
        self.samples += batch
        elapsed = time.monotonic() - self.started
        if elapsed < self.seconds:
            return
        means = {name: value / self.count for name, value in self.sums.items()}
        self.write_numbers(f"step {step}", seen, {**means, "per_second": self.samples / elapsed})
        self.reset()
