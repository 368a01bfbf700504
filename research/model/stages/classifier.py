"""Stage "classifier": the evaluation's judge, trained on real pictures only, one class a concept.

Only concepts that at least three pictures show. Of each class some pictures are left out: the share of them that the
classifier names right is the ceiling for pictures that it has not seen.
"""

from __future__ import annotations

import collections
import hashlib
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .. import checkpoint, device, pictures
from ..loop import Run, Stage
from ..nets.classifier import SIZE, Classifier

FEWEST_PICTURES = 3
LEFT_OUT_SHARE = 0.12


@dataclass(frozen=True)
class Labelled:
    """Concepts in order of their class number; picture indices, their classes, and which are left out."""

    concepts: list[str]
    indices: np.ndarray
    classes: np.ndarray
    left_out: np.ndarray


def label(data: pictures.Pictures) -> Labelled:
    """Chooses classes and left-out pictures. The left-out ones depend on set and icon alone."""
    counts = collections.Counter(entry["concept"] for entry in data.entries)
    concepts = sorted(concept for concept, count in counts.items() if count >= FEWEST_PICTURES)
    number = {concept: index for index, concept in enumerate(concepts)}
    indices = np.array([index for index, entry in enumerate(data.entries) if entry["concept"] in number])
    entries = [data.entries[index] for index in indices]
    digests = [hashlib.sha256(f"{entry['set']}:{entry['icon']}".encode()).digest() for entry in entries]
    left_out = np.array([int.from_bytes(digest[:4], "big") < LEFT_OUT_SHARE * 2**32 for digest in digests])
    return Labelled(concepts, indices, np.array([number[entry["concept"]] for entry in entries]), left_out)


def view(x: Tensor) -> Tensor:
    """Premultiplied RGBA [B, 4, 64, 64] in [-1, 1] → what the classifier sees, [B, 3, 32, 32] in [0, 1]."""
    return F.avg_pool2d(pictures.over(x), x.shape[-1] // SIZE)


def disturb(x: Tensor, random: np.random.Generator) -> Tensor:
    """Turned, moved, resized, dimmed, blurred and noisy copies, so that small faults of a picture do not matter."""
    count = len(x)
    uniform = lambda low, high, *shape: torch.from_numpy(random.uniform(low, high, (count, *shape)).astype(np.float32))
    angle, scale, shift = uniform(-0.15, 0.15), uniform(0.9, 1.15), uniform(-0.12, 0.12, 2, 1)
    across, down = scale * angle.cos(), scale * angle.sin()
    turn = torch.stack([torch.stack([across, -down], 1), torch.stack([down, across], 1)], 1)
    grid = F.affine_grid(torch.cat([turn, shift], 2), list(x.shape), align_corners=False).to(x.device)
    x = 1 - F.grid_sample(1 - x, grid, align_corners=False)
    blurred = F.interpolate(F.avg_pool2d(x, 2), scale_factor=2.0, mode="bilinear")
    x = torch.where(uniform(0, 1, 1, 1, 1).to(x.device) < 0.5, blurred, x)
    return (x * uniform(0.85, 1.1, 3, 1, 1).to(x.device) + 0.03 * torch.randn_like(x)).clamp(0, 1)


def views(data: pictures.Pictures, indices: np.ndarray) -> Tensor:
    return torch.cat([view(data.batch(part)) for part in np.array_split(indices, len(indices) // 256 + 1)])


@torch.no_grad()
def recall(scores: Tensor, classes: Tensor) -> dict[str, float]:
    """Share of pictures whose class has the highest score, and one of the five highest."""
    hits = scores.topk(5).indices == classes[:, None]
    return {"recall_1": hits[:, 0].float().mean().item(), "recall_5": hits.any(1).float().mean().item()}


def run(config: SimpleNamespace, step: dict) -> None:
    """Trains to the plan's number of samples."""
    where = device.setup(config)
    data = pictures.prepared(config)
    labelled = label(data)
    torch.manual_seed(config.seed)
    model = Classifier(len(labelled.concepts)).to(where)
    x, classes = views(data, labelled.indices).to(where), torch.from_numpy(labelled.classes).to(where)
    seen, unseen = np.flatnonzero(~labelled.left_out), np.flatnonzero(labelled.left_out)

    def loss(random: np.random.Generator, batch: int) -> tuple[Tensor, dict[str, Tensor]]:
        chosen = random.choice(seen, batch)
        with device.autocast(config):
            scores = model(disturb(x[chosen], random))
        return F.cross_entropy(scores.float(), classes[chosen], label_smoothing=0.1), {}

    @torch.no_grad()
    def report(_: dict[str, nn.Module]) -> dict[str, float]:
        model.eval()
        numbers = recall(model(x[unseen]), classes[unseen])
        model.train()
        return numbers

    Run(config, Stage("classifier", {"classifier": model}, loss, report=report), config.classifier).train(
        step["until"], step.get("decay", 0.0)
    )


def load(config: SimpleNamespace, labelled: Labelled) -> Classifier:
    """The trained classifier, with its last weights: batch statistics are not averaged."""
    model = Classifier(len(labelled.concepts))
    model.load_state_dict(checkpoint.load(config.checkpoints / "classifier.pt")["modules"]["classifier"])
    return model.eval().requires_grad_(False)
