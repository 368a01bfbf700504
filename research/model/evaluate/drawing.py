"""Contact sheets and line plots as PNG files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw
from torch import Tensor

GAP, CAPTION = 4, 12
INK, FAINT = (40, 44, 52), (205, 210, 218)
LINES = [(37, 99, 235), (229, 52, 47), (34, 163, 74), (139, 63, 224)]


def checkerboard(size: int, square: int = 8) -> np.ndarray:
    """[size, size, 1], two light greys."""
    rows, columns = np.indices((size, size)) // square
    return np.where((rows + columns) % 2, 0.8, 0.95)[..., None]


def rgb(x: Tensor, checkered: bool) -> np.ndarray:
    """One picture [4, H, W], premultiplied in [-1, 1], over white or a checkerboard → uint8 [H, W, 3]."""
    values = ((x + 1) / 2).clamp(0, 1).permute(1, 2, 0).numpy()
    background = checkerboard(values.shape[0]) if checkered else 1.0
    return ((values[..., :3] + (1 - values[..., 3:]) * background).clip(0, 1) * 255).round().astype(np.uint8)


def sheet(path: Path, rows: Sequence[Tensor], captions: Sequence[str], columns: int, checkered: bool = False) -> None:
    """Pictures with captions. Each of `rows` is [n, 4, H, W]; the pictures of one caption stand below each other."""
    size = rows[0].shape[-1]
    block = len(rows) * (size + GAP) + CAPTION + GAP
    lines = -(-len(captions) // columns)
    image = Image.new("RGB", (columns * (size + GAP) + GAP, lines * block + GAP), "white")
    draw = ImageDraw.Draw(image)
    for index, caption in enumerate(captions):
        left, top = GAP + index % columns * (size + GAP), GAP + index // columns * block
        for number, row in enumerate(rows):
            image.paste(Image.fromarray(rgb(row[index], checkered)), (left, top + number * (size + GAP)))
        draw.text((left, top + len(rows) * (size + GAP)), caption[: size // 6], fill=INK)
    image.save(path, optimize=True)


def plot(path: Path, title: str, across: str, lines: dict[str, list[tuple[float, float]]]) -> None:
    """Lines through (x, y) points with their values written beside them; y starts at zero."""
    width, height, margin = 420, 240, 44
    image = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(image)
    xs = sorted({x for points in lines.values() for x, _ in points})
    top = max(y for points in lines.values() for _, y in points) * 1.15 or 1.0
    place = lambda x, y: (
        margin + xs.index(x) / max(1, len(xs) - 1) * (width - 2 * margin),
        height - margin - y / top * (height - 2 * margin),
    )
    draw.line([place(xs[0], 0), place(xs[-1], 0)], fill=FAINT)
    for x in xs:
        draw.text((place(x, 0)[0] - 8, height - margin + 6), f"{x:g}", fill=INK)
    for number, (name, points) in enumerate(lines.items()):
        colour = LINES[number % len(LINES)]
        draw.line([place(*point) for point in points], fill=colour, width=2)
        for x, y in points:
            draw.text((place(x, y)[0] - 8, place(x, y)[1] - 14), f"{y:.3g}", fill=colour)
        draw.text((margin + 110 * number, height - 16), name, fill=colour)
    draw.text((margin, 8), title, fill=INK)
    draw.text((width - margin - 6 * len(across), height - margin + 18), across, fill=INK)
    image.save(path, optimize=True)
