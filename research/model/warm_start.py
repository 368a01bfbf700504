"""Starts a network from an earlier model's folder (diffusers layout), also when it has grown since.

Values are copied where name and place agree. New input channels start at zero, so that a grown network first behaves
like the old one; new output channels keep their random start.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from . import safetensors


def grow(old: Tensor, new: Tensor) -> Tensor:
    """`new` with the values of `old` in the region that both have; beyond it, zero along the inputs (dimension 1)."""
    result = new.clone()
    if new.dim() > 1:
        result[: old.shape[0], old.shape[1] :] = 0
    result[tuple(slice(0, min(a, b)) for a, b in zip(old.shape, new.shape))] = old[
        tuple(slice(0, min(a, b)) for a, b in zip(old.shape, new.shape))
    ]
    return result


@torch.no_grad()
def start_from(folder: Path, component: str, network: nn.Module, only: str = "") -> None:
    """Copies `folder`'s weights of `component` whose names begin with `only` into `network`.

    Parameters that the folder does not have keep their values.
    """
    old = safetensors.read(next((folder / component).glob("*.safetensors")))
    for name, parameter in network.named_parameters():
        if name in old and name.startswith(only) and old[name].dim() == parameter.dim():
            parameter.copy_(grow(old[name], parameter))
