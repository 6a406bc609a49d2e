def disturb(packing: Packing, config: Config, random: Random) -> Array:
    """Put some circles anywhere else, whatever lies there, and push all a little."""
    moved = random.choice(COUNT, config["moved"], replace=False)
    centres = packing.centres.copy()
    centres[moved] = random.random((len(moved), 2))
    return push(centres, config, random)
