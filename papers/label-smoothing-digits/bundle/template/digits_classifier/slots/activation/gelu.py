def activate(inputs: Tensor) -> Tensor:
    """Weight inputs by the chance that a standard normal variable lies below them (Hendrycks and Gimpel)."""
    return functional.gelu(inputs)
