"""Byte pair encoding in CLIP's format: training, and the encoder that the tokenizer files describe."""

from __future__ import annotations

import collections
import heapq
import itertools
import json
import re
from collections.abc import Iterable
from pathlib import Path

START, END = "<|startoftext|>", "<|endoftext|>"
PATTERN = re.compile(r"'s|'t|'re|'ve|'m|'ll|'d|[^\W\d_]+|\d|[^\s\w]+|_+", re.IGNORECASE)
Pair = tuple[str, str]


def byte_symbols() -> dict[int, str]:
    """A printable character for every byte, as in GPT-2 and CLIP."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    symbols = {byte: chr(byte) for byte in printable}
    return symbols | {byte: chr(256 + index) for index, byte in enumerate(others)}


SYMBOLS = byte_symbols()


def words(text: str) -> list[str]:
    """Pieces that are encoded one by one."""
    return PATTERN.findall(re.sub(r"\s+", " ", text.lower()).strip())


def symbols_of(word: str) -> list[str]:
    """One symbol a byte, the last one marked as the end of the word."""
    symbols = [SYMBOLS[byte] for byte in word.encode()]
    return [*symbols[:-1], symbols[-1] + "</w>"]


def merge(symbols: list[str], pair: Pair) -> list[str]:
    """Joins every occurrence of `pair`."""
    result: list[str] = []
    index = 0
    while index < len(symbols):
        joined = tuple(symbols[index : index + 2]) == pair
        result.append(pair[0] + pair[1] if joined else symbols[index])
        index += 2 if joined else 1
    return result


class Trainer:
    """Counts pairs over a weighted word list and merges the most frequent one again and again."""

    def __init__(self, counts: dict[str, int]) -> None:
        self.words = [(symbols_of(word), count) for word, count in counts.items() if word]
        self.pairs: collections.Counter[Pair] = collections.Counter()
        self.where: dict[Pair, set[int]] = collections.defaultdict(set)
        for index in range(len(self.words)):
            self.count(index, +1)
        self.heap = [(-count, pair) for pair, count in self.pairs.items()]
        heapq.heapify(self.heap)

    def count(self, index: int, sign: int) -> set[Pair]:
        symbols, weight = self.words[index]
        touched = set(itertools.pairwise(symbols))
        for pair in itertools.pairwise(symbols):
            self.pairs[pair] += sign * weight
        for pair in touched:
            (self.where[pair].add if sign > 0 else self.where[pair].discard)(index)
        return touched

    def best(self) -> Pair | None:
        """The most frequent pair that occurs at least twice; entries with an old count are put back."""
        while self.heap:
            negative, pair = heapq.heappop(self.heap)
            if self.pairs[pair] == -negative:
                return pair if -negative >= 2 else None
            if self.pairs[pair] > 0:
                heapq.heappush(self.heap, (-self.pairs[pair], pair))
        return None

    def merges(self, count: int) -> list[Pair]:
        result: list[Pair] = []
        while len(result) < count and (pair := self.best()):
            result.append(pair)
            touched: set[Pair] = set()
            for index in sorted(self.where[pair]):
                touched |= self.count(index, -1)
                self.words[index] = (merge(self.words[index][0], pair), self.words[index][1])
                touched |= self.count(index, +1)
            for other in touched:
                if self.pairs[other] > 0:
                    heapq.heappush(self.heap, (-self.pairs[other], other))
        return result


def vocabulary(merges: Iterable[Pair]) -> dict[str, int]:
    """Token → id in CLIP's order: bytes, bytes at word ends, merges, the two marks."""
    symbols = list(SYMBOLS.values())
    tokens = [*symbols, *(s + "</w>" for s in symbols), *(a + b for a, b in merges), START, END]
    return {token: index for index, token in enumerate(dict.fromkeys(tokens))}


class Tokenizer:
    """Text → ids, always `length` of them: start mark, at most length - 2 tokens, end marks."""

    def __init__(self, merges: list[Pair], length: int) -> None:
        self.ids, self.length = vocabulary(merges), length
        self.ranks = {pair: rank for rank, pair in enumerate(merges)}
        self.cache: dict[str, list[int]] = {}
        self.start, self.end = self.ids[START], self.ids[END]

    @classmethod
    def load(cls, folder: Path, length: int) -> Tokenizer:
        return cls(read_merges(folder), length)

    def word(self, word: str) -> list[int]:
        if word not in self.cache:
            symbols = symbols_of(word)
            while len(symbols) > 1:
                pair = min(itertools.pairwise(symbols), key=lambda p: self.ranks.get(p, 1 << 30))
                if pair not in self.ranks:
                    break
                symbols = merge(symbols, pair)
            self.cache[word] = [self.ids[symbol] for symbol in symbols]
        return self.cache[word]

    def __call__(self, text: str) -> list[int]:
        ids = [id for word in words(text) for id in self.word(word)][: self.length - 2]
        return [self.start, *ids] + [self.end] * (self.length - 1 - len(ids))


def read_merges(folder: Path) -> list[Pair]:
    """Merges of a tokenizer folder, in order."""
    lines = (folder / "merges.txt").read_text(encoding="utf-8").split("\n")[1:]
    return [tuple(line.split(" ")) for line in lines if line]


def save(folder: Path, merges: list[Pair], length: int) -> None:
    """Writes the four files of a CLIPTokenizer."""
    folder.mkdir(parents=True, exist_ok=True)
    mark = lambda text: {"content": text, "lstrip": False, "normalized": True, "rstrip": False, "single_word": False}
    special = {"bos_token": mark(START), "eos_token": mark(END), "unk_token": mark(END), "pad_token": END}
    settings = {
        "add_prefix_space": False,
        "bos_token": START,
        "eos_token": END,
        "unk_token": END,
        "pad_token": END,
        "do_lower_case": True,
        "errors": "replace",
        "model_max_length": length,
        "tokenizer_class": "CLIPTokenizer",
    }
    files = {
        "vocab.json": json.dumps(vocabulary(merges), ensure_ascii=False),
        "merges.txt": "\n".join(["#version: 0.2", *(" ".join(pair) for pair in merges), ""]),
        "special_tokens_map.json": json.dumps(special, indent=1),
        "tokenizer_config.json": json.dumps(settings, indent=1),
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
