"""Recoloured copies of the main set: a colour word should mean a colour, whatever thing it goes with.

    cd models && python3 -m training.recolour --preset cpu

In the sets themselves a fire engine is always red, so that a model learns colours from names and ignores the words.
The pairs of thing and colour that the evaluation asks for are left out.
"""

from __future__ import annotations

import collections
import json
import random
from types import SimpleNamespace
from typing import Any

import numpy as np

from . import colours, pictures
from . import config as configuration

SET = "recoloured"
COPIES = 3
FEWEST_SHARE = 0.15  # of the visible part that the replaced colour covers
HUE_RADIUS = 0.1
GREYS = ("white", "black", "gray")
# Hue, and the least value at which the colour has its name: dark yellow is brown, and so is dark orange.
TARGETS = {"red": (0.0, 0.6), "orange": (0.08, 0.85), "yellow": (0.14, 0.85), "green": (0.36, 0.5),
           "blue": (0.6, 0.55), "purple": (0.76, 0.5), "pink": (0.9, 0.75)}  # fmt: skip


def replaced_hue(pixels: np.ndarray) -> tuple[str, float] | None:
    """(name, hue) of the picture's largest colour that is no grey, or None where there is too little of it."""
    visible = colours.visible(pixels)
    named = [(colours.colour_name(*rgb), rgb) for rgb in visible]
    counts = collections.Counter(name for name, _ in named if name not in GREYS)
    if not counts:
        return None
    name, count = counts.most_common(1)[0]
    if count < FEWEST_SHARE * len(visible):
        return None
    return name, colours.mean_hue(np.array([rgb for other, rgb in named if other == name]))


def recoloured(pixels: np.ndarray, hue: float, target: str) -> np.ndarray:
    """uint8 [64, 64, 4], premultiplied: everything near `hue` in the target's colour, the rest as it was."""
    new_hue, least_value = TARGETS[target]
    alpha = pixels[..., 3:] / 255
    rgb = np.divide(pixels[..., :3] / 255, alpha, out=np.zeros(pixels.shape[:2] + (3,)), where=alpha > 0).clip(0, 1)
    hsv = colours.to_hsv(rgb)
    distance = np.abs((hsv[..., 0] - hue + 0.5) % 1 - 0.5)
    near = (distance < HUE_RADIUS) & (hsv[..., 1] > 0.12) & (alpha[..., 0] > 0)
    if not near.any():
        return pixels
    saturation, value = hsv[near, 1], hsv[near, 2]
    richer = max(1.0, 0.7 / max(1e-3, float(np.median(saturation))))
    brighter = max(1.0, least_value / max(1e-3, float(np.median(value))))
    turned = np.stack([new_hue + (hsv[near, 0] - hue + 0.5) % 1 - 0.5, saturation * richer, value * brighter], -1)
    turned[:, 0] = new_hue + (turned[:, 0] - new_hue) * 0.4  # shades stay within the colour's name
    hsv[near] = np.concatenate([turned[:, :1] % 1, turned[:, 1:].clip(0, 1)], 1)
    return np.concatenate([(colours.to_rgb(hsv) * alpha * 255).round().astype(np.uint8), pixels[..., 3:]], -1)


def copies(config: SimpleNamespace, data: pictures.Pictures) -> tuple[list[np.ndarray], list[dict[str, Any]]]:
    """At most COPIES copies of every picture of the main set, each in a colour that it really shows then."""
    draw, asked = random.Random(config.seed + 2), set(config.evaluate.composed)
    made, entries = [], []
    for index, entry in enumerate(data.entries):
        found = replaced_hue(data.pixels[index]) if entry["set"] == pictures.MAIN_SET else None
        if not found:
            continue
        bare = {colours.without_colours(name.lower()) for name in (entry["name"], *entry["aliases"])}
        wanted = [c for c in TARGETS if c != found[0] and not any(f"{c} {name}" in asked for name in bare)]
        for colour in draw.sample(wanted, min(COPIES, len(wanted))):
            copy = recoloured(data.pixels[index], found[1], colour)
            if (replaced_hue(copy) or ("", 0))[0] == colour:
                made.append(copy)
                entries.append({**entry, "set": SET, "recoloured": colour})
    return made, entries


def run(config: SimpleNamespace) -> None:
    """Writes recoloured.raw and recoloured.json, which pictures.py appends to the prepared ones."""
    made, entries = copies(config, pictures.prepared(config))
    if not made:
        raise SystemExit(f"No picture of {pictures.MAIN_SET} has a colour that could be replaced.")
    np.array(made).tofile(config.data_folder / "recoloured.raw")
    (config.data_folder / "recoloured.json").write_text(json.dumps(entries))
    print(f"{len(made)} copies, {collections.Counter(entry['recoloured'] for entry in entries)}")


if __name__ == "__main__":
    arguments = configuration.parser(__doc__).parse_args()
    run(configuration.load(arguments.preset, arguments.work))
