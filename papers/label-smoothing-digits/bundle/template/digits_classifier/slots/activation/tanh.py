def activate(inputs: Tensor) -> Tensor:
    """Squash inputs into the interval between minus one and one."""
    return torch.tanh(inputs)
