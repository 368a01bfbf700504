"""Stage "text": the text encoder alone learns which shape a caption means, before the denoiser listens to it.

The state at the end mark predicts the coarse shape (mean squared error), and captions find their picture among the
others of the batch (InfoNCE; other pictures of the same concept do not count as wrong). Ten times cheaper a sample than
the denoiser, which learns nouns only very slowly without it.
"""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .. import device, examples, networks, warm_start
from ..loop import Run, Stage
from ..nets.text_encoder import end_states

MATCH_WIDTH = 128
SHARPNESS = 10.0  # inverse temperature of the matching


def match_loss(words: Tensor, shapes: Tensor, concepts: Tensor) -> tuple[Tensor, Tensor]:
    """InfoNCE both ways between [B, D] and [B, D] → loss, and the share of captions that find their picture."""
    scores = SHARPNESS * F.normalize(words.float(), dim=-1) @ F.normalize(shapes.float(), dim=-1).T
    own = torch.arange(len(scores), device=scores.device)
    same = (concepts[:, None] == concepts[None]) & (own[:, None] != own[None])
    scores = scores.masked_fill(same, -1e4)
    loss = (F.cross_entropy(scores, own) + F.cross_entropy(scores.T, own)) / 2
    return loss, (scores.argmax(1) == own).float().mean()


def run(config: SimpleNamespace, step: dict) -> None:
    """Trains to the plan's number of samples."""
    where = device.setup(config)
    data = examples.load(config, where, with_latents=False)
    torch.manual_seed(config.seed)
    text = networks.text_encoder(config)
    if config.start_from:
        warm_start.start_from(config.start_from, "text_encoder", text)
    width, values = config.networks.text_encoder.hidden_size, data.shapes.shape[1]
    head, words = networks.shape_head(config), nn.Linear(width, MATCH_WIDTH)
    shapes = nn.Sequential(nn.Linear(values, 384), nn.GELU(), nn.Linear(384, MATCH_WIDTH))
    modules = {"text_encoder": text, "head": head, "words": words, "shapes": shapes}
    for module in modules.values():
        module.to(where)

    def loss(random: np.random.Generator, batch: int) -> tuple[Tensor, dict[str, Tensor]]:
        indices = data.draw(random, batch)
        ids, flat = data.captions(indices, random), data.shapes[torch.from_numpy(indices)].to(where)
        ids = ids[:, : int((ids != data.end).sum(1).max()) + 1]  # causal attention: what follows the end is not seen
        with device.autocast(config):
            state = end_states(text(ids), ids, data.end)
            drawn, match, found = head(state), words(state), shapes(flat)
        error = F.mse_loss(drawn.float(), flat)
        contrast, right = match_loss(match, found, torch.from_numpy(data.concepts[indices]).to(where))
        return error + config.text.contrastive * contrast, {"mse": error.detach(), "match": right}

    Run(config, Stage("text", modules, loss), config.text).train(step["until"], step.get("decay", 0.0))
