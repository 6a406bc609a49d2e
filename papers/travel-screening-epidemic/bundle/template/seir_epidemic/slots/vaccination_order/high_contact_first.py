def weigh_groups() -> list[float]:
    """Offer doses by the number of contacts, the most sociable group first."""
    ranks = np.argsort(np.argsort(world.CONTACTS @ world.SHARES))
    return [float(weight) for weight in np.array([0.001, 0.1, 10.0, 1000.0])[ranks]]
