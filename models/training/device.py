"""Where to compute: CPU threads or CUDA, and bf16 autocast."""

from __future__ import annotations

from types import SimpleNamespace

import torch


def setup(config: SimpleNamespace, threads: int = 0) -> torch.device:
    """Applies the preset's device settings (or another number of CPU threads). Returns the device."""
    if config.device.name == "cpu":
        torch.set_num_threads(threads or config.device.threads)
    else:
        torch.backends.cuda.matmul.allow_tf32 = True
        torch.backends.cudnn.allow_tf32 = True
        torch.backends.cudnn.benchmark = True
    return torch.device(config.device.name)


def autocast(config: SimpleNamespace) -> torch.autocast:
    """bf16 for convolutions and matrix products; it pays on CPUs with AVX512-BF16 and on every recent GPU."""
    return torch.autocast(config.device.name, dtype=torch.bfloat16, enabled=config.device.bf16)
