"""What the evaluation asks for, with which references, and which concepts count as right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np

from ..captions import clean, with_article
from ..pictures import Pictures

REFERENCES = 4
UNSEEN_REFERENCES = 8
# One set of each kind that is never trained on: outlines thin and thick, solid, two tones, pixels, drawn by hand, stickers.
UNSEEN_STYLES = (
    "tabler",
    "mdi-light",
    "majesticons",
    "uim",
    "pixelarticons",
    "streamline-freehand",
    "streamline-stickies-color",
    "streamline-kameleon-color",
)


@dataclass(frozen=True)
class Prompt:
    """A caption, the concepts that its picture may show, the real picture it names (or -1), indices of references."""

    text: str
    concepts: frozenset[str]
    picture: int = -1
    references: tuple[int, ...] = ()


def references(data: Pictures, style: np.ndarray, concepts: frozenset[str], count: int, seed: int) -> tuple[int, ...]:
    """Pictures of one style that show something else."""
    order = np.random.default_rng(seed).permutation(style)
    return tuple(int(i) for i in order if data.entries[i]["concept"] not in concepts)[:count]


def of_pictures(data: Pictures, known: set[str], held_out: bool, count: int) -> list[Prompt]:
    """Names of at most `count` pictures of trained sets, with references of the picture's own style."""
    original = [i for i in np.flatnonzero(~data.never) if not data.entries[i].get("invented")]
    fits = [i for i in original if data.entries[i]["concept"] in known and data.held_out[i] == held_out]
    styles = data.by_style(np.array([i for i in original if not data.held_out[i]]))
    chosen = [i for i in np.random.default_rng(5).permutation(fits) if data.entries[i]["style"] in styles][:count]
    made = []
    for i in map(int, chosen):
        entry = data.entries[i]
        concepts = frozenset([entry["concept"]])
        shown = references(data, styles[entry["style"]], concepts, REFERENCES, i)
        if len(shown) == REFERENCES:
            made.append(Prompt(clean(entry["name"]), concepts, i, shown))
    return made


def everyday(config: SimpleNamespace) -> list[Prompt]:
    """The bare words that developers type, without references."""
    return [Prompt(clean(word), frozenset([word])) for word in config.everyday]


def sentences(config: SimpleNamespace) -> list[Prompt]:
    """The same things asked for as people ask larger models."""
    forms = ["{} icon, flat, simple", "{}, flat, minimal"]
    return [
        Prompt(forms[number % len(forms)].format(with_article(clean(word))), frozenset([word]))
        for number, word in enumerate(config.everyday)
    ]


def in_style(data: Pictures, prompts: Sequence[Prompt], style: str) -> list[Prompt]:
    """The prompts with the same references of one style each, none of which shows what is asked for."""
    asked = frozenset().union(*(prompt.concepts for prompt in prompts))
    members = data.by_style(np.arange(len(data.entries)))[style]
    shown = references(data, members, asked, UNSEEN_REFERENCES, 5)
    return [Prompt(prompt.text, prompt.concepts, prompt.picture, shown) for prompt in prompts]
