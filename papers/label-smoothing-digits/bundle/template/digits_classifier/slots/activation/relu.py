def activate(inputs: Tensor) -> Tensor:
    """Rectify: negative inputs become zero."""
    return functional.relu(inputs)
