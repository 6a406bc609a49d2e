def disturb(packing: Packing, config: Config, random: Random) -> Array:
    """Push every circle a little."""
    return push(packing.centres, config, random)
