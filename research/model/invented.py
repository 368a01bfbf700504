"""Pictures in styles that no set has: a fixed transformation, drawn at random once, of every icon of a real style.

    cd research && python3 -m model.invented --preset cpu

Sets draw a few hundred styles; a model that is to follow references must have seen thousands. Writes invented.raw and
invented.json in the form of the sets' pictures.
"""

from __future__ import annotations

import colorsys
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from . import config as configuration
from . import pictures
from .pictures import SIZE

Transform = Callable[[Tensor], Tensor]  # premultiplied RGBA [n, 4, 64, 64] in [0, 1] → the same


@dataclass
class Look:
    """An invented style in the making: its random generator and what the pictures have by now."""

    draw: np.random.Generator
    colour: bool  # more than one ink
    duotone: bool

    def chance(self, share: float) -> bool:
        return bool(self.draw.random() < share)

    def ink(self, light: bool | None = None) -> Tensor:
        """A random colour [3]; `light` asks for a pale or a dark one."""
        low, high = {None: (0.15, 1.0), True: (0.55, 1.0), False: (0.05, 0.5)}[light]
        grey = self.chance(0.15)
        value = self.draw.uniform(low, high)
        return torch.tensor(colorsys.hsv_to_rgb(self.draw.random(), 0 if grey else self.draw.uniform(0.3, 1), value))


def painted(alpha: Tensor, colour: Tensor) -> Tensor:
    """Premultiplied RGBA of `alpha` [n, 1, h, w] in `colour` ([3] or [n, 3, h, w])."""
    colour = colour.float().view(1, 3, 1, 1) if colour.dim() == 1 else colour
    return torch.cat([colour * alpha, alpha], 1)


def over(top: Tensor, bottom: Tensor) -> Tensor:
    return top + bottom * (1 - top[:, 3:])


def grown(alpha: Tensor, width: int) -> Tensor:
    """Dilated by a square of odd `width`; negative widths shrink."""
    if width < 0:
        return -F.max_pool2d(-alpha, -width, 1, -width // 2)
    return F.max_pool2d(alpha, width, 1, width // 2)


def moved(x: Tensor, scale: float = 1.0, dx: float = 0.0, dy: float = 0.0, turn: float = 0.0) -> Tensor:
    """Scaled and turned about the middle, then shifted (shares of half the picture)."""
    cos, sin = np.cos(turn) / scale, np.sin(turn) / scale
    matrix = torch.tensor([[cos, -sin, -dx / scale], [sin, cos, -dy / scale]], dtype=torch.float32)
    grid = F.affine_grid(matrix.expand(len(x), 2, 3), list(x.shape), align_corners=False)
    return F.grid_sample(x, grid, mode="bilinear", padding_mode="zeros", align_corners=False)


def wobbly(x: Tensor, strength: float, draw: np.random.Generator) -> Tensor:
    """Lines as an unsteady hand draws them, another way in every picture."""
    coarse = torch.from_numpy(draw.standard_normal((len(x), 2, 7, 7)).astype(np.float32))
    bend = F.interpolate(coarse, SIZE, mode="bicubic", align_corners=True).permute(0, 2, 3, 1) * strength
    grid = F.affine_grid(torch.eye(2, 3).expand(len(x), 2, 3), list(x.shape), align_corners=False) + bend
    return F.grid_sample(x, grid, mode="bilinear", padding_mode="zeros", align_corners=False)


def parts_of(alpha: Tensor) -> Tensor:
    """A number for every connected part, the same all over it. [n, 1, h, w] → [n, 1, h, w], 0 where nothing is."""
    solid = (alpha > 0.5).float()
    numbers = torch.arange(1, SIZE * SIZE + 1).float().view(1, 1, SIZE, SIZE) * solid
    for _ in range(3 * SIZE):
        spread = grown(numbers, 3) * solid
        if torch.equal(spread, numbers):
            break
        numbers = spread
    return numbers


def accented(look: Look, alpha: Tensor) -> Tensor:
    """Two inks: every other connected part, or what lies on one side of the picture, in the second one."""
    first, second = look.ink(), look.ink()
    if look.chance(0.6):
        share = grown(parts_of(alpha), 5)  # edges take the number of their part
        chosen = ((share * 0.61803).frac() < 0.45).float()
    else:
        angle, cut = look.draw.uniform(0, 2 * np.pi), look.draw.uniform(-0.35, 0.35)
        y, x = torch.meshgrid(torch.linspace(-1, 1, SIZE), torch.linspace(-1, 1, SIZE), indexing="ij")
        chosen = ((x * np.cos(angle) + y * np.sin(angle)) > cut).float().view(1, 1, SIZE, SIZE)
    colour = first.float().view(1, 3, 1, 1) * (1 - chosen) + second.float().view(1, 3, 1, 1) * chosen
    return painted(alpha, colour.expand(len(alpha), 3, SIZE, SIZE))


def stroked(look: Look, alpha: Tensor) -> Tensor:
    """Lines thicker or thinner, shapes hollow."""
    covered = float(alpha.mean())
    kind = look.draw.random()
    if kind < 0.25:
        return grown(alpha, int(look.draw.choice([3, 3, 5])))
    if kind < 0.4 and covered > 0.2:
        return grown(alpha, -3)
    if kind < 0.5 and covered > 0.15:
        return (alpha - grown(alpha, -5)).clamp(0, 1)
    return alpha


def gradient(look: Look) -> Tensor:
    """From one colour to another, down or along the diagonal. [1, 3, 64, 64]"""
    ramp = torch.linspace(0, 1, SIZE).view(1, 1, SIZE, 1).expand(1, 1, SIZE, SIZE)
    if look.chance(0.5):
        ramp = (ramp + ramp.transpose(2, 3)) / 2
    first, second = look.ink().float().view(1, 3, 1, 1), look.ink().float().view(1, 3, 1, 1)
    return first * (1 - ramp) + second * ramp


def inked(look: Look, x: Tensor) -> Tensor:
    """Other inks for an icon of one: another second tone, an accent, a gradient, or a single colour."""
    alpha = stroked(look, x[:, 3:])
    kind = look.draw.random()
    if look.duotone and kind < 0.7:
        full, pale = ((alpha - 0.6) / 0.3).clamp(0, 1), ((alpha - 0.08) / 0.15).clamp(0, 1)
        return over(painted(full, look.ink(False)), painted(pale, look.ink(True)))
    if kind < 0.4:
        return accented(look, alpha)
    if kind < 0.6:
        return painted(alpha, gradient(look).expand(len(alpha), 3, SIZE, SIZE))
    if kind < 0.75:  # filled inside with a paler colour, as sticker sets and flat pictures are
        shape = grown(grown(alpha, 9), -9)
        return over(painted(alpha, look.ink(False)), painted(shape, look.ink(True)))
    return painted(alpha, look.ink())


def recoloured(look: Look, x: Tensor) -> Tensor:
    """Hues turned, paler or greyer, for pictures of several colours."""
    turn = look.draw.uniform(0, 2 * np.pi) if look.chance(0.7) else 0.0
    cos, sin, third = np.cos(turn), np.sin(turn), np.ones((3, 3)) / 3
    cross = np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]]) * np.sqrt(1 / 3)
    hue = cos * np.eye(3) + (1 - cos) * third + sin * cross
    keep = float(look.draw.choice([1, 1, 0.5, 0]))
    grey = np.tile([0.3, 0.59, 0.11], (3, 1))
    matrix = torch.from_numpy((keep * np.eye(3) + (1 - keep) * grey) @ hue).float()
    rgb = torch.einsum("ij,njhw->nihw", matrix, x[:, :3]) * look.draw.uniform(0.6, 1.15)
    return torch.cat([torch.minimum(rgb.clamp(0, 1), x[:, 3:]), x[:, 3:]], 1)


def pixelated(look: Look, x: Tensor) -> Tensor:
    """Hard squares of a coarse grid."""
    small = F.adaptive_avg_pool2d(x, int(look.draw.choice([16, 16, 22, 32])))
    alpha = (small[:, 3:] > 0.4).float()
    colours = (small[:, :3] / small[:, 3:].clamp(min=0.05)).clamp(0, 1)
    return F.interpolate(painted(alpha, colours), SIZE, mode="nearest")


def framed(look: Look, x: Tensor) -> Tensor:
    """On a disc, a rounded square or a square."""
    y, across = torch.meshgrid(torch.linspace(-1, 1, SIZE), torch.linspace(-1, 1, SIZE), indexing="ij")
    power, radius = float(look.draw.choice([2, 2, 2, 4, 20])), look.draw.uniform(0.85, 0.97)
    distance = (across.abs() ** power + y.abs() ** power) ** (1 / power)
    shape = ((radius - distance) * 32 + 0.5).clamp(0, 1).expand(len(x), 1, SIZE, SIZE)
    inside = moved(x, scale=look.draw.uniform(0.5, 0.68))
    if not look.colour and look.chance(0.5):
        inside = painted(inside[:, 3:], torch.ones(3))
    look.colour = True
    return over(inside, painted(shape, look.ink()))


def sticker(look: Look, x: Tensor) -> Tensor:
    """A white rim, and perhaps a dark line around it."""
    x = moved(x, scale=0.8)
    rim = grown(x[:, 3:], int(look.draw.choice([5, 7])))
    look.colour = True
    result = over(x, painted(rim, torch.ones(3)))
    return over(result, painted(grown(rim, 3), look.ink(False))) if look.chance(0.7) else result


def shadowed(look: Look, x: Tensor) -> Tensor:
    """An offset shape or a soft shadow behind it."""
    x = moved(x, scale=0.9)
    behind = moved(x[:, 3:], dx=look.draw.uniform(-0.12, 0.12), dy=look.draw.uniform(0.04, 0.14))
    if look.chance(0.5):
        behind = F.avg_pool2d(behind, 5, 1, 2) * 0.5
    look.colour = True
    return over(x, painted(behind, look.ink()))


def transformed(x: Tensor, seed: int, colour: bool, duotone: bool) -> tuple[Tensor, bool]:
    """Every picture of x [n, 4, 64, 64] in the style `seed`; and whether that has more than one ink."""
    look = Look(np.random.default_rng(seed), colour, duotone)
    if look.chance(0.25):
        x = wobbly(x, look.draw.uniform(0.015, 0.04), look.draw)
    if look.chance(0.25):
        x = moved(x, scale=look.draw.uniform(0.65, 1.05), turn=float(look.draw.choice([0, 0, 0.1, -0.12])))
    if colour:
        x = recoloured(look, x)
    elif look.chance(0.3):
        x = painted(stroked(look, x[:, 3:]), torch.zeros(3))
    else:
        x, look.colour = inked(look, x), True
    if look.chance(0.2):
        x = pixelated(look, x)
    frame = look.draw.random()
    if frame < 0.2:
        x = framed(look, x)
    elif frame < 0.33:
        x = sticker(look, x)
    elif frame < 0.43:
        x = shadowed(look, x)
    return x.clamp(0, 1), look.colour


def write(config: SimpleNamespace, data: pictures.Pictures) -> int:
    """Makes `config.invented.styles` styles of `config.invented.pictures` pictures each; returns how many pictures."""
    draw = np.random.default_rng(config.seed + 3)
    original = [i for i in np.flatnonzero(~data.never) if not data.entries[i].get("invented")]
    styles = [members for members in data.by_style(np.array(original)).values() if len(members) >= 16]
    entries, path = [], config.data_folder / "invented.raw"
    with path.with_suffix(".part").open("wb") as file:
        for number in range(config.invented.styles):
            members = styles[draw.integers(len(styles))]
            known = np.array([min(data.entries[i]["sets"], 12) + 1.0 for i in members])
            count = min(config.invented.pictures, len(members))
            chosen = np.sort(draw.choice(members, count, replace=False, p=known / known.sum()))
            first = data.entries[chosen[0]]
            duotone = any(word in first["style"] for word in ("duo", "two"))
            x = (data.batch(chosen) + 1) / 2
            y, colour = transformed(x, 7919 * number + 13, first["colour"], duotone)
            file.write((y.permute(0, 2, 3, 1) * 255).round().byte().numpy().tobytes())
            style = {"style": f"{first['style']}#{number}", "colour": colour, "invented": True}
            entries += [{**data.entries[index], **style} for index in chosen]
    os.replace(path.with_suffix(".part"), path)
    path.with_suffix(".json").write_text(json.dumps(entries))
    return len(entries)


def main() -> None:
    arguments = configuration.parser(__doc__).parse_args()
    config = configuration.load(arguments.preset, arguments.work)
    print(write(config, pictures.load(config, only="pictures")), "pictures in invented styles")


if __name__ == "__main__":
    main()
