"""Stage "latents": pictures through the trained encoder, once. What few sets draw is left out, to save time."""

from __future__ import annotations

import json
import os
from types import SimpleNamespace

import numpy as np
import torch
import torch.multiprocessing as multiprocessing

from .. import checkpoint, device, networks, pictures

BATCH = 32


@torch.no_grad()
def encode(config: SimpleNamespace, data: pictures.Pictures, wanted: np.ndarray, into: np.ndarray) -> None:
    """Writes the latents of `wanted` into the rows of `into`."""
    where = device.setup(config)
    model = networks.autoencoder(config).to(where, memory_format=torch.channels_last).eval()
    model.load_state_dict(checkpoint.averages(config, "autoencoder")["vae"])
    for part in np.array_split(wanted, max(1, len(wanted) // BATCH)):
        with device.autocast(config):
            x = data.batch(part).to(where, memory_format=torch.channels_last)
            into[part] = model.encode(x).float().cpu().numpy()


def run(config: SimpleNamespace, step: dict) -> None:
    """Writes latents.npy (float16 [n, C, 8, 8], scaled; NaN where nothing was encoded) and latents.json (the scale)."""
    data = pictures.load(config)
    known = np.array([entry["sets"] >= config.latents.fewest_sets for entry in data.entries])
    wanted = np.flatnonzero(known | data.never)
    shape = (len(data.entries), config.networks.autoencoder.latent_channels, 8, 8)
    part = config.data_folder / "latents.part.npy"
    latents = np.lib.format.open_memmap(part, mode="w+", dtype=np.float16, shape=shape)
    latents[:] = np.nan
    count = max(1, config.device.processes)
    shares = [wanted[number::count] for number in range(count)]
    if count == 1:
        encode(config, data, wanted, latents)
    else:
        context = multiprocessing.get_context("fork")
        helpers = [context.Process(target=encode, args=(config, data, share, latents)) for share in shares]
        for helper in helpers:
            helper.start()
        for helper in helpers:
            helper.join()
            if helper.exitcode:
                raise SystemExit(f"encoding ended with code {helper.exitcode}")
    own = [i for i in data.trained() if known[i] and not data.entries[i].get("invented")]
    scale = 1 / float(latents[np.array(own)].astype(np.float32).std())
    for start in range(0, len(latents), 10_000):
        latents[start : start + 10_000] = latents[start : start + 10_000].astype(np.float32) * scale
    latents.flush()
    os.replace(part, config.data_folder / "latents.npy")
    (config.data_folder / "latents.json").write_text(json.dumps({"scaling_factor": scale}))
    print(f"{len(wanted)} latents, scaling factor {scale}")
