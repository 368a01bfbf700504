"""The teacher's training curve, from the log of its stage."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from . import drawing

LINE = re.compile(r" seen (\d+) .*? v ([\d.e-]+) ")
POINTS = 9


def draw(config: SimpleNamespace, path: Path) -> None:
    """Mean v-loss in equal parts of the samples so far; nothing where the log is not there."""
    log = config.logs / "denoiser.log"
    found = [(int(seen), float(v)) for seen, v in LINE.findall(log.read_text())] if log.exists() else []
    if not found:
        return
    seen, v = np.array(found).T
    ends = np.linspace(0, seen.max(), POINTS + 1)
    parts = [(high, v[(seen > low) & (seen <= high)]) for low, high in itertools.pairwise(ends)]
    line = [(round(high / 1000), float(values.mean())) for high, values in parts if len(values)]
    drawing.plot(path, "teacher: v-loss, mean since the point before", "thousand samples", {"v-loss": line})
