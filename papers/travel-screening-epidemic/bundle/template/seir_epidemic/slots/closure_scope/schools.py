def choose_scope() -> list[float]:
    """Close for children, by far less for everyone else."""
    return [1.0, 0.3, 0.3, 0.3]
