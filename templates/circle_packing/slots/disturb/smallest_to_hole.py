def disturb(packing: Packing, config: Config, random: Random) -> Array:
    """Move some of the smallest circles into roomy places between the others, and push all a little."""
    centres = packing.centres.copy()
    small = np.argsort(packing.radii)[: 2 * config["moved"] + 4]
    for circle in random.choice(small, config["moved"], replace=False):
        others = np.arange(COUNT) != circle
        places = random.random((20, 2))
        gaps = np.linalg.norm(places[:, None] - centres[others], axis=2) - packing.radii[others]
        room = np.minimum(gaps.min(axis=1), square.wall_distances(places))
        centres[circle] = places[room.argmax()]
    return push(centres, config, random)
