def activate(x: Tensor) -> Tensor:
    """Gaussian error linear unit (Hendrycks and Gimpel 2016)."""
    return F.gelu(x)
