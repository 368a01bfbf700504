"""What the evaluation asks for, and which concepts count as right."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np

from ..captions import MAIN_STYLE, clean, with_article
from ..pictures import MAIN_SET, Pictures


@dataclass(frozen=True)
class Prompt:
    """A caption, the concepts that its picture may show, the real picture it names (or -1), a wanted colour."""

    text: str
    concepts: frozenset[str]
    picture: int = -1
    colour: str = ""


def of_pictures(data: Pictures, known: set[str], held_out: bool, count: int) -> list[Prompt]:
    """Name and style of at most `count` pictures of the main set whose concept the classifier knows."""
    entries = zip(data.entries, data.held_out)
    fits = [entry["set"] == MAIN_SET and entry["concept"] in known and out == held_out for entry, out in entries]
    chosen = np.random.default_rng(5).permutation(np.flatnonzero(fits))[:count]
    return [
        Prompt(f"{clean(data.entries[i]['name'])}, {MAIN_STYLE}", frozenset([data.entries[i]["concept"]]), int(i))
        for i in chosen
    ]


def concepts_called(data: Pictures, name: str) -> frozenset[str]:
    """Concepts that somebody calls `name`."""
    called = lambda entry: name == clean(entry["name"]) or name in map(clean, entry["aliases"])
    return frozenset(entry["concept"] for entry in data.entries if called(entry))


def everyday(config: SimpleNamespace, data: Pictures) -> list[Prompt]:
    """The bare words that a newcomer types first."""
    return [Prompt(word, concepts_called(data, word)) for word in config.everyday]


def sentences(config: SimpleNamespace, data: Pictures) -> list[Prompt]:
    """The same things asked for as people ask larger models."""
    forms = ["{} icon, flat, simple", "{}, flat, minimal"]
    return [
        Prompt(forms[number % len(forms)].format(with_article(word)), concepts_called(data, word))
        for number, word in enumerate(config.everyday)
    ]


def composed(config: SimpleNamespace, data: Pictures) -> list[Prompt]:
    """A colour and a thing that never came together in a picture's natural colours, in the main style."""
    split = [text.split(" ", 1) for text in config.evaluate.composed]
    return [Prompt(f"{c} {thing}, {MAIN_STYLE}", concepts_called(data, thing), -1, c) for c, thing in split]
