"""Measures a model folder: numbers (results.json), contact sheets and plots, and a Markdown section (evaluation.md).

cd research && python3 -m model.evaluate --preset cpu                      the exported model with its teacher
cd research && python3 -m model.evaluate --preset cpu --model FOLDER       another folder, without a teacher
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from types import SimpleNamespace

from .. import config as configuration
from .. import device, layout, pictures
from ..stages import classifier, distill
from ..stages.export import export_folder
from . import curve, report, suite


def prepare(config: SimpleNamespace, folder: Path, own: bool) -> suite.Suite:
    """Loads everything that the measurements need. `own`: the folder is our export, so its teacher is there."""
    where = device.setup(config)
    data = pictures.load(config)
    labelled = classifier.label(config, data)
    out = config.work / "results" / folder.name
    out.mkdir(parents=True, exist_ok=True)
    teacher = distill.load_teacher(config, where)[0] if own else None
    judge = classifier.load(config, labelled)
    return suite.Suite(config, data, labelled, judge, layout.read(folder), teacher, out)


def main() -> None:
    parser = configuration.parser(__doc__)
    parser.add_argument("--model", type=Path, help="model folder; by default the stage export's")
    arguments = parser.parse_args()
    config = configuration.load(arguments.preset, arguments.work)
    ready = prepare(config, arguments.model or export_folder(config), own=arguments.model is None)
    measurements = [suite.autoencoder, suite.judge, suite.words, suite.real_and_student]
    measurements += [suite.unseen_styles, suite.memorisation, suite.guidance]
    if ready.teacher is not None:
        measurements += [suite.teacher, suite.skipping]
    results: dict[str, object] = {}
    for measure in measurements:
        started = time.monotonic()
        results[measure.__name__] = measure(ready)
        print(f"{measure.__name__}: {time.monotonic() - started:.0f} s", flush=True)
        (ready.folder / "results.json").write_text(json.dumps(results, indent=2) + "\n")
    curve.draw(config, ready.folder / "curve.png")
    (ready.folder / "evaluation.md").write_text(report.section(results))


if __name__ == "__main__":
    main()
