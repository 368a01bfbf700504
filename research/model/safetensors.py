"""Reads and writes safetensors files (a JSON header with offsets, then raw little-endian values)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

DTYPES = {"F16": np.float16, "F32": np.float32}


def read(path: Path) -> dict[str, Tensor]:
    """All tensors of a file, as float32."""
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


def write_half(path: Path, tensors: Mapping[str, Tensor]) -> None:
    """Writes the tensors as float16, beside `path` first."""
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    parts: list[bytes] = []
    offset = 0
    for name, tensor in tensors.items():
        part = tensor.detach().cpu().contiguous().half().numpy().tobytes()
        header[name] = {"dtype": "F16", "shape": list(tensor.shape), "data_offsets": [offset, offset + len(part)]}
        parts.append(part)
        offset += len(part)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.parent.mkdir(parents=True, exist_ok=True)
    part_path = path.with_suffix(".part")
    part_path.write_bytes(len(text).to_bytes(8, "little") + text + b"".join(parts))
    part_path.replace(path)
