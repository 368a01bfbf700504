"""Copies of what user interfaces need and the main set lacks: a bare "trash" or "paper plane" should be one.

    cd models && python3 -m training.interface --preset cpu

The pictures come from the sets in SOURCES; those of one ink get several, each named, and one of them without a word.
"""

from __future__ import annotations

import json
import random
from types import SimpleNamespace
from typing import Any

import numpy as np

from . import config as configuration
from . import pictures
from .captions import clean
from .pictures import INTERFACE_SET, MAIN_SET, Pictures

SOURCES = ("flat-color-icons", "fluent-color", "ph")  # in the order in which they answer a name
MOST_WORDS = 2  # longer names are variants: "arrow elbow down left", "chart line down"
BARE_INK = "blue"
OTHER_INKS = 2  # copies in other inks
# As data/render.mjs has them.
INKS = {"black": (31, 35, 40), "red": (229, 52, 47), "blue": (37, 99, 235), "green": (34, 163, 74), "orange": (249, 115, 22),
        "purple": (139, 63, 224), "gray": (128, 136, 144), "pink": (236, 72, 153), "yellow": (245, 184, 11)}  # fmt: skip


def names(entry: dict[str, Any]) -> set[str]:
    return {clean(name) for name in (entry["name"], *entry["aliases"])}


def answers(data: Pictures) -> list[int]:
    """Indices of the pictures of SOURCES whose name no picture of the main set or of an earlier source has."""
    taken = {name for entry in data.entries if entry["set"] == MAIN_SET for name in names(entry)}
    chosen = []
    for source in SOURCES:
        members = [index for index, entry in enumerate(data.entries) if entry["set"] == source]
        fresh = [index for index in members if clean(data.entries[index]["name"]) not in taken]
        chosen += [index for index in fresh if len(clean(data.entries[index]["name"]).split()) <= MOST_WORDS]
        taken |= {name for index in members for name in names(data.entries[index])}
    return chosen


def inked(pixels: np.ndarray, ink: str) -> np.ndarray:
    """uint8 [64, 64, 4], premultiplied: the shape of a picture of one ink in another."""
    alpha = pixels[..., 3:].astype(np.float32) / 255
    return np.concatenate([(alpha * np.array(INKS[ink])).round().astype(np.uint8), pixels[..., 3:]], -1)


def copies(data: Pictures, draw: random.Random) -> tuple[list[np.ndarray], list[dict[str, Any]]]:
    """Pictures and entries; "recoloured" is the colour of a copy, "unsaid" marks the one that a bare name draws."""
    made, entries = [], []
    for index in answers(data):
        entry = {**data.entries[index], "set": INTERFACE_SET}
        if not entry["colour"]:
            made.append(np.array(data.pixels[index]))
            entries.append(entry)
            continue
        others = draw.sample([ink for ink in INKS if ink != BARE_INK], OTHER_INKS)
        for ink in (BARE_INK, *others):
            made.append(inked(data.pixels[index], ink))
            entries.append({**entry, "colour": "", "recoloured": ink, "unsaid": ink == BARE_INK})
    return made, entries


def run(config: SimpleNamespace) -> None:
    """Writes interface.raw and interface.json, which pictures.py appends to the prepared ones."""
    made, entries = copies(pictures.prepared(config), random.Random(config.seed + 3))
    if not made:
        raise SystemExit(f"No set of {', '.join(SOURCES)} has anything that {MAIN_SET} lacks.")
    np.array(made).tofile(config.data_folder / f"{INTERFACE_SET}.raw")
    (config.data_folder / f"{INTERFACE_SET}.json").write_text(json.dumps(entries))
    print(f"{len(made)} copies of {len({entry['icon'] for entry in entries})} icons")


if __name__ == "__main__":
    arguments = configuration.parser(__doc__).parse_args()
    run(configuration.load(arguments.preset, arguments.work))
