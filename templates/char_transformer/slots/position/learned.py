class Position(nn.Module):
    """Learned absolute positions, one vector each."""

    def __init__(self, length: int, width: int) -> None:
        super().__init__()
        self.table = nn.Parameter(0.02 * torch.randn(length, width))

    def embed(self, x: Tensor) -> Tensor:
        return x + self.table[: x.shape[1]]

    def turn(self, x: Tensor) -> Tensor:
        return x
