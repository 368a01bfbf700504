"""Builds the networks, and the tokenizer that belongs to them, from the configuration."""

from __future__ import annotations

from types import SimpleNamespace

from torch import nn

from . import bpe
from .nets.autoencoder import AutoencoderTiny
from .nets.style_encoder import StyleEncoder
from .nets.text_encoder import CLIPTextModel
from .nets.unet import UNet2DConditionModel

SHAPE_VALUES = 256  # the coarse shape that a caption alone predicts


def tokenizer(config: SimpleNamespace) -> bpe.Tokenizer:
    """The tokenizer that captions.py wrote."""
    return bpe.Tokenizer.load(config.data_folder / "tokenizer", config.data.tokens)


def autoencoder(config: SimpleNamespace) -> AutoencoderTiny:
    return AutoencoderTiny(**vars(config.networks.autoencoder))


def text_encoder(config: SimpleNamespace) -> CLIPTextModel:
    vocabulary = len(tokenizer(config).ids)
    return CLIPTextModel(vocabulary, config.data.tokens, **vars(config.networks.text_encoder))


def shape_head(config: SimpleNamespace) -> nn.Linear:
    """The coarse shape of a picture from the text encoder's last state."""
    return nn.Linear(config.networks.text_encoder.hidden_size, SHAPE_VALUES)


def style_encoder(config: SimpleNamespace) -> StyleEncoder:
    return StyleEncoder(
        config.networks.autoencoder.latent_channels,
        cross_attention_dim=config.networks.text_encoder.hidden_size,
        **vars(config.networks.style_encoder),
    )


def unet(config: SimpleNamespace) -> UNet2DConditionModel:
    return UNet2DConditionModel(
        in_channels=config.networks.autoencoder.latent_channels,
        cross_attention_dim=config.networks.text_encoder.hidden_size,
        time_cond_proj_dim=2 * config.networks.style_encoder.pooled,
        image_attention=True,
        **vars(config.networks.unet),
    )
