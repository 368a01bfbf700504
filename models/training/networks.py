"""Builds the three networks, and the tokenizer that belongs to them, from the configuration."""

from __future__ import annotations

from types import SimpleNamespace

from . import bpe
from .nets.autoencoder import AutoencoderTiny
from .nets.text_encoder import CLIPTextModel
from .nets.unet import UNet2DConditionModel


def tokenizer(config: SimpleNamespace) -> bpe.Tokenizer:
    """The tokenizer that captions.py wrote."""
    return bpe.Tokenizer.load(config.data_folder / "tokenizer", config.data.tokens)


def autoencoder(config: SimpleNamespace) -> AutoencoderTiny:
    return AutoencoderTiny(**vars(config.networks.autoencoder))


def text_encoder(config: SimpleNamespace) -> CLIPTextModel:
    vocabulary = len(tokenizer(config).ids)
    return CLIPTextModel(vocabulary, config.data.tokens, **vars(config.networks.text_encoder))


def unet(config: SimpleNamespace) -> UNet2DConditionModel:
    return UNet2DConditionModel(
        in_channels=config.networks.autoencoder.latent_channels,
        cross_attention_dim=config.networks.text_encoder.hidden_size,
        **vars(config.networks.unet),
    )
