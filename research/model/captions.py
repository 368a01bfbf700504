"""Captions of every picture and their token ids.

    cd research && python3 -m model.captions --preset cpu

A picture's look comes from references, so captions say what is drawn: its own name, the name that sets share, other
names and keywords, bare or in the sentences that people write. A few name the look in one word.
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
from . import config as configuration

LOOKS = ["flat", "simple", "flat, simple", "minimal", "clean", "flat, minimal", "vector", "flat design"]
# The one word for a style, by what its name contains; the first that fits.
STYLE_WORDS = [
    ("duotone", ("duo", "two")),
    ("pixel", ("pixel",)),
    ("outline", ("outline", "linear", "line", "light", "thin", "broken")),
    ("solid", ("fill", "solid", "bold", "/f")),
]


def clean(text: str) -> str:
    """Lower-case letters, digits and single spaces."""
    return re.sub(r"[^a-z0-9]+", " ", text.lower()).strip()


def with_article(thing: str) -> str:
    return f"{'an' if thing[0] in 'aeiou' else 'a'} {thing}"


def style_word(entry: dict[str, Any]) -> str:
    """ "outline", "solid" …, or nothing where the set's name does not tell."""
    if entry.get("invented"):
        return ""
    if entry["colour"]:
        return "emoji" if entry["emoji"] else "color"
    return next((word for word, marks in STYLE_WORDS if any(mark in entry["style"] for mark in marks)), "")


class Words:
    """What may be said about one picture."""

    def __init__(self, entry: dict[str, Any], synonyms: dict[str, list[str]]) -> None:
        self.name = clean(entry["name"]) or "icon"
        self.concept = clean(entry["concept"]) or self.name
        fresh = lambda texts: [
            t for t in dict.fromkeys(map(clean, filter(None, texts))) if t and t != self.name and len(t) < 24
        ]
        self.others = fresh(entry["aliases"])
        self.tags = fresh([*entry["tags"], *synonyms.get(self.name, [])])
        self.style = style_word(entry)

    def thing(self, draw: random.Random) -> str:
        """Its own name, the name that sets share, another name, or rarely a keyword."""
        chance = draw.random()
        if chance > 0.95 and self.tags:
            return draw.choice(self.tags)
        if chance > 0.82 and self.others:
            return draw.choice(self.others)
        return self.name if chance < 0.5 else self.concept

    def caption(self, draw: random.Random) -> str:
        """One of the many ways to ask for it."""
        thing, form = self.thing(draw), draw.random()
        if form < 0.45:
            return thing
        if form < 0.6:
            return f"{thing} icon"
        if form < 0.72 and self.style:
            return draw.choice([f"{thing}, {self.style}", f"{self.style} {thing}", f"{thing} {self.style} icon"])
        named = draw.choice([with_article(thing), with_article(f"{thing} icon"), f"icon of {with_article(thing)}"])
        return f"{named}, {draw.choice(LOOKS)}" if draw.random() < 0.5 else named


def all_captions(config: SimpleNamespace, entries: list[dict[str, Any]], words: dict[str, Any]) -> list[list[str]]:
    """`config.data.captions` captions a picture; the first one is the concept's name."""
    draw = random.Random(config.seed + 1)
    result = []
    for entry in entries:
        said = Words(entry, words["synonyms"])
        result.append([said.concept, *(said.caption(draw) for _ in range(config.data.captions - 1))])
    return result


def train_merges(config: SimpleNamespace, captions: list[list[str]], nouns: list[str]) -> list[bpe.Pair]:
    """Merges from the captions, and from frequent nouns so that other words are not cut into letters."""
    counts: collections.Counter[str] = collections.Counter()
    for some in captions:
        for caption in some:
            counts.update(bpe.words(caption))
    for noun in nouns:
        counts.update(dict.fromkeys(bpe.words(noun), 4))
    return bpe.Trainer(counts).merges(config.data.merges)


def make_tokenizer(config: SimpleNamespace, captions: list[list[str]], nouns: list[str]) -> bpe.Tokenizer:
    """Writes the tokenizer folder. One that exists is kept, as is that of a warm start: text encoders know its ids."""
    earlier = [
        folder for folder in (config.data_folder, config.start_from) if folder and (folder / "tokenizer").exists()
    ]
    merges = bpe.read_merges(earlier[0] / "tokenizer") if earlier else train_merges(config, captions, nouns)
    bpe.save(config.data_folder / "tokenizer", merges, config.data.tokens)
    return bpe.Tokenizer(merges, config.data.tokens)


def run(config: SimpleNamespace) -> None:
    """Writes captions.json, the tokenizer folder and ids.npy (int16 [n, captions, tokens])."""
    folder = config.data_folder
    data = pictures.load(config)
    words = json.loads((folder / "wordnet.json").read_text())
    captions = all_captions(config, data.entries, words)
    tokenizer = make_tokenizer(config, [captions[index] for index in data.trained()], words["frequent"])
    known = {text: tokenizer(text) for text in {text for some in captions for text in some}}
    ids = np.array([[known[text] for text in some] for some in captions], np.int16)
    np.save(folder / "ids.npy", ids)
    (folder / "captions.json").write_text(json.dumps(captions))
    lengths = (ids != tokenizer.end).sum(-1) + 1
    print(
        f"vocabulary {len(tokenizer.ids)}, captions {ids.shape}, tokens mean {lengths.mean():.1f}, most {lengths.max()}"
    )


if __name__ == "__main__":
    arguments = configuration.parser(__doc__).parse_args()
    run(configuration.load(arguments.preset, arguments.work))
