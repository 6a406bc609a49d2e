def disturb(packing: Packing, config: Config, random: Random) -> Array:
    """Push the circles nearest to some point hard and leave all others alone."""
    spread = np.linalg.norm(packing.centres - random.random(2), axis=1)
    near = np.argsort(spread)[: 3 * config["moved"]]
    centres = packing.centres.copy()
    centres[near] += 3 * config["jitter"] * random.standard_normal((len(near), 2))
    return np.clip(centres, 0, 1)
