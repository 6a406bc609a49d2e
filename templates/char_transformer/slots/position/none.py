class Position(nn.Module):
    """No positions: order is known from the causal mask alone."""

    def __init__(self, _length: int, _width: int) -> None:
        super().__init__()

    def embed(self, x: Tensor) -> Tensor:
        return x

    def turn(self, x: Tensor) -> Tensor:
        return x
