def choose_scope() -> list[float]:
    """Close for everyone alike."""
    return [1.0, 1.0, 1.0, 1.0]
