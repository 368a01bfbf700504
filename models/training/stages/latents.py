"""Stage "latents": every picture through the trained encoder, once."""

from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import torch

from .. import checkpoint, device, networks, pictures

BATCH = 64


@torch.no_grad()
def run(config: SimpleNamespace, step: dict) -> None:
    """Writes latents.npy (float16 [n, C, 8, 8], scaled) and latents.json (the scaling factor)."""
    where = device.setup(config)
    data = pictures.load(config)
    model = networks.autoencoder(config).to(where, memory_format=torch.channels_last).eval()
    model.load_state_dict(checkpoint.averages(config, "autoencoder")["vae"])
    parts = []
    for start in range(0, len(data.entries), BATCH):
        x = data.batch(np.arange(start, min(start + BATCH, len(data.entries))))
        with device.autocast(config):
            parts.append(model.encode(x.to(where, memory_format=torch.channels_last)).float().cpu().numpy())
    latents = np.concatenate(parts)
    scale = 1 / float(latents[pictures.prepared(config).trained()].std())  # copies must not move a trained scale
    np.save(config.data_folder / "latents.npy", (latents * scale).astype(np.float16))
    (config.data_folder / "latents.json").write_text(json.dumps({"scaling_factor": scale}))
