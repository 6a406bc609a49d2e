def activate(x: Tensor) -> Tensor:
    """Rectified linear unit, squared (So et al. 2021)."""
    return F.relu(x).square()
