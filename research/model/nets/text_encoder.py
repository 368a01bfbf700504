"""CLIPTextModel with the module names of transformers."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .layers import LayerNorm, attend


class CLIPAttention(nn.Module):
    """Causal self-attention. [B, N, C] → [B, N, C]."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.k_proj, self.v_proj, self.q_proj, self.out_proj = (nn.Linear(width, width) for _ in range(4))

    def forward(self, x: Tensor) -> Tensor:
        return self.out_proj(attend(self.q_proj(x), self.k_proj(x), self.v_proj(x), self.heads, causal=True))


class CLIPMLP(nn.Module):
    """Two layers with quick GELU."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(width, hidden)
        self.fc2 = nn.Linear(hidden, width)

    def forward(self, x: Tensor) -> Tensor:
        x = self.fc1(x)
        return self.fc2(x * torch.sigmoid(1.702 * x))


class CLIPEncoderLayer(nn.Module):
    """Pre-norm transformer block."""

    def __init__(self, width: int, heads: int, hidden: int) -> None:
        super().__init__()
        self.self_attn = CLIPAttention(width, heads)
        self.layer_norm1 = LayerNorm(width)
        self.mlp = CLIPMLP(width, hidden)
        self.layer_norm2 = LayerNorm(width)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.self_attn(self.layer_norm1(x))
        return x + self.mlp(self.layer_norm2(x))


class CLIPTextEmbeddings(nn.Module):
    """Token plus position embedding. Integers [B, N] → [B, N, C]."""

    def __init__(self, vocabulary: int, width: int, positions: int) -> None:
        super().__init__()
        self.token_embedding = nn.Embedding(vocabulary, width)
        self.position_embedding = nn.Embedding(positions, width)
        nn.init.normal_(self.token_embedding.weight, std=0.05)
        nn.init.normal_(self.position_embedding.weight, std=0.02)

    def forward(self, ids: Tensor) -> Tensor:
        return self.token_embedding(ids) + self.position_embedding.weight[: ids.shape[1]]


class CLIPEncoder(nn.Module):
    """The stack of layers."""

    def __init__(self, layers: int, width: int, heads: int, hidden: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList([CLIPEncoderLayer(width, heads, hidden) for _ in range(layers)])


class CLIPTextTransformer(nn.Module):
    """Embeddings, layers and the last norm."""

    def __init__(self, vocabulary: int, positions: int, shape: dict[str, int]) -> None:
        super().__init__()
        width = shape["hidden_size"]
        self.embeddings = CLIPTextEmbeddings(vocabulary, width, positions)
        self.encoder = CLIPEncoder(
            shape["num_hidden_layers"], width, shape["num_attention_heads"], shape["intermediate_size"]
        )
        self.final_layer_norm = LayerNorm(width)


class CLIPTextModel(nn.Module):
    """Token ids [B, N] → last hidden states [B, N, hidden_size]."""

    def __init__(self, vocabulary: int, positions: int, **shape: int) -> None:
        super().__init__()
        self.text_model = CLIPTextTransformer(vocabulary, positions, shape)

    def forward(self, ids: Tensor) -> Tensor:
        model = self.text_model
        x = model.embeddings(ids)
        for layer in model.encoder.layers:
            x = layer(x)
        return model.final_layer_norm(x)


def end_states(hidden: Tensor, ids: Tensor, eos: int) -> Tensor:
    """Hidden state at the first end mark. [B, N, C] and ids [B, N] → [B, C]."""
    return hidden[torch.arange(len(ids), device=ids.device), (ids == eos).int().argmax(1)]
