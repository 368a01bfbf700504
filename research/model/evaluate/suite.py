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
from ..stages import autoencoder as autoencoder_stage
from ..stages import classifier as classifier_stage
from . import drawing, metrics, prompts
from .generate import Studio, guided, lcm

STEPS = (1, 2, 4, 8)
SKIPS = (5, 10, 20, 40, 80, 160)
FINE = 5  # timesteps of the small steps that longer ones are compared with
REPORT_PICTURES = 300
OF_EACH_KIND = 60
SHEET_COLUMNS = 16


@dataclass(frozen=True)
class Suite:
    """Everything a measurement needs. `teacher` is absent for a model that came without one."""

    config: SimpleNamespace
    data: Pictures
    labelled: classifier_stage.Labelled
    classifier: Classifier
    model: Model
    teacher: nn.Module | None
    folder: Path

    @property
    def student(self) -> Studio:
        return Studio(self.config, self.model, self.model.unet, self.data)

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
    """PSNR over white in dB by kind of picture, none of them trained on; a sheet of originals above reconstructions."""
    samples = autoencoder_stage.held_out_samples(suite.data, OF_EACH_KIND)
    means = {
        kind: autoencoder_stage.psnr(suite.config, suite.model.vae, suite.data, chosen).mean().item()
        for kind, chosen in samples.items()
        if len(chosen)
    }
    shown = np.concatenate([chosen[:: max(1, len(chosen) // 8)][:8] for chosen in samples.values()])
    x = suite.data.batch(shown)
    names = [clean(suite.data.entries[index]["name"]) for index in shown]
    drawing.sheet(suite.folder / "autoencoder.png", [x, suite.through_autoencoder(x)], names, SHEET_COLUMNS)
    return {"pictures": {kind: len(chosen) for kind, chosen in samples.items()}, "psnr_white": means}


def judge(suite: Suite) -> dict[str, object]:
    """The classifier's own recall: on real pictures it has not seen, and on those it was trained on."""
    result: dict[str, object] = {"classes": len(suite.labelled.concepts)}
    for name, chosen in (("left_out", suite.labelled.left_out), ("trained", ~suite.labelled.left_out)):
        indices, classes = suite.labelled.indices[chosen], torch.from_numpy(suite.labelled.classes[chosen])
        seen = classifier_stage.small_pixels(suite.data, indices)
        with torch.no_grad():
            scores = torch.cat([suite.classifier(classifier_stage.over_white(part)) for part in seen.split(512)])
        result[name] = {**classifier_stage.recall(scores, classes), "pictures": len(indices)}
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
    real = suite.real(asked)
    made = {"real": (0, real), "real through the autoencoder": (0, suite.through_autoencoder(real))}
    for steps in STEPS:
        made[f"LCM {steps}"] = steps, suite.student.pictures(asked, lcm(steps, suite.config.evaluate.guidance))
    return measured(suite, made)


def teacher(suite: Suite) -> dict[str, object]:
    """The same for the guided teacher with DDIM and DPM-Solver++: the paper's table at our scale."""
    asked = suite.trained_prompts(suite.config.evaluate.frechet_pictures)
    studio, made = Studio(suite.config, suite.model, suite.teacher, suite.data), {}
    for name, solver, all_steps in (
        ("DPM-Solver++", sampling.dpm_solver, STEPS),
        ("DDIM", sampling.ddim, (*STEPS, *suite.config.evaluate.teacher_steps)),
    ):
        for steps in all_steps:
            sampler = guided(solver, steps, suite.config.evaluate.guidance)
            made[f"{name} {steps}"] = 2 * steps, studio.pictures(asked, sampler)
    return measured(suite, made)


def words(suite: Suite) -> dict[str, object]:
    """The student at four steps on everyday words, bare and in sentences, and on held-out concepts, with contact sheets."""
    sampler, first = lcm(4, suite.config.evaluate.guidance), suite.trained_prompts(48)
    groups = {
        "everyday": prompts.everyday(suite.config),
        "sentences": prompts.sentences(suite.config),
        "held_out": prompts.of_pictures(suite.data, suite.known, held_out=True, count=100),
        "random": first,
    }
    result = {}
    for name, asked in groups.items():
        made = [suite.student.pictures(asked, sampler, seed) for seed in (1, 2)]
        rows = [suite.real(asked), made[0]] if name in ("random", "held_out") else made[:1]
        drawing.sheet(suite.folder / f"{name}.png", rows, [prompt.text for prompt in asked], SHEET_COLUMNS)
        result[name] = suite.recall(torch.cat(made), asked * 2)
    return result


def unseen_styles(suite: Suite) -> dict[str, object]:
    """Recall of everyday words in the style of sets that are never trained on, and a sheet of each; first its references."""
    sampler, bare = lcm(4, suite.config.evaluate.guidance), prompts.everyday(suite.config)
    styles, result = suite.data.by_style(np.flatnonzero(suite.data.never)), {}
    for style in prompts.UNSEEN_STYLES:
        if style not in styles:
            continue
        asked = prompts.in_style(suite.data, bare, style)
        made = suite.student.pictures(asked, sampler, 1)
        shown = suite.data.batch(np.array(asked[0].references))
        captions = ["reference"] * len(shown) + [prompt.text for prompt in asked]
        drawing.sheet(suite.folder / f"style-{style}.png", [torch.cat([shown, made])], captions, SHEET_COLUMNS)
        result[style] = suite.recall(made, asked)
    return result


def guidance(suite: Suite) -> dict[str, object]:
    """Recall and Fréchet distance of the student at four steps over the guidance scale."""
    asked = suite.trained_prompts(suite.config.evaluate.recall_prompts)
    real, result = suite.real(asked), {}
    for scale in suite.config.evaluate.guidances:
        x = suite.student.pictures(asked, lcm(4, scale))
        result[f"{scale:g}"] = {**suite.recall(x, asked), "frechet": metrics.frechet(suite.classifier, x, real)}
    line = lambda key: [(float(scale), 100 * numbers[key]) for scale, numbers in result.items()]
    lines = {"recall@1": line("recall_1"), "recall@5": line("recall_5")}
    drawing.plot(suite.folder / "guidance.png", "LCM, 4 steps: % named right", "guidance", lines)
    return result


@torch.no_grad()
def skipping(suite: Suite) -> dict[str, object]:
    """How far one guided DDIM step of k timesteps of the teacher ends from steps of 5: the error of LCD's aim."""
    asked = suite.trained_prompts(suite.config.evaluate.batch)
    studio = Studio(suite.config, suite.model, suite.teacher, suite.data)
    clean_latents = suite.model.vae.encode(suite.real(asked)) * suite.model.scaling_factor
    shown = studio.references(asked)
    told, untold = studio.told([prompt.text for prompt in asked], shown), studio.told([""] * len(asked), shown)
    velocity = sampling.guided(suite.teacher, told, untold, None, suite.config.evaluate.guidance)
    schedule, errors = Schedule(), {skip: [] for skip in SKIPS}
    for start in (959, 559, 179):
        torch.manual_seed(start)
        noise = torch.randn_like(clean_latents)
        x = schedule.add_noise(clean_latents, noise, sampling.filled(clean_latents, start))
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
    x = suite.student.pictures(asked, lcm(4, suite.config.evaluate.guidance))
    made = metrics.nearest(suite.data, x)
    others = np.random.default_rng(7).permutation(np.flatnonzero(suite.data.held_out | suite.data.never))[
        :REPORT_PICTURES
    ]
    unseen = metrics.nearest(suite.data, suite.data.batch(np.sort(others)))
    closest = made.distances.argsort()[:24]
    pairs = [x[closest], suite.data.batch(made.indices[closest.numpy()])]
    captions = [f"{made.distances[index]:.3f}" for index in closest]
    drawing.sheet(suite.folder / "nearest.png", pairs, captions, 12)
    named = [suite.data.entries[index]["concept"] in prompt.concepts for index, prompt in zip(made.indices, asked)]
    return {"generated": made.summary(), "held_out": unseen.summary(), "nearest_has_the_concept": float(np.mean(named))}
