"""Stage "export": student, text encoder and autoencoder as a model folder that the engine reads."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace

from .. import captioned, checkpoint, layout, networks


def export_folder(config: SimpleNamespace) -> Path:
    return config.work / "export" / config.name


def run(config: SimpleNamespace, step: dict) -> None:
    """Writes export/<name>/ from the averaged weights. A decoder that was trained on replaces the first one."""
    vae, text, unet = networks.autoencoder(config), networks.text_encoder(config), networks.unet(config)
    better = (config.checkpoints / "decoder.pt").exists()
    vae.load_state_dict(checkpoint.averages(config, "decoder" if better else "autoencoder")["vae"])
    text.load_state_dict(checkpoint.averages(config, "denoiser")["text_encoder"])
    unet.load_state_dict(checkpoint.averages(config, "distill")["unet"])
    folder = export_folder(config)
    layout.write(config, folder, {"unet": unet, "text_encoder": text, "vae": vae}, captioned.scaling_factor(config))
    shutil.copy(config.data_folder / "DATA.md", folder / "DATA.md")
    weights = sum(file.stat().st_size for file in folder.rglob("*.safetensors"))
    print(f"{folder}: {weights / 1e6:.1f} MB of weights")
