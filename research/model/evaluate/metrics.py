"""Numbers about generated pictures [n, 4, 64, 64], premultiplied RGBA in [-1, 1]."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ..nets.classifier import Classifier
from ..pictures import Pictures
from ..stages.classifier import view
from .prompts import Prompt

NEAR_COPY = 0.03
HAZE = (0.03, 0.25)  # alpha that is neither background nor picture


@torch.no_grad()
def recall(classifier: Classifier, concepts: list[str], x: Tensor, prompts: list[Prompt]) -> dict[str, float]:
    """Share of pictures that the classifier names right at once, and within five guesses."""
    guesses = classifier(view(x)).topk(5).indices.tolist()
    hits = [[concepts[g] in prompt.concepts for g in five] for five, prompt in zip(guesses, prompts)]
    share = lambda values: sum(values) / len(values)
    return {"recall_1": share([h[0] for h in hits]), "recall_5": share([any(h) for h in hits]), "prompts": len(prompts)}


def square_root(matrix: np.ndarray) -> np.ndarray:
    """Of a symmetric positive matrix."""
    values, vectors = np.linalg.eigh(matrix)
    return vectors * np.sqrt(values.clip(0)) @ vectors.T


@torch.no_grad()
def frechet(classifier: Classifier, a: Tensor, b: Tensor) -> float:
    """Fréchet distance of the two sets of pictures in the classifier's features."""
    features = [classifier.features(view(x)).double().numpy() for x in (a, b)]
    means = [f.mean(0) for f in features]
    spreads = [np.cov(f, rowvar=False) for f in features]
    root = square_root(spreads[0])
    cross = np.sqrt(np.linalg.eigvalsh(root @ spreads[1] @ root).clip(0)).sum()
    return float(((means[0] - means[1]) ** 2).sum() + np.trace(spreads[0]) + np.trace(spreads[1]) - 2 * cross)


def haze(x: Tensor) -> float:
    """Share of pixels that are nearly, but not quite, transparent: a dirty background."""
    alpha = (x[:, 3] + 1) / 2
    return ((alpha > HAZE[0]) & (alpha < HAZE[1])).float().mean().item()


def small(x: Tensor) -> Tensor:
    """[n, 1024]: 16×16 RGBA."""
    return F.avg_pool2d(x, 4).flatten(1)


@dataclass(frozen=True)
class Nearest:
    """Root mean square distance (values in [0, 1]) of each picture to the nearest trained one, and which that is."""

    distances: Tensor
    indices: np.ndarray

    def summary(self) -> dict[str, float]:
        low, middle, high = np.quantile(self.distances.numpy(), [0.05, 0.5, 0.95])
        copies = (self.distances < NEAR_COPY).float().mean().item()
        return {"p05": float(low), "median": float(middle), "p95": float(high), "near_copies": copies}


def nearest(data: Pictures, x: Tensor) -> Nearest:
    """Compares at 16×16 pixels with every trained picture."""
    trained = data.trained()
    known = torch.cat([small(data.batch(part)) for part in np.array_split(trained, len(trained) // 512 + 1)])
    distances, indices = (torch.cdist(small(x), known) / 2 / known.shape[1] ** 0.5).min(1)
    return Nearest(distances, trained[indices.numpy()])
