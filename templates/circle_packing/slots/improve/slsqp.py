def improve(centres: Array, config: Config, work: Work) -> Array:
    """Sequential quadratic programming over centres and radii, with exact gradients of all distances and walls."""
    wall, pair = np.arange(2 * COUNT), np.arange(len(FIRST))
    sides = np.zeros((4 * COUNT, 3 * COUNT))
    sides[wall, wall], sides[2 * COUNT + wall, wall] = 1, -1
    sides[wall, 2 * COUNT + wall // 2] = sides[2 * COUNT + wall, 2 * COUNT + wall // 2] = -1
    ends = np.repeat([0.0, 1.0], 2 * COUNT)

    def slack(unknowns: Array) -> Array:
        centres, radii = unknowns[: 2 * COUNT].reshape(COUNT, 2), unknowns[2 * COUNT :]
        between = centres[FIRST] - centres[SECOND]
        pairs = (between**2).sum(axis=1) - (radii[FIRST] + radii[SECOND]) ** 2
        return np.concatenate([pairs, sides @ unknowns + ends])

    def slopes(unknowns: Array) -> Array:
        centres, radii = unknowns[: 2 * COUNT].reshape(COUNT, 2), unknowns[2 * COUNT :]
        between, sums = 2 * (centres[FIRST] - centres[SECOND]), 2 * (radii[FIRST] + radii[SECOND])
        rows = np.zeros((len(FIRST), 3 * COUNT))
        for axis in (0, 1):
            rows[pair, 2 * FIRST + axis], rows[pair, 2 * SECOND + axis] = between[:, axis], -between[:, axis]
        rows[pair, 2 * COUNT + FIRST] = rows[pair, 2 * COUNT + SECOND] = -sums
        return np.vstack([rows, sides])

    worth = np.repeat([0.0, -1.0], [2 * COUNT, COUNT])
    start = np.concatenate([centres.ravel(), np.full(COUNT, 0.05)])
    found = optimize.minimize(
        lambda unknowns: worth @ unknowns,
        start,
        jac=lambda _: worth,
        method="SLSQP",
        bounds=[(0, 1)] * (2 * COUNT) + [(0, 0.5)] * COUNT,
        constraints={"type": "ineq", "fun": slack, "jac": slopes},
        options={"maxiter": config["passes"], "ftol": TRIFLE},
    )
    work.spent += 1.5 * found.nit
    return np.clip(found.x[: 2 * COUNT].reshape(COUNT, 2), 0, 1)
