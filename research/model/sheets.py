"""Contact sheets of the teacher as it is: the same prompts, references and noise every time.

    cd research && nice -n 19 python3 -m model.sheets --preset cpu

A row is a set: its references, then what was drawn in their style. Sets that are never trained on come first, then
trained and invented styles; the last row has no references. Written to results/sheets/<samples seen>.png.
"""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from . import checkpoint, device, examples, networks, pictures, sampling
from . import config as configuration
from .conditioning import Conditioner
from .evaluate.drawing import rgb

REFERENCES = 4
STEPS = 6
GUIDANCE = 2.5
PROMPTS = ["home", "search", "download", "trash", "mail", "settings", "lock", "cloud upload", "git branch", "database",
           "rocket", "heart", "a paper plane icon, flat"]  # fmt: skip
UNSEEN = ["tabler", "mdi-light", "majesticons/line", "game-icons", "uim", "pixelarticons", "streamline-freehand",
          "streamline-stickies-color", "streamline-kameleon-color", "noto-v1"]  # fmt: skip
TRAINED = ["lucide", "ph/duotone", "fluent-emoji-flat"]
INVENTED = 2


def drawn(config: SimpleNamespace, networks_: dict[str, nn.Module], vae: nn.Module, ids: Tensor, empty: Tensor,
          references: Tensor, styled: bool, scale: float) -> Tensor:  # fmt: skip
    """Pictures [n, 4, 64, 64] of ids [n, N] with references [n, K, C, 8, 8]."""
    told = Conditioner(networks_["text_encoder"], networks_["style_encoder"])
    kept = torch.full((len(ids),), styled)
    given = told(ids, references, kept)
    free = told(empty.expand_as(ids), references, kept)
    noise = torch.randn((len(ids), *references.shape[2:]), generator=torch.Generator().manual_seed(1))
    velocity = sampling.guided(networks_["unet"], given, free, None, GUIDANCE)
    return vae.decode(sampling.dpm_solver(velocity, noise, STEPS) / scale).float()


def rows(data: pictures.Pictures) -> list[tuple[str, np.ndarray]]:
    """(style, indices of its references), spread over concepts that are not asked for."""
    styles = data.by_style(np.arange(len(data.entries)))
    invented = [s for s in styles if "#" in s][:: max(1, 1200 // INVENTED)][:INVENTED]
    asked = {prompt.replace(" ", "-") for prompt in PROMPTS}
    draw, result = np.random.default_rng(5), []
    for style in [*(s for s in (*UNSEEN, *TRAINED) if s in styles), *invented]:
        usable = [i for i in styles[style] if data.entries[i]["concept"] not in asked]
        result.append((style, np.array(usable)[draw.permutation(len(usable))[:REFERENCES]]))
    return result


@torch.no_grad()
def main() -> None:
    arguments = configuration.parser(__doc__).parse_args()
    config = configuration.load(arguments.preset, arguments.work)
    device.setup(config)
    data, tokenizer = pictures.load(config), networks.tokenizer(config)
    state = checkpoint.load(config, "denoiser")
    built = {
        "unet": networks.unet(config),
        "text_encoder": networks.text_encoder(config),
        "style_encoder": networks.style_encoder(config),
    }
    for name, network in built.items():
        network.load_state_dict(state["averages"][name])
        network.eval()
    vae = networks.autoencoder(config).eval()
    vae.load_state_dict(checkpoint.averages(config, "autoencoder")["vae"])
    scale = examples.scaling_factor(config)
    ids, empty = torch.tensor([tokenizer(prompt) for prompt in PROMPTS]), torch.tensor(tokenizer(""))
    lines = []
    for _, chosen in [*rows(data), ("", rows(data)[0][1])]:
        shown = data.batch(chosen)
        references = vae.encode(shown) * scale
        styled = len(lines) < len(rows(data))
        many = references[None].expand(len(ids), *references.shape)
        made = drawn(config, built, vae, ids, empty, many, styled, scale)
        lines.append(np.concatenate([rgb(x, False) for x in [*shown, *made]], 1))
    folder = config.work / "results" / "sheets"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{state['seen']:09d}.png"
    Image.fromarray(np.concatenate(lines)).save(path, optimize=True)
    print(path)


if __name__ == "__main__":
    main()
