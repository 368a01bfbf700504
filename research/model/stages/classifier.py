"""Stage "classifier": the judge of the model's evaluation and of the fine-tuning study, one class a concept.

It learns from real pictures only, those of sets that the model never sees among them: a judge that does not know how a
set draws takes its style for a loss of content. Of every set some pictures are left out, of those sets half: the share
of them that it names right is its ceiling.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .. import checkpoint, device, pictures, safetensors
from ..loop import Run, Stage
from ..nets.classifier import SIZE, Classifier

LEFT_OUT_SHARE = 0.12
LEFT_OUT_OF_UNSEEN_SETS = 0.5
INKED = 0.5  # share of one-ink pictures that are drawn in a colour
ON_PLATE = 0.25  # share of pictures that are put on a plate, as many styles do
KEPT = Path(__file__).parents[2] / "judge"


@dataclass(frozen=True)
class Labelled:
    """Concepts in order of their class number; picture indices, their classes, and which are left out."""

    concepts: list[str]
    indices: np.ndarray
    classes: np.ndarray
    left_out: np.ndarray


def is_left_out(entry: dict) -> bool:
    """Depends on set and icon alone, so that the study can tell as well."""
    share = LEFT_OUT_OF_UNSEEN_SETS if entry["neverTrained"] else LEFT_OUT_SHARE
    digest = hashlib.sha256(f"{entry['set']}:{entry['icon']}".encode()).digest()
    return int.from_bytes(digest[:4], "big") < share * 2**32


def label(config: SimpleNamespace, data: pictures.Pictures) -> Labelled:
    """The concepts that enough sets draw, and all their real pictures."""
    real = [
        i
        for i, entry in enumerate(data.entries)
        if entry["sets"] >= config.mix.common_sets and "#" not in entry["style"]
    ]
    concepts = sorted({data.entries[index]["concept"] for index in real})
    number = {concept: index for index, concept in enumerate(concepts)}
    classes = np.array([number[data.entries[index]["concept"]] for index in real])
    return Labelled(concepts, np.array(real), classes, np.array([is_left_out(data.entries[index]) for index in real]))


def view(x: Tensor) -> Tensor:
    """Premultiplied RGBA [B, 4, 64, 64] in [-1, 1] → what the classifier sees, [B, 3, 32, 32] in [0, 1]."""
    return F.avg_pool2d(pictures.over(x), x.shape[-1] // SIZE)


def uniform(random: np.random.Generator, low: float, high: float, *shape: int) -> Tensor:
    return torch.from_numpy(random.uniform(low, high, shape).astype(np.float32))


def placed(x: Tensor, random: np.random.Generator, scale: Tensor, turn: float, shift: float, empty: float) -> Tensor:
    """Pictures turned by up to `turn` radians, moved by up to `shift` of half a side and resized by `scale` [B]."""
    count = len(x)
    angle = uniform(random, -turn, turn, count)
    across, down = angle.cos() / scale, angle.sin() / scale
    matrix = torch.stack([torch.stack([across, -down], 1), torch.stack([down, across], 1)], 1)
    grid = F.affine_grid(
        torch.cat([matrix, uniform(random, -shift, shift, count, 2, 1)], 2), list(x.shape), align_corners=False
    )
    return empty + F.grid_sample(x - empty, grid.to(x.device), align_corners=False)


def plates(count: int, random: np.random.Generator) -> Tensor:
    """Discs and rounded squares. float32 [count, 1, 32, 32], what they cover."""
    middles = (torch.arange(SIZE) + 0.5) / (SIZE / 2) - 1
    y, x = torch.meshgrid(middles, middles, indexing="ij")
    power = torch.where(uniform(random, 0, 1, count) < 0.5, 2.0, 6.0)[:, None, None]
    distance = (x.abs() ** power + y.abs() ** power) ** (1 / power)
    return ((0.94 - distance) * SIZE / 2 + 0.5).clamp(0, 1)[:, None]


def dressed(x: Tensor, one_ink: Tensor, random: np.random.Generator) -> Tensor:
    """Premultiplied RGBA [B, 4, 32, 32] in [0, 1] → over white [B, 3, 32, 32], some in another ink, some on a plate."""
    count = len(x)
    light, alpha = uniform(random, 0, 1, count, 3, 1, 1), x[:, 3:]
    ink = light * uniform(random, 0, 0.7, count, 1, 1, 1) * (uniform(random, 0, 1, count, 1, 1, 1) < INKED)
    on_plate = uniform(random, 0, 1, count) < ON_PLATE
    ink = torch.where((on_plate & (uniform(random, 0, 1, count) < 0.5))[:, None, None, None], torch.ones(()), ink)
    rgb = torch.where(one_ink[:, None, None, None], ink * alpha, x[:, :3])
    small = placed(
        torch.cat([rgb, alpha], 1),
        random,
        torch.where(on_plate, uniform(random, 0.5, 0.75, count), torch.ones(())),
        0,
        0,
        0,
    )
    plate = plates(count, random) * on_plate[:, None, None, None]
    colour = 0.25 + 0.65 * uniform(random, 0, 1, count, 3, 1, 1)
    return small[:, :3] + (1 - small[:, 3:]) * (1 - plate * (1 - colour))


def disturb(x: Tensor, random: np.random.Generator) -> Tensor:
    """Turned, moved, resized, dimmed, blurred and noisy copies, so that small faults of a picture do not matter."""
    count = len(x)
    x = placed(x, random, uniform(random, 0.85, 1.1, count), 0.15, 0.12, 1)
    blurred = F.interpolate(F.avg_pool2d(x, 2), scale_factor=2.0, mode="bilinear", align_corners=False)
    x = torch.where(uniform(random, 0, 1, count, 1, 1, 1) < 0.5, blurred, x)
    return (x * uniform(random, 0.85, 1.1, count, 3, 1, 1) + 0.03 * torch.randn_like(x)).clamp(0, 1)


def small_pixels(data: pictures.Pictures, indices: np.ndarray) -> Tensor:
    """Premultiplied RGBA, uint8 [n, 4, 32, 32]."""
    half = lambda part: F.avg_pool2d((data.batch(part) + 1) * 127.5, pictures.SIZE // SIZE).round().byte()
    return torch.cat([half(part) for part in np.array_split(indices, len(indices) // 256 + 1)])


@torch.no_grad()
def recall(scores: Tensor, classes: Tensor) -> dict[str, float]:
    """Share of pictures whose class has the highest score, and one of the five highest."""
    hits = scores.topk(5).indices == classes[:, None]
    return {"recall_1": hits[:, 0].float().mean().item(), "recall_5": hits.any(1).float().mean().item()}


def run(config: SimpleNamespace, step: dict) -> None:
    """Trains to the plan's number of samples, then writes what the study reads."""
    device.setup(config)
    data = pictures.load(config)
    labelled = label(config, data)
    torch.manual_seed(config.seed)
    model = Classifier(len(labelled.concepts))
    pixels, classes = small_pixels(data, labelled.indices), torch.from_numpy(labelled.classes)
    entries = [data.entries[index] for index in labelled.indices]
    one_ink = torch.tensor([not entry["colour"] for entry in entries])
    never = np.array([entry["neverTrained"] for entry in entries])
    seen = np.flatnonzero(~labelled.left_out)

    def loss(random: np.random.Generator, batch: int) -> tuple[Tensor, dict[str, Tensor]]:
        chosen = torch.from_numpy(random.choice(seen, batch))
        x = disturb(dressed(pixels[chosen].float() / 255, one_ink[chosen], random), random)
        return F.cross_entropy(model(x), classes[chosen], label_smoothing=0.1), {}

    @torch.no_grad()
    def report(_: dict[str, nn.Module]) -> dict[str, float]:
        """On pictures left out: of the sets that the model learns from, and of the others."""
        model.eval()
        result = {}
        for name, chosen in {"": labelled.left_out & ~never, "_unseen_sets": labelled.left_out & never}.items():
            where = torch.from_numpy(np.flatnonzero(chosen))
            scores = [model(over_white(pixels[part])) for part in where.split(512)]
            result |= {f"{key}{name}": value for key, value in recall(torch.cat(scores), classes[where]).items()}
        model.train()
        return result

    Run(config, Stage("classifier", {"classifier": model}, loss, report=report), config.classifier).train(
        step["until"], step.get("decay", 0.0)
    )
    if config.preset != "smoke":
        keep(config, data, labelled)


def over_white(pixels: Tensor) -> Tensor:
    """Premultiplied RGBA, uint8 [n, 4, 32, 32] → [n, 3, 32, 32] in [0, 1]."""
    x = pixels.float() / 255
    return x[:, :3] + 1 - x[:, 3:]


@torch.no_grad()
def ceilings(model: Classifier, data: pictures.Pictures, labelled: Labelled) -> dict[str, dict[str, float]]:
    """What it names right of each set's pictures that were left out."""
    sets = np.array([data.entries[index]["set"] for index in labelled.indices])
    result = {}
    for name in np.unique(sets[labelled.left_out]):
        mine = labelled.left_out & (sets == name)
        scores = model(over_white(small_pixels(data, labelled.indices[mine])))
        numbers = recall(scores, torch.from_numpy(labelled.classes[mine]))
        rounded = {key: round(value, 3) for key, value in numbers.items()}
        result[str(name)] = {"pictures": int(mine.sum()), **rounded}
    return result


def keep(config: SimpleNamespace, data: pictures.Pictures, labelled: Labelled) -> None:
    """Writes the trained judge into the repository, where the fine-tuning study reads it as well."""
    model = load(config, labelled)
    safetensors.write_half(KEPT / "judge.safetensors", model.folded())
    described = {"seen": checkpoint.load(config, "classifier")["seen"], "size": SIZE}
    described |= {"ceilings": ceilings(model, data, labelled), "concepts": labelled.concepts}
    lines = [f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in described.items()]
    (KEPT / "judge.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


def load(config: SimpleNamespace, labelled: Labelled) -> Classifier:
    """The trained classifier, with its last weights: batch statistics are not averaged."""
    model = Classifier(len(labelled.concepts))
    model.load_state_dict(checkpoint.load(config, "classifier")["modules"]["classifier"])
    return model.eval().requires_grad_(False)
