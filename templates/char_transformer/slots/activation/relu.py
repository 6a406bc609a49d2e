def activate(x: Tensor) -> Tensor:
    """Rectified linear unit."""
    return F.relu(x)
