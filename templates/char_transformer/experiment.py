"""Train a small character-level transformer and write what it expects next behind every held-out window.

Usage: python experiment.py --out DIR --seed N --config FILE [--smoke]
Writes search.npy and confirm.npy (log-probabilities, one row a window, one column a symbol) and curve.csv. Same
code, config and seed give the same files: the seed decides the training text, the weights at the start and the batches.
The held-out windows are the same for all seeds; what follows them is never used here. A researcher may edit this file.
"""

import argparse
import json
import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from grammar import PROBES, SPLITS, SYMBOLS, WINDOW, held_out_seed, place_windows, write_text
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

STEPS = 300
TRAINING_CHARACTERS = 100_000


def training_seed(seed: int) -> int:
    return 1_000_000 + seed


def held_out_windows(split: str) -> list[str]:
    """The windows of a split, probe after probe; what follows each is evaluate.py's to know."""
    windows = list[str]()
    for probe, count in PROBES.items():
        text, places = place_windows(held_out_seed(split, probe), probe, count)
        windows += [text[place - WINDOW : place] for place in places]
    return windows


# --- the model -----------------------------------------------------------------------------------------------------


# >>> slot: position
class Position(nn.Module):
    """Learned absolute positions, one vector each."""

    def __init__(self, length: int, width: int) -> None:
        super().__init__()
        self.table = nn.Parameter(0.02 * torch.randn(length, width))

    def embed(self, x: Tensor) -> Tensor:
        return x + self.table[: x.shape[1]]

    def turn(self, x: Tensor) -> Tensor:
        return x


# <<< slot: position


# >>> slot: activation
def activate(x: Tensor) -> Tensor:
    """Gaussian error linear unit (Hendrycks and Gimpel 2016)."""
    return F.gelu(x)


# <<< slot: activation


class Block(nn.Module):
    """Causal self-attention, then a feed-forward layer, each added to its input."""

    def __init__(self, width: int, heads: int, dropout: float, position: Position) -> None:
        super().__init__()
        self.heads, self.dropout, self.position = heads, dropout, position
        self.mix, self.join = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.widen, self.narrow = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.norm_attention, self.norm_feed = nn.LayerNorm(width), nn.LayerNorm(width)

    def attend(self, x: Tensor) -> Tensor:
        batch, length, width = x.shape
        query, key, value = self.mix(x).view(batch, length, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        query, key = self.position.turn(query), self.position.turn(key)
        y = F.scaled_dot_product_attention(query, key, value, is_causal=True)
        return self.drop(self.join(y.transpose(1, 2).reshape(batch, length, width)))

    def feed(self, x: Tensor) -> Tensor:
        return self.drop(self.narrow(activate(self.widen(x))))

    def drop(self, x: Tensor) -> Tensor:
        return F.dropout(x, self.dropout, self.training)

    def forward(self, x: Tensor) -> Tensor:
        # >>> slot: normalisation
        x = x + self.attend(self.norm_attention(x))
        return x + self.feed(self.norm_feed(x))
        # <<< slot: normalisation


class Transformer(nn.Module):
    """A decoder-only transformer; the output layer shares its table with the embedding if `tied_embeddings`."""

    def __init__(self, config: dict[str, Any]) -> None:
        super().__init__()
        width, heads = int(config["width"]), int(config["heads"])
        self.position = Position(int(config["context_length"]), width)
        self.embedding = nn.Embedding(len(SYMBOLS), width)
        blocks = (Block(width, heads, float(config["dropout"]), self.position) for _ in range(int(config["layers"])))
        self.blocks = nn.Sequential(*blocks)
        self.norm, self.output = nn.LayerNorm(width), nn.Linear(width, len(SYMBOLS), bias=False)
        for table in (self.embedding, self.output):  # alike, so that tying them changes nothing else
            nn.init.normal_(table.weight, std=0.1)
        if config["tied_embeddings"]:
            self.output.weight = self.embedding.weight

    def forward(self, tokens: Tensor) -> Tensor:
        x = self.position.embed(self.embedding(tokens))
        return self.output(self.norm(self.blocks(x)))


# --- training ------------------------------------------------------------------------------------------------------


def encode(texts: Sequence[str]) -> Tensor:
    """Symbol numbers of texts of one length: (texts, characters)."""
    number = np.zeros(128, dtype=np.int64)
    number[[ord(symbol) for symbol in SYMBOLS]] = range(len(SYMBOLS))
    return torch.from_numpy(number[[list(text.encode()) for text in texts]])


class Adam:
    """Adam (Kingma and Ba 2015, algorithm 1) over all weights as one vector, with gradients clipped at norm one.

    Decay falls on matrices alone; decoupled, it acts on the weights and not through the gradient (Loshchilov and Hutter
    2019). Written out because torch.optim loads torch's compiler, which takes as long as half the training.
    """

    def __init__(self, model: nn.Module, decay: float, is_decoupled: bool) -> None:
        self.is_decoupled, self.steps = is_decoupled, 0
        weights = list(model.parameters())
        self.weights, self.gradient = flatten_weights(weights)
        self.decay = torch.cat([torch.full_like(w.detach(), decay * (w.ndim > 1)).flatten() for w in weights])
        self.mean, self.square = torch.zeros_like(self.weights), torch.zeros_like(self.weights)

    @torch.no_grad()
    def step(self, rate: float) -> None:
        self.steps += 1
        norm = cast(Tensor, torch.linalg.vector_norm(self.gradient))  # untyped in torch
        gradient = self.gradient.mul((norm + 1e-6).reciprocal().clamp(max=1))
        if self.is_decoupled:
            self.weights.sub_(self.decay * self.weights, alpha=rate)
        else:
            gradient += self.decay * self.weights
        self.mean.lerp_(gradient, 0.1)
        self.square.lerp_(gradient.square(), 0.01)
        scale = (self.square / (1 - 0.99**self.steps)).sqrt_().add_(1e-8)
        self.weights.addcdiv_(self.mean, scale, value=-rate / (1 - 0.9**self.steps))


def flatten_weights(weights: list[nn.Parameter]) -> tuple[Tensor, Tensor]:
    """Move weights into one vector and their gradients, all zero, into another, of which they become parts."""
    vector = torch.cat([weight.detach().flatten() for weight in weights])
    gradient = torch.zeros_like(vector)
    sizes = [weight.numel() for weight in weights]
    parts = zip(weights, torch.split(vector, sizes), torch.split(gradient, sizes), strict=True)
    for weight, values, slopes in parts:
        weight.data, weight.grad = values.view_as(weight), slopes.view_as(weight)
    return vector, gradient


def make_optimizer(model: nn.Module, config: dict[str, Any]) -> Adam:
    is_decoupled = {"adamw": True, "adam": False}[str(config["optimizer"])]
    return Adam(model, float(config["weight_decay"]), is_decoupled)


def rate_factor(step: int, steps: int, warmup: int) -> float:
    """Linear warm-up to one, then a cosine down to a tenth."""
    if step < warmup:
        return (step + 1) / warmup
    return 0.55 + 0.45 * math.cos(math.pi * (step - warmup) / max(1, steps - warmup))


def train(model: nn.Module, text: Tensor, config: dict[str, Any], steps: int) -> list[float]:
    """Minimise cross-entropy on random windows; returns the loss of each step in bit per character."""
    optimizer, rate, warmup = make_optimizer(model, config), float(config["learning_rate"]), int(config["warmup"])
    losses: list[Tensor] = []
    for step in range(steps):
        inputs, targets = draw_batch(text, int(config["batch_size"]), int(config["context_length"]))
        with autocast(text.device):
            logits = model(inputs).float().flatten(0, 1)
        loss = F.cross_entropy(logits, targets, label_smoothing=float(config["label_smoothing"]))
        losses.append(F.cross_entropy(logits.detach(), targets))
        optimizer.gradient.zero_()
        loss.backward()
        optimizer.step(rate * rate_factor(step, steps, warmup))
    return [float(loss) / math.log(2) for loss in torch.stack(losses).cpu()]


def draw_batch(text: Tensor, count: int, length: int) -> tuple[Tensor, Tensor]:
    """Random windows of the text (count, length), and for each place the character after it (count * length)."""
    starts = torch.randint(len(text) - length, (count, 1))
    window = text[(starts + torch.arange(length + 1)).to(text.device)]
    return window[:, :-1], window[:, 1:].flatten()


@torch.no_grad()
def predict(model: nn.Module, windows: Tensor) -> NDArray[np.float32]:
    """Log-probabilities of the symbol behind each window."""
    model.eval()
    rows: list[Tensor] = []
    for start in range(0, len(windows), 128):
        with autocast(windows.device):
            logits = model(windows[start : start + 128])[:, -1]
        rows.append(F.log_softmax(logits.double(), dim=-1).float().cpu())
    return torch.cat(rows).numpy()


def autocast(device: torch.device) -> torch.autocast:
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=device.type == "cuda")


def choose_device() -> torch.device:
    """CUDA where there is one, else one CPU thread; deterministic kernels wherever PyTorch has them."""
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.set_deterministic_debug_mode("warn")  # as use_deterministic_algorithms, which would load the compiler
    torch.set_num_threads(1)
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def write_curve(path: Path, losses: list[float], every: int = 10) -> None:
    """Mean training loss of each `every` steps."""
    means = [sum(losses[i : i + every]) / len(losses[i : i + every]) for i in range(0, len(losses), every)]
    rows = [f"{min((i + 1) * every, len(losses))},{mean:.6f}" for i, mean in enumerate(means)]
    path.write_text("\n".join(["x,y", *rows]) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--smoke", action="store_true", help="a few steps, to see that everything works")
    args = parser.parse_args()
    config = json.loads(args.config.read_text())
    device = choose_device()
    torch.manual_seed(args.seed)
    text = encode([write_text(training_seed(args.seed), TRAINING_CHARACTERS)])[0]
    model = Transformer(config).to(device)
    losses = train(model, text.to(device), config, 10 if args.smoke else STEPS)
    args.out.mkdir(parents=True, exist_ok=True)
    write_curve(args.out / "curve.csv", losses)
    for split in SPLITS:
        windows = encode(held_out_windows(split))[:, -int(config["context_length"]) :]
        np.save(args.out / f"{split}.npy", predict(model, windows.to(device)), allow_pickle=False)


if __name__ == "__main__":
    main()
