def disturb(packing: Packing, config: Config, random: Random) -> Array:
    """Let pairs of circles change places, which matters where their radii differ; push all a little."""
    chosen = random.choice(COUNT, 2 * config["moved"], replace=False)
    centres = packing.centres.copy()
    centres[chosen] = packing.centres[chosen[::-1]]
    return push(centres, config, random)
