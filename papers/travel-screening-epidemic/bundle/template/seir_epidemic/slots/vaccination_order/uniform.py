def weigh_groups() -> list[float]:
    """Offer doses to everyone alike."""
    return [1.0, 1.0, 1.0, 1.0]
