"""Stage "export": student, its encoders and the autoencoder as a model folder that the engine reads, with its card.

Run it once more after the evaluation, and the card shows the measurements.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace

from .. import checkpoint, examples, layout, networks


def export_folder(config: SimpleNamespace) -> Path:
    return config.work / "export" / config.name


def write_card(config: SimpleNamespace, folder: Path) -> None:
    """README.md from card.md and the evaluation's section, and the pictures that the section shows."""
    results = config.work / "results" / folder.name
    section = results / "evaluation.md"
    measured = section.read_text() if section.exists() else "Not measured yet.\n"
    card = (Path(__file__).parent.parent / "card.md").read_text().replace("{{evaluation}}\n", measured)
    for stage in ("denoiser", "distill"):
        card = card.replace(f"{{{{{stage}}}}}", f"{checkpoint.load(config, stage)['seen']:,}")
    (folder / "README.md").write_text(card)
    (folder / "pictures").mkdir(exist_ok=True)
    for picture in results.glob("*.png"):
        if f"pictures/{picture.name}" in card:
            shutil.copy(picture, folder / "pictures")
    shutil.copy(config.data_folder / "DATA.md", folder / "DATA.md")


def run(config: SimpleNamespace, step: dict) -> None:
    """Writes export/<name>/ from the averaged weights. A decoder that was trained on replaces the first one."""
    built = {
        "unet": networks.unet(config),
        "vae": networks.autoencoder(config),
        "text_encoder": networks.text_encoder(config),
        "style_encoder": networks.style_encoder(config),
    }
    better = (config.checkpoints / "decoder.pt").exists()
    built["vae"].load_state_dict(checkpoint.averages(config, "decoder" if better else "autoencoder")["vae"])
    built["unet"].load_state_dict(checkpoint.averages(config, "distill")["unet"])
    for name in ("text_encoder", "style_encoder"):
        built[name].load_state_dict(checkpoint.averages(config, "denoiser")[name])
    folder = export_folder(config)
    layout.write(config, folder, built, examples.scaling_factor(config))
    write_card(config, folder)
    weights = sum(file.stat().st_size for file in folder.rglob("*.safetensors"))
    print(f"{folder}: {weights / 1e6:.1f} MB of weights")
