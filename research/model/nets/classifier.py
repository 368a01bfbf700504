"""Names the concept of a picture; the judge of every evaluation. Never sees a generated picture."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

SIZE = 32
FEATURES = 128
SCALE = 20.0
WIDTHS = [3, 32, 64, 128, 256]


class Classifier(nn.Module):
    """Pictures as seen over white, [B, 3, 32, 32] in [0, 1] → scores [B, classes]."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.blocks = nn.Sequential(*(self.block(WIDTHS[i], WIDTHS[i + 1], 1 if i == 0 else 2) for i in range(4)))
        self.embed = nn.Linear(WIDTHS[-1] * 16, FEATURES)
        self.classes = nn.Parameter(torch.randn(classes, FEATURES) * 0.05)

    @staticmethod
    def block(inputs: int, outputs: int, stride: int) -> nn.Module:
        return nn.Sequential(
            nn.Conv2d(inputs, outputs, 3, padding=1, stride=stride), nn.BatchNorm2d(outputs), nn.ReLU()
        )

    def features(self, x: Tensor) -> Tensor:
        """Embedding, [B, 128], not normalized."""
        return self.embed(F.dropout(self.blocks(x).flatten(1), 0.2, self.training))

    def forward(self, x: Tensor) -> Tensor:
        return SCALE * F.normalize(self.features(x), dim=-1) @ F.normalize(self.classes, dim=-1).T

    def folded(self) -> dict[str, Tensor]:
        """Weights for inference: every batch norm folded into its convolution, the classes normalized and scaled."""
        tensors = {}
        for number, (convolution, norm, _) in enumerate(self.blocks):
            factor = norm.weight / (norm.running_var + norm.eps).sqrt()
            tensors[f"conv_{number}.weight"] = convolution.weight * factor[:, None, None, None]
            tensors[f"conv_{number}.bias"] = (convolution.bias - norm.running_mean) * factor + norm.bias
        tensors |= {"embed.weight": self.embed.weight, "embed.bias": self.embed.bias}
        return tensors | {"classes.weight": SCALE * F.normalize(self.classes, dim=-1)}
