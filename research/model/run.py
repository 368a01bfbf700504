"""Goes through a preset's plan, stage by stage, and continues where it stopped; or runs one stage.

cd research && python3 -m model.run --preset cpu
cd research && python3 -m model.run --preset cpu --stage denoiser --until 300000 --decay 0.25
"""

from __future__ import annotations

import importlib
import json
import os
import time
from types import SimpleNamespace

from . import config as configuration

MODULES = {"decoder": "autoencoder"}  # stages whose module has another name


def run_stage(config: SimpleNamespace, step: dict) -> None:
    """Runs one step of the plan. Stages are imported late: each command loads only what it needs."""
    print(time.strftime("%Y-%m-%d %H:%M:%S"), step, flush=True)
    module = MODULES.get(step["stage"], step["stage"])
    importlib.import_module(f".stages.{module}", __package__).run(config, step)


def run_plan(config: SimpleNamespace) -> None:
    """Runs the steps that are not done yet; progress.json counts the done ones."""
    progress = config.checkpoints / "progress.json"
    done = json.loads(progress.read_text())["steps_done"] if progress.exists() else 0
    for number, step in enumerate(config.plan[done:], done):
        run_stage(config, step)
        part = progress.with_suffix(".part")
        part.write_text(json.dumps({"steps_done": number + 1}))
        os.replace(part, progress)


def main() -> None:
    parser = configuration.parser(__doc__)
    parser.add_argument("--stage", help="run only this stage, to --until samples in all")
    parser.add_argument("--until", type=int, default=0, help="samples in all, for stages that train")
    parser.add_argument("--decay", type=float, default=0.0, help="last share with a falling learning rate")
    arguments = parser.parse_args()
    config = configuration.load(arguments.preset, arguments.work)
    if arguments.stage:
        run_stage(config, {"stage": arguments.stage, "until": arguments.until, "decay": arguments.decay})
    else:
        run_plan(config)


if __name__ == "__main__":
    main()
