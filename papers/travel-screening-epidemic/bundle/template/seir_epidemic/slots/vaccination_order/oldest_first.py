def weigh_groups() -> list[float]:
    """Offer doses to the seniors first, then to the next younger group, and so on."""
    return [0.001, 0.1, 10.0, 1000.0]
