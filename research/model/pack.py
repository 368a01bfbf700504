"""Carries data to a machine that trains for minutes at a time, and checkpoints back, in small files.

    cd research && python3 -m model.pack data FOLDER --preset gpu      data → FOLDER/*.xz (about 20 MB)
    cd research && python3 -m model.pack unpack FOLDER --preset gpu    FOLDER/*.xz → data, on the other machine
    cd research && python3 -m model.pack out FOLDER --preset gpu       checkpoints → FOLDER/<stage>.pt.<part>
    cd research && python3 -m model.pack in FOLDER --preset gpu        FOLDER/<stage>.pt.<part> → checkpoints

Checkpoints travel as averaged float16 weights without optimizer state; the next stretch warms up again.
"""

from __future__ import annotations

import io
import lzma
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import torch

from . import checkpoint
from . import config as configuration

FILES = ("pictures.raw", "pictures.json", "wordnet.json", "DATA.md")
PART_BYTES = 16 * 2**20
PIXEL_BYTES = 4


def filters(name: str) -> list[dict[str, int]]:
    """Pixels are stored as differences to the pixel before."""
    pack = {"id": lzma.FILTER_LZMA2, "preset": 6}
    return [{"id": lzma.FILTER_DELTA, "dist": PIXEL_BYTES}, pack] if name.endswith(".raw") else [pack]


def pack_data(config: SimpleNamespace, folder: Path) -> None:
    for name in FILES:
        packed = lzma.compress((config.data_folder / name).read_bytes(), filters=filters(name))
        (folder / f"{name}.xz").write_bytes(packed)


def unpack_data(config: SimpleNamespace, folder: Path) -> None:
    for name in FILES:
        (config.data_folder / name).write_bytes(lzma.decompress((folder / f"{name}.xz").read_bytes()))


def slim(path: Path) -> bytes:
    """A checkpoint's averaged weights as float16, with what its stage needs to go on counting."""
    state = checkpoint.read(path)
    half = lambda weights: {
        name: value.half() if value.is_floating_point() else value for name, value in weights.items()
    }
    averages = {name: half(weights) for name, weights in state["averages"].items()}
    kept = {key: state[key] for key in ("step", "seen", "span", "done")}
    stream = io.BytesIO()
    torch.save({"averages": averages, "modules": averages, **kept}, stream)
    return stream.getvalue()


def checkpoints_out(config: SimpleNamespace, folder: Path) -> None:
    for path in sorted(config.checkpoints.glob("*.pt")):
        packed = slim(path)
        for number, start in enumerate(range(0, len(packed), PART_BYTES)):
            (folder / f"{path.name}.{number:02}").write_bytes(packed[start : start + PART_BYTES])


def checkpoints_in(config: SimpleNamespace, folder: Path) -> None:
    for first in sorted(folder.glob("*.pt.00")):
        parts = sorted(folder.glob(f"{first.stem}.??"))
        (config.checkpoints / first.stem).write_bytes(b"".join(part.read_bytes() for part in parts))


ACTIONS: dict[str, Callable[[SimpleNamespace, Path], None]] = {
    "data": pack_data,
    "unpack": unpack_data,
    "out": checkpoints_out,
    "in": checkpoints_in,
}


def main() -> None:
    parser = configuration.parser(__doc__)
    parser.add_argument("action", choices=ACTIONS)
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    ACTIONS[arguments.action](configuration.load(arguments.preset, arguments.work), arguments.folder)


if __name__ == "__main__":
    main()
