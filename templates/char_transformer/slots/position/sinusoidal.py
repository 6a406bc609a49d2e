class Position(nn.Module):
    """Fixed sines and cosines of falling frequency, scaled like the embedding."""

    def __init__(self, length: int, width: int) -> None:
        super().__init__()
        angle = torch.arange(length)[:, None] * 10_000.0 ** (-torch.arange(0, width, 2) / width)
        self.register_buffer("table", 0.1 * torch.cat([angle.sin(), angle.cos()], dim=1))

    def embed(self, x: Tensor) -> Tensor:
        return x + self.get_buffer("table")[: x.shape[1]]

    def turn(self, x: Tensor) -> Tensor:
        return x
