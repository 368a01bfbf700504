"""Goes through a preset's plan, stage by stage, and continues where it stopped.

    cd models && python3 -m training.run --preset cpu
"""

from __future__ import annotations

import importlib
import json
import os
import time
from types import SimpleNamespace

from .config import from_command_line

MODULES = {"decoder": "autoencoder"}  # stages whose module has another name


def run_stage(config: SimpleNamespace, step: dict) -> None:
    """Runs one step of the plan. Stages are imported late: each command loads only what it needs."""
    module = MODULES.get(step["stage"], step["stage"])
    importlib.import_module(f".stages.{module}", __package__).run(config, step)


def main() -> None:
    config = from_command_line(__doc__)
    progress = config.checkpoints / "progress.json"
    done = json.loads(progress.read_text())["steps_done"] if progress.exists() else 0
    for number, step in enumerate(config.plan):
        if number < done:
            continue
        print(time.strftime("%Y-%m-%d %H:%M:%S"), f"step {number + 1}/{len(config.plan)}", step, flush=True)
        run_stage(config, step)
        part = progress.with_suffix(".part")
        part.write_text(json.dumps({"steps_done": number + 1}))
        os.replace(part, progress)


if __name__ == "__main__":
    main()
