def size_circles(centres: Array, work: Work) -> Array:
    """The radii with the largest sum for these centres: a linear programme."""
    return solve_programme(centres, 0.0, work).radii
