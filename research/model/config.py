"""Reads config.toml: one preset as plain nested namespaces."""

from __future__ import annotations

import argparse
import tomllib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

HERE = Path(__file__).parent


def merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """`base` with the values of `over`; tables are merged, everything else is replaced."""
    result = dict(base)
    for key, value in over.items():
        both = isinstance(value, dict) and isinstance(result.get(key), dict)
        result[key] = merged(result[key], value) if both else value
    return result


def namespace(value: Any) -> Any:
    """Tables as namespaces; keys that are no identifiers (set names) stay reachable through `vars`."""
    if isinstance(value, dict):
        return SimpleNamespace(**{key: namespace(item) for key, item in value.items()})
    return value


def load(preset: str, work: Path | None = None) -> SimpleNamespace:
    """Configuration of `preset`. `work` (default work/ or work/smoke) holds data, checkpoints, logs and results."""
    tables = tomllib.loads((HERE / "config.toml").read_text())
    presets = sorted(set(tables) - {"base"})
    if preset not in presets:
        raise SystemExit(f'There is no preset "{preset}" in config.toml. Choose one of: {", ".join(presets)}.')
    config = namespace(merged(tables["base"], {k: v for k, v in tables[preset].items() if k != "plan"}))
    config.plan = tables[preset]["plan"]
    config.preset = preset
    config.work = work or (HERE / "work" / "smoke" if preset == "smoke" else HERE / "work")
    config.data_folder = config.work / "data"
    config.checkpoints = config.work / "checkpoints" / preset
    config.logs = config.work / "logs"
    config.start_from = HERE.parents[1] / "models" / config.start_from if config.start_from else None
    for folder in (config.data_folder, config.checkpoints, config.logs):
        folder.mkdir(parents=True, exist_ok=True)
    return config


def parser(description: str) -> argparse.ArgumentParser:
    """Knows `--preset NAME [--work FOLDER]`, which every command has."""
    result = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    result.add_argument("--preset", default="cpu", help="a preset of config.toml: cpu, gpu or smoke")
    result.add_argument("--work", type=Path, help="folder of data, checkpoints, logs and results")
    return result
