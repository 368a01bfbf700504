"""Starts a network from an earlier model's folder (diffusers layout), also when it has grown since.

Values are copied where name and place agree. New input channels start at zero, so that a grown network first behaves
like the old one; new output channels keep their random start.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

DTYPES = {"F16": np.float16, "F32": np.float32}


def read_safetensors(path: Path) -> dict[str, Tensor]:
    """All tensors of a safetensors file, as float32."""
    raw = path.read_bytes()
    start = 8 + int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8:start])
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        first, last = entry["data_offsets"]
        values = np.frombuffer(raw[start + first : start + last], DTYPES[entry["dtype"]])
        tensors[name] = torch.from_numpy(values.astype(np.float32)).reshape(entry["shape"])
    return tensors


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
def start_from(folder: Path, component: str, network: nn.Module) -> None:
    """Copies `folder`'s weights of `component` into `network`. Parameters it does not have keep their values."""
    old = read_safetensors(next((folder / component).glob("*.safetensors")))
    for name, parameter in network.named_parameters():
        if name in old and old[name].dim() == parameter.dim():
            parameter.copy_(grow(old[name], parameter))
