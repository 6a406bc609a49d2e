def lay_out(random: Random) -> Array:
    """Five rows of five, and one more circle anywhere, all a little off their places."""
    places = (np.arange(5) + 0.5) / 5
    grid = np.stack(np.meshgrid(places, places), axis=-1).reshape(-1, 2)
    extra = random.random((COUNT - len(grid), 2))
    return np.clip(np.vstack([grid, extra]) + 0.01 * random.standard_normal((COUNT, 2)), 0, 1)
