def choose_scope() -> list[float]:
    """Shield the seniors and leave everyone else half open."""
    return [0.5, 0.5, 0.5, 1.0]
