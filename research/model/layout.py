"""A model as a folder in the layout of diffusers: what the stage "export" writes and the evaluation reads."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from torch import nn

from . import bpe, safetensors, schedule
from .nets.autoencoder import AutoencoderTiny
from .nets.style_encoder import StyleEncoder
from .nets.text_encoder import CLIPTextModel
from .nets.unet import UNet2DConditionModel

VERSION = "0.30.0"
WEIGHTS = {
    "unet": "diffusion_pytorch_model.safetensors",
    "vae": "diffusion_pytorch_model.safetensors",
    "text_encoder": "model.safetensors",
    "style_encoder": "model.safetensors",
}
LATENT_SIZE = 8


def unet_config(config: SimpleNamespace) -> dict[str, Any]:
    shape = config.networks.unet
    kinds = lambda word, levels: [f"{'CrossAttn' if attends else ''}{word}Block2D" for attends in levels]
    channels = config.networks.autoencoder.latent_channels
    return {
        "_class_name": "UNet2DConditionModel",
        "_diffusers_version": VERSION,
        "act_fn": "silu",
        "attention_head_dim": shape.attention_head_dim,
        "block_out_channels": shape.block_out_channels,
        "center_input_sample": False,
        "cross_attention_dim": config.networks.text_encoder.hidden_size,
        "down_block_types": kinds("Down", shape.attention_levels),
        "up_block_types": kinds("Up", shape.attention_levels[::-1]),
        "mid_block_type": "UNetMidBlock2DCrossAttn",
        "downsample_padding": 1,
        "dual_cross_attention": False,
        "flip_sin_to_cos": True,
        "freq_shift": 0,
        "in_channels": channels,
        "out_channels": channels,
        "layers_per_block": shape.layers_per_block,
        "mid_block_scale_factor": 1,
        "norm_eps": 1e-05,
        "norm_num_groups": shape.norm_num_groups,
        "num_class_embeds": None,
        "only_cross_attention": False,
        "resnet_time_scale_shift": "default",
        "sample_size": LATENT_SIZE,
        "time_cond_proj_dim": 2 * config.networks.style_encoder.pooled,
        "encoder_hid_dim_type": "ip_image_proj",
        "transformer_layers_per_block": 1,
        "upcast_attention": False,
        "use_linear_projection": True,
    }


def style_config(config: SimpleNamespace) -> dict[str, Any]:
    return {
        "_class_name": "StyleEncoder",
        "act_fn": "silu",
        "latent_channels": config.networks.autoencoder.latent_channels,
        "sample_size": LATENT_SIZE,
        "cross_attention_dim": config.networks.text_encoder.hidden_size,
        **vars(config.networks.style_encoder),
    }


def text_config(config: SimpleNamespace, vocabulary: int) -> dict[str, Any]:
    shape = config.networks.text_encoder
    return {
        "architectures": ["CLIPTextModel"],
        "model_type": "clip_text_model",
        "attention_dropout": 0.0,
        "bos_token_id": vocabulary - 2,
        "eos_token_id": vocabulary - 1,
        "pad_token_id": vocabulary - 1,
        "dropout": 0.0,
        "hidden_act": "quick_gelu",
        **vars(shape),
        "initializer_factor": 1.0,
        "initializer_range": 0.02,
        "layer_norm_eps": 1e-05,
        "max_position_embeddings": config.data.tokens,
        "projection_dim": shape.hidden_size,
        "torch_dtype": "float16",
        "vocab_size": vocabulary,
    }


def vae_config(config: SimpleNamespace, scaling_factor: float) -> dict[str, Any]:
    shape = config.networks.autoencoder
    return {
        "_class_name": "AutoencoderTiny",
        "_diffusers_version": VERSION,
        "act_fn": "relu",
        "in_channels": 4,
        "out_channels": 4,
        "latent_channels": shape.latent_channels,
        "encoder_block_out_channels": [shape.width] * len(shape.num_encoder_blocks),
        "decoder_block_out_channels": [shape.width] * len(shape.num_decoder_blocks),
        "num_encoder_blocks": shape.num_encoder_blocks,
        "num_decoder_blocks": shape.num_decoder_blocks,
        "upsampling_scaling_factor": 2,
        "latent_magnitude": 3,
        "latent_shift": 0.5,
        "force_upcast": False,
        "scaling_factor": scaling_factor,
        "shift_factor": 0.0,
        "upsample_fn": "nearest",
        "rgba_premultiplied": True,
    }


SCHEDULER = {
    "_class_name": "LCMScheduler",
    "_diffusers_version": VERSION,
    "beta_start": schedule.BETA_START,
    "beta_end": schedule.BETA_END,
    "beta_schedule": "scaled_linear",
    "num_train_timesteps": schedule.STEPS,
    "prediction_type": "v_prediction",
    "set_alpha_to_one": True,
    "clip_sample": False,
    "trained_betas": None,
    "rescale_betas_zero_snr": False,
    "thresholding": False,
    "steps_offset": 0,
    "original_inference_steps": 50,
    "timestep_scaling": schedule.TIMESTEP_SCALING,
    "timestep_spacing": "leading",
}
MODEL_INDEX = {
    "_class_name": "LatentConsistencyModelPipeline",
    "_diffusers_version": VERSION,
    "feature_extractor": [None, None],
    "image_encoder": [None, None],
    "requires_safety_checker": False,
    "safety_checker": [None, None],
    "scheduler": ["diffusers", "LCMScheduler"],
    "style_encoder": ["fourstep", "StyleEncoder"],
    "text_encoder": ["transformers", "CLIPTextModel"],
    "tokenizer": ["transformers", "CLIPTokenizer"],
    "unet": ["diffusers", "UNet2DConditionModel"],
    "vae": ["diffusers", "AutoencoderTiny"],
}


def write(config: SimpleNamespace, folder: Path, networks: dict[str, nn.Module], scaling_factor: float) -> None:
    """Writes configs, tokenizer and float16 weights of the networks that WEIGHTS names."""
    for name, file in WEIGHTS.items():
        safetensors.write_half(folder / name / file, networks[name].state_dict())
    tokenizer = config.data_folder / "tokenizer"
    shutil.copytree(tokenizer, folder / "tokenizer", dirs_exist_ok=True)
    vocabulary = len(json.loads((tokenizer / "vocab.json").read_text()))
    (folder / "scheduler").mkdir(exist_ok=True)
    texts = {
        "model_index.json": MODEL_INDEX,
        "scheduler/scheduler_config.json": SCHEDULER,
        "unet/config.json": unet_config(config),
        "text_encoder/config.json": text_config(config, vocabulary),
        "vae/config.json": vae_config(config, scaling_factor),
        "style_encoder/config.json": style_config(config),
    }
    for path, value in texts.items():
        (folder / path).write_text(json.dumps(value, indent=2) + "\n")


@dataclass(frozen=True)
class Model:
    """A model folder's networks, in float32 and ready to run."""

    unet: UNet2DConditionModel
    text_encoder: CLIPTextModel
    style_encoder: StyleEncoder
    vae: AutoencoderTiny
    tokenizer: bpe.Tokenizer
    scaling_factor: float


def read(folder: Path) -> Model:
    """Opens a folder that `write` made."""
    shapes = {name: json.loads((folder / name / "config.json").read_text()) for name in WEIGHTS}
    unet, text, vae, style = (shapes[name] for name in ("unet", "text_encoder", "vae", "style_encoder"))
    pick = lambda shape, *names: {name: shape[name] for name in names}
    networks = {
        "unet": UNet2DConditionModel(
            **pick(unet, "in_channels", "cross_attention_dim", "block_out_channels", "attention_head_dim"),
            **pick(unet, "layers_per_block", "norm_num_groups", "time_cond_proj_dim"),
            attention_levels=[kind.startswith("CrossAttn") for kind in unet["down_block_types"]],
            image_attention=True,
        ),
        "style_encoder": StyleEncoder(**pick(style, "latent_channels", "width", "cross_attention_dim", "pooled")),
        "text_encoder": CLIPTextModel(
            text["vocab_size"],
            text["max_position_embeddings"],
            **pick(text, "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size"),
        ),
        "vae": AutoencoderTiny(
            vae["encoder_block_out_channels"][0],
            **pick(vae, "latent_channels", "num_encoder_blocks", "num_decoder_blocks"),
        ),
    }
    for name, network in networks.items():
        network.load_state_dict(safetensors.read(folder / name / WEIGHTS[name]))
        network.eval().requires_grad_(False)
    tokenizer = bpe.Tokenizer.load(folder / "tokenizer", text["max_position_embeddings"])
    return Model(**networks, tokenizer=tokenizer, scaling_factor=vae["scaling_factor"])
