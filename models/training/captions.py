"""Captions of every picture, the tokenizer trained on them, and their token ids.

    cd models && python3 -m training.captions --preset cpu
"""

from __future__ import annotations

import collections
import json
import random
import re
from types import SimpleNamespace
from typing import Any

import numpy as np

from . import bpe, pictures
from .colours import NAMES, main_colours, without_colours
from . import config as configuration
from .pictures import INTERFACE_SET

MAIN_STYLE = "flat emoji"
# Captions without style words mostly show the main look, so that a bare "house" has one clear answer; for what emoji
# lack, one of the interface set.
BARE_SHARE = 0.45
BARE_SHARE_OTHERS = 0.12
# A caption of these two is a sentence as often as this; these words say nothing that the main look does not show.
SENTENCE_SHARE = 0.35
LOOKS = ["flat", "simple", "flat, simple", "minimal", "clean", "flat, minimal", "vector", "flat design", "colorful"]
# Captions of these two that end in "<any noun> style": what people call their own sets must not blur the thing that
# is asked for, before fine-tuning gives the word a meaning.
UNKNOWN_STYLE_SHARE = 0.15
COLOUR_SHARE = 0.3
COLOUR_SHARE_OTHERS = 0.15


def clean(text: str) -> str:
    """Lower-case letters, digits and single spaces."""
    return re.sub(r"[^a-z0-9]+", " ", text.lower()).strip()


def with_article(thing: str) -> str:
    return f"{'an' if thing[0] in 'aeiou' else 'a'} {thing}"


def stripped(entry: dict[str, Any]) -> dict[str, Any]:
    """A recoloured picture's entry without the colours of its original."""
    aliases = [without_colours(clean(alias)) for alias in entry["aliases"]]
    tags = [tag for tag in entry["tags"] if not NAMES & {*clean(tag).split()}]
    return {**entry, "name": without_colours(clean(entry["name"])), "aliases": aliases, "tags": tags}


class Words:
    """What may be said about one picture."""

    def __init__(self, entry: dict[str, Any], colours: list[str], synonyms: dict[str, list[str]]) -> None:
        self.recoloured = entry.get("recoloured", "")
        if self.recoloured:
            entry, colours = stripped(entry), [self.recoloured]
        if entry["set"] == INTERFACE_SET:
            entry = {**entry, "tags": []}  # loose ones ("toys" for a paper plane) would blur other names
        self.name = clean(entry["name"]) or "icon"
        fresh = lambda texts: [t for t in dict.fromkeys(map(clean, texts)) if t and t != self.name and len(t) < 24]
        last = self.name.split()[-1] if len(self.name.split()) == 2 else ""
        self.aliases = fresh(entry["aliases"])
        self.tags = fresh([*entry["tags"], *synonyms.get(self.name, []), *synonyms.get(last, [])[:2]])
        self.style, self.ink, self.colours = entry["style"], entry["colour"], colours
        self.asked_first = self.style == MAIN_STYLE or entry["set"] == INTERFACE_SET
        self.bare = BARE_SHARE if self.asked_first else BARE_SHARE_OTHERS
        self.says_colour = COLOUR_SHARE if self.asked_first else COLOUR_SHARE_OTHERS
        if self.recoloured and not entry.get("unsaid"):
            self.says_colour = 1.0

    def thing(self, draw: random.Random) -> str:
        """The name, or another name, or rarely a keyword."""
        chance = draw.random()
        if chance < 0.25 and self.aliases:
            return draw.choice(self.aliases)
        return draw.choice(self.tags) if chance > 0.9 and self.tags else self.name

    def sentence(self, draw: random.Random, thing: str, colour: str) -> str:
        """What people write to larger models: articles, "icon of", words for the look; the colour first or last."""
        last = colour and draw.random() < 0.3
        named = f"{colour} {thing}" if colour and not last else thing
        kind = draw.choice(["icon", "icon", "flat icon", "emoji", "symbol"])
        form = draw.choice([named, with_article(named), f"{named} {kind}", with_article(f"{named} {kind}"),
                            f"{kind} of {with_article(named)}", f"{with_article(kind)} of {with_article(named)}"])  # fmt: skip
        looks = [draw.choice(LOOKS)] if draw.random() < 0.6 else []
        return ", ".join([form, *looks, *([colour] if last else [])])

    def caption(self, draw: random.Random, nouns: list[str]) -> str:
        """One of the many ways to ask for it. nouns: any, for styles that the model does not know."""
        thing = self.thing(draw)
        says_colour = not self.ink and self.colours and draw.random() < self.says_colour
        colour = self.colours[0] if says_colour and not NAMES & {*thing.split()} else ""
        if self.asked_first and draw.random() < SENTENCE_SHARE:
            return self.sentence(draw, thing, colour)
        thing = f"{colour} {thing}" if colour else thing
        if self.asked_first and draw.random() < UNKNOWN_STYLE_SHARE:
            return f"{thing}, {clean(draw.choice(nouns))} style"
        extra = draw.sample(self.tags, min(len(self.tags), draw.choice([1, 1, 2, 3]))) if draw.random() < 0.35 else []
        if draw.random() < self.bare and self.ink in ("", "black"):
            return ", ".join([thing, *extra])
        says_ink = self.ink and (self.ink != "black" or draw.random() < 0.5)
        style = f"{self.ink} {self.style}" if says_ink else self.style
        form = draw.random()
        if form < 0.6:
            return ", ".join([thing, *extra, style])
        if form < 0.8:
            return ", ".join([f"{style} of {with_article(thing)}", *extra])
        return f"{thing} {style}"

    def plain(self) -> str:
        """The first caption of every picture, used for evaluation: name and style."""
        name = f"{self.recoloured} {self.name}".strip()
        return f"{name}, {self.ink} {self.style}" if self.ink else f"{name}, {self.style}"


def all_captions(config: SimpleNamespace, data: pictures.Pictures, words: dict[str, Any]) -> list[list[str]]:
    """`config.data.captions` captions a picture; the first one is the plain one."""
    draw = random.Random(config.seed + 1)
    result = []
    for index, entry in enumerate(data.entries):
        said = Words(entry, main_colours(data.pixels[index]), words["synonyms"])
        more = [said.caption(draw, words["frequent"]) for _ in range(config.data.captions - 1)]
        result.append([said.plain(), *more])
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
    """Writes the tokenizer folder. One that exists is kept, as is that of a warm start: text encoders know its ids."""
    earlier = [folder for folder in (config.data_folder, config.start_from) if folder and (folder / "tokenizer").exists()]
    if earlier:
        merges = bpe.read_merges(earlier[0] / "tokenizer")
    else:
        merges = train_merges(config, captions, nouns)
    bpe.save(config.data_folder / "tokenizer", merges, config.data.tokens)
    return bpe.Tokenizer(merges, config.data.tokens)


def run(config: SimpleNamespace) -> None:
    """Writes captions.json, the tokenizer folder and ids.npy (int16 [n, captions, tokens])."""
    folder = config.data_folder
    data = pictures.load(config)
    words = json.loads((folder / "wordnet.json").read_text())
    captions = all_captions(config, data, words)
    tokenizer = make_tokenizer(config, [captions[index] for index in data.trained()], words["frequent"])
    ids = np.array([[tokenizer(caption) for caption in some] for some in captions], np.int16)
    np.save(folder / "ids.npy", ids)
    (folder / "captions.json").write_text(json.dumps(captions))
    lengths = (ids != tokenizer.end).sum(-1) + 1
    print(f"vocabulary {len(tokenizer.ids)}, captions {ids.shape}, tokens mean {lengths.mean():.1f}, most {lengths.max()}")


if __name__ == "__main__":
    arguments = configuration.parser(__doc__).parse_args()
    run(configuration.load(arguments.preset, arguments.work))
