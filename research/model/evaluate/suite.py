"""The measurements, each as plain numbers for results.json, and the pictures that go with them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import torch
from torch import Tensor, nn

from .. import sampling
from ..captions import clean
from ..layout import Model
from ..nets.classifier import Classifier
from ..pictures import Pictures
from ..schedule import Schedule
from ..stages.autoencoder import held_out_sample, psnr
from ..stages.classifier import Labelled, views
from ..stages.classifier import recall as class_recall
from . import drawing, metrics, prompts
from .generate import Studio, guided, lcm

STEPS = (1, 2, 4, 8)
SKIPS = (5, 10, 20, 40, 80, 160)
FINE = 5  # timesteps of the small steps that longer ones are compared with
REPORT_PICTURES = 300


@dataclass(frozen=True)
class Suite:
    """Everything a measurement needs. `teacher` is absent for a model that came without one."""

    config: SimpleNamespace
    data: Pictures
    labelled: Labelled
    classifier: Classifier
    model: Model
    teacher: nn.Module | None
    folder: Path

    @property
    def student(self) -> Studio:
        return Studio(self.config, self.model, self.model.unet)

    @property
    def known(self) -> set[str]:
        return set(self.labelled.concepts)

    def trained_prompts(self, count: int) -> list[prompts.Prompt]:
        return prompts.of_pictures(self.data, self.known, held_out=False, count=count)

    def real(self, asked: list[prompts.Prompt]) -> Tensor:
        return self.data.batch(np.array([prompt.picture for prompt in asked]))

    def recall(self, x: Tensor, asked: list[prompts.Prompt]) -> dict[str, float]:
        return metrics.recall(self.classifier, self.labelled.concepts, x, asked)

    def through_autoencoder(self, x: Tensor) -> Tensor:
        with torch.no_grad():
            parts = [self.model.vae.decode(self.model.vae.encode(part)) for part in x.split(50)]
        return torch.cat(parts).clamp(-1, 1)


def autoencoder(suite: Suite) -> dict[str, object]:
    """PSNR in dB on pictures of held-out concepts; a sheet of originals above reconstructions."""
    sample = held_out_sample(suite.data, REPORT_PICTURES)
    values = psnr(suite.config, suite.model.vae, suite.data, sample)
    shown = sample[:: max(1, len(sample) // 24)][:24]
    x = suite.data.batch(shown)
    names = [clean(suite.data.entries[index]["name"]) for index in shown]
    drawing.sheet(suite.folder / "autoencoder.png", [x, suite.through_autoencoder(x)], names, 12)
    return {"pictures": len(sample), **{f"psnr_{name}": value.mean().item() for name, value in values.items()}}


def judge(suite: Suite) -> dict[str, object]:
    """The classifier's own recall: on real pictures it has not seen, and on those it was trained on."""
    result: dict[str, object] = {"classes": len(suite.labelled.concepts)}
    for name, chosen in (("left_out", suite.labelled.left_out), ("trained", ~suite.labelled.left_out)):
        indices, classes = suite.labelled.indices[chosen], torch.from_numpy(suite.labelled.classes[chosen])
        with torch.no_grad():
            scores = torch.cat([suite.classifier(part) for part in views(suite.data, indices).split(512)])
        result[name] = {**class_recall(scores, classes), "pictures": len(indices)}
    return result


def measured(suite: Suite, made: dict[str, tuple[int, Tensor]]) -> dict[str, object]:
    """A row of the table for each (passes of the denoiser, pictures of the first trained prompts)."""
    asked = suite.trained_prompts(suite.config.evaluate.frechet_pictures)
    real, first = suite.real(asked), suite.config.evaluate.recall_prompts
    return {
        name: {
            "passes": passes,
            "pictures": len(x),
            "frechet": metrics.frechet(suite.classifier, x, real),
            "haze": metrics.haze(x),
            **suite.recall(x[:first], asked[:first]),
        }
        for name, (passes, x) in made.items()
    }


def real_and_student(suite: Suite) -> dict[str, object]:
    """Recall, Fréchet distance and haze of real pictures and of the student."""
    asked = suite.trained_prompts(suite.config.evaluate.frechet_pictures)
    real, texts = suite.real(asked), [prompt.text for prompt in asked]
    made = {"real": (0, real), "real through the autoencoder": (0, suite.through_autoencoder(real))}
    for steps in STEPS:
        made[f"LCM {steps}"] = steps, suite.student.pictures(texts, lcm(steps, suite.config.evaluate.guidance))
    return measured(suite, made)


def teacher(suite: Suite) -> dict[str, object]:
    """The same for the guided teacher with DDIM and DPM-Solver++: the paper's table at our scale."""
    texts = [prompt.text for prompt in suite.trained_prompts(suite.config.evaluate.frechet_pictures)]
    studio, made = Studio(suite.config, suite.model, suite.teacher), {}
    for name, solver, all_steps in (
        ("DPM-Solver++", sampling.dpm_solver, STEPS),
        ("DDIM", sampling.ddim, (*STEPS, *suite.config.evaluate.teacher_steps)),
    ):
        for steps in all_steps:
            sampler = guided(solver, steps, suite.config.evaluate.guidance)
            made[f"{name} {steps}"] = 2 * steps, studio.pictures(texts, sampler)
    return measured(suite, made)


def words(suite: Suite) -> dict[str, object]:
    """The student at four steps on everyday words, held-out concepts and colours, with contact sheets."""
    sampler = lcm(4, suite.config.evaluate.guidance)
    everyday = prompts.everyday(suite.config, suite.data)
    sentences = prompts.sentences(suite.config, suite.data)
    held_out = prompts.of_pictures(suite.data, suite.known, held_out=True, count=25)
    composed = prompts.composed(suite.config, suite.data)
    random = suite.trained_prompts(48)
    groups = {
        "everyday": everyday,
        "sentences": sentences,
        "held_out": held_out,
        "composed": composed,
        "random": random,
    }
    made = {}
    for name, asked in groups.items():
        texts = [prompt.text for prompt in asked]
        made[name] = [suite.student.pictures(texts, sampler, seed) for seed in (1, 2)]
        rows = [suite.real(asked), made[name][0]] if name == "random" else made[name]
        captions = [text.removesuffix(f", {prompts.MAIN_STYLE}") for text in texts]
        drawing.sheet(suite.folder / f"{name}.png", rows, captions, 12)
    captions = [prompt.text for prompt in everyday]
    drawing.sheet(suite.folder / "everyday-checkered.png", made["everyday"], captions, 12, checkered=True)
    twice = lambda name, asked: suite.recall(torch.cat(made[name]), asked * 2)
    unseen = suite.recall(torch.cat([*made["held_out"], *made["composed"]]), held_out * 2 + composed * 2)
    return {
        "everyday": twice("everyday", everyday),
        "sentences": twice("sentences", sentences),
        "held_out": twice("held_out", held_out),
        "composed": {
            **twice("composed", composed),
            "colours_followed": metrics.colours_followed(torch.cat(made["composed"]), composed * 2),
        },
        "held_out_and_composed": unseen,
    }


def guidance(suite: Suite) -> dict[str, object]:
    """Recall and Fréchet distance of the student at four steps over the guidance scale."""
    asked = suite.trained_prompts(suite.config.evaluate.recall_prompts)
    texts, real, result = [prompt.text for prompt in asked], suite.real(asked), {}
    for scale in suite.config.evaluate.guidances:
        x = suite.student.pictures(texts, lcm(4, scale))
        result[f"{scale:g}"] = {**suite.recall(x, asked), "frechet": metrics.frechet(suite.classifier, x, real)}
    line = lambda key: [(float(scale), 100 * numbers[key]) for scale, numbers in result.items()]
    lines = {"recall@1": line("recall_1"), "recall@5": line("recall_5")}
    drawing.plot(suite.folder / "guidance.png", "LCM, 4 steps: % named right", "guidance", lines)
    return result


@torch.no_grad()
def skipping(suite: Suite) -> dict[str, object]:
    """How far one guided DDIM step of k timesteps of the teacher ends from steps of 5: the error of LCD's aim."""
    asked = suite.trained_prompts(suite.config.evaluate.batch)
    studio = Studio(suite.config, suite.model, suite.teacher)
    clean = suite.model.vae.encode(suite.real(asked)) * suite.model.scaling_factor
    hidden, empty = studio.encode([prompt.text for prompt in asked]), studio.encode([""])
    velocity = sampling.guided(suite.teacher, hidden, empty, suite.config.evaluate.guidance)
    schedule, errors = Schedule(), {skip: [] for skip in SKIPS}
    for start in (959, 559, 179):
        torch.manual_seed(start)
        x = schedule.add_noise(clean, torch.randn_like(clean), sampling.filled(clean, start))
        first, fine = velocity(x, sampling.filled(x, start)), x
        for now in range(start, start - max(SKIPS), -FINE):
            fine = schedule.ddim(
                fine, velocity(fine, sampling.filled(x, now)), sampling.filled(x, now), sampling.filled(x, now - FINE)
            )
            if (skip := start - now + FINE) in errors:
                coarse = schedule.ddim(x, first, sampling.filled(x, start), sampling.filled(x, now - FINE))
                errors[skip].append((coarse - fine).pow(2).mean().sqrt().item())
    result = {skip: float(np.mean(values)) for skip, values in errors.items()}
    drawing.plot(
        suite.folder / "skipping.png", "error of one solver step (RMS of the latent)", "k", {"error": [*result.items()]}
    )
    return {str(skip): value for skip, value in result.items()}


def memorisation(suite: Suite) -> dict[str, object]:
    """Distances to the nearest trained picture: generated ones against real ones that were never trained on."""
    asked = suite.trained_prompts(suite.config.evaluate.memorisation_pictures)
    x = suite.student.pictures([prompt.text for prompt in asked], lcm(4, suite.config.evaluate.guidance))
    made = metrics.nearest(suite.data, x)
    unseen = metrics.nearest(suite.data, suite.data.batch(held_out_sample(suite.data, REPORT_PICTURES)))
    closest = made.distances.argsort()[:24]
    pairs = [x[closest], suite.data.batch(made.indices[closest.numpy()])]
    captions = [f"{made.distances[index]:.3f}" for index in closest]
    drawing.sheet(suite.folder / "nearest.png", pairs, captions, 12)
    named = [suite.data.entries[index]["concept"] in prompt.concepts for index, prompt in zip(made.indices, asked)]
    return {"generated": made.summary(), "held_out": unseen.summary(), "nearest_has_the_concept": float(np.mean(named))}
