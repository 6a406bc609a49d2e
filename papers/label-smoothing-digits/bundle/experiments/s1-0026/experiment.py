"""Train a small classifier on a few handwritten digits and write class probabilities for two sets of unseen images.

Same code, config and seed give the same files. The seed sets the draw of the training images, the initial weights and
the order of batches. Labels are read for the training pool alone. A researcher may edit this file.
"""

import argparse
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # CUDA is deterministic only with a fixed workspace

import numpy as np
import torch
from data import CLASSES, partition, read_table
from torch import Tensor, nn
from torch.nn import functional

TRAINING_IMAGES, HELD_OUT_IMAGES = 300, 200
EPOCHS, SMOKE_EPOCHS = 40, 2
SIDE = 8
NOISE, SHIFT_PIXELS, TURN_RADIANS, PATCH_PIXELS = 0.1, 0.5, 0.15, 2


class Data(NamedTuple):
    """Images as float32 in [0, 1], shape (n, 1, 8, 8). Only the two training parts have labels."""

    train: Tensor
    train_labels: Tensor
    held_out: Tensor
    held_out_labels: Tensor
    search: Tensor
    confirm: Tensor


def warp(images: Tensor, moves: Tensor) -> Tensor:
    """Resample images under affine moves of shape (n, 2, 3), in units of half a side; outside is empty."""
    grid = functional.affine_grid(moves, list(images.shape), align_corners=False)
    return functional.grid_sample(images, grid, align_corners=False)


# >>> slot: augmentation
def augment(images: Tensor, _random: torch.Generator) -> Tensor:
    """Leave the images as they are."""
    return images
# <<< slot: augmentation


# >>> slot: activation
def activate(inputs: Tensor) -> Tensor:
    """Rectify: negative inputs become zero."""
    return functional.relu(inputs)
# <<< slot: activation


class MLP(nn.Module):
    """Two hidden layers of `width` units with dropout after each."""

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.first = nn.Linear(SIDE * SIDE, width)
        self.second = nn.Linear(width, width)
        self.last = nn.Linear(width, CLASSES)
        self.dropout = nn.Dropout(dropout)

    def forward(self, images: Tensor) -> Tensor:
        hidden = self.dropout(activate(self.first(images.flatten(1))))
        return self.last(self.dropout(activate(self.second(hidden))))


class CNN(nn.Module):
    """Two convolutions of `width` / 4 and `width` / 2 channels, each with pooling; dropout before the last layer."""

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.first = nn.Conv2d(1, width // 4, 3, padding=1)
        self.second = nn.Conv2d(width // 4, width // 2, 3, padding=1)
        self.last = nn.Linear(width // 2 * (SIDE // 4) ** 2, CLASSES)
        self.dropout = nn.Dropout(dropout)

    def forward(self, images: Tensor) -> Tensor:
        hidden = functional.max_pool2d(activate(self.first(images)), 2)
        hidden = functional.max_pool2d(activate(self.second(hidden)), 2)
        return self.last(self.dropout(hidden.flatten(1)))


def load_data(seed: int, device: torch.device) -> Data:
    """Read the images that ship inside scikit-learn and draw the training images of this seed from the pool."""
    table = read_table()
    rows = partition(len(table))
    drawn = np.random.default_rng(seed).permutation(rows["pool"])[: TRAINING_IMAGES + HELD_OUT_IMAGES]
    train, held_out = drawn[:TRAINING_IMAGES], drawn[TRAINING_IMAGES:]

    def images(part: np.ndarray) -> Tensor:
        pixels = table[part, : SIDE * SIDE].astype(np.float32) / 16
        return torch.from_numpy(pixels.reshape(-1, 1, SIDE, SIDE)).to(device)

    def labels(part: np.ndarray) -> Tensor:
        return torch.from_numpy(table[part, SIDE * SIDE].astype(np.int64)).to(device)

    unseen = images(rows["search"]), images(rows["confirm"])
    return Data(images(train), labels(train), images(held_out), labels(held_out), *unseen)


def build_network(config: dict[str, Any]) -> nn.Module:
    shapes: dict[str, Callable[[int, float], nn.Module]] = {"mlp": MLP, "cnn": CNN}
    return shapes[config["architecture"]](config["width"], config["dropout"])


class Momentum:
    """Stochastic gradient descent with momentum; weight decay joins the gradient."""

    def __init__(self, weights: list[nn.Parameter], rate: float, decay: float) -> None:
        self.weights, self.rate, self.decay = weights, rate, decay
        self.velocities = [torch.zeros_like(weight) for weight in weights]

    @torch.no_grad()
    def step(self) -> None:
        for weight, velocity in zip(self.weights, self.velocities, strict=True):
            velocity.mul_(0.9).add_(gradient_of(weight)).add_(weight, alpha=self.decay)
            weight.sub_(velocity, alpha=self.rate)


class Adam:
    """Adam (Kingma and Ba, algorithm 1); decoupled decay acts on the weights alone (Loshchilov and Hutter).

    Written out because torch.optim loads torch's compiler, which takes longer than the whole training.
    """

    def __init__(self, weights: list[nn.Parameter], rate: float, decay: float, is_decoupled: bool) -> None:
        self.weights, self.rate, self.decay, self.is_decoupled = weights, rate, decay, is_decoupled
        self.means = [torch.zeros_like(weight) for weight in weights]
        self.squares = [torch.zeros_like(weight) for weight in weights]
        self.steps = 0

    @torch.no_grad()
    def step(self) -> None:
        self.steps += 1
        rate = self.rate / (1 - 0.9**self.steps)
        for weight, mean, square in zip(self.weights, self.means, self.squares, strict=True):
            gradient = gradient_of(weight)
            if self.is_decoupled:
                weight.mul_(1 - self.rate * self.decay)
            else:
                gradient = gradient.add(weight, alpha=self.decay)
            mean.lerp_(gradient, 0.1)
            square.mul_(0.999).addcmul_(gradient, gradient, value=0.001)
            weight.addcdiv_(mean, square.div(1 - 0.999**self.steps).sqrt_().add_(1e-8), value=-rate)


def gradient_of(weight: nn.Parameter) -> Tensor:
    """The gradient, or zero where the loss does not depend on the weight."""
    return torch.zeros_like(weight) if weight.grad is None else weight.grad


def build_optimizer(network: nn.Module, config: dict[str, Any]) -> Momentum | Adam:
    weights, rate, decay = list(network.parameters()), config["learning_rate"], config["weight_decay"]
    known: dict[str, Callable[[], Momentum | Adam]] = {
        "sgd": lambda: Momentum(weights, rate, decay),
        "adam": lambda: Adam(weights, rate, decay, is_decoupled=False),
        "adamw": lambda: Adam(weights, rate, decay, is_decoupled=True),
    }
    return known[config["optimizer"]]()


def train(network: nn.Module, data: Data, config: dict[str, Any], seed: int, epochs: int) -> list[float]:
    """Train in place; return the loss on held-out images of the pool, in nats, after each epoch."""
    optimizer = build_optimizer(network, config)
    # On the CPU, so that every device sees the same batches; two streams, so that augmentation cannot reorder them.
    order, noise = torch.Generator().manual_seed(seed), torch.Generator().manual_seed(seed + 1)
    losses: list[float] = []
    for _ in range(epochs):
        network.train()
        for rows in draw_batches(len(data.train), config["batch_size"], order):
            images = augment(data.train[rows], noise)
            loss = functional.cross_entropy(
                network(images), data.train_labels[rows], label_smoothing=config["label_smoothing"]
            )
            network.zero_grad()
            loss.backward()
            optimizer.step()
        losses.append(held_out_loss(network, data))
    return losses


def draw_batches(count: int, size: int, random: torch.Generator) -> list[Tensor]:
    """Row numbers of one epoch's batches, in a new order."""
    order = torch.randperm(count, generator=random)
    return [order[start : start + size] for start in range(0, count, size)]


@torch.no_grad()
def held_out_loss(network: nn.Module, data: Data) -> float:
    network.eval()
    return float(functional.cross_entropy(network(data.held_out), data.held_out_labels))


@torch.no_grad()
def predict(network: nn.Module, images: Tensor) -> np.ndarray:
    """Class probabilities, shape (n, 10), float64."""
    network.eval()
    return functional.softmax(network(images).double(), dim=1).cpu().numpy()


def write_results(out: Path, network: nn.Module, data: Data, losses: list[float]) -> None:
    out.mkdir(parents=True, exist_ok=True)
    np.save(out / "search.npy", predict(network, data.search), allow_pickle=False)
    np.save(out / "confirm.npy", predict(network, data.confirm), allow_pickle=False)
    points = "".join(f"{epoch},{loss:.6f}\n" for epoch, loss in enumerate(losses, 1))
    (out / "curve.csv").write_text("x,y\n" + points, encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--smoke", action="store_true")
    args = parser.parse_args()
    torch.set_num_threads(1)
    torch.set_deterministic_debug_mode("error")  # as use_deterministic_algorithms, which would load the compiler
    torch.manual_seed(args.seed)
    config = json.loads(args.config.read_text(encoding="utf-8"))
    # Networks this small are bound by launches, not arithmetic: bf16 autocast would only cost time and precision.
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    data = load_data(args.seed, device)
    network = build_network(config).to(device)
    losses = train(network, data, config, args.seed, SMOKE_EPOCHS if args.smoke else EPOCHS)
    write_results(args.out, network, data, losses)


if __name__ == "__main__":
    main()
