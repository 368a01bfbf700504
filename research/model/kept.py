"""Averaged weights that lie in the repository, so that a fresh machine goes on instead of starting again.

    cd research && python3 -m model.kept --preset cpu autoencoder text     work folder → model/kept

One safetensors file in float16 a stage, and how many samples it has seen in kept.json. A checkpoint in the work folder
comes before them.
"""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from torch import Tensor

from . import checkpoint, safetensors
from . import config as configuration

FOLDER = Path(__file__).parent / "kept"
COUNTS = FOLDER / "kept.json"


def counts() -> dict[str, dict[str, int]]:
    """stage → { step, seen }."""
    return json.loads(COUNTS.read_text()) if COUNTS.exists() else {}


def write(config: SimpleNamespace, stage: str) -> None:
    """Keeps a stage's averages."""
    state = checkpoint.read(config.checkpoints / f"{stage}.pt")
    flat = {
        f"{network}/{name}": value for network, weights in state["averages"].items() for name, value in weights.items()
    }
    safetensors.write_half(FOLDER / f"{stage}.safetensors", flat)
    COUNTS.write_text(json.dumps({**counts(), stage: {"step": state["step"], "seen": state["seen"]}}, indent=2) + "\n")


def load(stage: str) -> dict[str, Any] | None:
    """A kept stage in the form of a checkpoint, without its optimizer; None where nothing is kept."""
    if stage not in counts():
        return None
    averages: dict[str, dict[str, Tensor]] = {}
    for key, value in safetensors.read(FOLDER / f"{stage}.safetensors").items():
        network, name = key.split("/", 1)
        averages.setdefault(network, {})[name] = value
    seen = counts()[stage]["seen"]
    return {"averages": averages, "modules": averages, **counts()[stage], "span": (seen, 0), "done": True}


def main() -> None:
    parser = configuration.parser(__doc__)
    parser.add_argument("stages", nargs="+")
    arguments = parser.parse_args()
    for stage in arguments.stages:
        write(configuration.load(arguments.preset, arguments.work), stage)


if __name__ == "__main__":
    main()
