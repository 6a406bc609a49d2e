def lay_out(random: Random) -> Array:
    """Rows of five and six in turn, shifted like a honeycomb; as many as are needed, left out at random."""
    rows = [(np.arange(6 - odd) + 0.5 + odd / 2, row) for row in range(5) for odd in (row % 2,)]
    grid = np.array([(x / 6, (row + 0.5) / 5) for line, row in rows for x in line])
    chosen = random.permutation(len(grid))[:COUNT]
    return np.clip(grid[chosen] + 0.01 * random.standard_normal((COUNT, 2)), 0, 1)
