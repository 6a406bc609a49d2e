def improve(centres: Array, _config: Config, _work: Work) -> Array:
    """Leave the centres where they are."""
    return centres
