"""Where to compute: the CPU or CUDA, and bf16 autocast."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import torch


def has_bf16() -> bool:
    """Whether this processor multiplies in bf16; where it only emulates that, float32 is much faster."""
    try:
        return "avx512_bf16" in Path("/proc/cpuinfo").read_text()
    except OSError:
        return False


def setup(config: SimpleNamespace) -> torch.device:
    """Applies the preset's device settings. Returns the device."""
    if config.device.bf16 == "auto":
        config.device.bf16 = config.device.name != "cpu" or has_bf16()
    if config.device.name == "cpu":
        torch.set_num_threads(1)
        torch.set_flush_denormal(True)
    else:
        torch.backends.cuda.matmul.allow_tf32 = True
        torch.backends.cudnn.allow_tf32 = True
        torch.backends.cudnn.benchmark = True
    return torch.device(config.device.name)


def autocast(config: SimpleNamespace) -> torch.autocast:
    """bf16 for convolutions and matrix products; it pays on CPUs with AVX512-BF16 and on every recent GPU."""
    return torch.autocast(config.device.name, dtype=torch.bfloat16, enabled=config.device.bf16)
