"""Atomic checkpoints: a crash while saving leaves the previous file whole."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch


def save(path: Path, state: dict[str, Any]) -> None:
    """Writes `state` next to `path`, flushes it to the disk and renames it."""
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        torch.save(state, file)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def read(path: Path) -> dict[str, Any]:
    """Reads what `save` wrote. Raises SystemExit naming the stage that makes a missing file."""
    if not path.exists():
        raise SystemExit(f'{path} is missing. Run the stage "{path.stem}" first (python3 -m model.run lists them).')
    return torch.load(path, map_location="cpu")


def find(config: SimpleNamespace, stage: str) -> dict[str, Any] | None:
    """The stage's checkpoint in the work folder, else the one kept in the repository, else None."""
    from . import kept  # which reads checkpoints itself

    path = config.checkpoints / f"{stage}.pt"
    return read(path) if path.exists() else kept.load(stage) if config.kept else None


def load(config: SimpleNamespace, stage: str) -> dict[str, Any]:
    """Like `find`, but raises SystemExit naming the stage that must run first."""
    return find(config, stage) or read(config.checkpoints / f"{stage}.pt")


def averages(config: SimpleNamespace, stage: str) -> dict[str, dict[str, torch.Tensor]]:
    """The averaged weights of a stage's networks, by network."""
    return load(config, stage)["averages"]
