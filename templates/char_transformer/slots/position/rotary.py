class Position(nn.Module):
    """Rotary positions: queries and keys turn by an angle that grows with position (Su et al. 2021)."""

    def __init__(self, _length: int, _width: int) -> None:
        super().__init__()

    def embed(self, x: Tensor) -> Tensor:
        return x

    def turn(self, x: Tensor) -> Tensor:
        length, size = x.shape[-2:]
        rate = 10_000.0 ** (-torch.arange(0, size, 2, device=x.device) / size)
        angle = torch.arange(length, device=x.device)[:, None] * rate
        left, right = x.chunk(2, dim=-1)
        turned = (left * angle.cos() - right * angle.sin(), left * angle.sin() + right * angle.cos())
        return torch.cat(turned, dim=-1).to(x.dtype)
