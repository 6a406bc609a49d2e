def size_circles(centres: Array, work: Work) -> Array:
    """Let all radii grow at the same speed; a circle stops when it touches a wall or another circle."""
    work.spent += GROWTH_COST
    apart = np.full((COUNT, COUNT), np.inf)
    apart[FIRST, SECOND] = apart[SECOND, FIRST] = square.distances(centres)
    walls = square.wall_distances(centres)
    radii, growing = np.zeros(COUNT), np.ones(COUNT, dtype=bool)
    while growing.any():
        limits = np.where(growing, apart / 2, apart - radii)  # by the other circle, which grows or has stopped
        limit = np.minimum(limits.min(axis=1), walls)
        stop = growing & (limit <= limit[growing].min())
        radii[stop], growing[stop] = np.maximum(limit[stop], 0), False
    return radii
