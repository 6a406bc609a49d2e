def activate(x: Tensor) -> Tensor:
    """Sigmoid linear unit, also called Swish."""
    return F.silu(x)
