"""Captions of every picture, the tokenizer trained on them, and their token ids.

    cd models && python3 -m training.captions --preset cpu
"""

from __future__ import annotations

import collections
import colorsys
import json
import random
import re
from types import SimpleNamespace
from typing import Any

import numpy as np

from . import bpe, pictures
from . import config as configuration

MAIN_STYLE = "flat emoji"
# Captions without style words mostly show the main look, so that a bare "house" has one clear answer.
BARE_SHARE = {MAIN_STYLE: 0.45}
BARE_SHARE_OTHERS = 0.12
HUES = [(0.04, "red"), (0.11, "orange"), (0.19, "yellow"), (0.45, "green"), (0.52, "teal"), (0.7, "blue"),
        (0.8, "purple"), (0.94, "pink"), (1.01, "red")]  # fmt: skip


def clean(text: str) -> str:
    """Lower-case letters, digits and single spaces."""
    return re.sub(r"[^a-z0-9]+", " ", text.lower()).strip()


def colour_name(r: float, g: float, b: float) -> str:
    """Everyday name of an RGB colour in [0, 1]."""
    hue, light, saturation = colorsys.rgb_to_hls(r, g, b)
    if light > 0.92:
        return "white"
    if light < 0.16:
        return "black"
    if saturation < 0.16:
        return "gray"
    name = next(name for limit, name in HUES if hue < limit)
    return "brown" if name in ("red", "orange") and light < 0.42 and saturation < 0.75 else name


def main_colours(pixels: np.ndarray) -> list[str]:
    """Names of the colours that cover at least a quarter of the visible part, at most two, largest first.

    pixels: uint8 [64, 64, 4], premultiplied.
    """
    small = pixels.reshape(16, 4, 16, 4, 4).mean((1, 3)).reshape(-1, 4) / 255
    visible = small[small[:, 3] > 0.5]
    counts = collections.Counter(colour_name(*(p[:3] / p[3]).clip(0, 1)) for p in visible)
    return [name for name, count in counts.most_common(2) if count >= 0.25 * len(visible)]


class Words:
    """What may be said about one picture."""

    def __init__(self, entry: dict[str, Any], colours: list[str], synonyms: dict[str, list[str]]) -> None:
        self.name = clean(entry["name"]) or "icon"
        fresh = lambda texts: [t for t in dict.fromkeys(map(clean, texts)) if t and t != self.name and len(t) < 24]
        last = self.name.split()[-1] if len(self.name.split()) == 2 else ""
        self.aliases = fresh(entry["aliases"])
        self.tags = fresh([*entry["tags"], *synonyms.get(self.name, []), *synonyms.get(last, [])[:2]])
        self.style, self.ink, self.colours = entry["style"], entry["colour"], colours
        self.bare = BARE_SHARE.get(self.style, BARE_SHARE_OTHERS)

    def thing(self, draw: random.Random) -> str:
        """The name, or another name, or rarely a keyword."""
        chance = draw.random()
        if chance < 0.25 and self.aliases:
            return draw.choice(self.aliases)
        return draw.choice(self.tags) if chance > 0.9 and self.tags else self.name

    def caption(self, draw: random.Random) -> str:
        thing = self.thing(draw)
        if not self.ink and self.colours and draw.random() < 0.15 and self.colours[0] not in thing:
            thing = f"{self.colours[0]} {thing}"
        extra = draw.sample(self.tags, min(len(self.tags), draw.choice([1, 1, 2, 3]))) if draw.random() < 0.35 else []
        if draw.random() < self.bare and self.ink in ("", "black"):
            return ", ".join([thing, *extra])
        says_ink = self.ink and (self.ink != "black" or draw.random() < 0.5)
        style = f"{self.ink} {self.style}" if says_ink else self.style
        form = draw.random()
        if form < 0.6:
            return ", ".join([thing, *extra, style])
        if form < 0.8:
            article = "an" if thing[0] in "aeiou" else "a"
            return ", ".join([f"{style} of {article} {thing}", *extra])
        return f"{thing} {style}"

    def plain(self) -> str:
        """The first caption of every picture, used for evaluation: name and style."""
        return f"{self.name}, {self.ink} {self.style}" if self.ink else f"{self.name}, {self.style}"


def all_captions(config: SimpleNamespace, data: pictures.Pictures, synonyms: dict[str, list[str]]) -> list[list[str]]:
    """`config.data.captions` captions a picture; the first one is the plain one."""
    draw = random.Random(config.seed + 1)
    result = []
    for index, entry in enumerate(data.entries):
        words = Words(entry, main_colours(data.pixels[index]), synonyms)
        result.append([words.plain(), *(words.caption(draw) for _ in range(config.data.captions - 1))])
    return result


def train_merges(config: SimpleNamespace, captions: list[list[str]], nouns: list[str]) -> list[bpe.Pair]:
    """Merges from the trained captions, and from frequent nouns so that other words are not cut into letters."""
    counts: collections.Counter[str] = collections.Counter()
    for some in captions:
        for caption in some:
            counts.update(bpe.words(caption))
    for noun in nouns:
        counts.update({word: 4 for word in bpe.words(noun)})
    return bpe.Trainer(counts).merges(config.data.merges)


def make_tokenizer(config: SimpleNamespace, captions: list[list[str]], nouns: list[str]) -> bpe.Tokenizer:
    """Writes the tokenizer folder. A warm start keeps the earlier model's, whose text encoder knows its ids."""
    if config.start_from:
        merges = bpe.read_merges(config.start_from / "tokenizer")
    else:
        merges = train_merges(config, captions, nouns)
    bpe.save(config.data_folder / "tokenizer", merges, config.data.tokens)
    return bpe.Tokenizer(merges, config.data.tokens)


def run(config: SimpleNamespace) -> None:
    """Writes captions.json, the tokenizer folder and ids.npy (int16 [n, captions, tokens])."""
    folder = config.data_folder
    data = pictures.load(config)
    nouns = json.loads((folder / "wordnet.json").read_text())
    captions = all_captions(config, data, nouns["synonyms"])
    tokenizer = make_tokenizer(config, [captions[index] for index in data.trained()], nouns["frequent"])
    ids = np.array([[tokenizer(caption) for caption in some] for some in captions], np.int16)
    np.save(folder / "ids.npy", ids)
    (folder / "captions.json").write_text(json.dumps(captions))
    lengths = (ids != tokenizer.end).sum(-1) + 1
    print(f"vocabulary {len(tokenizer.ids)}, captions {ids.shape}, tokens mean {lengths.mean():.1f}, most {lengths.max()}")


if __name__ == "__main__":
    arguments = configuration.parser(__doc__).parse_args()
    run(configuration.load(arguments.preset, arguments.work))
